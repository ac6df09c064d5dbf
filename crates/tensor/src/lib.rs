//! Shapes, buffers, operators and the autograd tape, on a CPU.
//!
//! The parts, in the order in which one would explain them:
//!
//! 1. [`Buffer`] is memory that is recycled, and [`Tensor`] is a buffer with a shape.
//! 2. [`ops`] holds one operator per file: the lesson, the naive `reference`, the fast `forward`
//!    and `backward`, the method on the tape, and the tests.
//! 3. [`Tape`] is the list of pullbacks that makes gradients out of operators.
//! 4. [`Axis`] and [`Window`] say how a convolution's kernel slides over an image.
//! 5. [`fast`] makes the operators fast. It has the choice of instruction set, the matrix routines,
//!    and the only `unsafe` code of the project. Operators call it; it calls no operator.
//! 6. [`functions`]: the exponential and the logarithm, with the same bits on every machine.
//! 7. [`shards`] cuts a batch into parts that several processes share; [`threads`] has a group of
//!    threads, for tests.
//! 8. [`check`] has the functions with which the tests check an operator.
//!
//! Layouts: activations are NHWC, kernels HWIO, both contiguous. Nothing in this crate prints,
//! logs, reads a clock or keeps a random state.

mod axis;
mod buffer;
pub mod check;
pub mod fast;
pub mod functions;
mod observe;
pub mod ops;
mod real;
pub mod shards;
mod tape;
mod tensor;
pub mod threads;

pub use axis::{Axis, Tap, Window};
pub use buffer::Buffer;
pub use fast::gemm::Weights;
pub use observe::{Direction, Observation, Op};
pub use real::Real;
pub use shards::{Group, Shards};
pub use tape::{Grads, Tape, Var};
pub use tensor::Tensor;
