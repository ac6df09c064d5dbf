//! The operators of the networks on the tape, each through the table of kernels.
//!
//! Where no kernel of an operator is the reader's, it is the project's operator on the tape, with
//! its bits. Where a kernel is, the parts that are not the reader's are the project's functions.

use tensor::ops::batch_norm::{self, BatchStatistics};
use tensor::ops::leaky_dropout::LeakyDropout;
use tensor::ops::{conv_transpose2d, conv2d, matmul};
use tensor::{Op, Tape, Tensor, Var, Window};

use super::kernels::Kernels;
use super::{patches, shares};

/// Adds the bias to each row.
fn with_bias(mut y: Vec<f32>, bias: &[f32]) -> Vec<f32> {
    for row in y.chunks_exact_mut(bias.len()) {
        for (y, bias) in row.iter_mut().zip(bias) {
            *y += bias;
        }
    }
    y
}

/// The gradient of the bias: the sum of all rows.
fn sum_of_rows(channels: usize, dy: &[f32]) -> Vec<f32> {
    let mut sums = vec![0.0f64; channels];
    for row in dy.chunks_exact(channels) {
        for (sum, dy) in sums.iter_mut().zip(row) {
            *sum += f64::from(*dy);
        }
    }
    sums.into_iter().map(|sum| sum as f32).collect()
}

impl Kernels {
    fn multiply(&self, extents: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
        match (self.faster, self.product) {
            (Some(yours), _) => (yours.threads)(extents, a, b),
            (None, Some(yours)) => (yours.product)(extents, a, b),
            (None, None) => matmul::forward(extents, [false; 2], a, b).to_vec(),
        }
    }

    fn left_gradient(&self, extents: [usize; 3], b: &[f32], dc: &[f32]) -> Vec<f32> {
        match (self.faster, self.product) {
            (Some(yours), _) => patches::da(yours.threads, extents, b, dc),
            (None, Some(yours)) => (yours.da)(extents, b, dc),
            (None, None) => matmul::left_gradient(extents, [false; 2], b, dc).to_vec(),
        }
    }

    fn right_gradient(&self, extents: [usize; 3], a: &[f32], dc: &[f32]) -> Vec<f32> {
        match (self.faster, self.product) {
            (Some(yours), _) => patches::db(yours.threads, extents, a, dc),
            (None, Some(yours)) => (yours.db)(extents, a, dc),
            (None, None) => matmul::right_gradient(extents, [false; 2], a, dc).to_vec(),
        }
    }

    /// `x ∗ w`, of extents `[n, ci, co]`.
    pub(super) fn convolve(&self, window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
        let [n, ci, co] = extents;
        match (self.faster, self.conv) {
            (Some(yours), _) => patches::conv(yours.threads, window, extents, x, w),
            (None, Some(yours)) => shares::joined(n, x, |n, x| yours(window, [n, ci, co], x, w)),
            (None, None) => conv2d::forward(window, extents, x, w, None).to_vec(),
        }
    }

    /// The gradient of the convolution's image.
    pub(super) fn dx(&self, window: Window, extents: [usize; 3], w: &[f32], dy: &[f32]) -> Vec<f32> {
        let [n, ci, co] = extents;
        match (self.faster, self.conv_gradients) {
            (Some(yours), _) => patches::enlarge(yours.threads, window, extents, dy, w),
            (None, Some(yours)) => shares::joined(n, dy, |n, dy| (yours.dx)(window, [n, ci, co], w, dy)),
            (None, None) => conv2d::input_gradient(window, extents, w, dy).to_vec(),
        }
    }

    /// The gradient of the convolution's kernel.
    pub(super) fn dw(&self, window: Window, extents: [usize; 3], x: &[f32], dy: &[f32]) -> Vec<f32> {
        let [n, ci, co] = extents;
        match (self.faster, self.conv_gradients) {
            (Some(yours), _) => patches::dw(yours.threads, window, extents, x, dy),
            (None, Some(yours)) => shares::added(n, x, dy, |n, x, dy| (yours.dw)(window, [n, ci, co], x, dy)),
            (None, None) => conv2d::kernel_gradient(window, extents, x, dy).to_vec(),
        }
    }

    /// The transpose of the convolution.
    pub(super) fn enlarge(&self, window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
        let [n, ci, co] = extents;
        match (self.faster, self.transposed) {
            (Some(yours), _) => patches::enlarge(yours.threads, window, extents, x, w),
            (None, Some(yours)) => shares::joined(n, x, |n, x| yours(window, [n, ci, co], x, w)),
            (None, None) => conv_transpose2d::forward(window, extents, x, w, None).to_vec(),
        }
    }

