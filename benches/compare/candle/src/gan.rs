//! The two networks and their step, from candle's own layers, losses aside.
//!
//! candle pads symmetrically, so this is the recipe's mirror image, as `peer_torch.py` explains: kernels and
//! pictures turned by half a turn, `padding = 1` wherever the recipe says SAME. As there, the moving
//! variances start scaled by Bessel's correction, which candle applies and the recipe does not.

use std::collections::HashMap;

use candle_core::{Device, Module, Result, Tensor, Var};
use candle_nn::{
    AdamW, BatchNorm, Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig, Linear, ModuleT, Optimizer,
    ParamsAdamW, ops,
};

use crate::Model;

pub const NOISE: usize = 100;
const SLOPE: f64 = 0.01;
const SMOOTH: f64 = 0.9;
const EPSILON: f64 = 1e-3;
const MOMENTUM: f64 = 0.99;
const LEARNING_RATE: f64 = 1e-3;
const BETA1: f64 = 0.4;
const BETA2: f64 = 0.999;
const ADAM_EPSILON: f64 = 1e-8;

/// All weights by their paths, in TensorFlow's layouts: Glorot uniform kernels, the rest neutral.
pub fn initial_parameters(model: Model, width: usize) -> Result<HashMap<String, Tensor>> {
    let (cpu, colours) = (&Device::Cpu, model.image().1);
    let mut parameters = HashMap::new();
    let mut layer = |path: &str, shape: &[usize], inputs: usize, outputs: usize| -> Result<()> {
        let receptive: usize = shape[..shape.len() - 2].iter().product();
        let limit = (6.0 / (receptive * (inputs + outputs)) as f64).sqrt() as f32;
        parameters.insert(format!("{path}/kernel"), Tensor::rand(-limit, limit, shape, cpu)?);
        parameters.insert(format!("{path}/bias"), Tensor::zeros(outputs, candle_core::DType::F32, cpu)?);
        Ok(())
    };
    let (half, quarter, maps) = (width / 2, width / 4, 4 * 4 * width);
    layer("generator/dense", &[NOISE, maps], NOISE, maps)?;
    for (i, k, inputs, outputs) in [(2, 4, width, half), (3, 3, half, quarter), (4, 3, quarter, colours)] {
        layer(&format!("generator/conv2d_transpose_{i}"), &[k, k, outputs, inputs], inputs, outputs)?;
    }
    for (i, inputs, outputs) in [(1, colours, quarter), (2, quarter, half), (3, half, width)] {
        layer(&format!("discriminator/conv2d_{i}"), &[3, 3, inputs, outputs], inputs, outputs)?;
    }
    layer("discriminator/dense", &[maps, 1], maps, 1)?;
    for (path, size) in [
        ("generator/bn1", width),
        ("generator/bn2", half),
        ("generator/bn3", quarter),
        ("discriminator/bn2", half),
        ("discriminator/bn3", width),
    ] {
        for (name, value) in [("gamma", 1f32), ("beta", 0.0), ("moving_mean", 0.0), ("moving_variance", 1.0)] {
            parameters.insert(format!("{path}/{name}"), Tensor::full(value, size, cpu)?);
        }
    }
    Ok(parameters)
}

/// NHWC pictures as candle has them, turned by half a turn.
pub fn mirrored(images: &Tensor) -> Result<Tensor> {
    images.flip(&[1, 2])?.permute((0, 3, 1, 2))?.contiguous()
}

/// A parameter from TensorFlow's layout, each kernel turned by half a turn.
fn converted(path: &str, array: &Tensor) -> Result<Tensor> {
    match path {
        "generator/dense/kernel" => turned_maps(&array.t()?),
        "generator/dense/bias" => turned_maps(array),
        "discriminator/dense/kernel" => turned_maps(array)?.t()?.contiguous(),
        _ if array.rank() == 4 => array.flip(&[0, 1])?.permute((3, 2, 0, 1))?.contiguous(),
        _ => Ok(array.clone()),
    }
}

/// Rows that are a dense layer's 4×4 maps: from (y, x, channel) to (channel, y, x), turned by half a turn.
fn turned_maps(rows: &Tensor) -> Result<Tensor> {
    let channels = rows.dim(0)? / 16;
    let maps = rows.contiguous()?.reshape((4, 4, channels, ()))?.flip(&[0, 1])?;
    maps.permute((2, 0, 1, 3))?.contiguous()?.reshape(rows.shape())
}

/// Batch norm if there is one, leaky ReLU, dropout: what follows every hidden layer.
struct Hidden {
    norm: Option<BatchNorm>,
    keep: f64,
}

