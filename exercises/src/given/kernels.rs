//! The table of kernels: the reader's functions where they have passed, nothing elsewhere.
//!
//! The signatures are those of the exercises.

use dcgan::gan::Gan;
use dcgan::models::DropoutKeys;
use nn::AdamOptions;
use tensor::ops::batch_norm::BatchStatistics;
use tensor::{Tensor, Window};

/// A product of matrices, or one of its gradients.
pub type Multiply = fn([usize; 3], &[f32], &[f32]) -> Vec<f32>;

/// A convolution, its transpose, or one of its gradients.
pub type Convolve = fn(Window, [usize; 3], &[f32], &[f32]) -> Vec<f32>;

/// An update of parameters and their moments by gradients.
pub type Update = fn(&AdamOptions, f64, u64, &mut [f32], &mut [f32], &mut [f32], &[f32]);

/// Means and variances of channels.
pub type Statistics = fn(&[f32], usize) -> (Vec<f32>, Vec<f32>);

/// Batch norm.
pub type Normalise = fn(f32, &[f32], &[f32], &[f32]) -> Vec<f32>;

/// The gradient of what batch norm normalises.
pub type NormaliseBack = fn(f32, &[f32], &BatchStatistics, &[f32], &[f32]) -> Vec<f32>;

/// Exercise 04.
#[derive(Clone, Copy)]
pub struct Leaky {
    /// `forward(slope, x)`.
    pub forward: fn(f32, &[f32]) -> Vec<f32>,
    /// `backward(slope, x, dy)`.
    pub backward: fn(f32, &[f32], &[f32]) -> Vec<f32>,
}

/// Exercise 05.
#[derive(Clone, Copy)]
pub struct Product {
    /// `product([m, n, k], a, b)`.
    pub product: Multiply,
    /// `da([m, n, k], b, dc)`.
    pub da: Multiply,
    /// `db([m, n, k], a, dc)`.
    pub db: Multiply,
}

/// Exercise 06.
#[derive(Clone, Copy)]
pub struct Verdict {
    /// `loss(target, logits)`.
    pub loss: fn(f32, &[f32]) -> f32,
    /// `gradient(target, logits)`.
    pub gradient: fn(f32, &[f32]) -> Vec<f32>,
}

/// Exercise 08.
#[derive(Clone, Copy)]
pub struct ConvolveGradients {
    /// `dx(window, [n, ci, co], w, dy)`.
    pub dx: Convolve,
    /// `dw(window, [n, ci, co], x, dy)`.
    pub dw: Convolve,
}

/// Exercise 11.
#[derive(Clone, Copy)]
pub struct BatchNorm {
    /// `statistics(x, channels)`: means and variances.
    pub statistics: Statistics,
    /// `forward(epsilon, x, scale, shift)`.
    pub forward: Normalise,
}

/// Exercise 12.
#[derive(Clone, Copy)]
pub struct BatchNormBack {
    /// `dshift(channels, dy)`.
    pub dshift: fn(usize, &[f32]) -> Vec<f32>,
    /// `dscale(epsilon, x, statistics, dy)`.
    pub dscale: fn(f32, &[f32], &BatchStatistics, &[f32]) -> Vec<f32>,
    /// `dx(epsilon, x, statistics, scale, dy)`.
    pub dx: NormaliseBack,
}

/// Exercise 13.
#[derive(Clone, Copy)]
pub struct OnePicture {
    /// `update(momentum, running, batch)`.
    pub update: fn(f64, &mut BatchStatistics, &BatchStatistics),
    /// `normalise(is_training, momentum, epsilon, running, x)`.
    pub normalise: fn(bool, f64, f32, &mut BatchStatistics, &[f32]) -> Vec<f32>,
}

/// Exercise 16.
#[derive(Clone, Copy)]
pub struct Halves {
    /// `generator_gradients(gan, z, keys)`.
    pub generator_gradients: fn(&mut Gan, &Tensor, &mut DropoutKeys) -> Vec<Tensor>,
    /// `discriminator_gradients(gan, x, z, keys)`.
    pub discriminator_gradients: fn(&mut Gan, &Tensor, &Tensor, &mut DropoutKeys) -> Vec<Tensor>,
}

/// Exercise 18: three products, each faster than the one before.
#[derive(Clone, Copy)]
pub struct Faster {
    /// In the order of memory.
    pub rows: Multiply,
    /// In tiles.
    pub tiles: Multiply,
    /// On all cores: the one of which layers are made.
    pub threads: Multiply,
}

