//! The code that makes the operators fast, and the only `unsafe` code of the project.
//!
//! [`ops`](crate::ops) defines what is computed. This module computes the same in less time, and
//! never decides what the result is. Operators call this module; it calls no operator.
//!
//! # The rungs of a convolution
//!
//! Each rung computes the same sum as the one before it, in less time. Each file explains its
//! numbers, which are those of AVX-512 unless another set is named. (`ARCHITECTURE.md` has the
//! order in which to read the files.)
//!
//! 1. **Naive loops**, `ops::conv2d::reference`: the equation, one multiplication at a time.
//! 2. **Pair lists**, [`Window::taps`](crate::Window::taps): each tap is a matrix product over
//!    pixels in place. There is no im2col matrix, which would be 9 times the image for a 3×3
//!    kernel, and no product with padding, which is 31 % of them for 7×7 → 4×4.
//! 3. **Panels**, `gemm::panels`: the kernel is copied into panels of at most 32 KiB (16 KiB with
//!    AVX2), in the order in which it is read.
//! 4. **Tile**, `gemm::tile`: 6×64 sums stay in registers, with 24 multiply-adds for 10 loads (with
//!    AVX2, 6×16 sums and 12 for 8; with NEON, 6×16 and 24 for 10). Fetching the next panel early
//!    takes another 6 % off the widest layers with AVX2.
//! 5. **Karatsuba**, `conv::karatsuba` and `conv::scheme`: two thirds of the multiplications.
//!    16×16 → 8×8 with 128 → 256 channels takes 7.6 ms instead of 10.4.
//!
//! A thin image, with fewer than 16 channels, takes another path: [`conv::im2col`].
//!
//! # The parts
//!
//! - [`isa`](isa()) finds the instruction set when the program starts; [`dispatch`] compiles a loop
//!   for each.
//! - `watch` tells an observer where the tasks of a loop begin and end.
//! - `parallel` shares tasks among the threads. No bit of a result depends on their number.
//! - `sweeps` has the loops that wait for memory: over elements, over channels, and over channels
//!   with an affine map each.
//! - `sparse_map` combines rows of pixels or of taps.
//! - `gemm` has the matrix products.
//! - `conv` has what only convolutions need.
//! - [`measure`] measures how fast the machine could be.
//!
//! Each part calls only those above it in this list.

pub mod conv;
pub(crate) mod gemm;
mod isa;
pub mod measure;
pub(crate) mod parallel;
pub(crate) mod sparse_map;
pub(crate) mod sweeps;
mod watch;

pub use isa::{Isa, dispatch, isa, limit};
pub use parallel::{CHUNK, chunks_mut};
pub use watch::{Mark, watched};
