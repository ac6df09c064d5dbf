//! The graph of a model: nodes that read and write named values, and the tensors that they start
//! from.

use dcgan::models::{Convolution, EPSILON};
use tensor::Tensor;
use tensor::ops::deviation_map;

use super::wire::Message;
use crate::network::{Maps, Named, Network, Operation, Role};

/// `TensorProto.FLOAT`, of values and of tensors.
const FLOAT: i64 = 1;
/// `TensorProto.INT64`.
const INT64: i64 = 7;
/// The axes over which batch norm has its statistics: all but the channels.
const BATCH_AND_PIXELS: [i64; 3] = [0, 2, 3];
/// The input that has a class for each image.
const CLASS: &str = "class";

/// A graph under way: nodes are added to the last one's result.
pub(super) struct Graph<'a> {
    network: &'a Network,
    nodes: Vec<Node>,
    constants: Vec<Message>,
    /// Tensors of batch norms that are written out, which multiply whole maps.
    of_maps: Vec<String>,
    /// The list of the last maps, once there is one.
    flat: String,
}

/// One operation of ONNX.
struct Node {
    operator: &'static str,
    /// Of the node and of its result.
    name: String,
    inputs: Vec<String>,
    attributes: Vec<Message>,
}

impl<'a> Graph<'a> {
    pub(super) fn new(network: &'a Network) -> Self {
        Self { network, nodes: vec![], constants: vec![], of_maps: vec![], flat: String::new() }
    }