/// Each operator of the networks: the reader's, or `None` for the project's.
#[derive(Clone, Copy, Default)]
pub struct Kernels {
    /// Exercise 04.
    pub leaky: Option<Leaky>,
    /// Exercise 05: the dense layers.
    pub product: Option<Product>,
    /// Exercise 06.
    pub verdict: Option<Verdict>,
    /// Exercise 07: forward in D, and backward through G's transposed convolutions.
    pub conv: Option<Convolve>,
    /// Exercise 08: the other gradients of both.
    pub conv_gradients: Option<ConvolveGradients>,
    /// Exercise 09: forward in G.
    pub transposed: Option<Convolve>,
    /// Exercise 11.
    pub batch_norm: Option<BatchNorm>,
    /// Exercise 12.
    pub batch_norm_back: Option<BatchNormBack>,
    /// Exercise 13: running statistics, and samples by them.
    pub one_picture: Option<OnePicture>,
    /// Exercise 14.
    pub adam: Option<Update>,
    /// Exercise 16.
    pub step: Option<Halves>,
    /// Exercise 18: a fast product. All dense and convolutional layers are made of it, if it is
    /// there.
    pub faster: Option<Faster>,
}

/// An operator of the table.
#[derive(Clone, Copy)]
struct Entry {
    name: &'static str,
    is_there: fn(&Kernels) -> bool,
    /// Copies the entry from the first table to the second.
    take: fn(&Kernels, &mut Kernels),
}

macro_rules! entries {
    ($($field:ident: $name:literal),* $(,)?) => {
        [$(Entry {
            name: $name,
            is_there: |kernels| kernels.$field.is_some(),
            take: |from, to| to.$field = from.$field,
        }),*]
    };
}

const ENTRIES: [Entry; Kernels::COUNT] = entries! {
    leaky: "04_leaky",
    product: "05_product",
    verdict: "06_verdict",
    conv: "07_conv",
    conv_gradients: "08_conv_gradients",
    transposed: "09_transposed",
    batch_norm: "11_batch_norm",
    batch_norm_back: "12_batch_norm_back",
    one_picture: "13_one_picture",
    adam: "14_adam",
    step: "16_step",
    faster: "18_faster",
};

impl Kernels {
    /// Operators in the table.
    pub const COUNT: usize = 12;

    /// The exercises whose operators are the reader's.
    #[must_use]
    pub fn yours(&self) -> Vec<&'static str> {
        ENTRIES.iter().filter(|entry| (entry.is_there)(self)).map(|entry| entry.name).collect()
    }

    /// The exercises whose operators are the project's.
    #[must_use]
    pub fn ours(&self) -> Vec<&'static str> {
        ENTRIES.iter().filter(|entry| !(entry.is_there)(self)).map(|entry| entry.name).collect()
    }

    /// The table with one of the reader's operators alone.
    #[must_use]
    pub fn only(&self, exercise: &str) -> Self {
        let mut only = Self::default();
        for entry in ENTRIES.iter().filter(|entry| entry.name == exercise) {
            (entry.take)(self, &mut only);
        }
        only
    }

    /// `11 of 12 operators are yours; 18_faster is the project's`.
    #[must_use]
    pub fn summary(&self) -> String {
        let (yours, ours) = (self.yours(), self.ours());
        let all = format!("{} of {} operators are yours", yours.len(), Self::COUNT);
        match &ours[..] {
            [] => all,
            [one] => format!("{all}; {one} is the project's"),
            some => format!("{all}; the project's are {}", some.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_whose_each_operator_is() {
        let mut kernels = Kernels::default();
        assert!(kernels.summary().starts_with("0 of 12 operators are yours; the project's are 04_leaky, 05_product"));
        let product: Multiply = |_, _, _| Vec::new();
        kernels.faster = Some(Faster { rows: product, tiles: product, threads: product });
        kernels.conv = Some(|_, _, _, _| Vec::new());
        assert_eq!(kernels.yours(), ["07_conv", "18_faster"]);
        assert_eq!(kernels.only("07_conv").yours(), ["07_conv"]);
        assert_eq!(kernels.only("04_leaky").yours(), [""; 0]);
        assert_eq!(kernels.ours().len(), 10);
    }
}
