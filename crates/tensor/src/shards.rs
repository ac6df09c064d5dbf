//! Shards: the equal parts into which a batch is cut, so that several processes can train on it.
//!
//! Most of a step treats each image by itself. Only a few sums run over the whole batch: the
//! statistics of batch norm and its backward sums, the gradients of weights and biases, and the
//! mean of the loss. Each of them is computed in two parts: a sum for each shard, as if the shard
//! were the whole batch, and then the sum of these in the order of the shards.
//!
//! ```text
//! batch      [ x0 x1 x2 x3 x4 x5 x6 x7 ]
//! 4 shards   [ x0 x1 ][ x2 x3 ][ x4 x5 ][ x6 x7 ]
//! a sum      ((s0 + s1) + s2) + s3                    the same bits, whoever computes s0 … s3
//! ```
//!
//! The number of shards therefore belongs to the arithmetic, as far as rounding goes. The number of
//! processes does not: a [`Group`] of 1, 2 or 4 gives the same bits with 4 shards. Each member has
//! as many shards as the others, all next to each other. With one shard nothing is different from a
//! batch that nobody cuts.
//!
//! A [`Group`] is the seam to whatever connects the processes. [`Alone`] is a group of one;
//! [`threads`](crate::threads) makes one of the threads of a process.

use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use crate::fast::parallel::{self, CHUNK};
use crate::fast::sweeps::affine::ChannelAffine;
use crate::fast::sweeps::channelwise;
use crate::{Buffer, Tensor, fast};

/// Processes, or threads, that compute one step together. Each has a rank, counted from 0.
///
/// All members call the same methods in the same order, and a call returns when the others have
/// made theirs. A group whose member is gone does not return from a call: it ends the process or
/// panics, with the name of the member.
pub trait Group {
    /// The number of this member.
    fn rank(&self) -> usize;

    /// The number of members.
    fn size(&self) -> usize;

    /// The numbers of all members, in the order of their ranks. Each brings equally many.
    fn gather(&self, mine: Vec<f64>) -> Vec<f64>;

    /// The sum of all parts of all members, in the order of ranks and of a member's parts. All
    /// parts have one shape, and each member brings equally many, at least one.
    fn sum(&self, parts: Vec<Tensor>) -> Tensor;

    /// The bytes of the member `from`. Those of the others do not matter.
    fn broadcast(&self, from: usize, bytes: Vec<u8>) -> Vec<u8>;

    /// Waits until all members are here.
    fn barrier(&self);
}

/// The elements of `len` that the member `rank` of `size` sums.
#[must_use]
pub fn slice(len: usize, rank: usize, size: usize) -> Range<usize> {
    rank * len / size..(rank + 1) * len / size
}

/// A group of one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Group for Alone {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn gather(&self, mine: Vec<f64>) -> Vec<f64> {
        mine
    }

    fn sum(&self, parts: Vec<Tensor>) -> Tensor {
        parts.into_iter().reduce(added).expect("a sum of at least one part")
    }

    fn broadcast(&self, _: usize, bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }

    fn barrier(&self) {}
}

/// Adds `term` to `sum`, element by element.
///
/// # Panics
/// If they differ in length.
pub fn add_to(sum: &mut [f32], term: &[f32]) {
    assert_eq!(sum.len(), term.len(), "add: the terms differ in length");
    parallel::chunks_mut(sum, CHUNK, &|i, sum| {
        let term = &term[i * CHUNK..][..sum.len()];
        fast::dispatch(
            #[inline(always)]
            || sum.iter_mut().zip(term).for_each(|(sum, term)| *sum += term),
        );
    });
}

/// `sum + term`.
pub(crate) fn added(mut sum: Tensor, term: Tensor) -> Tensor {
    add_to(sum.data_mut(), term.data());
    sum
}

/// A sum over the images of a batch that is not finished: a part for each local shard, or none.
#[derive(Debug, Default)]
pub(crate) struct Parts(Vec<Tensor>);

