//! Bytes in, images out: IDX, CIFAR binary, PNG.
#![forbid(unsafe_code)]
