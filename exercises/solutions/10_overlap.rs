//! A transposed convolution paints a kernel for each pixel, and neighbouring kernels overlap.
//! Where some pixels are painted more often than others, a pattern shows: the checkerboard.
//! It needs no training to be there, and one can count it along one axis.
//! By hand: 3 pixels, kernel 3 and stride 2 make 7 pixels, painted 1 1 2 1 2 1 1 times.
//! 15 minutes. Chapter 6: book/src/06-from-small-to-large.md

/// How often each pixel of the large row is painted, if a row of `pixels` is enlarged with a kernel
/// of `kernel` taps: pixel `o` paints `kernel` pixels from `o·stride` on, and nothing is cropped.
/// There is always a pixel: `pixels ≥ 1`.
pub fn counts(pixels: usize, kernel: usize, stride: usize) -> Vec<usize> {
    let mut counts = vec![0; (pixels - 1) * stride + kernel];
    for o in 0..pixels {
        for k in 0..kernel {
            counts[o * stride + k] += 1;
        }
    }
    counts
}

/// Whether pixels away from both ends of a long row are painted unequally often.
pub fn has_pattern(kernel: usize, stride: usize) -> bool {
    !kernel.is_multiple_of(stride)
}

/// The smallest kernel that is longer than the stride, so that neighbours overlap, and leaves no
/// pattern.
pub fn kernel_for(stride: usize) -> usize {
    2 * stride
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::overlap::check(super::counts, super::has_pattern, super::kernel_for)
    }
}
