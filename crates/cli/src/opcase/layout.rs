//! The files' layouts and ours: channels first and channels last, kernels OIHW or IOHW and HWIO.

use tensor::{Buffer, Tensor};

/// The tensor whose axis `i` is the axis `axes[i]` of `x`.
///
/// # Panics
/// If `axes` is no permutation of the axes of `x`.
pub(crate) fn permute(x: &Tensor, axes: &[usize]) -> Tensor {
    let from = x.shape();
    let mut sorted = axes.to_vec();
    sorted.sort_unstable();
    assert!(sorted.iter().copied().eq(0..from.len()), "{axes:?} is no permutation of the axes of {from:?}");
    let stride = |axis: usize| from[axis + 1..].iter().product::<usize>();
    let shape: Vec<usize> = axes.iter().map(|&axis| from[axis]).collect();
    let strides: Vec<usize> = axes.iter().map(|&axis| stride(axis)).collect();
    let mut y = Buffer::scratch(x.data().len());
    for (index, y) in y.iter_mut().enumerate() {
        let mut rest = index;
        let mut source = 0;
        for (extent, stride) in shape.iter().zip(&strides).rev() {
            source += rest % extent * stride;
            rest /= extent;
        }
        *y = x.data()[source];
    }
    Tensor::new(&shape, y)
}

/// `[n, c, …]` to `[n, …, c]`.
pub(crate) fn channels_last(x: &Tensor) -> Tensor {
    let rank = x.shape().len();
    permute(x, &[&[0], &(2..rank).collect::<Vec<_>>()[..], &[1]].concat())
}

/// `[n, …, c]` to `[n, c, …]`.
pub(crate) fn channels_first(x: &Tensor) -> Tensor {
    let rank = x.shape().len();
    permute(x, &[&[0, rank - 1], &(1..rank - 1).collect::<Vec<_>>()[..]].concat())
}

/// OIHW to HWIO. For a transposed convolution also IOHW to the HWIO of the convolution that it
/// transposes, whose input is the transposed one's output.
pub(crate) fn kernel(w: &Tensor) -> Tensor {
    permute(w, &[2, 3, 1, 0])
}

/// The way back from [`kernel`].
pub(crate) fn kernel_back(w: &Tensor) -> Tensor {
    permute(w, &[3, 2, 0, 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting(shape: &[usize]) -> Tensor {
        Tensor::new(shape, (0..shape.iter().product()).map(|i: usize| i as f32).collect::<Vec<_>>())
    }

    #[test]
    fn elements_go_where_their_indices_say() {
        let x = counting(&[2, 3, 4, 5]);
        let y = permute(&x, &[2, 0, 3, 1]);
        assert_eq!([4, 2, 5, 3], y.shape());
        for (a, b, c, d) in [(0, 0, 0, 0), (1, 2, 3, 4), (1, 0, 2, 3), (0, 2, 1, 4)] {
            assert_eq!(x.data()[((a * 3 + b) * 4 + c) * 5 + d], y.data()[((c * 2 + a) * 5 + d) * 3 + b]);
        }
    }

    #[test]
    fn every_conversion_has_its_way_back() {
        for shape in [&[2, 3][..], &[2, 3, 4], &[2, 3, 4, 5], &[2, 3, 4, 5, 2]] {
            let x = counting(shape);
            assert_eq!(shape[1], *channels_last(&x).shape().last().unwrap());
            assert_eq!(x.data(), channels_first(&channels_last(&x)).data());
        }
        let w = counting(&[2, 3, 4, 5]);
        assert_eq!([4, 5, 3, 2], kernel(&w).shape());
        assert_eq!(w.data(), kernel_back(&kernel(&w)).data());
    }
}
