//! Panels: the right side of a product, copied into the order in which the tiles read it.
//!
//! B is cut into blocks of rows, and each block into panels as wide as a tile. A panel is contiguous, 64 KiB at most, fills
//! all sets of a cache evenly, and is read front to back. Columns beyond the last are zero, so that the tile needs no edge case.
//!
//! ```text
//!   B = | 1 2 3 |    panels of width 2:   1 2   4 5  |  3 0   6 0
//!       | 4 5 6 |                         panel 0    |  panel 1
//! ```
//!
//! Copying costs a load and a store per vector, and every row of A then uses the copy.

#![allow(clippy::multiple_unsafe_ops_per_block, reason = "an address and what happens there are one thought")]

use std::sync::{Arc, Mutex, PoisonError};

use wide::f32x4;

use super::Isa;
use super::vector::Vector;
use crate::Buffer;
use crate::sums::Sums;

/// The matrices of a right side, and where their panels are kept if they are used more than once.
///
/// A kernel is the right side of two passes, both forward or both backward, one after the other, so a
/// [`Tensor`](crate::Tensor) keeps the last panels of its values until they change. A plain slice has nowhere to keep them.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a> {
    values: &'a [f32],
    kept: Option<&'a KeptPanels>,
    sums: Option<&'a Sums>,
}

impl<'a> Weights<'a> {
    pub(crate) fn new(values: &'a [f32], kept: &'a KeptPanels) -> Self {
        Self { values, kept: Some(kept), sums: None }
    }

    /// Sums of the matrices instead of the matrices themselves.
    pub(crate) fn summed(self, sums: &'a Sums) -> Self {
        Self { sums: Some(sums), ..self }
    }

    pub(super) fn sums(self) -> Option<&'a Sums> {
        self.sums
    }

    pub(super) fn kept(self) -> Option<&'a KeptPanels> {
        self.kept
    }

    /// The numbers.
    #[must_use]
    pub fn values(self) -> &'a [f32] {
        self.values
    }
}

impl<'a, T: AsRef<[f32]> + ?Sized> From<&'a T> for Weights<'a> {
    fn from(values: &'a T) -> Self {
        Self { values: values.as_ref(), kept: None, sums: None }
    }
}

/// Where an element of B lies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Right<'a> {
    /// `B(k, j) = b[k·columns + j]`.
    Plain(Weights<'a>),
    /// `B(k, j) = b[j·depth + k]`: the transpose of a plain `[columns, depth]` matrix.
    Transposed(Weights<'a>),
    /// Either of them, packed before, for several products: see [`panels`](super::product::panels).
    Packed(&'a Panels),
}

impl<'a> Right<'a> {
    /// The matrices, if they are not packed yet.
    pub(super) fn weights(self) -> Option<Weights<'a>> {
        match self {
            Self::Plain(b) | Self::Transposed(b) => Some(b),
            Self::Packed(_) => None,
        }
    }
}

/// The last panels of one tensor as it stands, and whether they are transposed. Keeping both kinds would save a training step of
/// MNIST 1 % of its time, and take 39 MB.
#[derive(Debug, Default)]
pub struct KeptPanels(Mutex<Option<(bool, Arc<Panels>)>>);

impl KeptPanels {
    /// Panels of these very extents and sums: kept, or given by `pack` and kept from now on.
    ///
    /// Nobody waits for `pack` here, so that it may be called from any task. Two who come at once both pack.
    pub(super) fn get(&self, right: Right<'_>, extents: Extents, pack: impl Fn() -> Panels) -> Arc<Panels> {
        let transposed = matches!(right, Right::Transposed(_));
        let sums = right.weights().and_then(Weights::sums);
        let place = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |kind: bool, panels: &Panels| {
            kind == transposed && panels.extents == extents && panels.sums.as_ref() == sums
        };
        let mut kept = place();
        if let Some((kind, panels)) = &*kept
            && fits(*kind, panels)
        {
            return Arc::clone(panels);
        }
        *kept = None; // before the new ones are made, which may then lie where these lay
        drop(kept);
        let panels = Arc::new(pack());
        *place() = Some((transposed, Arc::clone(&panels)));
        panels
    }
}

/// Panels for a product.
#[derive(Debug)]
pub(crate) enum Kept<'a> {
    /// Lent by whoever packed them.
    Lent(&'a Panels),
    /// Kept with a tensor, or made for this use.
    Shared(Arc<Panels>),
}

impl std::ops::Deref for Kept<'_> {
    type Target = Panels;
    fn deref(&self) -> &Panels {
        match self {
            Self::Lent(panels) => panels,
            Self::Shared(panels) => panels,
        }
    }
}

/// What the order of panels depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extents {
    pub(super) isa: Isa,
    pub(super) terms: usize,
    pub(super) depth: usize,
    pub(super) columns: usize,
}

