//! Dropout: each element is kept with probability `keep` and set to 0 otherwise (Srivastava et al.
//! 2014).
//!
//! A layer that cannot rely on any single unit spreads its knowledge over many. We use the
//! *inverted* form, which divides kept elements by `keep`. The expected value then stays the same,
//! and inference needs no dropout at all. By hand, with `keep` 0.8 and the given mask:
//!
//! ```text
//! x = [ 4  8  −4 ]    mask = [ 1  1  0 ]    y = [ 5  10  0 ]    dx = [ dy/0.8  dy/0.8    0    ]
//!     [ 0  2   1 ]           [ 1  0  1 ]        [ 0   0  1¼]         [ dy/0.8    0     dy/0.8 ]
//! ```
//!
//! **Backward.** The mask is a constant, so `dx = dy·mask/keep`.
//!
//! **The mask** is not stored. It is a pure function of a key and the index of the element, and the
//! backward pass computes it again. The function must satisfy two demands: neighbouring indices and
//! different keys must give unrelated answers, and a vector of indices must be hashed as fast as
//! memory delivers the elements. `h = lowbias32(lowbias32(i + k₀) ^ k₁)` satisfies both.
//! `lowbias32` is the 32-bit permutation that Chris Wellons found by searching for the smallest
//! avalanche bias ("Prospecting for Hash Functions", 2018): two multiplications, three shifts,
//! three exclusive ors. The finalizer of SplitMix64 (Steele, Lea and Flood 2014) turns the key into
//! the halves `k₀` and `k₁`, so the masks of keys 1 and 2 are as different as those of any two
//! keys. An element is kept if `h < keep·2³²`. The probability is therefore exact to 2⁻³².
//!
//! A dropped NaN is still NaN, because `0·NaN` is NaN. Dropout moves 8 bytes per element. The mask
//! repeats after 2³² elements, which are 16 GiB.
//!
//! In the book: `book/src/07-numbers-of-a-known-size.md`.

use crate::fast::sweeps::elementwise::{map_indexed, map2};
use crate::{Buffer, Op, Tape, Tensor, Var};

/// The equation as a loop.
pub mod reference {
    use crate::Real;

    /// `y`, one for each `x`, for a given mask.
    pub fn forward<T: Real>(keep: T, mask: &[bool], x: &[T]) -> Vec<T> {
        x.iter().zip(mask).map(|(&x, &kept)| if kept { x / keep } else { x * T::of(0.0) }).collect()
    }
}

/// A mask that is computed element by element.
#[derive(Clone, Copy)]
pub(super) struct Mask {
    keys: [u32; 2],
    /// The largest hash that is kept.
    limit: u32,
    /// `1/keep`, the factor of a kept element.
    inverse_keep: f32,
}

impl Mask {
    /// The mask of what begins at element `first` of the whole.
    ///
    /// # Panics
    /// If `keep` is not in (0, 1].
    pub(super) fn new(keep: f32, key: u64, first: u32) -> Self {
        assert!(0.0 < keep && keep <= 1.0, "dropout: keep is {keep}, not in (0, 1]");
        let key = split_mix(key);
        let share = (f64::from(keep) * 4_294_967_296.0) as u64;
        let keys = [(key as u32).wrapping_add(first), (key >> 32) as u32];
        Self { keys, limit: (share.max(1) - 1) as u32, inverse_keep: 1.0 / keep }
    }

    /// The factor of an element: `1/keep` or 0. `index` is the lower 32 bits of the element's
    /// index.
    #[inline(always)]
    pub(super) fn factor(self, index: u32) -> f32 {
        let hash = low_bias(low_bias(index.wrapping_add(self.keys[0])) ^ self.keys[1]);
        if hash <= self.limit { self.inverse_keep } else { 0.0 }
    }
}

/// `lowbias32` by Chris Wellons.
#[inline(always)]
fn low_bias(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7FEB_352D);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846C_A68B);
    x ^ (x >> 16)
}

