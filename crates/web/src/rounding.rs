//! Weights of few bits: integers, and a factor for each output channel.
//!
//! With `k` bits an integer goes from −m to m, where `m = 2ᵏ⁻¹ − 1`, and the factor of a channel is
//! its largest weight by absolute value, divided by `m`. By hand, with 2 bits: the weights 0.9,
//! −0.2 and −0.5 of a channel have the factor 0.9, so they become 0.9, 0 and −0.9.

use tensor::Tensor;

/// The axis of a kernel that counts its output channels. A transposed convolution keeps the kernel
/// of the convolution that it transposes, so its output is the last axis but one.
pub(crate) fn output_axis(name: &str) -> usize {
    if name.contains("conv2d_transpose") {
        2
    } else if name.contains("conv2d") {
        3
    } else {
        1
    }
}

/// A kernel as integers of `bits` bits, in the order of its weights, and the factor of each output
/// channel.
///
/// # Panics
/// If there are not 2 to 8 bits, or the kernel has no such axis.
pub(crate) fn integers(kernel: &Tensor, axis: usize, bits: u32) -> (Vec<i8>, Vec<f32>) {
    assert!((2..=8).contains(&bits), "a weight of {bits} bits");
    let most = ((1 << (bits - 1)) - 1) as f32;
    let mut factors = vec![0.0f32; kernel.shape()[axis]];
    for (x, channel) in kernel.data().iter().zip(channels(kernel.shape(), axis)) {
        factors[channel] = factors[channel].max(x.abs());
    }
    factors.iter_mut().for_each(|factor| *factor /= most);
    let weights = kernel.data().iter().zip(channels(kernel.shape(), axis));
    let integers = weights.map(|(x, channel)| match factors[channel] {
        0.0 => 0,
        factor => (x / factor).round().clamp(-most, most) as i8,
    });
    (integers.collect(), factors)
}

/// The kernel that [`integers`] stand for.
pub(crate) fn from_integers(shape: &[usize], integers: &[i8], axis: usize, factors: &[f32]) -> Tensor {
    let weights = integers.iter().zip(channels(shape, axis));
    let weights: Vec<f32> = weights.map(|(&x, channel)| f32::from(x) * factors[channel]).collect();
    Tensor::new(shape, weights)
}

/// The kernel with its weights rounded to `bits` bits.
///
/// # Panics
/// As [`integers`].
pub(crate) fn rounded(kernel: &Tensor, axis: usize, bits: u32) -> Tensor {
    let (integers, factors) = integers(kernel, axis, bits);
    from_integers(kernel.shape(), &integers, axis, &factors)
}

/// The output channel of each weight, in their order.
fn channels(shape: &[usize], axis: usize) -> impl Iterator<Item = usize> {
    let inner: usize = shape[axis + 1..].iter().product();
    let count = shape[axis];
    (0..shape.iter().product::<usize>()).map(move |i| i / inner % count)
}
