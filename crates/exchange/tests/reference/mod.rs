//! A network computed from its list of operations by the reference operators, in any precision.

use dcgan::models::{Convolution, EPSILON};
use exchange::Network;
use exchange::network::{Maps, Operation};
use nn::state_dict::StateDict;
use tensor::Real;
use tensor::ops::{batch_norm, conv_transpose2d, conv2d, dense, deviation_map, leaky_relu, row_dot, tanh};

/// A setting as it is meant: 0.001, and not the `f32` next to it.
fn decimal<T: Real>(setting: f32) -> T {
    T::of(setting.to_string().parse().expect("a number"))
}

/// A batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch<'a> {
    /// How many points or images.
    pub(crate) n: usize,
    /// The class of each, if the network knows classes.
    pub(crate) asked: &'a [usize],
}

/// The result of `network` with its tensors in `state` on the numbers `x` of a `batch`, all in the
/// layouts inside: NHWC. Names in `state` begin with `prefix`.
pub(crate) fn forward<T: Real>(
    network: &Network,
    prefix: &str,
    state: &StateDict,
    batch: Batch<'_>,
    x: &[f32],
) -> Vec<T> {
    let x = x.iter().map(|&x| T::of(f64::from(x))).collect();
    pass(network, prefix, state, batch, x, false).0
}

/// As [`forward`], with the statistics of the batch in every batch norm if it `is_training`, and
/// with the smallest absolute value that a leaky ReLU has seen. There its slope jumps: on a value
/// that rounding can turn over, gradients in `f32` are one thing or the other.
pub(crate) fn pass<T: Real>(
    network: &Network,
    prefix: &str,
    state: &StateDict,
    Batch { n, asked }: Batch<'_>,
    mut x: Vec<T>,
    is_training: bool,
) -> (Vec<T>, f64) {
    let all = |values: &[f32]| values.iter().map(|&x| T::of(f64::from(x))).collect::<Vec<T>>();
    let mut margin = f64::INFINITY;
    let mut features = vec![];
    for named in &network.operations {
        let tensor = |name: &str| all(state[&format!("{prefix}{}/{}/{name}", network.role.name(), named.name)].data());
        x = match named.operation {
            Operation::Class { classes } => {
                let one = |class: usize| (0..classes).map(move |i| T::of(f64::from(u8::from(i == class))));
                x.chunks_exact(x.len() / n)
                    .zip(asked)
                    .flat_map(|(z, &class)| z.iter().copied().chain(one(class)))
                    .collect()
            }
            Operation::Dense { inputs, outputs, .. } => {
                features = x;
                biased(dense::reference::forward([n, outputs, inputs], &features, &tensor("kernel")), &tensor("bias"))
            }
            Operation::Deviation { maps: Maps { channels, extent } } => {
                deviation_map::reference::forward([n, extent * extent, channels], &x)
            }
            Operation::Projection { classes, .. } => {
                let rows = tensor("kernel");
                let units = rows.len() / classes;
                let asked: Vec<T> = asked.iter().flat_map(|&class| rows[class * units..][..units].to_vec()).collect();
                let terms = row_dot::reference::forward(units, &features, &asked);
                x.iter().zip(terms).map(|(&logit, term)| logit + term).collect()
            }
            Operation::Convolution(Convolution { window, ci, co, transposed }) => {
                let y = if transposed {
                    conv_transpose2d::reference::forward(window, [n, ci, co], &x, &tensor("kernel"))
                } else {
                    conv2d::reference::forward(window, [n, ci, co], &x, &tensor("kernel"))
                };
                biased(y, &tensor("bias"))
            }
            Operation::Norm { channels, is_running } => {
                let (mean, variance) = if is_running && !is_training {
                    (tensor("moving_mean"), tensor("moving_variance"))
                } else {
                    batch_norm::reference::statistics(&x, channels)
                };
                let scale: Vec<T> =
                    (tensor("gamma").iter().zip(&variance)).map(|(&g, &v)| g / (v + decimal(EPSILON)).sqrt()).collect();
                let shift = tensor("beta");
                let normal =
                    |(i, &x): (usize, &T)| (x - mean[i % channels]) * scale[i % channels] + shift[i % channels];
                x.iter().enumerate().map(normal).collect()
            }
            Operation::LeakyRelu { slope } => {
                margin = x.iter().fold(margin, |margin, x| margin.min(x.abs().f64()));
                leaky_relu::reference::forward(decimal(slope), &x)
            }
            Operation::Dropout => x,
            Operation::Tanh => tanh::reference::forward(&x),
        };
    }
    (x, margin)
}

fn biased<T: Real>(mut y: Vec<T>, bias: &[T]) -> Vec<T> {
    y.iter_mut().enumerate().for_each(|(i, y)| *y += bias[i % bias.len()]);
    y
}
