//! The cases of all exercises about convolutions: windows that are neither square nor symmetric.

use std::mem::swap;

use tensor::{Axis, Window};

use crate::{Draw, list, taps};

/// An operand of a convolution.
#[derive(Clone, Copy)]
pub enum Operand {
    /// The larger image.
    X,
    /// The kernel.
    W,
    /// The gradient of the smaller image.
    Dy,
}

/// A convolution with its operands, all of whole numbers.
pub struct Convolution {
    /// How the kernel slides.
    pub window: Window,
    /// Images, channels of `x`, channels of `y`.
    pub extents: [usize; 3],
    /// The image, NHWC.
    pub x: Vec<f32>,
    /// The kernel, HWIO.
    pub w: Vec<f32>,
    /// The gradient of the result, NHWC.
    pub dy: Vec<f32>,
}

impl Convolution {
    /// A row of pixels under a row of taps; the number of taps follows from `w`.
    fn row(x: &[f32], w: &[f32], stride: usize, pad: (usize, usize), dy: &[f32]) -> Self {
        let across = Axis::new(x.len(), w.len(), stride, pad);
        assert_eq!(across.output, dy.len(), "a gradient has the shape of its value");
        let window = Window { down: Axis::valid(1, 1, 1), across };
        Self { window, extents: [1, 1, 1], x: x.to_vec(), w: w.to_vec(), dy: dy.to_vec() }
    }

    /// The same as a column.
    fn upright(mut self) -> Self {
        swap(&mut self.window.down, &mut self.window.across);
        self
    }

    /// A convolution of drawn numbers.
    fn of(window: Window, extents: [usize; 3], draw: &mut Draw) -> Self {
        let [n, ci, co] = extents;
        let x = draw.integers(n * window.input_pixels() * ci);
        let w = draw.integers(window.kernel_taps() * ci * co);
        let dy = draw.integers(n * window.output_pixels() * co);
        Self { window, extents, x, w, dy }
    }

    /// From a row of three pixels to two images with channels, each with one thing more than the
    /// one before it.
    #[must_use]
    pub fn fixed() -> Vec<Self> {
        let draw = &mut Draw::new(5);
        let one = Axis::valid(1, 1, 1);
        let row = Axis::valid(3, 2, 1);
        vec![
            Self::row(&[1.0, 2.0, 3.0], &[10.0, 1.0], 1, (0, 0), &[1.0, 0.0]),
            Self::row(&[1.0, 2.0, 3.0], &[10.0, 1.0], 1, (0, 0), &[1.0, 2.0]),
            Self::row(&[1.0, 2.0, 3.0, 4.0, 5.0], &[100.0, 10.0, 1.0], 2, (0, 0), &[1.0, 2.0]),
            Self::row(&[1.0, 2.0, 3.0, 4.0], &[100.0, 10.0, 1.0], 2, (0, 1), &[1.0, 2.0]),
            Self::row(&[1.0, 2.0, 3.0], &[100.0, 10.0, 1.0], 1, (2, 0), &[1.0, 2.0, 3.0]),
            Self::row(&[1.0, 2.0, 3.0, 4.0, 5.0], &[10.0, 1.0], 3, (1, 0), &[1.0, 2.0]),
            Self::row(&[1.0, 2.0, 3.0], &[10.0, 1.0], 1, (0, 0), &[1.0, 2.0]).upright(),
            Self::row(&[1.0, 2.0, 3.0, 4.0, 5.0], &[100.0, 10.0, 1.0], 2, (0, 0), &[1.0, 2.0]).upright(),
            Self::row(&[1.0, 2.0, 3.0, 4.0], &[100.0, 10.0, 1.0], 2, (0, 1), &[1.0, 2.0]).upright(),
            Self::of(Window { down: row, across: Axis::valid(4, 2, 1) }, [1, 1, 1], draw),
            Self::of(Window { down: one, across: row }, [1, 2, 1], draw),
            Self::of(Window { down: one, across: row }, [1, 1, 2], draw),
            Self::of(Window { down: one, across: row }, [1, 2, 3], draw),
            Self::of(Window { down: one, across: row }, [2, 1, 1], draw),
            Self::of(Window { down: row, across: Axis::valid(4, 2, 1) }, [2, 1, 1], draw),
            Self::of(Window { down: Axis::same(7, 3, 2), across: Axis::same(6, 3, 2) }, [2, 2, 3], draw),
        ]
    }

    /// Extents at random.
    #[must_use]
    pub fn drawn(draw: &mut Draw) -> Self {
        let window = Window { down: axis(draw), across: axis(draw) };
        let extents = [draw.between(1, 3), draw.between(1, 3), draw.between(1, 3)];
        Self::of(window, extents, draw)
    }

    /// The numbers in all operands.
    #[must_use]
    pub fn size(&self) -> usize {
        self.x.len() + self.w.len() + self.dy.len()
    }

    /// `x = [ 1 2 3 ]  dy = [ 1 0 ]  two taps, stride 1`, with the operands in this order and under
    /// these names.
    #[must_use]
    pub fn show(&self, operands: &[(&str, Operand)]) -> String {
        let Window { down, across } = self.window;
        let [n, ci, co] = self.extents;
        let one = Axis::valid(1, 1, 1);
        let is_line = [n, ci, co] == [1, 1, 1] && (down == one || across == one);
        let operand = |(name, operand): &(&str, Operand)| {
            let (shape, numbers) = match operand {
                Operand::X => ([n, down.input, across.input, ci], &self.x),
                Operand::W => ([down.kernel, across.kernel, ci, co], &self.w),
                Operand::Dy => ([n, down.output, across.output, co], &self.dy),
            };
            let shape = if is_line { String::new() } else { format!(" {shape:?}") };
            format!("{name}{shape} = {}", list(numbers))
        };
        let operands: Vec<String> = operands.iter().map(operand).collect();
        let slide = if down == one {
            slide(&taps(across.kernel), across)
        } else if across == one {
            slide(&format!("{} downwards", taps(down.kernel)), down)
        } else {
            let downwards = slide(&format!("{} downwards", taps(down.kernel)), down);
            format!("{downwards}; {}", slide(&format!("{} across", taps(across.kernel)), across))
        };
        format!("{}  {slide}", operands.join("  "))
    }
}

/// `two taps, stride 1, padding (0, 1)`.
fn slide(taps: &str, axis: Axis) -> String {
    let padding = if axis.pad == (0, 0) { String::new() } else { format!(", padding {:?}", axis.pad) };
    format!("{taps}, stride {}{padding}", axis.stride)
}

/// An axis of 1 to 7 pixels, with padding on either side but never a whole kernel of it.
fn axis(draw: &mut Draw) -> Axis {
    let input = draw.between(1, 7);
    let kernel = draw.between(1, 4);
    let pad = (draw.between(0, kernel - 1), draw.between(0, kernel - 1));
    let missing = kernel.saturating_sub(input + pad.0 + pad.1);
    Axis::new(input + missing, kernel, draw.between(1, 3), pad)
}