    fn input_name(&self) -> &'static str {
        match self.network.role {
            Role::Generator => "z",
            Role::Discriminator => "images",
        }
    }

    fn output_name(&self) -> &'static str {
        match self.network.role {
            Role::Generator => "images",
            Role::Discriminator => "logits",
        }
    }

    /// The value that the next node reads.
    fn last(&self) -> String {
        self.nodes.last().map_or_else(|| self.input_name().to_owned(), |node| node.name.clone())
    }

    /// Adds a node that reads `inputs`.
    fn add(&mut self, operator: &'static str, name: &str, inputs: &[&str], attributes: Vec<Message>) {
        let inputs = inputs.iter().map(|&input| input.to_owned()).collect();
        self.nodes.push(Node { operator, name: name.to_owned(), inputs, attributes });
    }

    /// Adds the nodes of one operation.
    pub(super) fn apply(&mut self, named: &Named) {
        let x = self.last();
        let name = named.outside();
        let of = |tensor: &str| format!("{name}.{tensor}");
        match named.operation {
            Operation::Class { classes } => self.put_class_behind(&x, classes),
            Operation::Dense { from, to, .. } => {
                let mut x = x;
                if from.is_some() {
                    self.add("Flatten", &of("flat"), &[&x], vec![int("axis", 1)]);
                    x = self.last();
                    self.flat.clone_from(&x);
                }
                self.add("Gemm", name, &[&x, &of("weight"), &of("bias")], vec![int("transB", 1)]);
                if let Some(maps) = to {
                    let shape = of("maps.shape");
                    // A zero takes over the extent of the input: the batch.
                    let extents = [&[0][..], &maps.shape().map(|extent| extent as i64)].concat();
                    self.constant(&shape, &[extents.len()], INT64, &le_bytes(&extents, i64::to_le_bytes));
                    self.add("Reshape", &of("maps"), &[name, &shape], vec![]);
                }
            }
            Operation::Convolution(convolution) => {
                let operator = if convolution.transposed { "ConvTranspose" } else { "Conv" };
                self.add(operator, name, &[&x, &of("weight"), &of("bias")], slide(convolution));
            }
            Operation::Norm { is_running: true, .. } => {
                let tensors = ["weight", "bias", "running_mean", "running_var"].map(of);
                let [gamma, beta, mean, variance] = tensors.each_ref();
                self.add(
                    "BatchNormalization",
                    name,
                    &[&x, gamma, beta, mean, variance],
                    vec![float("epsilon", EPSILON)],
                );
            }
            Operation::Norm { is_running: false, .. } => self.normalise_by_the_batch(name, &x),
            Operation::Deviation { maps } => self.put_deviation_behind(&x, maps),
            Operation::Projection { .. } => {
                let [row, products, axes, term] = ["row", "products", "axes", "term"].map(of);
                let flat = self.flat.clone();
                self.add("Gather", &row, &[&of("weight"), CLASS], vec![int("axis", 0)]);
                self.add("Mul", &products, &[&flat, &row], vec![]);
                self.constant(&axes, &[1], INT64, &1i64.to_le_bytes());
                self.add("ReduceSum", &term, &[&products, &axes], vec![int("keepdims", 1)]);
                self.add("Add", name, &[&x, &term], vec![]);
            }
            Operation::LeakyRelu { slope } => {
                self.add("LeakyRelu", &format!("{x}.leaky_relu"), &[&x], vec![float("alpha", slope)])
            }
            Operation::Dropout => {}
            Operation::Tanh => self.add("Tanh", &format!("{x}.tanh"), &[&x], vec![]),
        }
    }

    /// `y = γ·(x − μ)/√(σ² + ε) + β` with the statistics of the batch itself.
    fn normalise_by_the_batch(&mut self, name: &str, x: &str) {
        let of = |value: &str| format!("{name}.{value}");
        let [mean, centred, square, variance, shifted, deviation, normal, scaled] =
            ["mean", "centred", "square", "variance", "shifted", "deviation", "normal", "scaled"].map(of);
        let over = || vec![ints("axes", &BATCH_AND_PIXELS), int("keepdims", 1)];
        let [gamma, beta, epsilon] = ["weight", "bias", "epsilon"].map(of);
        self.constant(&epsilon, &[], FLOAT, &EPSILON.to_le_bytes());
        self.of_maps.extend([gamma.clone(), beta.clone()]);
        self.add("ReduceMean", &mean, &[x], over());
        self.add("Sub", &centred, &[x, &mean], vec![]);
        self.add("Mul", &square, &[&centred, &centred], vec![]);
        self.add("ReduceMean", &variance, &[&square], over());
        self.add("Add", &shifted, &[&variance, &epsilon], vec![]);
        self.add("Sqrt", &deviation, &[&shifted], vec![]);
        self.add("Div", &normal, &[&centred, &deviation], vec![]);
        self.add("Mul", &scaled, &[&normal, &gamma], vec![]);
        self.add("Add", name, &[&scaled, &beta], vec![]);
    }

    /// Behind the points `x`, a row of the identity for the class of each. A number that is no
    /// class has no row, so runtimes refuse it; their `OneHot` would make zeros of it.
    fn put_class_behind(&mut self, x: &str, classes: usize) {
        let [rows, row, point] = ["rows", "row", "point"].map(|value| format!("{CLASS}.{value}"));
        let identity: Vec<f32> =
            (0..classes * classes).map(|i| if i % (classes + 1) == 0 { 1.0 } else { 0.0 }).collect();
        self.constant(&rows, &[classes, classes], FLOAT, &le_bytes(&identity, f32::to_le_bytes));
        self.add("Gather", &row, &[&rows, CLASS], vec![int("axis", 0)]);
        self.add("Concat", &point, &[x, &row], vec![int("axis", 1)]);
    }

    /// Behind the maps `x`, one with the mean standard deviation of all features over the batch.
    fn put_deviation_behind(&mut self, x: &str, Maps { extent, .. }: Maps) {
        let of = |value: &str| format!("deviation.{value}");
        let [mean, centred, square, variance, shifted, deviation, s] =
            ["mean", "centred", "square", "variance", "shifted", "of_each", "s"].map(of);
        let [epsilon, batch, extents, shape, map, maps] =
            ["epsilon", "batch", "extents", "shape", "map", "maps"].map(of);
        let over = |axes: &[i64]| vec![ints("axes", axes), int("keepdims", 1)];
        self.constant(&epsilon, &[], FLOAT, &(deviation_map::EPSILON as f32).to_le_bytes());
        self.constant(&extents, &[3], INT64, &le_bytes(&[1, extent as i64, extent as i64], i64::to_le_bytes));
        self.add("ReduceMean", &mean, &[x], over(&[0]));
        self.add("Sub", &centred, &[x, &mean], vec![]);
        self.add("Mul", &square, &[&centred, &centred], vec![]);
        self.add("ReduceMean", &variance, &[&square], over(&[0]));
        self.add("Add", &shifted, &[&variance, &epsilon], vec![]);
        self.add("Sqrt", &deviation, &[&shifted], vec![]);
        self.add("ReduceMean", &s, &[&deviation], over(&[1, 2, 3]));
        self.add("Shape", &batch, &[x], vec![int("end", 1), int("start", 0)]);
        self.add("Concat", &shape, &[&batch, &extents], vec![int("axis", 0)]);
        self.add("Expand", &map, &[&s, &shape], vec![]);
        self.add("Concat", &maps, &[x, &map], vec![int("axis", 1)]);
    }

    /// Adds a tensor that is none of the network's.
    fn constant(&mut self, name: &str, shape: &[usize], data_type: i64, bytes: &[u8]) {
        self.constants.push(initializer(name, shape, data_type, bytes));
    }

    /// The whole graph, with the network's own tensors.
    pub(super) fn finish(mut self, tensors: &[(String, Tensor)], description: &str) -> Message {
        let output = self.output_name();
        if let Some(last) = self.nodes.last_mut() {
            last.name = output.to_owned();
        }
        let mut graph = self.nodes.iter().fold(Message::new(), |graph, node| graph.message(1, &node.message()));
        graph = graph.text(2, self.network.role.name());
        for (name, tensor) in tensors {
            let mut shape = tensor.shape().to_vec();
            if self.of_maps.contains(name) {
                shape.extend([1, 1]); // one number for a whole map
            }
            graph = graph.message(5, &initializer(name, &shape, FLOAT, &le_bytes(tensor.data(), f32::to_le_bytes)));
        }
        graph = self.constants.iter().fold(graph, |graph, constant| graph.message(5, constant));
        graph = graph.text(10, description).message(11, &value(self.input_name(), FLOAT, &self.network.input()));
        if 0 < self.network.classes() {
            graph = graph.message(11, &value(CLASS, INT64, &[]));
        }
        graph.message(12, &value(output, FLOAT, &self.network.output()))
    }
}

