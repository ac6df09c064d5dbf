//! `model.py`: both networks as modules of plain PyTorch, written for the run at hand.
//!
//! The modules have no settings: each layer stands there with its numbers, so that the file can be
//! read, and changed by hand. Parameters have the names of [`layout`](crate::layout).
//!
//! PyTorch pads both sides of an image alike, and SAME puts the odd pixel behind. A convolution is
//! therefore preceded by `F.pad`, and a transposed one is followed by a cut. Its running variance
//! has n − 1 in the place of n, so the file has a batch norm of its own, of ten lines.

use std::fmt::Write as _;

use dcgan::config::Config;
use dcgan::models::{Convolution, EPSILON, LATENT, LEAKY_SLOPE};
use nn::batch_norm::MOMENTUM;

use crate::network::{Maps, Named, Network, Operation, Role};
use crate::torch::{DISCRIMINATOR, GENERATOR, MOVING_AVERAGE, described};

/// The name of the file.
pub const MODEL_PY: &str = "model.py";

/// The text of the file for the two networks of `config`.
#[must_use]
pub fn text(config: &Config, generator: &Network, discriminator: &Network) -> String {
    let has = |what: fn(&Operation) -> bool| {
        let networks = [generator, discriminator];
        networks.iter().flat_map(|network| &network.operations).any(|named| what(&named.operation))
    };
    let has_convolutions = has(|operation| matches!(operation, Operation::Convolution(_)));
    let has_batch_statistics = has(|operation| matches!(operation, Operation::Norm { is_running: false, .. }));
    let mut out = head(config, has_convolutions, has_batch_statistics);
    if has(|operation| matches!(operation, Operation::Norm { is_running: true, .. })) {
        out += &batch_norm();
    }
    let keep = config.training.dropout_keep;
    out += &class(generator, keep);
    out += &class(discriminator, keep);
    out += &losses(config);
    out += &usage(config);
    out
}

fn head(config: &Config, has_convolutions: bool, has_batch_statistics: bool) -> String {
    let what = capitalised(&described(&config.model));
    let mut lesson = format!(
        "\"\"\"{what}, in PyTorch.

Images are NCHW in [-1, 1], points of latent space are {LATENT} numbers uniform in [-1, 1).
"
    );
    if has_convolutions {
        lesson += "The padding is TensorFlow's: SAME pads behind the image where it is odd, and a transposed convolution \
                   crops there.\n";
    }
    if has_batch_statistics {
        lesson += "\nThe discriminator always normalises by the statistics of its batch, in eval mode too: it keeps no \
                   others.\nGive it real and generated images in batches of their own.\n";
    }
    lesson
        + "\"\"\"

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
"
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn batch_norm() -> String {
    let new = decimal(1.0 - MOMENTUM);
    format!(
        "

class BatchNorm(nn.BatchNorm2d):
    \"\"\"Its running variance is over n, as that of the batch is; in PyTorch's own it is over n - 1.\"\"\"

    def __init__(self, channels):
        super().__init__(channels, eps={EPSILON}, momentum={new})  # the share of the new; TensorFlow's is {MOMENTUM}

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        with torch.no_grad():
            variance, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance, self.momentum)
        return F.batch_norm(x, None, None, self.weight, self.bias, True, 0.0, self.eps)
"
    )
}

/// A number of few digits, without what binary fractions add to it.
fn decimal(x: f64) -> String {
    let digits = format!("{x:.6}");
    digits.trim_end_matches('0').to_owned()
}

/// The module of a network.
fn class(network: &Network, keep: f32) -> String {
    let Maps { channels, extent } = network.image;
    let image = format!("[n, {channels}, {extent}, {extent}]");
    let (name, argument, lesson) = match network.role {
        Role::Generator => ("Generator", "z", format!("z [n, {LATENT}] to images {image}.")),
        Role::Discriminator => ("Discriminator", "x", format!("Images {image} to logits [n, 1], large for real ones.")),
    };
    let mut layers = String::new();
    let mut steps = vec![];
    let mut x = argument.to_owned();
    for Named { name, operation } in &network.operations {
        if let Some(module) = module(*operation) {
            let _ = writeln!(layers, "        self.{name} = {module}"); // writing to a String cannot fail
        }
        x = match *operation {
            // Until the activation behind it.
            Operation::Norm { .. } => format!("self.{name}({x})"),
            Operation::LeakyRelu => format!("F.leaky_relu({x}, {LEAKY_SLOPE})"),
            Operation::Dropout if 1.0 <= keep => x,
            Operation::Dropout => format!("F.dropout({x}, {}, self.training)", decimal(1.0 - f64::from(keep))),
            Operation::Tanh => format!("torch.tanh({x})"),
            Operation::Convolution(convolution) => slide(name, &x, convolution),
            Operation::Dense { from, to, .. } => {
                let flat = if from.is_some() { ".flatten(1)" } else { "" };
                let maps = to.map(|Maps { channels, extent }| format!(".reshape(-1, {channels}, {extent}, {extent})"));
                format!("self.{name}({x}{flat}){}", maps.unwrap_or_default())
            }
        };
        let is_line = match operation {
            Operation::Norm { .. } => false,
            Operation::LeakyRelu => 1.0 <= keep,
            _ => x != "x",
        };
        if is_line {
            steps.push(std::mem::replace(&mut x, "x".to_owned()));
        }
    }
    let last = steps.pop().unwrap_or_default();
    let steps: String = steps.iter().map(|step| format!("        x = {step}\n")).collect();
    format!(
        "

class {name}(nn.Module):
    \"\"\"{lesson}\"\"\"

    def __init__(self):
        super().__init__()
{layers}
    def forward(self, {argument}):
{steps}        return {last}
"
    )
}

