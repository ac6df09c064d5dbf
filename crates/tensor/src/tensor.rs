//! A tensor: a shape and a buffer, shared by reference count.
//!
//! Elements are contiguous and the last axis varies fastest, so there are no strides to think
//! about. Cloning costs a reference count; [`Tensor::data_mut`] copies only if somebody else
//! still looks.

use std::sync::Arc;

use crate::Buffer;
use crate::simd::{KeptPanels, Weights};

/// An immutable, contiguous, row-major array of `f32`.
#[derive(Clone, Debug)]
pub struct Tensor {
    shape: Vec<usize>,
    data: Arc<Storage>,
}

/// The elements, and what the matrix kernels keep of them.
#[derive(Debug)]
struct Storage {
    elements: Buffer,
    panels: KeptPanels,
}

impl Storage {
    fn new(elements: Buffer) -> Self {
        Self { elements, panels: KeptPanels::default() }
    }
}

impl Clone for Storage {
    fn clone(&self) -> Self {
        Self::new(self.elements.clone())
    }
}

impl Tensor {
    /// A tensor of `shape` over `data`.
    ///
    /// # Panics
    /// If the product of `shape` is not the number of elements.
    #[must_use]
    pub fn new(shape: &[usize], data: impl Into<Buffer>) -> Self {
        let data = data.into();
        let elements: usize = shape.iter().product();
        assert_eq!(elements, data.len(), "a tensor of shape {shape:?} was given {} elements", data.len());
        Self { shape: shape.to_vec(), data: Arc::new(Storage::new(data)) }
    }

    /// A tensor of one number, of shape `[]`.
    #[must_use]
    pub fn scalar(value: f32) -> Self {
        Self::new(&[], vec![value])
    }

    /// A tensor of zeros.
    #[must_use]
    pub fn zeros(shape: &[usize]) -> Self {
        Self::new(shape, Buffer::zeros(shape.iter().product()))
    }

    /// The extents, outermost first.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The extents as an array, to be taken apart by a pattern.
    ///
    /// # Panics
    /// If the tensor has another rank than `N`.
    #[must_use]
    pub fn dims<const N: usize>(&self) -> [usize; N] {
        let shape = &self.shape;
        shape[..].try_into().unwrap_or_else(|_| panic!("expected a tensor of rank {N}, got the shape {shape:?}"))
    }

    /// The elements, the last axis fastest.
    #[must_use]
    pub fn data(&self) -> &[f32] {
        &self.data.elements
    }

    /// The elements as the right side of a product, which keeps its panels with this tensor.
    #[must_use]
    pub fn weights(&self) -> Weights<'_> {
        Weights::new(&self.data.elements, &self.data.panels)
    }

    /// The elements, to be changed. Copies them first if another tensor shares them.
    pub fn data_mut(&mut self) -> &mut [f32] {
        let storage: &mut Storage = Arc::make_mut(&mut self.data);
        storage.panels = KeptPanels::default(); // of what the elements were
        &mut storage.elements
    }

    /// The same elements under another shape; nothing is copied.
    ///
    /// # Panics
    /// If the number of elements differs.
    #[must_use]
    pub fn reshape(&self, shape: &[usize]) -> Self {
        let elements: usize = shape.iter().product();
        assert_eq!(elements, self.data().len(), "cannot reshape {:?} to {shape:?}", self.shape);
        Self { shape: shape.to_vec(), data: Arc::clone(&self.data) }
    }

    /// The only element.
    ///
    /// # Panics
    /// If there are more, or none.
    #[must_use]
    pub fn item(&self) -> f32 {
        assert_eq!(1, self.data().len(), "item: a tensor of shape {:?} is not one number", self.shape);
        self.data()[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{dense, matmul};

    #[test]
    fn writing_to_a_clone_leaves_the_original() {
        let a = Tensor::new(&[2], vec![1.0, 2.0]);
        let mut b = a.clone();
        b.data_mut()[0] = 9.0;
        assert_eq!((a.data(), b.data()), (&[1.0, 2.0][..], &[9.0, 2.0][..]));
    }

    /// A product must see the elements as they are, not the panels of what they were.
    #[test]
    fn panels_are_forgotten_when_elements_change() {
        let mut w = Tensor::new(&[2, 2], vec![1.0, 2.0, 3.0, 4.0]);
        let product = |w: &Tensor| dense::forward([1, 2, 2], &[1.0, 10.0], w.weights(), None).to_vec();
        assert_eq!((vec![31.0, 42.0], vec![31.0, 42.0]), (product(&w), product(&w)));
        let before = w.clone();
        w.data_mut()[0] = 5.0;
        assert_eq!((vec![35.0, 42.0], vec![31.0, 42.0]), (product(&w), product(&before)));
        w.data_mut()[3] = 6.0; // now nobody shares it
        assert_eq!(vec![35.0, 62.0], product(&w));
    }

    /// One tensor may be the right side of products of different extents.
    #[test]
    fn panels_of_other_extents_are_not_mistaken() {
        let w = Tensor::new(&[2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!([41.0, 52.0, 63.0], dense::forward([1, 3, 2], &[1.0, 10.0], w.weights(), None)[..]);
        assert_eq!([531.0, 642.0], dense::forward([1, 2, 3], &[1.0, 10.0, 100.0], w.weights(), None)[..]);
    }

    /// A square matrix has the same extents either way, and both are used in turn: forward plain, backward transposed.
    #[test]
    fn panels_of_the_transpose_are_not_mistaken() {
        let w = Tensor::new(&[2, 2], vec![1.0, 2.0, 3.0, 4.0]);
        for _ in 0..2 {
            assert_eq!([31.0, 42.0], dense::forward([1, 2, 2], &[1.0, 10.0], w.weights(), None)[..]);
            assert_eq!([21.0, 43.0], matmul::left_gradient([1, 2, 2], [false; 2], w.weights(), &[1.0, 10.0])[..]);
        }
    }

    #[test]
    #[should_panic(expected = "shape [2, 3] was given 5 elements")]
    fn a_shape_must_fit_its_elements() {
        let _ = Tensor::new(&[2, 3], vec![0.0; 5]);
    }
}
