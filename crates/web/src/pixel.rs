//! Where a pixel comes from: the products that made it, and what each activation before it
//! contributes.
//!
//! A pixel is the hyperbolic tangent of a sum over taps of the kernel and channels. So the last
//! step back is a list of products. Further back, the sum is a function of all activations `a` of a
//! layer. Batch norm by running statistics and leaky ReLU are linear around a point, so there
//!
//! ```text
//! sum = Σ a · ∂sum/∂a + rest
//! ```
//!
//! where the rest is what the biases and shifts of later layers add. Each layer's part of it is a
//! map, like its activations. The derivatives come from the tape, as in training.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use dcgan::models::Layer;
use serde::Serialize;
use tensor::{Buffer, Direction, Tape, Tensor};

use crate::anatomy::{Anatomy, Map, What};
use crate::error::Error;
use crate::settings::Settings;

/// Which pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Which image of the batch.
    pub show: usize,
    pub y: usize,
    pub x: usize,
    pub channel: usize,
}

/// A product of the last sum.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Term {
    /// The pixel of the last layer's input.
    pub y: usize,
    pub x: usize,
    pub channel: usize,
    /// The row and column of the kernel.
    pub tap: [usize; 2],
    pub activation: f32,
    pub weight: f32,
    pub product: f64,
}

/// What the activations of a layer contribute.
#[derive(Clone, Debug)]
pub(crate) struct Contribution {
    pub name: String,
    /// `[1, height, width, channels]`
    pub map: Tensor,
    pub sum: f64,
}

/// All of it.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub value: f32,
    pub sum: f32,
    pub bias: f32,
    /// All products, the largest by absolute value first.
    pub terms: Vec<Term>,
    pub contributions: Vec<Contribution>,
}

/// The image number `show` of a batch of maps, `[1, height, width, channels]`.
///
/// # Errors
/// If there is no such image.
pub(crate) fn one(maps: &Tensor, show: usize) -> Result<Tensor, Error> {
    let (count, shape) = (maps.shape()[0], &maps.shape()[1..]);
    if count <= show {
        return Err(Error::Refused(format!("there is no image number {show} of {count}; they count from 0")));
    }
    let size: usize = shape.iter().product();
    let data = &maps.data()[show * size..][..size];
    let shape = match shape {
        [height, width, channels] => [1, *height, *width, *channels],
        _ => [1, 1, 1, size],
    };
    Ok(Tensor::new(&shape, Buffer::copy_of(data)))
}

impl Anatomy {
    /// Where the pixel at `place` of the image of the points `z` comes from.
    ///
    /// # Errors
    /// If there is no such pixel, or no image.
    pub(crate) fn origin(&self, z: &Tensor, settings: &Settings, place: Place) -> Result<Origin, Error> {
        let Place { show, y, x, channel } = place;
        let gradients = Rc::new(RefCell::new(BTreeMap::new()));
        let log = Rc::clone(&gradients);
        let mut tape = Tape::observed(move |seen| {
            if seen.direction == Direction::Backward && seen.op.name != "reshape" {
                log.borrow_mut().insert(seen.scope.to_owned(), seen.value.clone());
            }
        });
        let z_var = tape.leaf(z.clone());
        let maps = self.forward(&mut tape, z_var, settings);
        let values: Vec<(Map, Tensor)> = maps.into_iter().map(|map| (map.clone(), tape.value(map.var))).collect();
        let [.., (sum_map, sums), (_, images)] = &values[..] else { unreachable!("a generator has layers") };
        let [count, height, width, channels] = sums.dims();
        if count <= show || height <= y || width <= x || channels <= channel {
            let reason = format!(
                "there is no pixel {y}, {x}, {channel} in image {show}: there are {count} of {height}×{width}×{channels}"
            );
            return Err(Error::Refused(reason));
        }
        let at = ((show * height + y) * width + x) * channels + channel;
        let mut seed = Tensor::zeros(sums.shape());
        seed.data_mut()[at] = 1.0;
        let (value, sum) = (images.data()[at], sums.data()[at]);

        let last = &self.layers[self.layers.len() - 1];
        let before = values.iter().rev().find(|(map, _)| map.what == What::Active);
        let before = before.map_or(z, |(_, value)| value);
        let bias = self.bias(last, settings).map_or(0.0, |bias| bias.data()[bias_index(last, at, sums)]);
        let terms = self.terms(last, &one(before, show)?, settings, place);

        let of_z = tape.backward(sum_map.var, seed).take(z_var);
        let mut gradients = gradients.borrow_mut();
        gradients.insert("points".to_owned(), of_z);
        let inputs = values.iter().filter(|(map, _)| matches!(map.what, What::Input | What::Active));
        let contributions = inputs.map(|(map, value)| {
            let (value, gradient) = (one(value, show)?, one(&gradients[&map.name], show)?);
            let products = value.data().iter().zip(gradient.data()).map(|(a, g)| f64::from(*a) * f64::from(*g));
            let products: Vec<f64> = products.collect();
            let map_data: Vec<f32> = products.iter().map(|&product| product as f32).collect();
            let map_value = Tensor::new(value.shape(), map_data);
            Ok(Contribution { name: map.name.clone(), map: map_value, sum: products.iter().sum() })
        });
        let contributions = contributions.collect::<Result<_, Error>>()?;
        Ok(Origin { value, sum, bias, terms, contributions })
    }

    /// The products of the last sum, the largest by absolute value first.
    fn terms(&self, last: &Layer, before: &Tensor, settings: &Settings, place: Place) -> Vec<Term> {
        let kernel = self.kernel(last, settings);
        let mut terms = vec![];
        match &last.convolution {
            Some(convolution) => {
                let window = convolution.window;
                let [_, kernel_width, channels, inputs] = kernel.dims();
                let pixel = place.y * window.across.input + place.x;
                for tap in window.taps() {
                    for (_, small) in tap.pairs.iter().filter(|(large, _)| *large == pixel) {
                        for input in 0..inputs {
                            let activation = before.data()[small * inputs + input];
                            let weight = kernel.data()[(tap.index * channels + place.channel) * inputs + input];
                            terms.push(Term {
                                y: small / window.across.output,
                                x: small % window.across.output,
                                channel: input,
                                tap: [tap.index / kernel_width, tap.index % kernel_width],
                                activation,
                                weight,
                                product: f64::from(activation) * f64::from(weight),
                            });
                        }
                    }
                }
            }
            None => {
                let [_, outputs] = kernel.dims();
                let (size, channels) = (self.model.size, self.model.channels);
                let output = (place.y * size + place.x) * channels + place.channel;
                for (input, &activation) in before.data().iter().enumerate() {
                    let weight = kernel.data()[input * outputs + output];
                    let product = f64::from(activation) * f64::from(weight);
                    terms.push(Term { y: 0, x: 0, channel: input, tap: [0, 0], activation, weight, product });
                }
            }
        }
        terms.sort_by(|a, b| b.product.abs().total_cmp(&a.product.abs()));
        terms
    }
}

/// Which bias a value of the last sum has: its channel's, or its own behind a dense layer.
fn bias_index(last: &Layer, at: usize, sums: &Tensor) -> usize {
    let [_, height, width, channels] = sums.dims();
    if last.convolution.is_some() { at % channels } else { at % (height * width * channels) }
}
