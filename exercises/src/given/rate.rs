//! Calls of single kernels, for a measurement of their speed.

use tensor::ops::{conv_transpose2d, conv2d, matmul};
use tensor::{Window, check};

use super::kernels::Kernels;

/// A kernel that multiplies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Work {
    /// Exercise 05.
    Product,
    /// Exercise 07.
    Conv,
    /// Exercise 08, `dx`.
    Dx,
    /// Exercise 08, `dw`.
    Dw,
    /// Exercise 09.
    Enlarge,
    /// Exercise 18, `rows`.
    Rows,
    /// Exercise 18, `tiles`.
    Tiles,
    /// Exercise 18, `threads`.
    Threads,
}

/// A call of a kernel on numbers of its own.
pub type Call = Box<dyn Fn() -> Vec<f32>>;

impl Work {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Product, Self::Conv, Self::Dx, Self::Dw, Self::Enlarge, Self::Rows, Self::Tiles, Self::Threads];

    /// The exercise, and which function of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Product => "05_product",
            Self::Conv => "07_conv",
            Self::Dx => "08_conv_gradients, dx",
            Self::Dw => "08_conv_gradients, dw",
            Self::Enlarge => "09_transposed",
            Self::Rows => "18_faster, rows",
            Self::Tiles => "18_faster, tiles",
            Self::Threads => "18_faster, threads",
        }
    }

    /// Multiply-adds of a call; those in the padding count, though nobody computes them.
    #[must_use]
    pub fn multiply_adds(self, window: Window, extents: [usize; 3]) -> u64 {
        let [m, n, k] = matrices(window, extents);
        (m * n * k) as u64
    }
}

/// The extents of the product that is the convolution: `[pixels, co, taps·ci]`.
fn matrices(window: Window, [n, ci, co]: [usize; 3]) -> [usize; 3] {
    let Window { down, across } = window;
    [n * down.output * across.output, co, down.kernel * across.kernel * ci]
}

/// The reader's kernel in a layer with `extents` `[n, ci, co]`, if there is one.
#[must_use]
pub fn of(kernels: &Kernels, work: Work, window: Window, extents: [usize; 3]) -> Option<Call> {
    let only = kernels.only(work.name().split(',').next().unwrap_or_default());
    (!only.yours().is_empty()).then(|| call(only, work, window, extents))
}

/// The project's kernel in the same layer.
#[must_use]
pub fn of_the_project(work: Work, window: Window, extents: [usize; 3]) -> Call {
    let Operands { x, w, y } = operands(window, extents);
    match work {
        Work::Product | Work::Rows | Work::Tiles | Work::Threads => {
            product(extents, window, |extents, a, b| matmul::forward(extents, [false; 2], a, b).to_vec())
        }
        Work::Conv => Box::new(move || conv2d::forward(window, extents, &x, &w, None).to_vec()),
        Work::Dx => Box::new(move || conv2d::input_gradient(window, extents, &w, &y).to_vec()),
        Work::Dw => Box::new(move || conv2d::kernel_gradient(window, extents, &x, &y).to_vec()),
        Work::Enlarge => Box::new(move || conv_transpose2d::forward(window, extents, &y, &w, None).to_vec()),
    }
}

/// The same sum as plain loops, which nobody has made faster.
#[must_use]
pub fn of_loops(work: Work, window: Window, extents: [usize; 3]) -> Call {
    let Operands { x, w, y } = operands(window, extents);
    match work {
        Work::Product | Work::Rows | Work::Tiles | Work::Threads => {
            product(extents, window, |extents, a, b| matmul::reference::forward(extents, [false; 2], a, b))
        }
        Work::Conv => Box::new(move || conv2d::reference::forward(window, extents, &x, &w)),
        Work::Dx => Box::new(move || conv2d::reference::input_gradient(window, extents, &w, &y)),
        Work::Dw => Box::new(move || conv2d::reference::kernel_gradient(window, extents, &x, &y)),
        Work::Enlarge => Box::new(move || conv_transpose2d::reference::forward(window, extents, &y, &w)),
    }
}

const THERE: &str = "the kernel is the reader's";

/// The image, the kernel and the result of a convolution.
struct Operands {
    x: Vec<f32>,
    w: Vec<f32>,
    y: Vec<f32>,
}

fn operands(window: Window, [n, ci, co]: [usize; 3]) -> Operands {
    let Window { down, across } = window;
    Operands {
        x: check::noise(1, n * down.input * across.input * ci),
        w: check::noise(2, down.kernel * across.kernel * ci * co),
        y: check::noise(3, n * down.output * across.output * co),
    }
}

fn product(extents: [usize; 3], window: Window, multiply: super::kernels::Multiply) -> Call {
    let [m, n, k] = matrices(window, extents);
    let (a, b) = (check::noise(1, m * k), check::noise(2, k * n));
    Box::new(move || multiply([m, n, k], &a, &b))
}

fn call(kernels: Kernels, work: Work, window: Window, extents: [usize; 3]) -> Call {
    let Operands { x, w, y } = operands(window, extents);
    match work {
        Work::Product => product(extents, window, kernels.product.expect(THERE).product),
        Work::Rows => product(extents, window, kernels.faster.expect(THERE).rows),
        Work::Tiles => product(extents, window, kernels.faster.expect(THERE).tiles),
        Work::Threads => product(extents, window, kernels.faster.expect(THERE).threads),
        Work::Conv => Box::new(move || kernels.convolve(window, extents, &x, &w)),
        Work::Dx => Box::new(move || kernels.dx(window, extents, &w, &y)),
        Work::Dw => Box::new(move || kernels.dw(window, extents, &x, &y)),
        Work::Enlarge => Box::new(move || kernels.enlarge(window, extents, &y, &w)),
    }
}
