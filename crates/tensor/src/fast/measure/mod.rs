//! The measures that speed is compared with: the peak of arithmetic, the bandwidth of memory, and
//! another library's product.

#![allow(unsafe_code, reason = "one calls a routine, the other a library through addresses")]

pub mod bandwidth;
pub mod matrixmultiply_baseline;
pub mod peak;
