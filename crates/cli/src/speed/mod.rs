//! `speed`: how fast this machine trains the article's networks, and which share of its peak that
//! is.
//!
//! *Peak* is measured just before the steps: multiply-adds in registers, on all threads, with the
//! same instruction set. *GFLOP/s* count the arithmetic of dense and convolutional layers with
//! their padding ([`step_multiply_adds`]), even where the engine computes less. Operations that
//! compute little are compared with the *bandwidth* of the memory, measured just after the steps.
//! All times are medians, except those of the step's profile, which are means. `--cores` computes
//! something else, what more cores would make of a step ([`measure_cores`]).

mod cores;
mod profile;
mod recording;
mod roofline;
mod schedule;
mod sharing;
mod timing;

use std::fmt::Write;
use std::hint::black_box;
use std::rc::Rc;
use std::time::Instant;

use serde::Serialize;
use tensor::fast;
use tensor::ops::conv2d;
use tensor::{Shards, Tape, Tensor, check};

use crate::memory::{self, peak_rss_bytes};
pub use cores::{CoresReport, measure as measure_cores};
use dcgan::config::{Config, Data};
use dcgan::gan::Gan;
use dcgan::models::{Convolution, DropoutKeys, LATENT, Layer, step_multiply_adds};
use dcgan::streams::{Purpose, noise, stream};
use gallery::numbers::median;
use profile::{Profile, Share};
use ranks::meter::{Meter, Traffic as Exchange};
use roofline::Traffic;
use runs::Error;
use sharing::Sharing;
use tensor::shards::Alone;
use timing::median_seconds;

/// Steps before the clock starts: the first one allocates.
const WARM_UP: usize = 3;

/// The measurements; the fields are the keys of `--json`.
#[derive(Debug, Serialize)]
pub struct SpeedReport {
    /// `mnist` or `cifar`.
    model: String,
    recipe: &'static str,
    batch_size: usize,
    threads: usize,
    isa: &'static str,
    /// Multiply-adds at their best, two operations each, in 10⁹ per second.
    peak_gflops: f64,
    /// Bytes that the memory moves at its best, in 10⁹ per second.
    bandwidth_gb_per_second: f64,
    /// One training step.
    step_seconds: f64,
    /// Operations of a step over its time, in 10⁹ per second.
    gflops: f64,
    /// `gflops / peak_gflops`.
    share_of_peak: f64,
    images_per_second: ImagesPerSecond,
    /// The largest resident memory of the process while it trained and sampled; `None` where the
    /// system does not tell.
    peak_rss_bytes: Option<u64>,
    /// The step, operation by operation.
    ops: Vec<Share>,
    /// The convolutions, one at a time.
    convolutions: Vec<Pass>,
    /// The generator's share of what is on no tape, one at a time.
    updates: Vec<Update>,
    /// What several machines would make of the step; only of a step with shards.
    #[serde(skip_serializing_if = "Option::is_none")]
    sharing: Option<Sharing>,
}

#[derive(Debug, Serialize)]
struct ImagesPerSecond {
    /// Real images that pass through a step.
    training: f64,
    /// Images that a finished generator makes, one at a time.
    sampling_batch_1: f64,
    /// Images that a finished generator makes, 64 at a time.
    sampling_batch_64: f64,
}

/// One pass of a convolution.
#[derive(Debug, Serialize)]
struct Pass {
    layer: String,
    /// `forward`, `dx` or `dW`.
    pass: &'static str,
    pass_ms: f64,
    gflops: f64,
    share_of_peak: f64,
    /// Of both images and the kernel.
    traffic: Traffic,
}

/// A sweep over the generator's parameters.
#[derive(Debug, Serialize)]
struct Update {
    op: &'static str,
    op_ms: f64,
    traffic: Traffic,
}

