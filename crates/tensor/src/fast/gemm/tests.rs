//! The tests compare every routine, for every instruction set that this CPU has, with loops that
//! follow the definition.

use std::sync::Arc;

use super::combined::CombinedRhs;
use super::outer::OUTER_DEPTH;
use super::panels::Rhs;
use super::*;
use crate::check;
use crate::fast::sparse_map::{Combination, SparseMap};
use crate::fast::{Isa, isa};

/// `C` by the definition: rows start as the bias, and every pair adds its product.
fn rows_by_definition(rows: &BatchReduceGemm<'_>, values: Rhs<'_>, c: &mut [f32]) {
    let BatchReduceGemm { images, terms, a, rhs, bias } = *rows;
    let Layout { depth, columns, .. } = rhs.layout;
    let (a_image, c_image) = (a.len() / images, c.len() / images);
    for (i, c) in c.iter_mut().enumerate() {
        *c = bias.map_or(0.0, |bias| bias[i % columns]);
    }
    for image in 0..images {
        for (term, pairs) in terms.iter().enumerate() {
            for &(from, to) in *pairs {
                for j in 0..columns {
                    for k in 0..depth {
                        let b = match values {
                            Rhs::Plain(b) => b[(term * depth + k) * columns + j],
                            Rhs::Transposed(b) => b[(term * columns + j) * depth + k],
                        };
                        c[image * c_image + to * columns + j] += a[image * a_image + from * depth + k] * b;
                    }
                }
            }
        }
    }
}

fn outer_by_definition(outer: &OuterGemm<'_>, c: &mut [f32]) {
    let OuterGemm { images, terms, a, height, b, columns } = *outer;
    c.fill(0.0);
    for image in 0..images {
        for (term, pairs) in terms.iter().enumerate() {
            for &(from, to) in *pairs {
                for (i, j) in (0..height).flat_map(|i| (0..columns).map(move |j| (i, j))) {
                    let (a, b) = (&a[image * a.len() / images..], &b[image * b.len() / images..]);
                    c[(term * height + i) * columns + j] += a[from * height + i] * b[to * columns + j];
                }
            }
        }
    }
}

/// Two terms over three rows of A and four of C. One row is named twice and one never.
const TERMS: [&Pairs; 2] = [&[(0, 1), (2, 3), (1, 0)], &[(1, 3)]];

/// Compares exactly, on integers. The output memory holds NaN before.
fn check_rows(isa: Isa, images: usize, depth: usize, columns: usize) {
    let a = check::integers(1, images * 3 * depth);
    let b = check::integers(2, 2 * depth * columns);
    let bias = check::integers(3, columns);
    for (values, bias) in [(Rhs::Plain(&b), Some(&bias[..])), (Rhs::Transposed(&b), None)] {
        let rhs = PackedRhs::on(isa, values, [2, depth, columns]);
        let rows = BatchReduceGemm { images, terms: &TERMS, a: &a, rhs: &rhs, bias };
        let (mut fast, mut truth) = (vec![f32::NAN; images * 4 * columns], vec![f32::NAN; images * 4 * columns]);
        rows.write(&mut fast);
        rows_by_definition(&rows, values, &mut truth);
        check::exact(&fast, &truth);
    }
}

fn check_outer(isa: Isa, images: usize, height: usize, columns: usize) {
    let a = check::integers(1, images * 3 * height);
    let b = check::integers(2, images * 4 * columns);
    let outer = OuterGemm { images, terms: &TERMS, a: &a, height, b: &b, columns };
    let (mut fast, mut truth) = (vec![f32::NAN; 2 * height * columns], vec![f32::NAN; 2 * height * columns]);
    outer_by_definition(&outer, &mut truth);
    for threads in [1, 8, 64, 1000] {
        fast.fill(f32::NAN);
        crate::fast::watched(threads, |_| (), || outer.write_on(isa, &mut fast));
        check::exact(&fast, &truth);
    }
}

/// Applies the map to the rows of an image, by the definition.
fn applied(map: &SparseMap, len: usize, rows: &[f32]) -> Vec<f32> {
    let element = |combination: &Combination, l: usize| {
        combination.iter().map(|&(row, factor)| factor * rows[row * len + l]).sum::<f32>()
    };
    map.combinations.iter().flat_map(|combination| (0..len).map(move |l| element(combination, l))).collect()
}

fn map(inputs: usize, combinations: &[&[(usize, f32)]]) -> SparseMap {
    SparseMap { inputs, combinations: combinations.iter().map(|sum| sum.to_vec()).collect() }
}