impl Hidden {
    fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let x = match &self.norm {
            Some(norm) => norm.forward_t(x, train)?,
            None => x.clone(),
        };
        let x = ops::leaky_relu(&x, SLOPE)?;
        if train && self.keep < 1.0 { ops::dropout(&x, (1.0 - self.keep) as f32) } else { Ok(x) }
    }
}

fn batch_norm(get: &dyn Fn(&str) -> Tensor, path: &str, mean: Tensor, variance: Tensor) -> Result<BatchNorm> {
    let (gamma, beta) = (get(&format!("{path}/gamma")), get(&format!("{path}/beta")));
    BatchNorm::new_with_momentum(gamma.dim(0)?, mean, variance, gamma, beta, EPSILON, 1.0 - MOMENTUM)
}

/// Noise to pictures.
pub struct Generator {
    dense: Linear,
    transposes: [ConvTranspose2d; 3],
    hidden: [Hidden; 3],
}

impl Generator {
    /// `moving` holds the means and variances of the three batch norms.
    fn new(get: &dyn Fn(&str) -> Tensor, moving: [(Tensor, Tensor); 3], model: Model, keep: f64) -> Result<Self> {
        let transpose = |i: usize, config| {
            let path = format!("generator/conv2d_transpose_{i}");
            ConvTranspose2d::new(get(&format!("{path}/kernel")), Some(get(&format!("{path}/bias"))), config)
        };
        let double = ConvTranspose2dConfig { padding: 1, output_padding: 1, stride: 2, dilation: 1 };
        let second = match model {
            Model::Mnist => ConvTranspose2dConfig::default(),
            Model::Cifar => ConvTranspose2dConfig { output_padding: 0, ..double },
        };
        let hidden = |i: usize, (mean, variance): &(Tensor, Tensor)| -> Result<Hidden> {
            let norm = batch_norm(get, &format!("generator/bn{i}"), mean.clone(), variance.clone())?;
            Ok(Hidden { norm: Some(norm), keep })
        };
        Ok(Self {
            dense: Linear::new(get("generator/dense/kernel"), Some(get("generator/dense/bias"))),
            transposes: [transpose(2, second), transpose(3, double), transpose(4, double)],
            hidden: [hidden(1, &moving[0])?, hidden(2, &moving[1])?, hidden(3, &moving[2])?],
        })
    }

    pub fn forward(&self, z: &Tensor, train: bool) -> Result<Tensor> {
        let mut x = self.dense.forward(z)?.reshape((z.dim(0)?, (), 4, 4))?;
        for (hidden, transpose) in self.hidden.iter().zip(&self.transposes) {
            x = transpose.forward(&hidden.forward(&x, train)?)?;
        }
        x.tanh()
    }
}

/// Pictures to logits.
struct Discriminator {
    convolutions: [Conv2d; 3],
    hidden: [Hidden; 3],
    dense: Linear,
}

