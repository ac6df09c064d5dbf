//! A network as a list of operations: what an ONNX graph, a Python module and a table of tensors
//! are all written from.
//!
//! The networks of `dcgan` are code, and code cannot be written down in another language. This list
//! says the same once more, in the layout of the world outside: NCHW. Its extents are read off the
//! built layers, so that no size stands here twice; that the operations are the same ones is for
//! the tests to say, with ONNX Runtime's and PyTorch's results.
//!
//! ```text
//! G   dense · maps · (norm · leaky ReLU · dropout · transposed convolution)… · tanh
//! D   (convolution · norm but for the first · leaky ReLU · dropout)… · flatten · dense
//! ```
//!
//! A pair that knows classes has two operations more: G begins with the class, and D ends with the
//! projection. A D that sees the deviation of its batch has it before it flattens its maps.
//! Spectral normalisation is no part of this list: it divides kernels by what only a training
//! keeps.

use dcgan::models::{Architecture, Convolution, Extras, Kind, LATENT, LEAKY_SLOPE, Layer};

/// Which of the two networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Noise to images.
    Generator,
    /// Images to logits.
    Discriminator,
}

/// Feature maps, or an image: `[n, channels, extent, extent]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Maps {
    /// Feature maps.
    pub channels: usize,
    /// Pixels a side.
    pub extent: usize,
}

/// One operation.
#[derive(Clone, Copy, Debug)]
pub enum Operation {
    /// Puts a number for each class behind the point: 1 for the class that is asked for, else 0.
    Class {
        /// How many there are.
        classes: usize,
    },
    /// `y = x·w + b`.
    Dense {
        /// Numbers in `x`.
        inputs: usize,
        /// Numbers in `y`.
        outputs: usize,
        /// The maps that `x` is the list of, if it is one.
        from: Option<Maps>,
        /// The maps that `y` is the list of, if it is one.
        to: Option<Maps>,
    },
    /// A convolution, or the transpose of one.
    Convolution(Convolution),
    /// Batch norm over maps of that many channels.
    Norm {
        /// Scales, and shifts.
        channels: usize,
        /// Whether inference uses running statistics; else it uses those of the batch, as training
        /// does.
        is_running: bool,
    },
    /// Adds a map with the same number everywhere: how much the images of the batch differ.
    Deviation {
        /// The maps before it.
        maps: Maps,
    },
    /// Adds to the logits of the dense layer before it the product of that layer's input with the
    /// row of the class that the image should be of.
    Projection {
        /// Rows.
        classes: usize,
        /// The maps that the input is the list of.
        from: Maps,
    },
    /// `y = x` where `0 < x`, and `slope·x` elsewhere.
    LeakyRelu {
        /// From 0 to 1.
        slope: f32,
    },
    /// In training alone.
    Dropout,
    /// Hyperbolic tangent.
    Tanh,
}

/// An operation with its name, such as `bn1`; those without parameters have none.
#[derive(Clone, Debug)]
pub struct Named {
    /// As its parameters are named, without the network in front.
    pub name: String,
    /// What it does.
    pub operation: Operation,
}

impl Named {
    /// Its name outside. (`class` is a word of Python's own.)
    #[must_use]
    pub fn outside(&self) -> &str {
        match self.operation {
            Operation::Projection { .. } => "projection",
            _ => &self.name,
        }
    }
}

/// A generator or a discriminator.
#[derive(Clone, Debug)]
pub struct Network {
    /// Which.
    pub role: Role,
    /// The images that it makes, or reads.
    pub image: Maps,
    /// In the order in which they are applied.
    pub operations: Vec<Named>,
}

impl Role {
    /// What the names of its tensors begin with, before a slash.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::Discriminator => "discriminator",
        }
    }
}

impl Network {
    /// The network of that role which `model` and `extras` describe, and which has these dense and
    /// convolutional layers.
    #[must_use]
    pub fn of(role: Role, model: &Architecture, extras: Extras, layers: &[Layer]) -> Self {
        let image = Maps { channels: model.channels, extent: model.size };
        let mut operations = Operations { role, list: vec![] };
        match (model.kind, role) {
            (Kind::Dcgan, Role::Generator) => operations.enlarge(layers, extras),
            (Kind::Dcgan, Role::Discriminator) => operations.shrink(layers, extras),
            (Kind::Mlp, _) => operations.connect(layers, image),
        }
        Self { role, image, operations: operations.list }
    }

