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
use dcgan::models::{Convolution, EPSILON, LATENT};
use dcgan::variations::Variations;
use nn::batch_norm::MOMENTUM;
use tensor::ops::deviation_map;

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
    if has(|operation| matches!(operation, Operation::Deviation { .. })) {
        out += &deviation();
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
    let names = config.class_names();
    if !names.is_empty() {
        lesson += &format!("The classes c are int64 numbers from 0 to {}: {}.\n", names.len() - 1, names.join(", "));
    }
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

fn deviation() -> String {
    format!(
        "

def deviation(x):
    \"\"\"x with one more map, the same everywhere: how much the images of the batch differ, on average.\"\"\"
    s = (x.var(0, correction=0) + {:e}).sqrt().mean()
    return torch.cat((x, s.expand(x.shape[0], 1, *x.shape[2:])), 1)
",
        deviation_map::EPSILON
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
    let of_class = if network.classes() == 0 { "" } else { " and classes c [n]" };
    let (name, argument, lesson) = match network.role {
        Role::Generator => ("Generator", "z", format!("z [n, {LATENT}]{of_class} to images {image}.")),
        Role::Discriminator => {
            ("Discriminator", "x", format!("Images {image}{of_class} to logits [n, 1], large for real ones."))
        }
    };
    let mut layers = String::new();
    let mut steps = vec![];
    let mut x = argument.to_owned();
    // What the dense layer of a projection makes; it is added with the other term.
    let mut verdict = String::new();
    for (i, named) in network.operations.iter().enumerate() {
        let Named { operation, .. } = named;
        let name = named.outside();
        let next = network.operations.get(i + 1).map(|named| named.operation);
        if let Some(module) = module(*operation) {
            let _ = writeln!(layers, "        self.{name} = {module}"); // writing to a String cannot fail
        }
        x = match *operation {
            Operation::Class { classes } => format!("torch.cat(({x}, F.one_hot(c, {classes}).to({x})), 1)"),
            Operation::Deviation { .. } => format!("deviation({x})"),
            Operation::Dense { .. } if matches!(next, Some(Operation::Projection { .. })) => {
                verdict = format!("self.{name}(x)");
                format!("{x}.flatten(1)")
            }
            Operation::Projection { .. } => format!("{verdict} + (self.{name}(c) * {x}).sum(1, keepdim=True)"),
            // Until the activation behind it.
            Operation::Norm { .. } => format!("self.{name}({x})"),
            Operation::LeakyRelu { slope } => format!("F.leaky_relu({x}, {slope})"),
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
            Operation::LeakyRelu { .. } => 1.0 <= keep,
            _ => x != "x",
        };
        if is_line {
            steps.push(std::mem::replace(&mut x, "x".to_owned()));
        }
    }
    let last = steps.pop().unwrap_or_default();
    let argument = if network.classes() == 0 { argument.to_owned() } else { format!("{argument}, c") };
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
        Operation::Projection { classes, from: Maps { channels, extent } } => {
            format!("nn.Embedding({classes}, {})", channels * extent * extent)
        }
        Operation::Class { .. }
        | Operation::Deviation { .. }
        | Operation::LeakyRelu { .. }
        | Operation::Dropout
        | Operation::Tanh => return None,
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
    let c = if config.variations.conditional.is_some() { ", c" } else { "" };
    let cross_entropy = "

def cross_entropy(logits, label):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))
";
    let (head, of_fake, of_real_and_fake) = if config.variations.hinge {
        let both = format!("F.relu(1 - d(real{c})).mean() + F.relu(1 + d(fake{c})).mean()");
        ("", format!("-d(g(z{c}){c}).mean()"), both)
    } else {
        let both = format!("{weight}cross_entropy(d(real{c}), {label:?}) + cross_entropy(d(fake{c}), 0.0)");
        (cross_entropy, format!("{weight}cross_entropy(d(g(z{c}){c}), {label:?})"), both)
    };
    format!(
        "{head}

def generator_loss(g, d, z{c}):
    return {of_fake}


def discriminator_loss(g, d, z, real{c}):
    fake = g(z{c}).detach()
    return {of_real_and_fake}
{}",
        left_out(config)
    )
}

