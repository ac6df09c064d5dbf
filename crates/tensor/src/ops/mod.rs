//! The operators, one per file, each with its lesson, reference, fast code, tape method and tests.
//!
//! A new operator touches two places: its own file, and its line below. It says itself what an
//! observer of the tape should know about it (is it an activation? does it wait for memory?), in
//! the [`Op`](crate::Op) that it records.

pub mod add;
pub mod batch_norm;
pub mod conv2d;
pub mod conv_transpose2d;
pub mod cutout;
pub mod dense;
pub mod deviation_map;
pub mod dropout;
pub mod global_average_pool;
pub mod hinge;
pub mod largest;
pub mod leaky_dropout;
pub mod leaky_relu;
pub mod matmul;
pub mod mean;
pub mod norm_act;
pub mod norm_act_inference;
pub mod relu;
pub mod reshape;
pub mod row_dot;
pub mod scale;
pub mod sigmoid;
pub mod sigmoid_cross_entropy;
pub mod softmax_cross_entropy;
pub mod softplus;
pub mod spectral_norm;
pub mod tanh;
pub mod tint;
pub mod translate;
