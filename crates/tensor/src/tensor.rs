//! A tensor: a shape and a buffer, shared by reference count.
//!
//! A [`Buffer`] is a slice of `f32` whose memory is used again when it is dropped.
//!
//! Elements are contiguous and the last axis varies fastest, so there are no strides to think
//! about. Cloning a tensor costs a reference count. [`Tensor::data_mut`] copies the elements only
//! if another tensor still shares them.

use std::sync::Arc;

use crate::Buffer;
use crate::fast::gemm::{Packs, Weights};

/// A contiguous, row-major array of `f32`. Clones share their elements until one of them is
/// changed.
#[derive(Clone, Debug)]
pub struct Tensor {
    shape: Vec<usize>,
    data: Arc<Shared>,
}

/// What clones of a tensor share.
#[derive(Clone, Debug)]
struct Shared {
    elements: Buffer,
    /// What products keep of them until they are changed.
    packs: Packs,
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
        Self { shape: shape.to_vec(), data: Arc::new(Shared { elements: data, packs: Packs::default() }) }
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

    /// The extents as an array, so that a pattern can name them.
    ///
    /// # Panics
    /// If the rank of the tensor is not `N`.
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

    /// The elements, for changing them. They are copied first if another tensor shares them.
    pub fn data_mut(&mut self) -> &mut [f32] {
        let shared = Arc::make_mut(&mut self.data);
        shared.packs.clear();
        &mut shared.elements
    }

    /// The same elements under another shape. Nothing is copied.
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
    /// If the tensor does not have exactly one element.
    #[must_use]
    pub fn item(&self) -> f32 {
        assert_eq!(1, self.data().len(), "item: a tensor of shape {:?} is not one number", self.shape);
        self.data()[0]
    }
}

impl<'a> From<&'a Tensor> for Weights<'a> {
    fn from(tensor: &'a Tensor) -> Self {
        Self { values: tensor.data(), packs: Some(&tensor.data.packs) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_to_a_clone_leaves_the_original() {
        let a = Tensor::new(&[2], vec![1.0, 2.0]);
        let mut b = a.clone();
        b.data_mut()[0] = 9.0;
        assert_eq!((a.data(), b.data()), (&[1.0, 2.0][..], &[9.0, 2.0][..]));
    }

    #[test]
    #[should_panic(expected = "shape [2, 3] was given 5 elements")]
    fn a_shape_must_fit_its_elements() {
        let _ = Tensor::new(&[2, 3], vec![0.0; 5]);
    }
}
