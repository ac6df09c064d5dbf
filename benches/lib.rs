//! Criterion benches of kernels and of whole steps.