impl Parts {
    /// Adds to the part of each shard. `sum` gets the number of its images, and its part of the
    /// operands, whose first axis is the images.
    pub(crate) fn add<const N: usize>(
        &mut self,
        shards: &Shards,
        shape: &[usize],
        operands: [&Tensor; N],
        sum: impl Fn(usize, [&[f32]; N]) -> Buffer,
    ) {
        let images = operands[0].shape()[0] / shards.local();
        let new = shards.parts(operands.map(Tensor::data)).map(|(_, part)| Tensor::new(shape, sum(images, part)));
        let mut old = std::mem::take(&mut self.0).into_iter();
        self.0 = new.filter_map(|new| old.next().into_iter().chain([new]).reduce(added)).collect();
    }

    /// The sum over all shards of all ranks, if there is any.
    pub(crate) fn total(self, shards: &Shards) -> Option<Tensor> {
        (!self.0.is_empty()).then(|| shards.group.sum(self.0))
    }
}

/// Into how many shards a batch is cut, and the group that computes them.
#[derive(Clone)]
pub struct Shards {
    count: usize,
    group: Rc<dyn Group>,
}

impl Default for Shards {
    /// One shard, and nobody else.
    fn default() -> Self {
        Self::alone(1)
    }
}

impl fmt::Debug for Shards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} shards, rank {} of {}", self.count, self.group.rank(), self.group.size())
    }
}

impl Shards {
    /// `count` shards, and nobody else.
    ///
    /// # Panics
    /// If the count is 0.
    #[must_use]
    pub fn alone(count: usize) -> Self {
        Self::new(count, Rc::new(Alone))
    }

    /// `count` shards in all, of which each member of `group` has as many as the others.
    ///
    /// # Panics
    /// If the size of the group does not divide the count, or the count is 0.
    #[must_use]
    pub fn new(count: usize, group: Rc<dyn Group>) -> Self {
        assert!(
            0 < count && count.is_multiple_of(group.size()),
            "{count} shards cannot be dealt out evenly to {} ranks",
            group.size()
        );
        Self { count, group }
    }

    /// Who computes them.
    #[must_use]
    pub fn group(&self) -> &dyn Group {
        &*self.group
    }

    /// The number of shards of this member.
    #[must_use]
    pub fn local(&self) -> usize {
        self.count / self.group.size()
    }

    /// The number of things in the whole batch, of which `local` are here.
    #[must_use]
    pub fn whole(&self, local: usize) -> usize {
        local * self.group.size()
    }

    /// The place in the whole batch of the first of `local` things here: the lower 32 bits.
    #[must_use]
    pub fn first(&self, local: usize) -> u32 {
        (self.group.rank() * local) as u32
    }

    /// The images of a whole batch that are this member's.
    ///
    /// # Panics
    /// If the members cannot have equally many.
    #[must_use]
    pub fn own(&self, batch: &Tensor) -> Tensor {
        if self.group.size() == 1 {
            return batch.clone();
        }
        let mut shape = batch.shape().to_vec();
        assert!(shape[0].is_multiple_of(self.count), "a batch of {} is cut into {} shards", shape[0], self.count);
        shape[0] /= self.group.size();
        let len = shape.iter().product::<usize>();
        Tensor::new(&shape, Buffer::copy_of(&batch.data()[self.group.rank() * len..][..len]))
    }

