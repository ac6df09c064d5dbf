//! Where each tensor goes: its name, shape and order of axes, inside and outside.
//!
//! | | inside | outside |
//! |---|---|---|
//! | dense | `dense/kernel [in, out]` | `dense.weight [out, in]` |
//! | convolution | `conv2d_1/kernel [kh, kw, in, out]` | `conv2d_1.weight [out, in, kh, kw]` |
//! | transposed convolution | `…/kernel [kh, kw, out, in]` | `….weight [in, out, kh, kw]` |
//! | batch norm | `gamma`, `beta`, `moving_mean`, `moving_variance` | `weight`, `bias`, `running_mean`, `running_var` |
//! | rows of classes | `class/kernel [classes, in]` | `projection.weight [classes, in]` |
//!
//! A dense layer in front of feature maps lists them pixel by pixel inside, and map by map outside,
//! so its outputs change their order too. By hand, for two maps of one row with two pixels:
//!
//! ```text
//! inside    p0·m0  p0·m1  p1·m0  p1·m1        outside    m0·p0  m0·p1  m1·p0  m1·p1
//! ```
//!
//! All of these are one thing: a tensor seen with more axes, and those axes in another order.

use dcgan::models::Convolution;
use nn::state_dict::StateDict;
use tensor::{Buffer, Tensor};

use crate::network::{Maps, Network, Operation};

/// One tensor on both sides of the border.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name inside, such as `generator/dense/kernel`.
    pub inside: String,
    /// Its name outside, such as `dense.weight`.
    pub outside: String,
    /// Its shape inside.
    pub inside_shape: Vec<usize>,
    /// Its shape outside.
    pub outside_shape: Vec<usize>,
    /// Its axes inside, once feature maps are seen as such.
    axes: Vec<usize>,
    /// Which of them is the first outside, the second, and so on.
    order: Vec<usize>,
}

impl Entry {
    /// The tensor as it is outside.
    ///
    /// # Panics
    /// If it has another shape than the entry's.
    #[must_use]
    pub fn outward(&self, tensor: &Tensor) -> Tensor {
        assert_eq!(self.inside_shape, tensor.shape(), "{}", self.inside);
        Tensor::new(&self.outside_shape, permuted(tensor.data(), &self.axes, &self.order))
    }

    /// The tensor as it is inside.
    ///
    /// # Panics
    /// If it has another shape than the entry's.
    #[must_use]
    pub fn inward(&self, tensor: &Tensor) -> Tensor {
        assert_eq!(self.outside_shape, tensor.shape(), "{}", self.outside);
        let axes: Vec<usize> = self.order.iter().map(|&axis| self.axes[axis]).collect();
        let mut back = vec![0; self.order.len()];
        self.order.iter().enumerate().for_each(|(to, &from)| back[from] = to);
        Tensor::new(&self.inside_shape, permuted(tensor.data(), &axes, &back))
    }
}

/// `x`, which has these extents, with its axes in that order: the first axis of the result is axis
/// `order[0]` of `x`.
fn permuted(x: &[f32], extents: &[usize], order: &[usize]) -> Buffer {
    let mut strides = vec![1; extents.len()];
    for axis in (1..extents.len()).rev() {
        strides[axis - 1] = strides[axis] * extents[axis];
    }
    let extents: Vec<usize> = order.iter().map(|&axis| extents[axis]).collect();
    let strides: Vec<usize> = order.iter().map(|&axis| strides[axis]).collect();
    let mut index = vec![0; extents.len()];
    let mut at = 0;
    let mut y = Buffer::scratch(x.len());
    y.fill_with(|| {
        let value = x[at];
        // The last axis that can go on does, and those behind it begin again.
        for axis in (0..extents.len()).rev() {
            index[axis] += 1;
            at += strides[axis];
            if index[axis] < extents[axis] {
                break;
            }
            at -= strides[axis] * extents[axis];
            index[axis] = 0;
        }
        value
    });
    y
}

