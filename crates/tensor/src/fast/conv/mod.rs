//! The choice of how a convolution is computed, and the code that only convolutions need.
//!
//! All paths compute the same sum. The window and the number of channels decide which path is
//! fastest, and `Path::of` is the only place that chooses.

pub mod direct;
pub mod im2col;
mod karatsuba;
pub(crate) mod scheme;

use std::sync::Arc;

use crate::Window;
use scheme::Scheme;

/// The least number of channels of an image that is not thin: one vector register of AVX-512.
///
/// With fewer channels, products over the channels of one pixel move more data than they compute.
const WIDE_IMAGE: usize = 16;

/// The least number of channels, on either side, with which fewer products outweigh the sums that
/// they need.
const WIDE_KERNEL: usize = 64;

/// The way to compute a convolution, its transpose and its kernel's gradient.
#[derive(Debug)]
pub(crate) enum Path {
    /// The image has few channels, and [`im2col`] writes its patches as a matrix.
    Thin,
    /// Both sides have many channels, and the window has a [`Scheme`] that saves time.
    Karatsuba(Arc<Scheme>),
    /// Everything else takes one matrix product for each tap of the kernel, over pixels in place.
    Direct,
}

impl Path {
    /// The path for a window from `ci` channels to `co`.
    pub(crate) fn of(window: Window, [ci, co]: [usize; 2]) -> Self {
        if ci < WIDE_IMAGE {
            return Self::Thin;
        }
        if WIDE_KERNEL <= ci.min(co)
            && let Some(scheme) = Scheme::of(window)
        {
            return Self::Karatsuba(scheme);
        }
        Self::Direct
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Axis;

    #[test]
    fn the_path_depends_on_the_window_and_its_channels() {
        let path = |y, x, channels| Path::of(Window { down: y, across: x }, channels);
        let full = Axis::transposed_valid(4, 4, 1);
        let same = Axis::same(8, 3, 2);
        for (y, x) in [(full, full), (same, same), (full, same)] {
            assert!(matches!(path(y, x, [15, 64]), Path::Thin));
            assert!(matches!(path(y, x, [16, 1]), Path::Direct));
            assert!(matches!(path(y, x, [63, 64]), Path::Direct));
            assert!(matches!(path(y, x, [64, 63]), Path::Direct));
            assert!(matches!(path(y, x, [64, 64]), Path::Karatsuba(_)));
        }
        let apart = Axis::valid(8, 2, 2);
        assert!(matches!(path(apart, apart, [64, 64]), Path::Direct));
        assert!(matches!(path(apart, same, [64, 64]), Path::Direct));
    }

    /// Every tap lies in the padding, so there is nothing to save.
    #[test]
    fn a_window_without_products_takes_the_direct_path() {
        let padding = Axis::new(1, 1, 3, (1, 0));
        assert!(matches!(Path::of(Window { down: padding, across: padding }, [64, 64]), Path::Direct));
    }
}