    /// A dense layer.
    pub(super) fn dense(self, tape: &mut Tape, x: Var, w: Var, b: Var) -> Var {
        if self.faster.is_none() && self.product.is_none() {
            return tape.dense(x, w, Some(b));
        }
        let [x_value, w_value, b_value] = [x, w, b].map(|var| tape.value(var));
        let ([n, i], [_, o]) = (x_value.dims(), w_value.dims());
        let extents = [n, o, i];
        let y = with_bias(self.multiply(extents, x_value.data(), w_value.data()), b_value.data());
        tape.record("dense", &[x, w, b], Tensor::new(&[n, o], y), move |dy, grads| {
            grads.add_buffer(x, || self.left_gradient(extents, w_value.data(), dy.data()).into());
            grads.add_buffer(w, || self.right_gradient(extents, x_value.data(), dy.data()).into());
            grads.add_buffer(b, || sum_of_rows(o, dy.data()).into());
        })
    }

    /// A convolutional layer.
    pub(super) fn conv2d(self, tape: &mut Tape, window: Window, x: Var, w: Var, b: Var) -> Var {
        if self.faster.is_none() && self.conv.is_none() && self.conv_gradients.is_none() {
            return tape.conv2d(window, x, w, Some(b));
        }
        let [x_value, w_value, b_value] = [x, w, b].map(|var| tape.value(var));
        let ([n, ..], [_, _, ci, co]) = (x_value.dims::<4>(), w_value.dims());
        let extents = [n, ci, co];
        let y = with_bias(self.convolve(window, extents, x_value.data(), w_value.data()), b_value.data());
        let y = Tensor::new(&[n, window.down.output, window.across.output, co], y);
        tape.record("conv2d", &[x, w, b], y, move |dy, grads| {
            grads.add_buffer(x, || self.dx(window, extents, w_value.data(), dy.data()).into());
            grads.add_buffer(w, || self.dw(window, extents, x_value.data(), dy.data()).into());
            grads.add_buffer(b, || sum_of_rows(co, dy.data()).into());
        })
    }

    /// A transposed convolutional layer. The gradient of its small image is a convolution.
    pub(super) fn conv_transpose2d(self, tape: &mut Tape, window: Window, x: Var, w: Var, b: Var) -> Var {
        let loops = [self.conv.is_none(), self.conv_gradients.is_none(), self.transposed.is_none()];
        if self.faster.is_none() && loops == [true; 3] {
            return tape.conv_transpose2d(window, x, w, Some(b));
        }
        let [x_value, w_value, b_value] = [x, w, b].map(|var| tape.value(var));
        let ([n, ..], [_, _, ci, co]) = (x_value.dims::<4>(), w_value.dims());
        let extents = [n, ci, co];
        let y = with_bias(self.enlarge(window, extents, x_value.data(), w_value.data()), b_value.data());
        let y = Tensor::new(&[n, window.down.input, window.across.input, ci], y);
        tape.record("conv_transpose2d", &[x, w, b], y, move |dy, grads| {
            grads.add_buffer(x, || self.convolve(window, extents, dy.data(), w_value.data()).into());
            grads.add_buffer(w, || self.dw(window, extents, dy.data(), x_value.data()).into());
            grads.add_buffer(b, || sum_of_rows(ci, dy.data()).into());
        })
    }