    /// The classes that can be asked for; 0 if it knows none.
    #[must_use]
    pub fn classes(&self) -> usize {
        let classes = self.operations.iter().find_map(|named| match named.operation {
            Operation::Class { classes } | Operation::Projection { classes, .. } => Some(classes),
            _ => None,
        });
        classes.unwrap_or(0)
    }

    /// The shape of the input for one image or point, without its class.
    #[must_use]
    pub fn input(&self) -> Vec<usize> {
        match self.role {
            Role::Generator => vec![LATENT],
            Role::Discriminator => self.image.shape().to_vec(),
        }
    }

    /// The shape of the output for one image or point.
    #[must_use]
    pub fn output(&self) -> Vec<usize> {
        match self.role {
            Role::Generator => self.image.shape().to_vec(),
            Role::Discriminator => vec![1],
        }
    }
}

impl Maps {
    /// For one image: channels first.
    #[must_use]
    pub fn shape(self) -> [usize; 3] {
        [self.channels, self.extent, self.extent]
    }
}

/// Operations as they are listed.
struct Operations {
    role: Role,
    list: Vec<Named>,
}

impl Operations {
    fn push(&mut self, name: &str, operation: Operation) {
        self.list.push(Named { name: name.to_owned(), operation });
    }

    /// The layer's own name.
    fn name<'a>(&self, layer: &'a Layer) -> &'a str {
        layer.name.strip_prefix(self.role.name()).map_or(&layer.name, |name| name.trim_start_matches('/'))
    }

    fn dense(&mut self, layer: &Layer, from: Option<Maps>, to: Option<Maps>) {
        let outputs: usize = layer.output.iter().product();
        let inputs = usize::try_from(layer.multiply_adds).expect("it fits into memory") / outputs;
        self.push(self.name(layer), Operation::Dense { inputs, outputs, from, to });
    }

    fn activate(&mut self, slope: f32) {
        self.push("", Operation::LeakyRelu { slope });
        self.push("", Operation::Dropout);
    }

    /// The article's generator.
    fn enlarge(&mut self, layers: &[Layer], Extras { classes, .. }: Extras) {
        if 0 < classes {
            self.push("", Operation::Class { classes });
        }
        let convolutions = || layers.iter().filter_map(|layer| Some((layer, layer.convolution?)));
        let start =
            convolutions().next().map(|(_, first)| Maps { channels: first.co, extent: first.window.down.output });
        layers[..1].iter().for_each(|dense| self.dense(dense, None, start));
        for (number, (layer, convolution)) in (1..).zip(convolutions()) {
            self.push(&format!("bn{number}"), Operation::Norm { channels: convolution.co, is_running: true });
            self.activate(LEAKY_SLOPE);
            self.push(self.name(layer), Operation::Convolution(convolution));
        }
        self.push("", Operation::Tanh);
    }

    /// The article's discriminator.
    fn shrink(&mut self, layers: &[Layer], extras: Extras) {
        let Extras { classes, batch_deviation, .. } = extras;
        let mut last = Maps { channels: 0, extent: 0 };
        for (number, layer) in (1..).zip(layers) {
            let Some(convolution) = layer.convolution else { continue };
            self.push(self.name(layer), Operation::Convolution(convolution));
            if 1 < number {
                self.push(&format!("bn{number}"), Operation::Norm { channels: convolution.co, is_running: false });
            }
            self.activate(extras.slope(LEAKY_SLOPE));
            last = Maps { channels: convolution.co, extent: convolution.window.down.output };
        }
        if batch_deviation {
            self.push("", Operation::Deviation { maps: last });
            last.channels += 1;
        }
        let mut flat = layers.iter().filter(|layer| layer.convolution.is_none());
        flat.next().into_iter().for_each(|dense| self.dense(dense, Some(last), None));
        for rows in flat {
            self.push(self.name(rows), Operation::Projection { classes, from: last });
        }
    }

    /// Either network of the fully connected pair.
    fn connect(&mut self, layers: &[Layer], image: Maps) {
        let is_generator = self.role == Role::Generator;
        let last = layers.len() - 1;
        for (i, layer) in layers.iter().enumerate() {
            let from = (!is_generator && i == 0).then_some(image);
            let to = (is_generator && i == last).then_some(image);
            self.dense(layer, from, to);
            if i < last {
                self.activate(LEAKY_SLOPE);
            }
        }
        if is_generator {
            self.push("", Operation::Tanh);
        }
    }
}