/// What the training has that these losses have not.
fn left_out(config: &Config) -> String {
    let Variations { augment, top_k, .. } = &config.variations;
    let parts = [("augment", *augment), ("top_k", top_k.is_some())];
    let names: Vec<&str> = parts.into_iter().filter(|(_, is_on)| *is_on).map(|(name, _)| name).collect();
    if names.is_empty() {
        return String::new();
    }
    format!("\n\n# The run itself was trained with {}, too, which these losses leave out.\n", names.join(" and "))
}

/// Sampling, and a step of training.
fn usage(config: &Config) -> String {
    let training = &config.training;
    let (batch, size, channels) = (training.batch_size, config.model.size, config.model.channels);
    let (rate, beta1, beta2) = (training.learning_rate, training.beta1, training.beta2);
    let epsilon = format!("{:e}", training.epsilon);
    let classes = config.variations.extras().classes;
    let is_average = config.variations.decay(batch).is_some();
    let c = if classes == 0 { "" } else { ", c" };
    let [g_loss, d_loss] = [format!("generator_loss(g, d, z{c})"), format!("discriminator_loss(g, d, z, real{c})")];
    let mut order = [("g_adam", g_loss), ("d_adam", d_loss)];
    if config.variations.discriminator_first {
        order.reverse();
    }
    let average = if is_average {
        format!(
            "    average = Generator()  # of the generator's weights: what this run samples from\n    \
             average.load_state_dict(load_file(here / \"{MOVING_AVERAGE}\"), strict=True)\n"
        )
    } else {
        String::new()
    };
    let sampler = if is_average { "average" } else { "g" };
    let step =
        |(adam, loss): &(&str, String)| format!("    {adam}.zero_grad()\n    {loss}.backward()\n    {adam}.step()\n");
    let steps: String = order.iter().map(step).collect();
    let (what, of_samples, of_step) = match classes {
        0 => ("25 samples".to_owned(), String::new(), String::new()),
        _ => (
            "a row of 5 samples for each of 5 classes".to_owned(),
            format!(", torch.arange(25) // 5 % {classes}"),
            format!("    c = torch.randint({classes}, ({batch},))  # of the real images: G is asked for the same\n"),
        ),
    };
    let adams = match config.variations.discriminator_rate {
        None => {
            format!("(torch.optim.Adam(net.parameters(), {rate}, ({beta1}, {beta2}), eps={epsilon}) for net in (g, d))")
        }
        Some(of_d) => format!(
            "(torch.optim.Adam(net.parameters(), lr, ({beta1}, {beta2}), eps={epsilon})\n                      \
             for net, lr in ((g, {rate}), (d, {of_d})))"
        ),
    };
    format!(
        "

if __name__ == \"__main__\":
    from safetensors.torch import load_file, save_file

    here = Path(__file__).parent
    g, d = Generator(), Discriminator()
    g.load_state_dict(load_file(here / \"{GENERATOR}\"), strict=True)
    d.load_state_dict(load_file(here / \"{DISCRIMINATOR}\"), strict=True)
{average}
    with torch.no_grad():  # {what}
        images = {sampler}.eval()(torch.rand(25, {LATENT}) * 2 - 1{of_samples})
    print(images.shape, images.min().item(), images.max().item())

    g.train(), d.train()  # a step of training; the real images are yours, here they are grey
    g_adam, d_adam = {adams}
    z, real = torch.rand({batch}, {LATENT}) * 2 - 1, torch.zeros({batch}, {channels}, {size}, {size})
{of_step}{steps}
    # save_file(g.state_dict(), here / \"{GENERATOR}\")  # and d: then `dcgan import` takes them back
"
    )
}