/// What is measured: a training on images of noise.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The name in reports.
    pub model: &'static str,
    /// Height and width of an image.
    pub size: usize,
    /// Channels of an image.
    pub channels: usize,
    /// The recipe whose networks are trained.
    pub recipe: &'static str,
    /// Feature maps at 4×4, if not the recipe's.
    pub width: Option<usize>,
    /// Images per step.
    pub batch_size: usize,
    /// Equal parts into which each batch is cut.
    pub shards: usize,
    /// Measured steps.
    pub steps: usize,
}

/// A training that can be stepped.
struct Training {
    gan: Gan,
    x: Tensor,
    keep: f32,
}

impl Training {
    /// A training after its first steps, which allocate.
    fn warmed_up(workload: &Workload) -> Result<Self, Error> {
        let &Workload { model, size, channels, recipe, width, batch_size, shards, .. } = workload;
        let data = Data { name: model.to_owned(), images: batch_size, sha256: String::new() };
        let mut config = Config::from_recipe(data, size, channels, recipe)?;
        config.model.width = width.unwrap_or(config.model.width);
        config.training.batch_size = batch_size;
        config.training.shards = shards;
        config.check()?;
        memory::check(&config)?;
        let gan = Gan::start(&config)?;
        let x = Tensor::new(&[batch_size, size, size, channels], check::noise(1, batch_size * size * size * channels));
        let mut training = Self { gan, x, keep: config.training.dropout_keep };
        for _ in 0..WARM_UP {
            training.step()?;
        }
        Ok(training)
    }

    /// Makes one step and returns its seconds.
    fn step(&mut self) -> Result<f64, Error> {
        let step = self.gan.step;
        let z = noise(&mut stream(1, Purpose::Noise, step), self.x.shape()[0], LATENT);
        let mut masks = DropoutKeys::new(self.keep, stream(1, Purpose::Dropout, step));
        let started = Instant::now();
        self.gan.step(&self.x, &z, &mut masks)?;
        Ok(started.elapsed().as_secs_f64())
    }

    /// The bytes of parameters that a step reads and writes at least. Each pass of a network reads
    /// them forward and backward and writes their gradient, and Adam moves seven times as many. G
    /// has two passes forward and one backward, D three of each, one of them without a gradient.
    fn parameter_bytes(&self) -> u64 {
        let (generator, discriminator) = (self.gan.generator.parameters(), self.gan.discriminator.parameters());
        ((11 * generator.elements() + 15 * discriminator.elements()) * size_of::<f32>()) as u64
    }

    /// The median seconds of `steps` steps.
    fn median_step(&mut self, steps: usize) -> Result<f64, Error> {
        Ok(median((0..steps).map(|_| self.step()).collect::<Result<_, _>>()?))
    }
}

/// Measures training steps of the networks of `workload`.
///
/// # Errors
/// If there is no such network or no memory for it, or training breaks.
pub fn measure(workload: &Workload) -> Result<SpeedReport, Error> {
    let &Workload { model, recipe, batch_size, shards, steps, .. } = workload;
    let peak_gflops = roofline::peak_gflops();
    let mut training = Training::warmed_up(workload)?;
    let (group, exchange) = Meter::of(Rc::new(Alone));
    training.gan.shards = Shards::new(shards, group);
    training.step()?;
    let exchange = exchange.take();
    let step_seconds = training.median_step(steps)?;

    let profile = Profile::new();
    let observed = profile.clone();
    training.gan.tapes = Box::new(move || observed.tape());
    profile.restart();
    for _ in 0..steps {
        training.step()?;
    }
    let mut gan = training.gan;
    gan.tapes = Box::new(Tape::new);
    let images_per_second = ImagesPerSecond {
        training: batch_size as f64 / step_seconds,
        sampling_batch_1: sampling(&gan, 1),
        sampling_batch_64: sampling(&gan, 64),
    };
    let peak_rss_bytes = peak_rss_bytes(); // before anything large that no training needs
    let bandwidth_gb_per_second = roofline::bandwidth_gb_per_second();

    let (generator, discriminator) = (gan.generator.layers(), gan.discriminator.layers());
    let flops = 2 * step_multiply_adds(&generator, &discriminator, batch_size);
    let gflops = flops as f64 / step_seconds / 1e9;
    let large = generator.iter().chain(&discriminator).filter_map(|layer| Some((layer, layer.convolution?)));
    let roofs = [peak_gflops, bandwidth_gb_per_second];
    let convolutions = large.flat_map(|(layer, conv)| passes(layer, conv, batch_size, roofs)).collect();
    let updates = updates(&mut gan, bandwidth_gb_per_second);
    let sharing = if 1 < shards { Some(sharing(workload, step_seconds, exchange)?) } else { None };
    Ok(SpeedReport {
        model: model.to_owned(),
        recipe,
        batch_size,
        threads: rayon::current_num_threads(),
        isa: fast::isa().name(),
        peak_gflops,
        bandwidth_gb_per_second,
        step_seconds,
        gflops,
        share_of_peak: gflops / peak_gflops,
        images_per_second,
        peak_rss_bytes,
        ops: profile.shares(steps, bandwidth_gb_per_second),
        convolutions,
        updates,
        sharing,
    })
}

