//! A generator that shows its parts: the maps of all layers, and where a pixel comes from.
//!
//! It makes the images of [`Generator::forward_inference`], bit for bit, which a test compares. The
//! product's generator hides what is between its layers. This one is put together again from the
//! tensors of a file and the list of layers, so that each part can be looked at and changed.
//!
//! [`Generator::forward_inference`]: dcgan::models::Generator::forward_inference

use dcgan::models::{Architecture, LATENT, Layer};
use dcgan::streams::{Purpose, stream};
use nn::state_dict::{self, StateDict};
use tensor::ops::leaky_dropout::LeakyDropout;
use tensor::ops::norm_act_inference;
use tensor::{Buffer, Op, Tape, Tensor, Var};

use crate::error::Error;
use crate::payload::Network;
use crate::rounding;
use crate::settings::{Settings, Statistics};

/// A generator in parts.
#[derive(Debug)]
pub(crate) struct Anatomy {
    pub model: Architecture,
    /// The classes that can be asked for.
    pub classes: usize,
    pub step: u64,
    pub layers: Vec<Layer>,
    tensors: StateDict,
}

/// What a map is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The points of latent space.
    Input,
    /// The sum of a dense or convolutional layer.
    Sum,
    /// What batch norm and leaky ReLU make of it.
    Active,
    /// What the hyperbolic tangent makes of the last sum.
    Image,
}

impl What {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Sum => "sum",
            Self::Active => "active",
            Self::Image => "image",
        }
    }
}

/// A value on the way from points to images: `[n, height, width, channels]`.
#[derive(Clone, Debug)]
pub(crate) struct Map {
    /// The layer's name, or that of its batch norm.
    pub name: String,
    pub what: What,
    pub var: Var,
}

impl Anatomy {
    /// The generator of a file.
    ///
    /// # Errors
    /// If its tensors are not those of its model.
    pub(crate) fn new(network: Network) -> Result<Self, Error> {
        let extras = network.extras();
        let Network { model, classes, step, tensors } = network;
        // A file cannot ask for networks that are larger than itself.
        let [size, _] = model.sizes()?;
        let found: usize = tensors.values().map(|tensor| tensor.data().len()).sum();
        if found < size.parameters {
            return Err(Error::Refused(format!("the file has {found} numbers, and its generator {}", size.parameters)));
        }
        let (generator, _) = model.build_with(extras, &mut stream(0, Purpose::Weights, 0))?;
        let own = generator.parameters().iter().map(|(name, tensor)| (name.to_owned(), tensor.clone()));
        let own: StateDict = own.chain(generator.statistics()).collect();
        state_dict::compare(&own, &tensors).map_err(|mismatch| Error::Refused(mismatch.to_string()))?;
        Ok(Self { model, classes, step, layers: generator.layers(), tensors })
    }

    fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name)
    }

    /// The kernel of a layer, with its weights rounded if the settings say so.
    pub(crate) fn kernel(&self, layer: &Layer, settings: &Settings) -> Tensor {
        let name = format!("{}/kernel", layer.name);
        let kernel = &self.tensors[&name];
        match settings.bits {
            Some(bits) => rounding::rounded(kernel, rounding::output_axis(&name), bits),
            None => kernel.clone(),
        }
    }

    /// The bias of a layer, unless the settings leave it out.
    pub(crate) fn bias(&self, layer: &Layer, settings: &Settings) -> Option<&Tensor> {
        if settings.without_bias.contains(&layer.name) { None } else { self.tensor(&format!("{}/bias", layer.name)) }
    }

    /// The numbers of a point: noise, and one for each class.
    pub(crate) fn point_size(&self) -> usize {
        LATENT + self.classes
    }

    /// Passes the points `z`, one a row, through the generator on `tape`. The last map but one is
    /// the sum of which the last is the hyperbolic tangent.
    pub(crate) fn forward(&self, tape: &mut Tape, z: Var, settings: &Settings) -> Vec<Map> {
        let [n, _] = tape.value(z).dims();
        let mut maps = vec![Map { name: "points".to_owned(), what: What::Input, var: z }];
        let mut x = z;
        for (i, layer) in self.layers.iter().enumerate() {
            if 0 < i {
                let (name, active) = self.between(tape, i, x, settings);
                maps.push(Map { name, what: What::Active, var: active });
                x = active;
            }
            tape.scope(&layer.name);
            let kernel = tape.constant(self.kernel(layer, settings));
            let bias = self.bias(layer, settings).map(|bias| tape.constant(bias.clone()));
            x = match &layer.convolution {
                Some(convolution) => tape.conv_transpose2d(convolution.window, x, kernel, bias),
                None => tape.dense(x, kernel, bias),
            };
            // A dense layer makes the pixels that the next layer enlarges, or those of the image.
            if layer.convolution.is_none() {
                let Architecture { size, channels, .. } = self.model;
                x = match self.layers.get(i + 1).map(|next| &next.convolution) {
                    Some(Some(next)) => {
                        tape.reshape(x, &[n, next.window.down.output, next.window.across.output, next.co])
                    }
                    Some(None) => x,
                    None => tape.reshape(x, &[n, size, size, channels]),
                };
            }
            maps.push(Map { name: layer.name.clone(), what: What::Sum, var: x });
        }
        tape.scope("tanh");
        let image = tape.tanh(x);
        maps.push(Map { name: "image".to_owned(), what: What::Image, var: image });
        maps
    }

    /// What is between two layers: batch norm, if there is one, and leaky ReLU.
    fn between(&self, tape: &mut Tape, number: usize, x: Var, settings: &Settings) -> (String, Var) {
        let norm = format!("generator/bn{number}");
        let Settings { epsilon, slope, .. } = *settings;
        let then = LeakyDropout { slope, keep: 1.0, key: 0 };
        let tensor = |part: &str| self.tensor(&format!("{norm}/{part}"));
        let (Some(scale), Some(shift)) = (tensor("gamma"), tensor("beta")) else {
            tape.scope(&format!("generator/leaky{number}"));
            return (format!("generator/leaky{number}"), tape.leaky_dropout(then, x));
        };
        tape.scope(&norm);
        let y = match (settings.statistics, tensor("moving_mean"), tensor("moving_variance")) {
            (Statistics::Running, Some(mean), Some(variance)) => {
                norm_by(tape, (epsilon, slope), x, [scale, shift, mean, variance])
            }
            _ => {
                let [scale, shift] = [scale, shift].map(|tensor| tape.constant(tensor.clone()));
                tape.norm_act(epsilon, then, x, scale, shift).0
            }
        };
        (norm, y)
    }

    /// The images of points, `[n, size, size, channels]` in [-1, 1].
    pub(crate) fn images(&self, z: &Tensor, settings: &Settings) -> Tensor {
        let mut tape = Tape::new();
        let z = tape.constant(z.clone());
        let maps = self.forward(&mut tape, z, settings);
        tape.value(maps[maps.len() - 1].var)
    }

    /// How strong pixels are by their place in a 2 × 2 square, in units of the least of the four.
    /// The four are (even, even), (even, odd), (odd, even) and (odd, odd).
    pub(crate) fn phases(&self, z: &Tensor, settings: &Settings) -> [f64; 4] {
        let images = self.images(z, settings);
        let [_, height, width, channels] = images.dims();
        let mut sums = [0.0; 4];
        for (i, &x) in images.data().iter().enumerate() {
            let pixel = i / channels;
            let place = pixel / width % height % 2 * 2 + pixel % width % 2;
            sums[place] += f64::from(x) * f64::from(x);
        }
        let least = sums.iter().copied().fold(f64::INFINITY, f64::min);
        sums.map(|sum| if 0.0 < least { sum / least } else { 1.0 })
    }
}

/// Batch norm by running statistics, then leaky ReLU, with a way back: in training nobody needs
/// one.
fn norm_by(tape: &mut Tape, (epsilon, slope): (f32, f32), x: Var, parts: [&Tensor; 4]) -> Var {
    let [scale, shift, mean, variance] = parts.map(Tensor::clone);
    let value = tape.value(x);
    let constants = (epsilon, slope);
    let parts = [&scale, &shift, &mean, &variance].map(Tensor::data);
    let y = norm_act_inference::forward(constants, value.data(), parts[0], parts[1], parts[2], parts[3]);
    let y = Tensor::new(value.shape(), y);
    let saved = y.clone();
    tape.record(Op::new("norm_by").rectifying(), &[x], y, move |dy, grads| {
        grads.add(x, || {
            let factors = scale.data().iter().zip(variance.data()).map(|(scale, v)| scale / (v + epsilon).sqrt());
            let factors: Vec<f32> = factors.collect();
            let mut dx = Buffer::copy_of(dy.data());
            for (i, (dx, &y)) in dx.iter_mut().zip(saved.data()).enumerate() {
                *dx *= factors[i % factors.len()] * if is_negative_side(y, slope) { slope } else { 1.0 };
            }
            Tensor::new(dy.shape(), dx)
        });
    })
}

/// Whether leaky ReLU had an input below 0, by its result.
fn is_negative_side(y: f32, slope: f32) -> bool {
    if slope < 0.0 { 0.0 < y } else { y < 0.0 }
}

/// Points from their numbers, `size` each.
///
/// # Errors
/// If they are no whole number of points, none, or not finite.
pub(crate) fn points(numbers: Vec<f32>, size: usize) -> Result<Tensor, Error> {
    let count = numbers.len() / size;
    if count == 0 || !numbers.len().is_multiple_of(size) {
        let reason = format!("{} numbers are no points of {size}; send {size} for each", numbers.len());
        return Err(Error::Refused(reason));
    }
    if !numbers.iter().all(|x| x.is_finite()) {
        return Err(Error::Refused("a number of a point is not finite; send numbers".to_owned()));
    }
    Ok(Tensor::new(&[count, size], numbers))
}
