//! The machine's memory bandwidth: a sweep that computes almost nothing.
//!
//! Element-wise operators wait for memory, so they are measured against its bandwidth, as products
//! are measured against the [peak](super::peak). The sweep is the triad of the STREAM benchmark
//! (McCalpin 1995), `a = b + s·c`, cut into tasks like the operators. By its convention `a` counts
//! as written once, although most caches read a line before they write it.

use crate::fast::dispatch;
use crate::fast::parallel::{self, CHUNK};

/// Overwrites `a` with `b + 0.5·c`, on all threads, with the instruction set [in
/// use](crate::fast::isa()). Returns the number of bytes read and written. The slices should be
/// several times as long as the caches.
///
/// # Panics
/// If the slices differ in length.
pub fn triad(a: &mut [f32], b: &[f32], c: &[f32]) -> u64 {
    assert_eq!([a.len(); 2], [b.len(), c.len()], "triad: slices of one length");
    let bytes = 3 * size_of_val(a);
    parallel::chunks_mut(a, CHUNK, &|i, a| {
        let [b, c] = [b, c].map(|x| &x[i * CHUNK..][..a.len()]);
        dispatch(
            #[inline(always)]
            || add_half(a, b, c),
        );
    });
    bytes as u64
}

#[inline(always)]
fn add_half(a: &mut [f32], b: &[f32], c: &[f32]) {
    for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
        *a = b + 0.5 * c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn every_element_is_written() {
        let len = 2 * CHUNK + 3;
        let (mut a, b, c) = (vec![f32::NAN; len], check::integers(1, len), check::integers(2, len));
        assert_eq!(12 * len as u64, triad(&mut a, &b, &c));
        let truth: Vec<f32> = b.iter().zip(&c).map(|(b, c)| b + 0.5 * c).collect();
        check::exact(&a, &truth);
    }
}