impl Discriminator {
    fn new(get: &dyn Fn(&str) -> Tensor, keep: f64) -> Result<Self> {
        let convolution = |i: usize| {
            let path = format!("discriminator/conv2d_{i}");
            let config = Conv2dConfig { padding: 1, stride: 2, ..Conv2dConfig::default() };
            Conv2d::new(get(&format!("{path}/kernel")), Some(get(&format!("{path}/bias"))), config)
        };
        let hidden = |i: usize| -> Result<Hidden> {
            let path = format!("discriminator/bn{i}");
            // candle always keeps moving statistics; these are never read.
            let unread = get(&format!("{path}/gamma")).zeros_like()?;
            Ok(Hidden { norm: Some(batch_norm(get, &path, unread.clone(), unread)?), keep })
        };
        Ok(Self {
            convolutions: [convolution(1), convolution(2), convolution(3)],
            hidden: [Hidden { norm: None, keep }, hidden(2)?, hidden(3)?],
            dense: Linear::new(get("discriminator/dense/kernel"), Some(get("discriminator/dense/bias"))),
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = x.clone();
        for (convolution, hidden) in self.convolutions.iter().zip(&self.hidden) {
            x = hidden.forward(&convolution.forward(&x)?, true)?;
        }
        self.dense.forward(&x.flatten_from(1)?)
    }
}

/// Both networks in training.
pub struct Gan {
    variables: HashMap<String, Var>,
    model: Model,
    /// What candle's Bessel correction multiplies each of G's batch variances with.
    bessel: [f64; 3],
    generator: Generator,
    discriminator: Discriminator,
    /// The same D, its weights constants: G's update computes no gradient of them.
    frozen: Discriminator,
    adams: [Adam; 2],
}

impl Gan {
    /// From `parameters` in TensorFlow's layouts; `keep` is dropout's probability of keeping a value.
    pub fn new(mut parameters: HashMap<String, Tensor>, model: Model, batch: usize, keep: f64) -> Result<Self> {
        let middle = if model == Model::Mnist { 7 } else { 8 };
        let bessel = [4, middle, 2 * middle].map(|side| {
            let n = (batch * side * side) as f64;
            n / (n - 1.0)
        });
        let mut moving = |i: usize| -> Result<(Tensor, Tensor)> {
            let mut take =
                |name| parameters.remove(&format!("generator/bn{i}/moving_{name}")).expect("a moving average");
            Ok((take("mean"), (take("variance") * bessel[i - 1])?))
        };
        let moving = [moving(1)?, moving(2)?, moving(3)?];
        let variables = parameters
            .iter()
            .filter(|(path, _)| !path.contains("moving"))
            .map(|(path, array)| Ok((path.clone(), Var::from_tensor(&converted(path, array)?)?)))
            .collect::<Result<HashMap<String, Var>>>()?;
        let tracked = |path: &str| variables[path].as_tensor().clone();
        let constant = |path: &str| variables[path].as_detached_tensor();
        let adam = |network: &str| {
            Adam::new(
                variables.iter().filter(|(path, _)| path.starts_with(network)).map(|(_, var)| var.clone()).collect(),
            )
        };
        Ok(Self {
            generator: Generator::new(&tracked, moving, model, keep)?,
            discriminator: Discriminator::new(&tracked, keep)?,
            frozen: Discriminator::new(&constant, keep)?,
            adams: [adam("generator")?, adam("discriminator")?],
            variables,
            model,
            bessel,
        })
    }

    /// Updates G, then D; returns G's loss and D's, each before its own update.
    pub fn step(&mut self, z: &Tensor, x: &Tensor) -> Result<[f32; 2]> {
        let g_loss = cross_entropy(&self.frozen.forward(&self.generator.forward(z, true)?)?, SMOOTH)?;
        self.adams[0].update(&g_loss)?;

        let fake = self.generator.forward(z, true)?.detach();
        let real = cross_entropy(&self.discriminator.forward(x)?, SMOOTH)?;
        let d_loss = (real + cross_entropy(&self.discriminator.forward(&fake)?, 0.0)?)?;
        self.adams[1].update(&d_loss)?;
        Ok([g_loss.to_scalar()?, d_loss.to_scalar()?])
    }

    /// The moving variances of G's batch norms, without the correction.
    pub fn moving_variances(&self) -> Result<Vec<Tensor>> {
        let norms = self.generator.hidden.iter().filter_map(|hidden| hidden.norm.as_ref());
        norms.zip(self.bessel).map(|(norm, bessel)| norm.running_var() / bessel).collect()
    }

    /// G as it is now, for `forward` without training: constants only, so that candle records nothing.
    pub fn sampler(&self) -> Result<Generator> {
        let mut variances = self.moving_variances()?.into_iter();
        let moving = self.generator.hidden.each_ref().map(|hidden| {
            let norm = hidden.norm.as_ref().expect("each of G's hidden layers has a batch norm");
            (norm.running_mean().detach(), variances.next().expect("one variance for each batch norm").detach())
        });
        Generator::new(&|path| self.variables[path].as_detached_tensor(), moving, self.model, 1.0)
    }
}

/// Mean cross entropy from logits. candle's own takes the logarithm of a sigmoid, which overflows.
fn cross_entropy(logits: &Tensor, label: f64) -> Result<Tensor> {
    let softplus = (logits.abs()?.neg()?.exp()? + 1.0)?.log()?;
    ((logits.relu()? - (logits * label)?)? + softplus)?.mean_all()
}

/// candle's Adam. TensorFlow adds epsilon before the second moment's correction, hence the division.
struct Adam {
    optimizer: AdamW,
    steps: i32,
}

impl Adam {
    fn new(variables: Vec<Var>) -> Result<Self> {
        Ok(Self { optimizer: AdamW::new(variables, parameters(ADAM_EPSILON))?, steps: 0 })
    }

    fn update(&mut self, loss: &Tensor) -> Result<()> {
        self.steps += 1;
        self.optimizer.set_params(parameters(ADAM_EPSILON / (1.0 - BETA2.powi(self.steps)).sqrt()));
        self.optimizer.backward_step(loss)
    }
}

fn parameters(eps: f64) -> ParamsAdamW {
    ParamsAdamW { lr: LEARNING_RATE, beta1: BETA1, beta2: BETA2, eps, weight_decay: 0.0 }
}