/// The module that holds an operation's parameters.
fn module(operation: Operation) -> Option<String> {
    Some(match operation {
        Operation::Dense { inputs, outputs, .. } => format!("nn.Linear({inputs}, {outputs})"),
        Operation::Norm { channels, is_running: true } => format!("BatchNorm({channels})"),
        Operation::Norm { channels, is_running: false } => {
            format!("nn.BatchNorm2d({channels}, eps={EPSILON}, track_running_stats=False)")
        }
        Operation::Convolution(convolution) => {
            let Convolution { window, ci, co, transposed } = convolution;
            let (kind, from, to) = if transposed { ("ConvTranspose2d", co, ci) } else { ("Conv2d", ci, co) };
            let (kernel, stride) = (window.down.kernel, window.down.stride);
            let padding = match even_padding(convolution) {
                0 => String::new(),
                pad => format!(", padding={pad}"),
            };
            let stride = if stride == 1 { String::new() } else { format!(", stride={stride}") };
            format!("nn.{kind}({from}, {to}, {kernel}{stride}{padding})")
        }
        Operation::LeakyRelu | Operation::Dropout | Operation::Tanh => return None,
    })
}

/// The padding that PyTorch's own argument can give: that of both sides.
fn even_padding(convolution: Convolution) -> usize {
    let (before, after) = convolution.window.down.pad;
    if before == after { before } else { 0 }
}

/// A convolution of `x`, with what stands behind the image added or cut.
fn slide(name: &str, x: &str, convolution: Convolution) -> String {
    let axis = convolution.window.down;
    if even_padding(convolution) == axis.pad.0 && axis.pad.0 == axis.pad.1 {
        return format!("self.{name}({x})");
    }
    let (before, after) = axis.pad;
    if convolution.transposed {
        let end = before + axis.input;
        let start = if before == 0 { String::new() } else { before.to_string() };
        return format!("self.{name}({x})[:, :, {start}:{end}, {start}:{end}]  # SAME: cropped behind");
    }
    format!("self.{name}(F.pad({x}, ({before}, {after}, {before}, {after})))  # SAME: padded behind")
}

/// The losses of both networks.
fn losses(config: &Config) -> String {
    let label = config.training.real_label;
    let weight = config.variations.real_weight.map_or_else(String::new, |weight| format!("{weight} * "));
    format!(
        "

def cross_entropy(logits, label):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def generator_loss(g, d, z):
    return {weight}cross_entropy(d(g(z)), {label:?})


def discriminator_loss(g, d, z, real):
    fake = g(z).detach()
    return {weight}cross_entropy(d(real), {label:?}) + cross_entropy(d(fake), 0.0)
"
    )
}

/// Sampling, and a step of training.
fn usage(config: &Config) -> String {
    let training = &config.training;
    let (batch, size, channels) = (training.batch_size, config.model.size, config.model.channels);
    let (rate, beta1, beta2) = (training.learning_rate, training.beta1, training.beta2);
    let epsilon = format!("{:e}", training.epsilon);
    let mut order = [("g_adam", "generator_loss(g, d, z)"), ("d_adam", "discriminator_loss(g, d, z, real)")];
    if config.variations.discriminator_first {
        order.reverse();
    }
    let average = if config.variations.average.is_some() {
        format!(
            "    average = Generator()  # of the generator's weights: what this run samples from\n    \
             average.load_state_dict(load_file(here / \"{MOVING_AVERAGE}\"), strict=True)\n"
        )
    } else {
        String::new()
    };
    let sampler = if config.variations.average.is_some() { "average" } else { "g" };
    let step =
        |(adam, loss): &(&str, &str)| format!("    {adam}.zero_grad()\n    {loss}.backward()\n    {adam}.step()\n");
    let steps: String = order.iter().map(step).collect();
    format!(
        "

if __name__ == \"__main__\":
    from safetensors.torch import load_file, save_file

    here = Path(__file__).parent
    g, d = Generator(), Discriminator()
    g.load_state_dict(load_file(here / \"{GENERATOR}\"), strict=True)
    d.load_state_dict(load_file(here / \"{DISCRIMINATOR}\"), strict=True)
{average}
    with torch.no_grad():  # 25 samples
        images = {sampler}.eval()(torch.rand(25, {LATENT}) * 2 - 1)
    print(images.shape, images.min().item(), images.max().item())

    g.train(), d.train()  # a step of training; the real images are yours, here they are grey
    g_adam, d_adam = (torch.optim.Adam(net.parameters(), {rate}, ({beta1}, {beta2}), eps={epsilon}) for net in (g, d))
    z, real = torch.rand({batch}, {LATENT}) * 2 - 1, torch.zeros({batch}, {channels}, {size}, {size})
{steps}
    # save_file(g.state_dict(), here / \"{GENERATOR}\")  # and d: then `dcgan import` takes them back
"
    )
}