impl Node {
    fn message(&self) -> Message {
        let node = self.inputs.iter().fold(Message::new(), |node, input| node.text(1, input));
        let node = node.text(2, &self.name).text(3, &self.name).text(4, self.operator);
        self.attributes.iter().fold(node, |node, attribute| node.message(5, attribute))
    }
}

/// How the kernel of a convolution slides, or that of the convolution that is transposed: what pads
/// the one crops the other.
fn slide(Convolution { window, transposed, .. }: Convolution) -> Vec<Message> {
    let axes = [window.down, window.across];
    let both = |extent: fn(&tensor::Axis) -> usize| axes.each_ref().map(|axis| extent(axis) as i64);
    let mut attributes = vec![
        ints("kernel_shape", &both(|axis| axis.kernel)),
        ints("pads", &[both(|axis| axis.pad.0), both(|axis| axis.pad.1)].concat()),
        ints("strides", &both(|axis| axis.stride)),
    ];
    if transposed {
        let missing = both(|axis| axis.input + axis.pad.0 + axis.pad.1 - axis.kernel - (axis.output - 1) * axis.stride);
        attributes.insert(1, ints("output_padding", &missing));
    }
    attributes
}

fn int(name: &str, value: i64) -> Message {
    Message::new().text(1, name).int(3, value).int(20, 2)
}

fn ints(name: &str, values: &[i64]) -> Message {
    Message::new().text(1, name).ints(8, values).int(20, 7)
}

fn float(name: &str, value: f32) -> Message {
    Message::new().text(1, name).float(2, value).int(20, 1)
}

/// A tensor that the graph starts from.
fn initializer(name: &str, shape: &[usize], data_type: i64, bytes: &[u8]) -> Message {
    let extents: Vec<i64> = shape.iter().map(|&extent| extent as i64).collect();
    Message::new().ints(1, &extents).int(2, data_type).text(8, name).bytes(9, bytes)
}

/// A batch of tensors of that type and shape, as many as are given.
fn value(name: &str, data_type: i64, shape: &[usize]) -> Message {
    let batch = Message::new().text(2, "n");
    let shape = shape.iter().fold(Message::new().message(1, &batch), |dimensions, &extent| {
        dimensions.message(1, &Message::new().int(1, extent as i64))
    });
    let tensor = Message::new().int(1, data_type).message(2, &shape);
    Message::new().text(1, name).message(2, &Message::new().message(1, &tensor))
}

fn le_bytes<T: Copy, const N: usize>(values: &[T], bytes_of: fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&value| bytes_of(value)).collect()
}
