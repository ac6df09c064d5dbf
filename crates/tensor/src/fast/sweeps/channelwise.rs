//! The two loops behind every operator that works by channels: one computes an element from each
//! element, the other sums over rows.
//!
//! Activations are NHWC. Seen as a matrix, a row is a pixel and a column is a channel. An operator
//! brings its operands (matrices), its parameters (a number for each channel) and a formula for a
//! single element. A [`ChannelSweep`] applies the formula to [`TILE`] channels of a row at a time.
//! This is a loop of known length without a branch, so the compiler turns it into vectors and keeps
//! its sums in registers.
//!
//! Rows are cut into chunks, whose number of rows depends on the channels alone. Each chunk has its
//! own sums, and these are added in the order of the chunks, so any number of threads gives the
//! same bits. There may be 100,000 rows, over which a running sum in `f32` would lose two of its
//! seven digits. Within a [`BLOCK`] of rows, at most 15 roundings can add up, so the terms are
//! added in `f32`, at the full width of a vector. The sums of the blocks are added in `f64`.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::Buffer;
use crate::fast::parallel::CHUNK;
use crate::fast::{self, parallel};

/// The number of channels that are handled together. They fill four of the widest registers, so
/// that no addition waits for the one before it.
const TILE: usize = 64;

/// The number of channels that are handled together where fewer than [`TILE`] remain, as in the
/// outer layers of a narrow network. The channels that then remain are handled one by one.
const NARROW_TILE: usize = 16;
/// The number of channels whose sums of chunks are added as one task.
const TOTALS: usize = 64;

/// The number of rows whose terms are added in `f32`.
const BLOCK: usize = 16;

/// Memory for the sums of chunks, kept from earlier sweeps. Without it, each training step would
/// allocate megabytes.
static PARTIALS: Mutex<Vec<Vec<f64>>> = Mutex::new(Vec::new());

/// The number of rows in `elements`.
///
/// # Panics
/// If they are not whole rows. The message names `op`.
pub(crate) fn row_count(op: &str, elements: usize, channels: usize) -> usize {
    assert!(
        0 < channels && elements.is_multiple_of(channels),
        "{op}: {elements} elements are no whole rows of {channels} channels"
    );
    elements / channels
}

/// The number of elements of a task: whole rows, about [`CHUNK`] elements.
pub(crate) fn chunk_len(channels: usize) -> usize {
    (CHUNK / channels).max(1) * channels
}

/// The sum of all rows.
///
/// # Panics
/// If `x` does not consist of rows of `channels`. The message names `op`.
pub(crate) fn sum_of_rows(op: &'static str, channels: usize, x: &[f32]) -> Vec<f64> {
    let [sums] = ChannelSweep { op, channels, operands: [x], parameters: [] }.sums(|[x], [], _| [x]);
    sums
}

