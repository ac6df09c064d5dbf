//! A convolution as one product of matrices: each row of the left one is the patch of the image
//! that an output sees.
//!
//! This is how a fast product makes fast convolutions. `patches` is `[n·oh·ow, kh·kw·ci]`, with
//! zeros where a tap is in the padding; the kernel, `[kh·kw·ci, co]`, is already a matrix.

use tensor::Window;
use tensor::ops::conv2d::reference;

use super::kernels::Multiply;

/// `[rows, columns]` of the matrix of patches.
fn extents(window: Window, n: usize, ci: usize) -> [usize; 2] {
    let Window { down, across } = window;
    [n * down.output * across.output, down.kernel * across.kernel * ci]
}

/// Visits each number of the matrix that is in the image: its place there, and in the matrix.
fn each(window: Window, n: usize, ci: usize, mut visit: impl FnMut(usize, usize)) {
    let [_, columns] = extents(window, n, ci);
    // With one output channel the index of an output is its row, that of a weight its column.
    reference::each(window, [n, ci, 1], |pixel, column, row| visit(pixel, row * columns + column));
}

fn gather(window: Window, n: usize, ci: usize, x: &[f32]) -> Vec<f32> {
    let [rows, columns] = extents(window, n, ci);
    let mut patches = vec![0.0; rows * columns];
    each(window, n, ci, |pixel, place| patches[place] = x[pixel]);
    patches
}

fn transposed(rows: usize, columns: usize, x: &[f32]) -> Vec<f32> {
    let mut y = vec![0.0; x.len()];
    for (i, row) in x.chunks_exact(columns).enumerate() {
        for (j, x) in row.iter().enumerate() {
            y[j * rows + i] = *x;
        }
    }
    y
}

/// The convolution.
pub(super) fn conv(product: Multiply, window: Window, [n, ci, co]: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let [rows, columns] = extents(window, n, ci);
    product([rows, co, columns], &gather(window, n, ci, x), w)
}

/// Its transpose: the gradient of its image.
pub(super) fn enlarge(product: Multiply, window: Window, [n, ci, co]: [usize; 3], y: &[f32], w: &[f32]) -> Vec<f32> {
    let [rows, columns] = extents(window, n, ci);
    let patches = product([rows, columns, co], y, &transposed(columns, co, w));
    let mut x = vec![0.0; n * window.down.input * window.across.input * ci];
    each(window, n, ci, |pixel, place| x[pixel] += patches[place]);
    x
}

/// The gradient of its kernel.
pub(super) fn dw(product: Multiply, window: Window, [n, ci, co]: [usize; 3], x: &[f32], dy: &[f32]) -> Vec<f32> {
    let [rows, columns] = extents(window, n, ci);
    let patches = gather(window, n, ci, x);
    product([columns, co, rows], &transposed(rows, columns, &patches), dy)
}

/// The gradient of the left matrix of a product.
pub(super) fn da(product: Multiply, [m, n, k]: [usize; 3], b: &[f32], dc: &[f32]) -> Vec<f32> {
    product([m, k, n], dc, &transposed(k, n, b))
}

/// The gradient of the right matrix of a product.
pub(super) fn db(product: Multiply, [m, n, k]: [usize; 3], a: &[f32], dc: &[f32]) -> Vec<f32> {
    product([k, n, m], &transposed(m, k, a), dc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensor::ops::{conv_transpose2d, matmul};
    use tensor::{Axis, check};

    #[test]
    fn products_of_patches_are_convolutions() {
        let product: Multiply = |extents, a, b| matmul::reference::forward(extents, [false; 2], a, b);
        let window = Window { down: Axis::same(5, 3, 2), across: Axis::new(4, 3, 1, (1, 0)) };
        let extents = [2, 3, 4];
        let x = check::integers(1, 2 * 5 * 4 * 3);
        let w = check::integers(2, 9 * 3 * 4);
        let dy = check::integers(3, 2 * 3 * 3 * 4);
        check::exact(&conv(product, window, extents, &x, &w), &reference::forward(window, extents, &x, &w));
        let larger = conv_transpose2d::reference::forward(window, extents, &dy, &w);
        check::exact(&enlarge(product, window, extents, &dy, &w), &larger);
        check::exact(&dw(product, window, extents, &x, &dy), &reference::kernel_gradient(window, extents, &x, &dy));
        let [a, b, dc] = [check::integers(1, 6), check::integers(2, 12), check::integers(3, 8)];
        check::exact(&da(product, [2, 4, 3], &b, &dc), &matmul::left_gradient([2, 4, 3], [false; 2], &b, &dc));
        check::exact(&db(product, [2, 4, 3], &a, &dc), &matmul::right_gradient([2, 4, 3], [false; 2], &a, &dc));
    }
}
