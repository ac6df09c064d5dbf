//! Distances between every row of one matrix and every row of another.
//!
//! `|a − b|² = |a|² + |b|² − 2·a·b`, so all of them come from one matrix product: 10,000 rows
//! against 10,000 of 128 numbers are 13 billion multiply-adds, a tenth of a second. The price is
//! cancellation: if `a` and `b` nearly coincide, the error is about 10⁻⁶·|a|². It is too small to
//! change a neighbourhood; [`between`] gives the exact distance of two rows.
//!
//! The product is computed in blocks of rows, which bounds the memory. A row belongs to one task,
//! so the result does not depend on the number of threads.

use rayon::prelude::*;
use tensor::{Tensor, ops::matmul};

/// Elements of a block of distances: 32 MiB.
const BLOCK: usize = 8 << 20;

/// The result of `f` for each row of `a`. It gets the row's number and its squared distances to all
/// rows of `b`, which it may overwrite.
///
/// # Panics
/// If the rows of `a` and `b` differ in length, or `b` has none.
pub(super) fn each_row<T: Send>(a: &Tensor, b: &Tensor, f: impl Fn(usize, &mut [f32]) -> T + Sync) -> Vec<T> {
    let ([rows, depth], [columns, b_depth]) = (a.dims(), b.dims());
    assert!(depth == b_depth && 0 < columns, "distances from {rows} rows of {depth} to {columns} of {b_depth}");
    let a_squares = squares(a);
    let b_squares = squares(b);
    let block_rows = (BLOCK / columns).max(1);
    let block = |start: usize| {
        let end = rows.min(start + block_rows);
        let a_rows = &a.data()[start * depth..end * depth];
        let mut products = matmul::forward([end - start, columns, depth], [false, true], a_rows, b.data());
        let row = |(i, row): (usize, &mut [f32])| {
            for (product, b_square) in row.iter_mut().zip(&b_squares) {
                let square = a_squares[start + i] + b_square - 2.0 * *product;
                *product = if square < 0.0 { 0.0 } else { square }; // NaN stays NaN
            }
            f(start + i, row)
        };
        products.par_chunks_mut(columns).enumerate().map(row).collect::<Vec<T>>()
    };
    (0..rows).step_by(block_rows).flat_map(block).collect()
}

/// The squared length of each row.
fn squares(x: &Tensor) -> Vec<f32> {
    let [_, depth] = x.dims();
    let square = |row: &[f32]| row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>() as f32;
    x.data().par_chunks(depth).map(square).collect()
}

/// The distance of two rows, without cancellation.
pub(super) fn between(a: &[f32], b: &[f32]) -> f64 {
    let square = |(&a, &b): (&f32, &f32)| (f64::from(a) - f64::from(b)).powi(2);
    a.iter().zip(b).map(square).sum::<f64>().sqrt()
}

/// Row `i` of a matrix.
pub(super) fn row(x: &Tensor, i: usize) -> &[f32] {
    let [_, depth] = x.dims();
    &x.data()[i * depth..][..depth]
}

/// `count` of the numbers from 0 to `of`, evenly spread: a part that represents a sorted list.
///
/// # Panics
/// If `of` is less than `count`.
pub(super) fn spread(count: usize, of: usize) -> impl ExactSizeIterator<Item = usize> + Clone {
    assert!(count <= of, "{count} of {of}");
    (0..count).map(move |i| i * of / count)
}

/// The rows with these numbers.
pub(super) fn select_rows(x: &Tensor, numbers: impl ExactSizeIterator<Item = usize>) -> Tensor {
    let [_, depth] = x.dims();
    let shape = [numbers.len(), depth];
    Tensor::new(&shape, numbers.flat_map(|i| row(x, i)).copied().collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensor::check;

    #[test]
    fn a_triangle_of_3_4_and_5() {
        let corners = Tensor::new(&[3, 2], vec![0.0, 0.0, 3.0, 0.0, 0.0, 4.0]);
        let squares = each_row(&corners, &corners, |i, row| (i, row.to_vec()));
        assert_eq!([(0, vec![0.0, 9.0, 16.0]), (1, vec![9.0, 0.0, 25.0]), (2, vec![16.0, 25.0, 0.0])], squares[..]);
        assert!((between(row(&corners, 1), row(&corners, 2)) - 5.0).abs() <= 1e-12);
    }

    #[test]
    fn many_blocks_are_one_matrix() {
        // Two blocks, the second of them smaller.
        let (rows, columns) = (5, BLOCK / 3);
        let a = Tensor::new(&[rows, 1], check::noise(1, rows));
        let b = Tensor::new(&[columns, 1], check::noise(2, columns));
        let found = each_row(&a, &b, |_, row| row[columns - 1]);
        for (found, a) in found.iter().zip(a.data()) {
            assert!((found - (a - b.data()[columns - 1]).powi(2)).abs() <= 1e-6);
        }
    }

    #[test]
    fn a_spread_is_even() {
        assert_eq!([0, 2, 5, 7], spread(4, 10).collect::<Vec<_>>()[..]);
        assert_eq!([0, 1, 2], spread(3, 3).collect::<Vec<_>>()[..]);
        let x = Tensor::new(&[3, 2], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!([1.0, 2.0, 5.0, 6.0], select_rows(&x, [0, 2].into_iter()).data());
    }
}