    /// Batch norm by the batch's own statistics, then [`leaky_dropout`](Self::leaky_dropout).
    pub(super) fn norm_act(
        self,
        tape: &mut Tape,
        epsilon: f32,
        then: LeakyDropout,
        x: Var,
        [scale, shift]: [Var; 2],
    ) -> (Var, BatchStatistics) {
        if self.leaky.is_none() && self.batch_norm.is_none() && self.batch_norm_back.is_none() {
            return tape.norm_act(epsilon, then, x, scale, shift);
        }
        let [x_value, scale_value, shift_value] = [x, scale, shift].map(|var| tape.value(var));
        let channels = scale_value.data().len();
        let (y, statistics) = match self.batch_norm {
            Some(yours) => {
                let (mean, variance) = (yours.statistics)(x_value.data(), channels);
                let y = (yours.forward)(epsilon, x_value.data(), scale_value.data(), shift_value.data());
                (y.into(), BatchStatistics { mean, variance })
            }
            None => batch_norm::forward(epsilon, x_value.data(), scale_value.data(), shift_value.data()),
        };
        let y = Tensor::new(x_value.shape(), y);
        let saved = statistics.clone();
        let op = Op::new("batch_norm").memory_bound();
        let z = tape.record(op, &[x, scale, shift], y, move |dy, grads| {
            let (x_data, scale_data, dy) = (x_value.data(), scale_value.data(), dy.data());
            match self.batch_norm_back {
                Some(yours) => {
                    grads.add_buffer(x, || (yours.dx)(epsilon, x_data, &saved, scale_data, dy).into());
                    grads.add_buffer(scale, || (yours.dscale)(epsilon, x_data, &saved, dy).into());
                    grads.add_buffer(shift, || (yours.dshift)(channels, dy).into());
                }
                None => {
                    let (dx, dscale, dshift) = batch_norm::backward(epsilon, x_data, scale_data, &saved, dy);
                    grads.add_buffer(x, || dx);
                    grads.add_buffer(scale, || dscale.into());
                    grads.add_buffer(shift, || dshift.into());
                }
            }
        });
        (self.leaky_dropout(tape, then, z), statistics)
    }

    /// Batch norm by the running statistics, then [`leaky_dropout`](Self::leaky_dropout). It has no
    /// backward pass.
    pub(super) fn norm_act_inference(
        self,
        tape: &mut Tape,
        epsilon: f32,
        then: LeakyDropout,
        x: Var,
        [scale, shift]: [Var; 2],
        running: &BatchStatistics,
    ) -> Var {
        let z = match self.one_picture {
            None => {
                // With a slope of 1 there is no leaky ReLU.
                let slope = if self.leaky.is_none() { then.slope } else { 1.0 };
                let constants = (epsilon, slope);
                tape.norm_act_inference(constants, x, scale, shift, &running.mean, &running.variance)
            }
            Some(yours) => {
                let [x_value, scale_value, shift_value] = [x, scale, shift].map(|var| tape.value(var));
                let mut running = running.clone();
                let mut y = (yours.normalise)(false, nn::batch_norm::MOMENTUM, epsilon, &mut running, x_value.data());
                for row in y.chunks_exact_mut(running.mean.len()) {
                    for ((y, scale), shift) in row.iter_mut().zip(scale_value.data()).zip(shift_value.data()) {
                        *y = scale * *y + shift;
                    }
                }
                tape.record("norm_inference", &[x], Tensor::new(x_value.shape(), y), |_, _| {
                    panic!("a sample has no gradient")
                })
            }
        };
        if self.leaky.is_none() && self.one_picture.is_none() {
            return if then.keep < 1.0 { tape.dropout(then.keep, then.key, z) } else { z };
        }
        self.leaky_dropout(tape, then, z)
    }

    /// Leaky ReLU, then dropout.
    pub(super) fn leaky_dropout(self, tape: &mut Tape, then: LeakyDropout, x: Var) -> Var {
        let Some(yours) = self.leaky else { return tape.leaky_dropout(then, x) };
        let saved = tape.value(x);
        let y = Tensor::new(saved.shape(), (yours.forward)(then.slope, saved.data()));
        let op = Op::new("leaky_relu").rectifying().memory_bound();
        let y = tape.record(op, &[x], y, move |dy, grads| {
            grads.add_buffer(x, || (yours.backward)(then.slope, saved.data(), dy.data()).into());
        });
        if then.keep < 1.0 { tape.dropout(then.keep, then.key, y) } else { y }
    }

    /// Hands the logits on. On the way back, the gradient of a cross entropy against one of the
    /// `targets` becomes the reader's; any other is handed on as it is, so that what is wrong stays
    /// wrong.
    pub(super) fn verdict(self, tape: &mut Tape, targets: [f32; 2], logits: Var) -> Var {
        let Some(yours) = self.verdict else { return logits };
        let saved = tape.value(logits);
        tape.record("verdict", &[logits], saved.clone(), move |dy, grads| {
            let is_of = |target: &&f32| {
                let right = tensor::ops::sigmoid_cross_entropy::backward(**target, saved.data(), 1.0);
                let largest = right.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
                right.iter().zip(dy.data()).all(|(right, dy)| (right - dy).abs() <= 1e-4 * largest)
            };
            match targets.iter().find(is_of) {
                Some(target) => grads.add_buffer(logits, || (yours.gradient)(*target, saved.data()).into()),
                None => grads.add(logits, || dy.clone()),
            }
        })
    }
}