    /// Those of a list of things in the whole batch that are this member's.
    #[must_use]
    pub fn part<'a, T>(&self, whole: &'a [T]) -> &'a [T] {
        let len = whole.len() / self.group.size();
        &whole[self.group.rank() * len..][..len]
    }

    /// The elements of each local shard, with the place of the first of them among the local ones.
    ///
    /// # Panics
    /// If the shards cannot have equally many.
    pub(crate) fn parts<'a, const N: usize>(
        &self,
        operands: [&'a [f32]; N],
    ) -> impl Iterator<Item = (usize, [&'a [f32]; N])> {
        let local = self.local();
        let lens = operands.map(|operand| {
            assert!(operand.len().is_multiple_of(local), "{} elements cannot make {local} shards", operand.len());
            operand.len() / local
        });
        (0..local).map(move |s| (s * lens[0], std::array::from_fn(|i| &operands[i][s * lens[i]..][..lens[i]])))
    }

    /// What `measure` says of each shard of the whole batch, in order: equally many numbers of
    /// each. `measure` gets the elements of a shard, and the place of the first of them among the
    /// local ones.
    pub(crate) fn gather<const N: usize>(
        &self,
        operands: [&[f32]; N],
        measure: impl Fn(u32, [&[f32]; N]) -> Vec<f64>,
    ) -> Vec<f64> {
        let measured = self.parts(operands).map(|(first, part)| measure(first as u32, part));
        let joined = |mut all: Vec<f64>, more: Vec<f64>| {
            all.extend(more);
            all
        };
        self.group.gather(measured.reduce(joined).unwrap_or_default())
    }

    /// The means of the channels of the whole batch, and their variances `v`, from those of each
    /// shard, which `moments` computes one after the other. With equally many rows in each shard,
    /// the mean `m` is the mean of their means, and `v` is the mean of `vₛ + (mₛ − m)²` (Chan,
    /// Golub and LeVeque 1983).
    pub(crate) fn moments(&self, x: [&[f32]; 1], moments: impl Fn(u32, [&[f32]; 1]) -> Vec<f64>) -> [Vec<f64>; 2] {
        let all = self.gather(x, moments);
        let (count, channels) = (self.count as f64, all.len() / self.count / 2);
        let shards = || all.chunks_exact(2 * channels);
        let mean = |c: usize| shards().map(|shard| shard[c]).sum::<f64>() / count;
        let means: Vec<f64> = (0..channels).map(mean).collect();
        let variance = |(c, mean): (usize, &f64)| {
            let squares = shards().map(|shard| shard[channels + c] + (shard[c] - mean) * (shard[c] - mean));
            let variance = squares.sum::<f64>() / count;
            // Rounding may make it negative. NaN is not less than 0, so it stays.
            if variance < 0.0 { 0.0 } else { variance }
        };
        let variances = means.iter().enumerate().map(variance).collect();
        [means, variances]
    }

    /// `(dx, dscale, dshift)` of any form of batch norm from `x` and `dy`, as
    /// [`ChannelAffine::backward`] computes them. The last two are those of the whole batch.
    pub(crate) fn norm_backward(
        &self,
        affine: &ChannelAffine<'_>,
        operands: [&[f32]; 2],
        back: impl Fn(f32, f32, u32) -> f32 + Copy + Sync,
    ) -> (Buffer, Vec<f32>, Vec<f32>) {
        let sums = self.sums(operands, |first, operands| affine.backward_sums(first, operands, back));
        let rows = self.whole(operands[0].len() * 2 / sums.len()); // two sums for each channel
        affine.backward((rows, &sums), operands, back)
    }

    /// The sum of all rows of the whole batch, of which `x` has this member's. Blocks of 16 rows
    /// are summed in `f32`, and the blocks of a shard and the shards in `f64`: in front of a batch
    /// norm the gradient of a bias is 0, so that roundings are all that is left of it.
    pub(crate) fn sum_of_rows(&self, op: &'static str, x: &Tensor) -> Buffer {
        let channels = x.shape().last().copied().unwrap_or(1);
        let sums = self.sums([x.data()], |_, [x]| channelwise::sum_of_rows(op, channels, x));
        sums.iter().map(|&sum| sum as f32).collect::<Vec<_>>().into()
    }

    /// The mean over the elements of the whole batch, of which `x` has this member's, of what `sum`
    /// adds up for those of a shard.
    #[must_use]
    pub fn mean(&self, x: &[f32], sum: impl Fn(&[f32]) -> f64) -> f64 {
        self.sums([x], |_, [x]| vec![sum(x)])[0] / self.whole(x.len()) as f64
    }

    /// The sums of what `measure` says of each shard, in the order of the shards.
    pub fn sums<const N: usize>(
        &self,
        operands: [&[f32]; N],
        measure: impl Fn(u32, [&[f32]; N]) -> Vec<f64>,
    ) -> Vec<f64> {
        let mut sums = self.gather(operands, measure);
        let len = sums.len() / self.count;
        let (first, others) = sums.split_at_mut(len);
        for terms in others.chunks_exact(len) {
            first.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
        }
        sums.truncate(len);
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{conv_transpose2d, conv2d, dense};
    use crate::{Axis, Window, check};

    /// Windows and channels of each path of a convolution, and batches of other sizes, which are
    /// cut into other blocks.
    #[test]
    fn an_image_has_the_same_bits_in_any_batch() {
        let square = |axis| Window { down: axis, across: axis };
        for (window, ci, co) in [
            (square(Axis::same(14, 3, 2)), 128, 256),
            (square(Axis::transposed_valid(4, 4, 1)), 64, 65),
            (square(Axis::same(28, 3, 2)), 1, 128),
            (square(Axis::same(9, 3, 2)), 20, 33),
        ] {
            let [from, to] = [window.input_pixels() * ci, window.output_pixels() * co];
            let (x, y) = (check::noise(1, 13 * from), check::noise(2, 13 * to));
            let (w, b) = (check::noise(3, window.kernel_taps() * ci * co), check::noise(4, co));
            let run = |first: usize, n: usize| {
                let (x, y) = (&x[first * from..][..n * from], &y[first * to..][..n * to]);
                let down = conv2d::forward(window, [n, ci, co], x, &w, Some(&b));
                (down, conv_transpose2d::forward(window, [n, ci, co], y, &w, None))
            };
            let (down, up) = run(0, 13);
            for (first, n) in [(0, 1), (1, 2), (3, 3), (6, 7)] {
                let (part_down, part_up) = run(first, n);
                check::exact(&part_down, &down[first * to..][..n * to]);
                check::exact(&part_up, &up[first * from..][..n * from]);
            }
        }
        let (x, w) = (check::noise(1, 13 * 100), check::noise(2, 100 * 70));
        let whole = dense::forward([13, 70, 100], &x, &w, None);
        for (first, n) in [(0, 1), (1, 2), (3, 3), (6, 7)] {
            let part = dense::forward([n, 70, 100], &x[first * 100..][..n * 100], &w, None);
            check::exact(&part, &whole[first * 70..][..n * 70]);
        }
    }

    #[test]
    fn parts_are_dealt_out_in_order() {
        let shards = Shards::new(3, Rc::new(Alone));
        let said = shards.gather([&[1.0; 12]], |first, [x]| vec![x.len() as f64 + 2.0 - f64::from(first) / 4.0]);
        assert_eq!(vec![6.0, 5.0, 4.0], said);
        assert_eq!(vec![15.0], shards.sums([&[1.0; 12]], |first, _| vec![f64::from(first) + 1.0]));
        assert_eq!((3, 12, 0), (shards.local(), shards.whole(12), shards.first(12)));
        assert_eq!("3 shards, rank 0 of 1", format!("{shards:?}"));
    }

    #[test]
    #[should_panic(expected = "3 shards cannot be dealt out evenly to 2 ranks")]
    fn every_rank_has_as_many_shards() {
        struct Two;
        impl Group for Two {
            fn rank(&self) -> usize {
                0
            }
            fn size(&self) -> usize {
                2
            }
            fn gather(&self, _: Vec<f64>) -> Vec<f64> {
                unreachable!("nothing is computed")
            }
            fn sum(&self, _: Vec<Tensor>) -> Tensor {
                unreachable!("nothing is computed")
            }
            fn broadcast(&self, _: usize, _: Vec<u8>) -> Vec<u8> {
                unreachable!("nothing is computed")
            }
            fn barrier(&self) {}
        }
        let _ = Shards::new(3, Rc::new(Two));
    }
}
