//! Panels that are kept: those packed of a tensor, until the tensor is changed.
//!
//! To pack a panel takes as long as the products of some sixty rows with it. A batch of 64 images
//! brings more rows, but whoever asks G for one image waits mostly for panels, and then asks for
//! the next one: on an Intel Xeon (Sapphire Rapids), kept panels make the article's G three to four
//! times as fast, one image at a time. They take up to three times the memory of the weights, so
//! they are kept only where few rows share them.

use std::sync::{Arc, Mutex, PoisonError};

use super::combined::CombinedRhs;
use super::panels::{Layout, PackedRhs, Rhs, check_extents};
use crate::fast::sparse_map::SparseMap;
use crate::fast::{Isa, isa};

/// The largest number of rows that meet a panel which is kept.
const FEW_ROWS: usize = 48;

/// What panels depend on, besides the values that they are packed of.
#[derive(Clone, Debug, PartialEq)]
struct Form {
    isa: Isa,
    is_transposed: bool,
    /// The numbers of terms, of rows and of columns.
    extents: [usize; 3],
    map: Option<SparseMap>,
}

/// The panels that are kept of one tensor. A clone keeps none.
#[derive(Debug, Default)]
pub(crate) struct Packs(Mutex<Vec<(Form, Arc<PackedRhs>)>>);

impl Clone for Packs {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Packs {
    /// The panels of `form` that are kept. If there are none, those that `pack` makes, which are
    /// kept if no more than a few rows, `rows`, meet each of them.
    fn get(&self, form: Form, rows: usize, pack: impl FnOnce() -> PackedRhs) -> Arc<PackedRhs> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept().iter().find(|(other, _)| *other == form).map(|(_, panels)| Arc::clone(panels));
        found.unwrap_or_else(|| {
            // Not under the lock: a thread that waits for parts of this work may do other work, and
            // ask for panels of the same tensor.
            let panels = Arc::new(pack());
            let mut kept = kept();
            // Two threads may have packed the same at a time.
            if rows <= FEW_ROWS && kept.iter().all(|(other, _)| *other != form) {
                kept.push((form, Arc::clone(&panels)));
            }
            panels
        })
    }

    /// Drops all panels, because the tensor will change.
    pub(crate) fn clear(&mut self) {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The weights of a product: a slice, or a tensor, of which panels may be kept.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) packs: Option<&'a Packs>,
}

impl<'a> Weights<'a> {
    /// One matrix `[depth, columns]` for each term, packed. About `rows` rows will meet each panel.
    ///
    /// # Panics
    /// If the matrices have other extents.
    pub(crate) fn packed(self, is_transposed: bool, extents: [usize; 3], rows: usize) -> Arc<PackedRhs> {
        let (isa, rhs) = (isa(), self.rhs(is_transposed));
        let form = Form { isa, is_transposed, extents, map: None };
        self.kept(form, rows, || PackedRhs::on(isa, rhs, extents))
    }

    /// The same for combinations of the matrices, as `map` lists them. A left side of `a_len`
    /// elements will be multiplied with them. If they are more than these, and not to be kept,
    /// the tasks of the product will form them.
    ///
    /// # Panics
    /// If the matrices have other extents.
    pub(crate) fn combined(
        self,
        map: &'a SparseMap,
        is_transposed: bool,
        [depth, columns]: [usize; 2],
        rows: usize,
        a_len: usize,
    ) -> CombinedRhs<'a> {
        let (isa, rhs) = (isa(), self.rhs(is_transposed));
        let extents = [map.combinations.len(), depth, columns];
        check_extents(rhs, [map.inputs, depth, columns]);
        let mut combined = CombinedRhs { layout: Layout::new(isa, extents), rhs, map, packed: None };
        if rows <= FEW_ROWS || extents.iter().product::<usize>() <= a_len || !combined.can_be_formed_in_tasks() {
            let form = Form { isa, is_transposed, extents, map: Some(map.clone()) };
            combined.packed = Some(self.kept(form, rows, || combined.pack()));
        }
        combined
    }

    fn rhs(self, is_transposed: bool) -> Rhs<'a> {
        if is_transposed { Rhs::Transposed(self.values) } else { Rhs::Plain(self.values) }
    }

    fn kept(self, form: Form, rows: usize, pack: impl FnOnce() -> PackedRhs) -> Arc<PackedRhs> {
        match self.packs {
            Some(packs) => packs.get(form, rows, pack),
            None => Arc::new(pack()),
        }
    }
}

impl<'a> From<&'a [f32]> for Weights<'a> {
    fn from(values: &'a [f32]) -> Self {
        Self { values, packs: None }
    }
}

impl<'a> From<&'a Vec<f32>> for Weights<'a> {
    fn from(values: &'a Vec<f32>) -> Self {
        Self::from(&values[..])
    }
}

impl<'a, const N: usize> From<&'a [f32; N]> for Weights<'a> {
    fn from(values: &'a [f32; N]) -> Self {
        Self::from(&values[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Tensor, check};

    fn packed(tensor: &Tensor, rows: usize) -> Arc<PackedRhs> {
        Weights::from(tensor).packed(false, [1, 2, 3], rows)
    }

    #[test]
    fn panels_of_few_rows_are_kept_until_the_tensor_changes() {
        let mut tensor = Tensor::new(&[2, 3], check::integers(1, 6));
        assert!(!Arc::ptr_eq(&packed(&tensor, FEW_ROWS + 1), &packed(&tensor, FEW_ROWS + 1)));
        let before = packed(&tensor, FEW_ROWS);
        assert!(Arc::ptr_eq(&before, &packed(&tensor, 1)));
        assert!(Arc::ptr_eq(&before, &packed(&tensor, FEW_ROWS + 1)), "what is there is taken");
        tensor.data_mut()[0] = 9.0;
        let after = packed(&tensor, 1);
        assert!(!Arc::ptr_eq(&before, &after));
        assert!(before.elements[0] != 9.0 && after.elements[0] == 9.0);
    }

    #[test]
    fn other_forms_and_other_tensors_have_panels_of_their_own() {
        let tensor = Tensor::new(&[2, 3], check::integers(1, 6));
        let mut other = tensor.clone();
        let plain = packed(&tensor, 1);
        let turned = || Weights::from(&tensor).packed(true, [1, 2, 3], 1);
        assert!(Arc::ptr_eq(&turned(), &turned()) && !Arc::ptr_eq(&turned(), &plain));
        assert!(Arc::ptr_eq(&plain, &packed(&other, 1)), "a clone shares its elements");
        other.data_mut()[0] = 9.0;
        assert!(!Arc::ptr_eq(&plain, &packed(&other, 1)));
        assert!(Arc::ptr_eq(&plain, &packed(&tensor, 1)), "the first tensor has not changed");
    }

    /// Were the lock held meanwhile, this would wait for ever.
    #[test]
    fn who_packs_may_use_the_same_tensor() {
        let tensor = Tensor::new(&[2, 3], check::integers(1, 6));
        let form = Form { isa: Isa::Portable, is_transposed: false, extents: [1, 2, 3], map: None };
        let packs = Weights::from(&tensor).packs.expect("a tensor's");
        let panels = packs.get(form, 1, || {
            let _ = packed(&tensor, 1);
            PackedRhs::on(Isa::Portable, Rhs::Plain(tensor.data()), [1, 2, 3])
        });
        assert_eq!(3, panels.layout.columns);
    }
}