/// Every tensor of `network`, in the order of its operations.
#[must_use]
pub fn entries(network: &Network) -> Vec<Entry> {
    let mut entries = vec![];
    for named in &network.operations {
        let mut add = |inside: &str, outside: &str, axes: Vec<usize>, order: &[usize], shapes: [Vec<usize>; 2]| {
            let [inside_shape, outside_shape] = shapes;
            entries.push(Entry {
                inside: format!("{}/{}/{inside}", network.role.name(), named.name),
                outside: format!("{}.{outside}", named.outside()),
                inside_shape,
                outside_shape,
                axes,
                order: order.to_vec(),
            });
        };
        match named.operation {
            Operation::Dense { inputs, outputs, from, to } => {
                let x = listed(inputs, from);
                let y = listed(outputs, to);
                let order: Vec<usize> = behind(&y, x.len()).chain(channels_first(&x)).collect();
                let shapes = [vec![inputs, outputs], vec![outputs, inputs]];
                add("kernel", "weight", [&x[..], &y[..]].concat(), &order, shapes);
                let order: Vec<usize> = channels_first(&y).collect();
                add("bias", "bias", y, &order, [vec![outputs], vec![outputs]]);
            }
            Operation::Convolution(Convolution { window, ci, co, transposed }) => {
                // The kernel of the convolution that is transposed, in either case.
                let inside = vec![window.down.kernel, window.across.kernel, ci, co];
                let outside = vec![co, ci, window.down.kernel, window.across.kernel];
                add("kernel", "weight", inside.clone(), &[3, 2, 0, 1], [inside, outside]);
                let channels = if transposed { ci } else { co };
                add("bias", "bias", vec![channels], &[0], [vec![channels], vec![channels]]);
            }
            Operation::Norm { channels, is_running } => {
                let names = [
                    ("gamma", "weight"),
                    ("beta", "bias"),
                    ("moving_mean", "running_mean"),
                    ("moving_variance", "running_var"),
                ];
                for (inside, outside) in &names[..if is_running { 4 } else { 2 }] {
                    add(inside, outside, vec![channels], &[0], [vec![channels], vec![channels]]);
                }
            }
            Operation::Projection { classes, from } => {
                let x = listed(0, Some(from));
                let inputs = x.iter().product();
                let order: Vec<usize> = [0].into_iter().chain(behind(&x, 1)).collect();
                let shapes = [vec![classes, inputs], vec![classes, inputs]];
                add("kernel", "weight", [&[classes], &x[..]].concat(), &order, shapes);
            }
            Operation::Class { .. }
            | Operation::Deviation { .. }
            | Operation::LeakyRelu { .. }
            | Operation::Dropout
            | Operation::Tanh => {}
        }
    }
    entries
}

/// A list of `count` numbers with its axes inside: those of maps are height, width, channels.
fn listed(count: usize, maps: Option<Maps>) -> Vec<usize> {
    maps.map_or(vec![count], |Maps { channels, extent }| vec![extent, extent, channels])
}

/// The axes of a [`listed`] as they are outside: channels come first.
fn channels_first(axes: &[usize]) -> impl Iterator<Item = usize> {
    let count = axes.len();
    (0..count).map(move |axis| (axis + count - 1) % count)
}

/// The same, for axes that stand behind `count` others.
fn behind(axes: &[usize], count: usize) -> impl Iterator<Item = usize> {
    channels_first(axes).map(move |axis| axis + count)
}

/// The tensors of `network` as they are outside, by their names there, in the order of its
/// operations. `prefix` stands in front of the names inside, as that of a moving average does.
///
/// # Errors
/// A tensor of the network, by its name inside, that is missing from `tensors` or from the
/// network's operations. An operation that is not listed has no place outside.
pub fn outward(network: &Network, prefix: &str, tensors: &StateDict) -> Result<Vec<(String, Tensor)>, Unlisted> {
    let entries = entries(network);
    let begin = format!("{prefix}{}/", network.role.name());
    let inside = |entry: &Entry| format!("{prefix}{}", entry.inside);
    let is_listed = |name: &String| entries.iter().any(|entry| inside(entry) == *name);
    if let Some(name) = tensors.keys().find(|name| name.starts_with(&begin) && !is_listed(name)) {
        return Err(Unlisted(name.clone()));
    }
    let tensor = |entry: &Entry| {
        let tensor = tensors.get(&inside(entry)).filter(|tensor| tensor.shape() == entry.inside_shape);
        tensor.map(|tensor| (entry.outside.clone(), entry.outward(tensor))).ok_or_else(|| Unlisted(inside(entry)))
    };
    entries.iter().map(tensor).collect()
}

/// A tensor that a network has on one side of the border alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its networks cannot be exported: {0} has no place in the other format")]
pub struct Unlisted(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_change_their_order() {
        let x: Vec<f32> = (0..24).map(|i| i as f32).collect();
        let y = permuted(&x, &[2, 3, 4], &[2, 0, 1]);
        for (i, value) in y.iter().enumerate() {
            let [c, a, b] = [i / 6, i / 3 % 2, i % 3];
            assert_eq!((a * 12 + b * 4 + c) as f32, *value, "at {i}");
        }
        assert_eq!(x, permuted(&y, &[4, 2, 3], &[1, 2, 0])[..]);
        assert_eq!([7.0], permuted(&[7.0], &[], &[])[..]);
    }

    /// The case of the lesson: two maps of one row with two pixels.
    #[test]
    fn a_dense_layer_lists_maps_one_after_the_other() {
        let axes = [1, 2, 2];
        let order: Vec<usize> = channels_first(&axes).collect();
        assert_eq!([2, 0, 1], order[..]);
        assert_eq!([0.0, 2.0, 1.0, 3.0], permuted(&[0.0, 1.0, 2.0, 3.0], &axes, &order)[..]);
    }
}