/// The data that an operator sweeps over.
pub(crate) struct ChannelSweep<'a, const N: usize, const P: usize> {
    /// The operator's name, for messages.
    pub(crate) op: &'static str,
    /// The length of a row.
    pub(crate) channels: usize,
    /// Matrices of the same size.
    pub(crate) operands: [&'a [f32]; N],
    /// Parameters, each with one number for each channel.
    pub(crate) parameters: [&'a [f32]; P],
}

impl<const N: usize, const P: usize> ChannelSweep<'_, N, P> {
    /// Computes `formula(operands, parameters, index)` for each element. `index` is the lower 32
    /// bits of the element's index.
    ///
    /// The formula should have only a few operations, so that it is inlined and thus compiled for
    /// the instruction set in use ([`fast::dispatch`]). It should also be `move`, for the reason
    /// that [`elementwise`](super::elementwise) gives.
    ///
    /// # Panics
    /// If the operands differ in length or are not whole rows, or if a parameter does not have one
    /// number for each channel.
    pub(crate) fn map(&self, formula: impl Fn([f32; N], [f32; P], u32) -> f32 + Copy + Sync) -> Buffer {
        let chunk = chunk_len(self.channels);
        let mut y = Buffer::scratch(self.check());
        parallel::chunks_mut(&mut y, chunk, &|i, y| {
            fast::dispatch(
                #[inline(always)]
                || self.map_chunk(i * chunk, y, formula),
            );
        });
        y
    }

    #[inline(always)]
    fn map_chunk(&self, first: usize, y: &mut [f32], formula: impl Fn([f32; N], [f32; P], u32) -> f32 + Copy) {
        let block = BLOCK * self.channels;
        let [wide, narrow] = [TILE, NARROW_TILE].map(|tile| self.channels - self.channels % tile);
        for (first, y) in (first..).step_by(block).zip(y.chunks_mut(block)) {
            for c in (0..wide).step_by(TILE) {
                self.map_tile::<TILE>(first, c, y, formula);
            }
            for c in (wide..narrow).step_by(NARROW_TILE) {
                self.map_tile::<NARROW_TILE>(first, c, y, formula);
            }
            for c in narrow..self.channels {
                self.map_tile::<1>(first, c, y, formula);
            }
        }
    }

    #[inline(always)]
    fn map_tile<const L: usize>(
        &self,
        first: usize,
        c: usize,
        y: &mut [f32],
        formula: impl Fn([f32; N], [f32; P], u32) -> f32,
    ) {
        let parameters = tile::<L, P>(self.parameters, c);
        for (row, y) in (first..).step_by(self.channels).zip(y.chunks_exact_mut(self.channels)) {
            let (operands, first) = (tile::<L, N>(self.operands, row + c), (row + c) as u32);
            let y = y[c..].first_chunk_mut::<L>().expect("a tile lies within its row");
            for (l, y) in y.iter_mut().enumerate() {
                *y = formula(lane(operands, l), lane(parameters, l), first.wrapping_add(l as u32));
            }
        }
    }

    /// Computes `S` sums over the rows for each channel. The terms are
    /// `formula(operands, parameters, index)`, and [`map`](Self::map) says what the formula should
    /// be like.
    ///
    /// # Panics
    /// As `map`.
    pub(crate) fn sums<const S: usize>(
        &self,
        formula: impl Fn([f32; N], [f32; P], u32) -> [f32; S] + Copy + Sync,
    ) -> [Vec<f64>; S] {
        let (len, chunk) = (self.check(), chunk_len(self.channels));
        let recycled = PARTIALS.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut partials = recycled.unwrap_or_default();
        let partials_len = len.div_ceil(chunk) * S * self.channels;
        if partials.len() < partials_len {
            partials.resize(partials_len, 0.0);
        }
        let of_chunks = &mut partials[..partials_len];
        parallel::chunks_mut(of_chunks, S * self.channels, &|i, partial| {
            partial.fill(0.0);
            fast::dispatch(
                #[inline(always)]
                || self.sum_chunk(i * chunk..len.min((i + 1) * chunk), partial, formula),
            );
        });
        let totals = std::array::from_fn(|s| {
            let mut total = vec![0.0; self.channels];
            parallel::chunks_mut(&mut total, TOTALS, &|i, total| {
                for partial in of_chunks.chunks_exact(S * self.channels) {
                    for (total, term) in total.iter_mut().zip(&partial[s * self.channels + i * TOTALS..]) {
                        *total += term;
                    }
                }
            });
            total
        });
        PARTIALS.lock().unwrap_or_else(PoisonError::into_inner).push(partials);
        totals
    }

    #[inline(always)]
    fn sum_chunk<const S: usize>(
        &self,
        chunk: Range<usize>,
        totals: &mut [f64],
        formula: impl Fn([f32; N], [f32; P], u32) -> [f32; S] + Copy,
    ) {
        let [wide, narrow] = [TILE, NARROW_TILE].map(|tile| self.channels - self.channels % tile);
        for first in chunk.clone().step_by(BLOCK * self.channels) {
            let block = first..chunk.end.min(first + BLOCK * self.channels);
            for c in (0..wide).step_by(TILE) {
                self.sum_tile::<TILE, S>(block.clone(), c, totals, formula);
            }
            for c in (wide..narrow).step_by(NARROW_TILE) {
                self.sum_tile::<NARROW_TILE, S>(block.clone(), c, totals, formula);
            }
            for c in narrow..self.channels {
                self.sum_tile::<1, S>(block.clone(), c, totals, formula);
            }
        }
    }

    #[inline(always)]
    fn sum_tile<const L: usize, const S: usize>(
        &self,
        block: Range<usize>,
        c: usize,
        totals: &mut [f64],
        formula: impl Fn([f32; N], [f32; P], u32) -> [f32; S],
    ) {
        let parameters = tile::<L, P>(self.parameters, c);
        let mut sums = [[0.0; L]; S];
        for row in block.step_by(self.channels) {
            let (operands, first) = (tile::<L, N>(self.operands, row + c), (row + c) as u32);
            for l in 0..L {
                let terms = formula(lane(operands, l), lane(parameters, l), first.wrapping_add(l as u32));
                for (sums, term) in sums.iter_mut().zip(terms) {
                    sums[l] += term;
                }
            }
        }
        for (totals, sums) in totals.chunks_exact_mut(self.channels).zip(&sums) {
            for (total, &sum) in totals[c..].iter_mut().zip(sums) {
                *total += f64::from(sum);
            }
        }
    }

    /// The common length of all operands.
    fn check(&self) -> usize {
        let (op, len) = (self.op, self.operands[0].len());
        assert_eq!([len; N], self.operands.map(<[f32]>::len), "{op}: the operands differ in length");
        let parameters = self.parameters.map(<[f32]>::len);
        assert_eq!([self.channels; P], parameters, "{op}: the parameters are not one for each channel");
        row_count(op, len, self.channels);
        len
    }
}

/// `L` neighbouring numbers of each slice.
#[inline(always)]
fn tile<const L: usize, const N: usize>(from: [&[f32]; N], at: usize) -> [&[f32; L]; N] {
    from.map(|from| from[at..].first_chunk().expect("a tile lies within its row"))
}

/// Number `l` of each tile.
#[inline(always)]
fn lane<const L: usize, const N: usize>(tiles: [&[f32; L]; N], l: usize) -> [f32; N] {
    tiles.map(|tile| tile[l])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn every_row_is_added() {
        for channels in (1..=17).chain([33, 64, 130]) {
            for rows in [0, 1, 3, 2 * chunk_len(channels) / channels + 1] {
                let x = check::integers(1, rows * channels);
                let sums: Vec<f32> = (0..channels).map(|c| x.iter().skip(c).step_by(channels).sum()).collect();
                let found: Vec<f32> = sum_of_rows("test", channels, &x).iter().map(|&sum| sum as f32).collect();
                check::exact(&found, &sums);
            }
        }
    }

    #[test]
    fn threads_do_not_show() {
        let x = check::noise(1, 33 * 2000);
        check::same_on_any_threads(|| sum_of_rows("test", 33, &x).iter().map(|&sum| sum as f32).collect());
    }

    #[test]
    fn nan_stays_nan() {
        assert!(sum_of_rows("test", 1, &[1.0, f32::NAN, 1.0])[0].is_nan());
    }

    #[test]
    #[should_panic(expected = "test: 7 elements are no whole rows of 3 channels")]
    fn rows_must_be_whole() {
        let _ = sum_of_rows("test", 3, &[0.0; 7]);
    }
}
