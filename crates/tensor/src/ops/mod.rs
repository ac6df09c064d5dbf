//! The operators, one per file, each with its lesson, reference, fast code, tape method and tests.

mod elementwise;
mod normalize;
mod rows;
mod toom;
mod winograd;

pub mod add;
pub mod batch_norm;
pub mod batch_norm_inference;
pub mod bias;
pub mod conv2d;
pub mod conv_transpose2d;
pub mod dense;
pub mod dropout;
pub mod global_average_pool;
pub mod im2col;
pub mod leaky_dropout;
pub mod leaky_relu;
pub mod matmul;
pub mod mean;
pub mod norm_act;
pub mod relu;
pub mod reshape;
pub mod scale;
pub mod sigmoid;
pub mod sigmoid_cross_entropy;
pub mod softmax_cross_entropy;
pub mod softplus;
pub mod sum;
pub mod tanh;

use crate::parallel::CHUNK;