/// Measures a step of a quarter of the batch, which tells what a step costs beside its images.
fn sharing(workload: &Workload, whole: f64, exchange: Exchange) -> Result<Sharing, Error> {
    let &Workload { batch_size, shards, steps, .. } = workload;
    let few = Workload { batch_size: batch_size / 4, shards: 1, ..workload.clone() };
    let quarter = Training::warmed_up(&few)?.median_step(steps)?;
    Ok(Sharing::new(batch_size, shards, [whole, quarter], exchange))
}

/// Images per second of a finished generator.
fn sampling(gan: &Gan, batch_size: usize) -> f64 {
    let z = noise(&mut stream(1, Purpose::Samples, 0), batch_size, LATENT);
    let seconds = median_seconds(|| drop(black_box(gan.sample(&z, &mut DropoutKeys::none()))));
    batch_size as f64 / seconds
}

/// Forward, dx and dW of one convolution.
fn passes(layer: &Layer, convolution: Convolution, batch_size: usize, roofs: [f64; 2]) -> Vec<Pass> {
    let Convolution { window, ci, co, transposed } = convolution;
    let extents = [batch_size, ci, co];
    let input = check::noise(1, batch_size * window.input_pixels() * ci);
    let kernel = check::noise(2, window.kernel_taps() * ci * co);
    let output = check::noise(3, batch_size * window.output_pixels() * co);
    let down = median_seconds(|| drop(black_box(conv2d::forward(window, extents, &input, &kernel, None))));
    let up = median_seconds(|| drop(black_box(conv2d::input_gradient(window, extents, &kernel, &output))));
    let weights = median_seconds(|| drop(black_box(conv2d::kernel_gradient(window, extents, &input, &output))));
    let (forward, dx) = if transposed { (up, down) } else { (down, up) };
    let operations = 2.0 * layer.multiply_adds as f64 * batch_size as f64;
    let bytes = [&input, &kernel, &output].map(|x| size_of_val(&x[..])).iter().sum::<usize>() as u64;
    let [peak_gflops, bandwidth] = roofs;
    let pass = |(pass, seconds): (&'static str, f64)| {
        let gflops = operations / seconds / 1e9;
        let layer = layer.name.clone();
        let traffic = Traffic::new(bytes, seconds, bandwidth);
        Pass { layer, pass, pass_ms: seconds * 1e3, gflops, share_of_peak: gflops / peak_gflops, traffic }
    };
    [("forward", forward), ("dx", dx), ("dW", weights)].map(pass).into()
}