/// Checks combinations on all sides: three rows of A from two pixels, two matrices from three, and
/// five rows, one of which is empty, of the four rows of the sum.
fn check_combined(isa: Isa, images: usize, depth: usize, columns: usize) {
    let pixels = map(2, &[&[(0, 1.0)], &[(0, 1.0), (1, -1.0)], &[(1, 2.0)]]);
    let taps = map(3, &[&[(0, 0.5), (2, 0.5)], &[(1, 1.0), (2, -1.0)]]);
    let back = map(4, &[&[(0, 1.0), (3, -1.0)], &[(1, 2.0)], &[], &[(2, 1.0)], &[(3, 0.5)]]);
    let x = check::integers(1, images * 2 * depth);
    let w = check::integers(2, 3 * depth * columns);
    let bias = check::integers(3, columns);
    for (values, is_transposed) in [(Rhs::Plain(&w), false), (Rhs::Transposed(&w), true)] {
        let a: Vec<f32> = x.chunks(2 * depth).flat_map(|x| applied(&pixels, depth, x)).collect();
        let b = applied(&taps, depth * columns, &w);
        let plain = PackedRhs::on(isa, Rhs::Plain(&b), [2, depth, columns]);
        let rows = BatchReduceGemm { images, terms: &TERMS, a: &a, rhs: &plain, bias: None };
        let mut sums = vec![f32::NAN; images * 4 * columns];
        rows_by_definition(&rows, if is_transposed { Rhs::Transposed(&b) } else { Rhs::Plain(&b) }, &mut sums);
        let truth: Vec<f32> = sums.chunks(4 * columns).flat_map(|sums| applied(&back, columns, sums)).collect();

        let layout = Layout::new(isa, [2, depth, columns]);
        for (is_packed, bias) in [(false, None), (false, Some(&bias[..])), (true, Some(&bias[..]))] {
            let mut rhs = CombinedRhs { layout, rhs: values, map: &taps, packed: None };
            rhs.packed = is_packed.then(|| Arc::new(rhs.pack()));
            let a = pixels.apply_in_blocks(depth, layout.block_depth(), &x);
            let mut fast = vec![f32::NAN; images * 5 * columns];
            CombinedGemm { terms: &TERMS, a: &a, rhs: &rhs, map: &back, bias }.write(&mut fast);
            let biased = truth.iter().enumerate().map(|(i, x)| x + bias.map_or(0.0, |bias| bias[i % columns]));
            check::exact(&fast, &biased.collect::<Vec<_>>());
        }
    }
}

#[test]
fn every_width_of_every_instruction_set() {
    for isa in Isa::available() {
        for columns in (1..=67).chain([127, 128, 129, 200]) {
            check_rows(isa, 1, 3, columns);
            check_outer(isa, 1, 3, columns);
            check_combined(isa, 1, 3, columns);
        }
    }
}

#[test]
fn every_height_and_depth_across_the_blocks() {
    for isa in Isa::available() {
        for images in 1..=13 {
            check_rows(isa, images, 5, 19);
            check_outer(isa, images, images, 19);
            check_combined(isa, images, 5, 19);
        }
        for block in [panels::DEPTH / 2, panels::DEPTH] {
            for depth in [1, 2, block - 1, block, block + 1, 2 * block + 3] {
                check_rows(isa, 2, depth, 65);
                check_combined(isa, 2, depth, 65);
            }
        }
        for images in [OUTER_DEPTH / 3, OUTER_DEPTH / 3 + 1, OUTER_DEPTH, OUTER_DEPTH + 1] {
            for columns in [4, 8, 16, 32, 64, 65] {
                check_outer(isa, images, 7, columns); // among them those of a panel
            }
        }
    }
}

/// The extents are large enough for several tasks in either direction, and for an outer product in
/// parts.
#[test]
fn many_tasks() {
    for isa in Isa::available() {
        check_rows(isa, 70, 3, 700);
        check_outer(isa, 1500, 5, 3);
        check_outer(isa, 700, 130, 3); // in parts and in strips
        check_rows(isa, 5000, 7, 3); // many images and a small right side
        check_combined(isa, 50, 3, 700);
        check_outer(isa, 12, 7, 9000); // several panels in a group, of which the last is narrower
    }
}

/// One task computes the sum of an element, in one order.
#[test]
fn the_same_bits_for_any_number_of_threads() {
    let (images, depth, columns) = (70, 33, 130);
    let a = check::noise(1, images * 3 * depth);
    let b = check::noise(2, 2 * depth * columns);
    let upstream = check::noise(3, images * 4 * columns);
    // The product is thin and long, so it is summed in parts.
    let (long, long_upstream) = (check::noise(4, 1500 * 3 * 5), check::noise(5, 1500 * 4 * 3));
    for isa in Isa::available() {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
            pool.install(|| {
                let mut c = vec![f32::NAN; images * 4 * columns];
                let rhs = PackedRhs::on(isa, Rhs::Plain(&b), [2, depth, columns]);
                BatchReduceGemm { images, terms: &TERMS, a: &a, rhs: &rhs, bias: None }.write(&mut c);
                let mut d = vec![f32::NAN; 2 * depth * columns];
                OuterGemm { images, terms: &TERMS, a: &a, height: depth, b: &upstream, columns }.write_on(isa, &mut d);
                let mut e = vec![f32::NAN; 2 * 5 * 3];
                let parts =
                    OuterGemm { images: 1500, terms: &TERMS, a: &long, height: 5, b: &long_upstream, columns: 3 };
                parts.write_on(isa, &mut e);
                c.iter().chain(&d).chain(&e).map(|x| x.to_bits()).collect::<Vec<_>>()
            })
        };
        let one = with(1);
        assert!([2, 3, 8].into_iter().all(|threads| one == with(threads)), "{isa:?}");
    }
}

