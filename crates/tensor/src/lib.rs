//! Shapes, buffers, operators and the autograd tape, on a CPU.
