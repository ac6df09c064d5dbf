//! The baseline: the same product by the `matrixmultiply` crate, for benches and tests.
//!
//! Our routines deserve their lines only if they are faster than this well-kept, general-purpose
//! one. It chooses its own instruction set and runs on one thread.

/// `C [m, n] = A [m, k]·B [k, n]`, all row-major. The extents are `[m, n, k]`.
///
/// # Panics
/// If a length does not fit the extents.
pub fn matmul([m, n, k]: [usize; 3], a: &[f32], b: &[f32], c: &mut [f32]) {
    assert_eq!((m * k, k * n, m * n), (a.len(), b.len(), c.len()), "matmul: [{m}, {k}]·[{k}, {n}]");
    let (a_row, b_row) = (k.cast_signed(), n.cast_signed());
    let (a, b, c) = (a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
    // SAFETY: contiguous matrices of the extents that the first line has checked.
    unsafe { matrixmultiply::sgemm(m, k, n, 1.0, a, a_row, 1, b, b_row, 1, 0.0, c, b_row, 1) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check, ops::matmul};

    /// Two implementations that share no code agree exactly on integers.
    #[test]
    fn agrees_with_ours() {
        let extents @ [m, n, k] = [37, 70, 300];
        let (a, b) = (check::integers(1, m * k), check::integers(2, k * n));
        let mut c = vec![f32::NAN; m * n];
        matmul(extents, &a, &b, &mut c);
        check::exact(&matmul::forward(extents, [false, false], &a, &b), &c);
    }
}