/// With a = 1 + 2⁻¹², a² is 1 + 2⁻¹¹ + 2⁻²⁴, and the last term is lost if the product is rounded
/// before it is added.
#[test]
fn every_set_but_the_portable_one_rounds_a_product_and_its_sum_once() {
    let a = 1.0 + 2f32.powi(-12);
    let rest = -(1.0 + 2f32.powi(-11));
    for isa in Isa::available() {
        let rhs = PackedRhs::on(isa, Rhs::Plain(&[rest, a]), [1, 2, 1]);
        let mut c = [f32::NAN];
        BatchReduceGemm { images: 1, terms: &[&[(0, 0)]], a: &[1.0, a], rhs: &rhs, bias: None }.write(&mut c);
        let truth = if isa == Isa::Portable { 0.0 } else { 2f32.powi(-24) };
        assert_eq!([truth], c, "{isa:?}");
    }
}

#[test]
fn nan_reaches_its_row_and_no_other() {
    for isa in Isa::available() {
        let mut a = check::noise(1, 3 * 5);
        a[7] = f32::NAN; // in row 1 of A, which meets rows 0 and 3 of C
        let b = check::noise(2, 2 * 5 * 3);
        let mut c = vec![0.0; 4 * 3];
        let rhs = PackedRhs::on(isa, Rhs::Plain(&b), [2, 5, 3]);
        BatchReduceGemm { images: 1, terms: &TERMS, a: &a, rhs: &rhs, bias: None }.write(&mut c);
        let nan: Vec<bool> = c.chunks(3).map(|row| row.iter().all(|c| c.is_nan())).collect();
        assert_eq!([true, false, false, true], nan[..], "{isa:?}");
        assert!(c[3..9].iter().all(|c| !c.is_nan()), "{isa:?}");
    }
}

/// A has two rows, and C or B has four. The pairs name the first rows that do not exist, and rows
/// whose offsets would wrap around.
#[test]
fn pairs_outside_are_refused() {
    for pair in [(2, 0), (0, 4), (usize::MAX, 0), (0, usize::MAX), (1 << 63, 0), (0, 1 << 63)] {
        let pairs = [pair];
        let terms: [&Pairs; 1] = [&pairs];
        let refused = |run: &dyn Fn()| {
            let message =
                *std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_err().downcast::<String>().unwrap();
            assert!(message.contains("the pair ") && message.ends_with(" is outside"), "{message}");
        };
        let rhs = PackedRhs::on(isa(), Rhs::Plain(&[0.0; 6]), [1, 2, 3]);
        let rows = BatchReduceGemm { images: 1, terms: &terms, a: &[0.0; 4], rhs: &rhs, bias: None };
        refused(&|| rows.write(&mut [0.0; 12]));
        let outer = OuterGemm { images: 1, terms: &terms, a: &[0.0; 4], height: 2, b: &[0.0; 12], columns: 3 };
        refused(&|| outer.write(&mut [0.0; 6]));
        let each = |rows| SparseMap { inputs: rows, combinations: (0..rows).map(|row| vec![(row, 1.0)]).collect() };
        let (a, layout) = (each(2).apply_in_blocks(2, 2, &[0.0; 4]), Layout::new(isa(), [1, 2, 3]));
        let rhs = CombinedRhs { layout, rhs: Rhs::Plain(&[0.0; 6]), map: &each(1), packed: None };
        let combined = CombinedGemm { terms: &terms, a: &a, rhs: &rhs, map: &each(4), bias: None };
        refused(&|| combined.write(&mut [0.0; 12]));
    }
}

#[test]
fn nothing_adds_up_to_the_bias_or_to_zero() {
    let rhs = PackedRhs::on(isa(), Rhs::Plain(&[]), [1, 0, 3]);
    let mut c = [f32::NAN; 6];
    BatchReduceGemm { images: 2, terms: &[&[(0, 0)]], a: &[], rhs: &rhs, bias: Some(&[1.0, 2.0, 3.0]) }.write(&mut c);
    assert_eq!([1.0, 2.0, 3.0, 1.0, 2.0, 3.0], c);
    OuterGemm { images: 0, terms: &[&[(0, 0)]], a: &[], height: 2, b: &[], columns: 3 }.write(&mut c);
    assert_eq!([0.0; 6], c);
}

#[test]
#[should_panic(expected = "1 matrices of 2×3")]
fn a_right_side_of_another_size_is_refused() {
    let _ = PackedRhs::on(isa(), Rhs::Plain(&[0.0; 5]), [1, 2, 3]);
}

#[test]
#[should_panic(expected = "one matrix per term")]
fn a_right_side_of_other_terms_is_refused() {
    let rhs = PackedRhs::on(isa(), Rhs::Plain(&[0.0; 6]), [1, 2, 3]);
    BatchReduceGemm { images: 1, terms: &TERMS, a: &[0.0; 6], rhs: &rhs, bias: None }.write(&mut [0.0; 12]);
}