/// One step of SplitMix64 from the state `key`: 64 well-mixed bits.
pub(crate) fn split_mix(key: u64) -> u64 {
    let mut z = key.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Which of `len` elements are kept.
///
/// # Panics
/// If `keep` is not in (0, 1].
#[must_use]
pub fn mask(keep: f32, key: u64, len: usize) -> Vec<bool> {
    let mask = Mask::new(keep, key, 0);
    (0..len).map(|i| mask.factor(i as u32) != 0.0).collect()
}

/// `y`, one for each `x`, with the mask of `key`.
///
/// # Panics
/// If `keep` is not in (0, 1].
#[must_use]
pub fn forward(keep: f32, key: u64, x: &[f32]) -> Buffer {
    masked(Mask::new(keep, key, 0), x)
}

fn masked(mask: Mask, x: &[f32]) -> Buffer {
    map_indexed(x, move |x, index| x * mask.factor(index))
}

/// `y`, one for each `x`, with a given mask: `true` keeps an element.
///
/// No network calls this. It serves comparisons with other implementations, which bring their own
/// masks.
///
/// # Panics
/// If `keep` is not in (0, 1], or if `mask` and `x` differ in length.
#[must_use]
pub fn forward_masked(keep: f32, mask: &[bool], x: &[f32]) -> Buffer {
    let inverse_keep = Mask::new(keep, 0, 0).inverse_keep;
    let factors: Vec<f32> = mask.iter().map(|&kept| if kept { inverse_keep } else { 0.0 }).collect();
    map2("dropout", x, &factors, |x, factor| x * factor)
}

/// `dx` from the gradient `dy` of the result of [`forward`]. The same elements are dropped.
///
/// # Panics
/// If `keep` is not in (0, 1].
#[must_use]
pub fn backward(keep: f32, key: u64, dy: &[f32]) -> Buffer {
    forward(keep, key, dy)
}

impl Tape {
    /// Records [`forward`] on any shape. The tape saves no tensor: [`backward`] needs only the key.
    ///
    /// # Panics
    /// If `keep` is not in (0, 1].
    pub fn dropout(&mut self, keep: f32, key: u64, x: Var) -> Var {
        let value = self.value(x);
        let mask = Mask::new(keep, key, self.shards().first(value.data().len()));
        let y = Tensor::new(value.shape(), masked(mask, value.data()));
        self.record(Op::new("dropout").dropping(), &[x], y, move |dy, grads| {
            grads.add_buffer(x, || masked(mask, dy.data()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Shards, check, fast::parallel::CHUNK, threads};

    #[test]
    fn equals_the_reference() {
        for len in (0..=67).chain([CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3]) {
            let (x, mask) = (check::integers(1, len), mask(0.25, 7, len));
            let truth = reference::forward(0.25, &mask, &x);
            check::exact(&forward(0.25, 7, &x), &truth);
            check::exact(&forward_masked(0.25, &mask, &x), &truth);
            let x64 = check::to_f64(&check::noise(1, len));
            let truth = reference::forward(f64::from(0.8f32), &mask, &x64);
            check::within_bound(
                &forward_masked(0.8, &mask, &check::noise(1, len)),
                &truth,
                &check::magnitudes(&truth),
                1,
            );
        }
    }

    #[test]
    fn gradient() {
        let (x, mask) = (check::noise(1, 257), mask(0.8, 7, 257));
        check::gradient(
            &x,
            |x| reference::forward(f64::from(0.8f32), &mask, x),
            |dy| check::vjp(&[(&[257], &x)], dy, |tape, v| tape.dropout(0.8, 7, v[0])).remove(0),
        );
    }

    /// The expected values were computed in Python from the published definitions. If this test
    /// fails, every trained network changes.
    #[test]
    fn the_hash_is_what_it_says() {
        assert_eq!([0, 0x6889_90C0, 0xE628_C683], [0, 1, 0xDEAD_BEEF].map(low_bias));
        assert_eq!([0xE220_A839_7B1D_CDAF, 0x910A_2DEC_8902_5CC1], [0, 1].map(split_mix));
        let kept: String = mask(0.5, 7, 32).iter().map(|&kept| if kept { '1' } else { '0' }).collect();
        assert_eq!("00010011111001010000000101001010", kept);
    }

    /// Asserts that `count` lies within five standard deviations of the mean of `len` independent
    /// draws.
    fn assert_share(count: usize, len: usize, probability: f64) {
        let (count, len) = (count as f64, len as f64);
        let deviation = (len * probability * (1.0 - probability)).sqrt();
        let distance = (count - len * probability).abs();
        assert!(distance <= 5.0 * deviation, "{count} of {len}, expected a share of {probability}");
    }

    #[test]
    fn the_right_share_is_kept() {
        for keep in [0.1, 0.5, 0.8, 0.99] {
            for key in [0, 1, 2, u64::MAX] {
                let mask = mask(keep, key, 100_000);
                assert_share(mask.iter().filter(|&&kept| kept).count(), 100_000, f64::from(keep));
            }
        }
    }

    #[test]
    fn neighbours_are_independent() {
        let mask = mask(0.5, 3, 200_000);
        for distance in [1, 2, 3, 4, 16, 128, 256, 1024, 65_536] {
            let equal = mask.iter().zip(&mask[distance..]).filter(|(a, b)| a == b).count();
            assert_share(equal, 200_000 - distance, 0.5);
        }
    }

    #[test]
    fn keys_are_independent_however_close() {
        let len = 100_000;
        for (a, b) in [(0, 1), (1, 2), (7, 7 << 32), (5, u64::MAX - 5)] {
            let (a, b) = (mask(0.5, a, len), mask(0.5, b, len));
            for shift in [0, 1, 2, 3] {
                let equal = a[shift..].iter().zip(&b).filter(|(a, b)| a == b).count();
                assert_share(equal, len - shift, 0.5);
            }
        }
    }

    #[test]
    fn to_keep_everything_is_the_identity() {
        let x = check::noise(1, 1000);
        check::exact(&forward(1.0, 9, &x), &x);
    }

    #[test]
    fn nan_stays_nan_even_where_it_is_dropped() {
        assert!(forward(0.5, 7, &[f32::NAN; 64]).iter().all(|y| y.is_nan()));
        assert!(forward_masked(0.5, &[false], &[f32::NAN])[0].is_nan());
    }

    #[test]
    #[should_panic(expected = "dropout: keep is 0, not in (0, 1]")]
    fn something_must_be_kept() {
        let _ = forward(0.0, 7, &[1.0]);
    }

    #[test]
    fn each_member_of_a_group_drops_its_part_of_the_whole() {
        let x = check::noise(1, 4 * 33);
        let parts = threads::run(2, |group| {
            let shards = Shards::new(2, group);
            let mut tape = Tape::new().of(&shards);
            let own = tape.constant(shards.own(&Tensor::new(&[4, 33], x.clone())));
            let y = tape.dropout(0.5, 7, own);
            tape.value(y).data().to_vec()
        });
        check::exact(&parts.concat(), &forward(0.5, 7, &x));
    }
}