/// Measures Adam, which reads a parameter, its gradient and both moments and writes all but the
/// gradient, and the norm.
fn updates(gan: &mut Gan, bandwidth_gb_per_second: f64) -> Vec<Update> {
    let parameters = gan.generator.parameters();
    let bytes = (parameters.elements() * size_of::<f32>()) as u64;
    let gradients: Vec<Tensor> = parameters.iter().map(|(_, tensor)| tensor.clone()).collect();
    let update = |(op, tensors, seconds): (&'static str, u64, f64)| Update {
        op,
        op_ms: seconds * 1e3,
        traffic: Traffic::new(tensors * bytes, seconds, bandwidth_gb_per_second),
    };
    let adam = median_seconds(|| {
        let updated = gan.generator_adam.update(gan.learning_rate, gan.generator.parameters_mut(), &gradients);
        updated.expect("small numbers stay finite");
    });
    let norm = median_seconds(|| {
        black_box(nn::norm(&gradients));
    });
    [("generator: Adam, alone", 7, adam), ("generator: norm of the gradient, alone", 1, norm)].map(update).into()
}

impl SpeedReport {
    /// The report for programs: the keys are the fields.
    #[must_use]
    pub fn json(&self) -> String {
        format!("{:#}", serde_json::json!(self))
    }

    /// The report for people.
    #[must_use]
    pub fn table(&self) -> String {
        let Self { model, recipe, batch_size, threads, isa, .. } = self;
        let mut table = String::new();
        let mut line = |text: String| {
            let _ = writeln!(table, "{text}"); // writing to a String cannot fail
        };
        line(format!("{model}, {recipe}, batch {batch_size}, threads {threads}, {isa}"));
        line(format!("peak          {:8.1} GFLOP/s", self.peak_gflops));
        line(format!("bandwidth     {:8.1} GB/s", self.bandwidth_gb_per_second));
        line(format!("step          {:8.1} ms", self.step_seconds * 1e3));
        line(format!("              {:8.1} GFLOP/s, {:.1} % of peak", self.gflops, self.share_of_peak * 100.0));
        line(format!("training      {:8.0} images/s", self.images_per_second.training));
        line(format!("sampling      {:8.0} images/s one by one", self.images_per_second.sampling_batch_1));
        line(format!("              {:8.0} images/s by 64", self.images_per_second.sampling_batch_64));
        if let Some(bytes) = self.peak_rss_bytes {
            line(format!("peak memory   {:8.0} MB", bytes as f64 / 1e6));
        }
        line(String::new());
        line(format!("{:<58} calls        ms      %     GB/s  % of bandwidth", "one step, by operation"));
        for Share { op, calls, step_ms, traffic } in &self.ops {
            let (percent, traffic) = (step_ms / (self.step_seconds * 10.0), columns(traffic.as_ref()));
            line(format!("  {op:<56} {calls:6.1} {step_ms:9.2} {percent:6.1}{traffic}"));
        }
        for Update { op, op_ms, traffic } in &self.updates {
            line(format!("  {op:<56} {:6} {op_ms:9.2} {:6}{}", "", "", columns(Some(traffic))));
        }
        line(String::new());
        line(format!("{:<45}        ms    GFLOP/s  % of peak     GB/s  % of bandwidth", "one convolution at a time"));
        for Pass { layer, pass, pass_ms, gflops, share_of_peak, traffic } in &self.convolutions {
            let (percent, traffic) = (share_of_peak * 100.0, columns(Some(traffic)));
            line(format!("  {layer:<36} {pass:<8} {pass_ms:9.2} {gflops:10.1} {percent:10.1}{traffic}"));
        }
        if let Some(sharing) = &self.sharing {
            line(format!("\n{}", sharing.table().trim_end()));
        }
        table
    }
}

/// The last two columns of the tables, empty where nothing is known.
fn columns(traffic: Option<&Traffic>) -> String {
    traffic.map_or_else(String::new, |Traffic { gb_per_second, share_of_bandwidth, .. }| {
        format!(" {gb_per_second:8.1} {:15.1}", share_of_bandwidth * 100.0)
    })
}