/// All panels of a right side, one after the other: by block of k, by columns, by term.
#[derive(Debug)]
pub(crate) struct Panels {
    pub(super) extents: Extents,
    pub(super) sums: Option<Sums>,
    pub(super) elements: Buffer,
}

/// How B is cut, which depends on the instruction set and on B's extents only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Vector registers across a panel.
    pub(super) registers: usize,
    /// Columns of a panel: `registers` times the lanes of a vector.
    pub(super) width: usize,
}

impl Shape {
    /// The cut for products with `columns` columns.
    pub(super) fn new(isa: Isa, columns: usize) -> Self {
        let (lanes, widest) = match isa {
            Isa::Portable => (f32x4::LANES, 2),
            Isa::Avx2 => (8, 2),
            Isa::Avx512 => (16, 4),
        };
        let mut registers = widest;
        while 1 < registers && columns <= registers / 2 * lanes {
            registers /= 2;
        }
        let width = registers * lanes;
        Self { registers, width }
    }
}

/// Copies rows of B into a panel: `panel[k·width + j] = B(k, j)`, 0 beyond the last column.
///
/// `rows` gives the offset in `b` of each row's first column of this panel, of which `columns` exist.
///
/// # Safety
/// The instruction set of `V` is enabled where this is inlined.
#[inline(always)]
pub(super) unsafe fn pack_rows<V: Vector, const REGISTERS: usize>(
    b: &[f32],
    rows: impl Iterator<Item = usize>,
    columns: usize,
    panel: &mut [f32],
) {
    let width = REGISTERS * V::LANES;
    for (to, row) in panel.chunks_exact_mut(width).zip(rows) {
        if columns < width {
            let (to, padding) = to.split_at_mut(columns);
            to.copy_from_slice(&b[row..row + columns]);
            padding.fill(0.0);
            continue;
        }
        let from = &b[row..row + width];
        for r in (0..width).step_by(V::LANES) {
            // SAFETY: both slices are `width` long, and the caller has enabled the instruction set.
            unsafe { V::load(from.as_ptr().add(r)).store(to.as_mut_ptr().add(r)) };
        }
    }
}

/// Copies a transposed B into a panel: `panel[k·width + j] = b[(first + j)·stride + k]`.
#[inline(always)]
pub(super) fn pack_transposed(b: &[f32], first: usize, stride: usize, columns: usize, width: usize, panel: &mut [f32]) {
    let depth = panel.len() / width;
    let (whole_columns, whole_depth) = (columns.min(width) / 4 * 4, depth / 4 * 4);
    for j in (0..whole_columns).step_by(4) {
        for k in (0..whole_depth).step_by(4) {
            let row =
                |i: usize| f32x4::from(<[f32; 4]>::try_from(&b[first + (j + i) * stride + k..][..4]).expect("four"));
            for (i, column) in f32x4::transpose([row(0), row(1), row(2), row(3)]).into_iter().enumerate() {
                panel[(k + i) * width + j..][..4].copy_from_slice(&column.to_array());
            }
        }
    }
    for k in 0..depth {
        let start = if k < whole_depth { whole_columns } else { 0 };
        for j in start..width {
            panel[k * width + j] = if j < columns { b[first + j * stride + k] } else { 0.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Panels in another order, or of other sums, would be wrong numbers without a word.
    #[test]
    fn kept_panels_are_of_the_same_extents_and_sums() {
        let kept = KeptPanels::default();
        let values = [1.0; 8];
        let extents = Extents { isa: Isa::Portable, terms: 2, depth: 2, columns: 2 };
        let sums = |second: f32| Sums { rows: 2, sums: vec![vec![(0, 1.0)], vec![(1, second)]] };
        let (own, other) = (sums(1.0), sums(2.0));
        let get = |extents: Extents, sums: Option<&Sums>, transposed: bool| {
            let weights = Weights { values: &values, kept: Some(&kept), sums };
            let right = if transposed { Right::Transposed(weights) } else { Right::Plain(weights) };
            let packed = std::cell::Cell::new(false);
            let pack = || {
                packed.set(true);
                Panels { extents, sums: sums.cloned(), elements: Buffer::zeros(0) }
            };
            let panels = kept.get(right, extents, pack);
            assert_eq!((extents, sums), (panels.extents, panels.sums.as_ref()));
            packed.get()
        };
        for (extents, sums, transposed) in [
            (extents, Some(&own), false),
            (extents, Some(&other), false),
            (extents, None, false),
            (extents, None, true),
            (Extents { isa: Isa::Avx2, ..extents }, None, true),
            (Extents { isa: Isa::Avx512, ..extents }, None, true),
            (Extents { depth: 1, columns: 4, ..extents }, None, true),
        ] {
            assert!(get(extents, sums, transposed), "other panels are packed");
            assert!(!get(extents, sums, transposed), "the same are kept");
        }
    }
}
