//! The ladder: one convolution, computed in nine ways, each the one before with one change.
//!
//! | rung | file | the change |
//! |---|---|---|
//! | 0 | [`loops`] | nothing: a sum for each element of the result |
//! | 1 | [`order`] | the innermost loop runs over neighbours in memory |
//! | 2 | [`vectors`] | the same loops, compiled for AVX2 and AVX-512 |
//! | 3 | [`im2col`] | the patches as a matrix, and one matrix product |
//! | 4 | [`tile`] | 6 × 16 sums stay in registers |
//! | 5 | [`panels`] | both sides are copied into the order in which they are read |
//! | 6 | [`threads`] | blocks of rows on all cores |
//! | 7 | [`engine`] | the engine's own product: wider tiles, pixels in place |
//! | 8 | [`engine`] | fewer products |
//!
//! Each rung computes the result of [`tensor::ops::conv2d::reference`], forward and both gradients,
//! and nothing here is `unsafe`.

pub mod beside;
pub mod engine;
pub mod im2col;
pub mod loops;
pub mod order;
pub mod panels;
pub mod threads;
pub mod tile;
pub mod vectors;

use tensor::{Axis, Buffer, Window};

/// A pass of a rung: from a window, the extents `[n, ci, co]` and two operands to the result.
///
/// The operands are `x, w` forward, `w, dy` for `dx`, and `x, dy` for `dw`, as in
/// [`tensor::ops::conv2d`].
pub type Pass = fn(Window, [usize; 3], &[f32], &[f32]) -> Buffer;

/// A way to compute a convolution.
#[derive(Clone, Copy, Debug)]
pub struct Rung {
    /// Its number, from the bottom.
    pub number: usize,
    /// What it is called.
    pub name: &'static str,
    /// `y`, `dx` and `dw`.
    pub passes: [Pass; 3],
    /// Whether it uses all threads. The others run on one.
    pub is_parallel: bool,
    /// What it spends its time on.
    pub waits_for: &'static str,
}

/// All rungs, from the bottom.
pub const RUNGS: [Rung; 9] = [
    Rung {
        number: 0,
        name: "loops",
        passes: [loops::forward, loops::input_gradient, loops::kernel_gradient],
        is_parallel: false,
        waits_for: "one sum: each addition waits for the one before",
    },
    Rung {
        number: 1,
        name: "order",
        passes: [order::forward, order::input_gradient, order::kernel_gradient],
        is_parallel: false,
        waits_for: "vectors of only four numbers",
    },
    Rung {
        number: 2,
        name: "vectors",
        passes: [vectors::forward, vectors::input_gradient, vectors::kernel_gradient],
        is_parallel: false,
        waits_for: "loads and stores: three for each multiply-add",
    },
    Rung {
        number: 3,
        name: "im2col",
        passes: [im2col::forward, im2col::input_gradient, im2col::kernel_gradient],
        is_parallel: false,
        waits_for: "loads and stores; all of B passes by for each row of A",
    },
    Rung {
        number: 4,
        name: "tile",
        passes: [tile::forward, tile::input_gradient, tile::kernel_gradient],
        is_parallel: false,
        waits_for: "the cache: neighbouring rows of B lie far apart",
    },
    Rung {
        number: 5,
        name: "panels",
        passes: [panels::forward, panels::input_gradient, panels::kernel_gradient],
        is_parallel: false,
        waits_for: "one core",
    },
    Rung {
        number: 6,
        name: "threads",
        passes: [threads::forward, threads::input_gradient, threads::kernel_gradient],
        is_parallel: true,
        waits_for: "copies, and six chains of sums where eight would fit",
    },
    Rung {
        number: 7,
        name: "engine",
        passes: [engine::forward, engine::input_gradient, engine::kernel_gradient],
        is_parallel: true,
        waits_for: "arithmetic: the roof of this many products",
    },
    Rung {
        number: 8,
        name: "fewer products",
        passes: [engine::forward_fewer, engine::input_gradient_fewer, engine::kernel_gradient_fewer],
        is_parallel: true,
        waits_for: "arithmetic, and the sums that save products",
    },
];

/// The product of the `matrixmultiply` crate in the place of ours: im2col, on one thread. It stands
/// beside rung 5, which has the same parts.
pub const BESIDE: Rung = Rung {
    number: 5,
    name: "matrixmultiply",
    passes: [beside::forward, beside::input_gradient, beside::kernel_gradient],
    is_parallel: false,
    waits_for: "one core",
};

/// The input pixel under tap `tap` of output pixel `output`; none in the padding.
#[inline(always)]
#[must_use]
pub fn input_pixel(window: Window, output: usize, tap: usize) -> Option<usize> {
    let Window { down, across } = window;
    let along = |axis: Axis, output: usize, tap: usize| {
        let input = (output * axis.stride + tap).checked_sub(axis.pad.0)?;
        (input < axis.input).then_some(input)
    };
    let iy = along(down, output / across.output, tap / across.kernel)?;
    let ix = along(across, output % across.output, tap % across.kernel)?;
    Some(iy * across.input + ix)
}

/// The output pixel that sees input pixel `input` under tap `tap`, if there is one.
#[inline(always)]
#[must_use]
pub fn output_pixel(window: Window, input: usize, tap: usize) -> Option<usize> {
    let Window { down, across } = window;
    let along = |axis: Axis, input: usize, tap: usize| {
        let first = (input + axis.pad.0).checked_sub(tap)?;
        let output = first / axis.stride;
        (first % axis.stride == 0 && output < axis.output).then_some(output)
    };
    let oy = along(down, input / across.input, tap / across.kernel)?;
    let ox = along(across, input % across.input, tap % across.kernel)?;
    Some(oy * across.output + ox)
}

/// `a·b + c`. With `FUSED` it is one instruction that rounds once, where the CPU has it; where it
/// has not, the compiler would call a slow function. Rust never fuses the two by itself.
#[inline(always)]
#[must_use]
pub fn multiply_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}
