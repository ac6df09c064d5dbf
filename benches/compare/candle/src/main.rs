//! The training step in candle: checks it against a fixture, or measures it and prints one line of JSON.
//!
//! What it computes, what `--check` allows and what the line holds is as in `peer.py`, which serves the
//! peers that are written in Python.

#![forbid(unsafe_code)]

mod gan;

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use candle_core::utils::get_num_threads;
use candle_core::{Device, Result, Tensor, bail};
use clap::{Parser, ValueEnum};
use serde_json::json;

use gan::{Gan, NOISE};

/// Steps that nobody times.
const WARM_UP: usize = 3;
const LOSS_TOLERANCE: f32 = 1e-5;
const VARIANCE_TOLERANCE: f32 = 1e-5;
const SAMPLE_TOLERANCE: f32 = 5e-3;

/// Which pictures a network is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Model {
    Mnist,
    Cifar,
}

impl Model {
    /// Height, which is the width, and colours.
    fn image(self) -> (usize, usize) {
        match self {
            Self::Mnist => (28, 1),
            Self::Cifar => (32, 3),
        }
    }
}

/// The training step in candle.
#[derive(Debug, Parser)]
struct Args {
    #[arg(long, value_enum, default_value = "mnist")]
    model: Model,
    /// Must agree with RAYON_NUM_THREADS, the only setting that candle reads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Timed steps, after three more.
    #[arg(long, default_value_t = 12)]
    steps: usize,
    #[arg(long, default_value_t = 64)]
    batch: usize,
    /// Feature maps at 4×4.
    #[arg(long, default_value_t = 512)]
    width: usize,
    /// Compare three steps with a trajectory file instead.
    #[arg(long, value_name = "FIXTURE")]
    check: Option<PathBuf>,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    if let Some(fixture) = &args.check {
        return Ok(if check(fixture)? { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if args.threads != get_num_threads() {
        bail!("candle uses {} threads: set RAYON_NUM_THREADS={}", get_num_threads(), args.threads);
    }
    println!("{}", measure(&args)?);
    Ok(ExitCode::SUCCESS)
}

/// Three steps from a fixture's weights, beside the losses that it holds. True if all of it agrees.
fn check(path: &PathBuf) -> Result<bool> {
    let fixture = candle_core::safetensors::load(path, &Device::Cpu)?;
    let get = |name: &str| fixture.get(name).cloned().ok_or_else(|| candle_core::Error::Msg(format!("no {name}")));
    let (batch, height, _, _) = get("input/x/0")?.dims4()?;
    let model = if height == Model::Mnist.image().0 { Model::Mnist } else { Model::Cifar };
    let parameters = fixture.iter().filter_map(|(name, value)| Some((name.strip_prefix("init/")?.to_owned(), value)));
    let mut gan = Gan::new(parameters.map(|(path, value)| (path, value.clone())).collect(), model, batch, 1.0)?;
    let mut agree = true;
    let mut compare = |what: &str, error: f32, allowed: f32| {
        // A NaN is on the other side of this comparison.
        let fine = error <= allowed;
        agree &= fine;
        let verdict = if fine { "agrees" } else { "DIFFERS" };
        println!("  {what:28} off by {error:.1e}, allowed {allowed:.0e}: {verdict}");
    };
    for step in 0..3 {
        let x = gan::mirrored(&get(&format!("input/x/{step}"))?)?;
        let losses = gan.step(&get(&format!("input/z/{step}"))?, &x)?;
        println!("  step {step}: generator {:.7}, discriminator {:.7}", losses[0], losses[1]);
        let expected = get(&format!("f64/loss/{step}"))?;
        compare(
            &format!("losses of step {step}"),
            largest(&(Tensor::new(&losses, &Device::Cpu)? - expected)?)?,
            LOSS_TOLERANCE,
        );
    }
    for (i, variance) in gan.moving_variances()?.into_iter().enumerate() {
        let expected = get(&format!("f64/final/generator/bn{}/moving_variance", i + 1))?;
        let error = largest(&((variance - &expected)? / expected)?)?;
        compare(&format!("moving variance of bn{}", i + 1), error, VARIANCE_TOLERANCE);
    }
    let sample = gan.sampler()?.forward(&get("input/z/0")?, false)?;
    let expected = gan::mirrored(&get("f64/sample")?)?;
    compare("sample", largest(&(sample - expected)?)?, SAMPLE_TOLERANCE);
    Ok(agree)
}

/// The largest magnitude in `x`; NaN if there is one.
fn largest(x: &Tensor) -> Result<f32> {
    let values = x.flatten_all()?.to_vec1::<f32>()?;
    Ok(values.into_iter().map(f32::abs).fold(0.0, |a, b| if b <= a { a } else { b }))
}

/// The measurements of one run, as one line of JSON.
fn measure(args: &Args) -> Result<serde_json::Value> {
    let noise = |batch| Tensor::rand(-1f32, 1f32, (batch, NOISE), &Device::Cpu);
    let (height, colours) = args.model.image();
    let mut gan = Gan::new(gan::initial_parameters(args.model, args.width)?, args.model, args.batch, 0.8)?;
    let z = noise(args.batch)?;
    let x = Tensor::rand(-1f32, 1f32, (args.batch, colours, height, height), &Device::Cpu)?;
    let mut losses = [0.0; 2];
    seconds(WARM_UP, || gan.step(&z, &x))?;
    let steps = seconds(args.steps, || {
        losses = gan.step(&z, &x)?;
        Ok(losses)
    })?;
    assert!(losses.iter().all(|loss| loss.is_finite()), "the losses are {losses:?}");
    // The peak of training alone: the samples come after it.
    let peak_rss_bytes = peak_rss_bytes();

    let sampler = gan.sampler()?;
    let mut images_per_second = HashMap::new();
    for (batch, calls) in [(1, 30), (64, 8)] {
        let z = noise(batch)?;
        seconds(WARM_UP, || sampler.forward(&z, false))?;
        let taken = seconds(calls, || sampler.forward(&z, false))?;
        images_per_second.insert(format!("sampling_batch_{batch}"), batch as f64 / median(&taken));
    }
    Ok(json!({
        "model": if args.model == Model::Mnist { "mnist" } else { "cifar" },
        "batch": args.batch,
        "threads": args.threads,
        "steps": args.steps,
        "step_seconds": median(&steps),
        "fastest_step_seconds": steps.iter().copied().fold(f64::INFINITY, f64::min),
        "images_per_second": images_per_second,
        "peak_rss_bytes": peak_rss_bytes,
        "losses": losses,
        "versions": {"candle": locked_version("candle-core"), "gemm": locked_version("gemm")},
    }))
}

/// How long each of `times` calls takes.
fn seconds<T>(times: usize, mut call: impl FnMut() -> Result<T>) -> Result<Vec<f64>> {
    (0..times)
        .map(|_| {
            let start = Instant::now();
            call()?;
            Ok(start.elapsed().as_secs_f64())
        })
        .collect()
}

/// The middle value, or the mean of the middle two.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0
}

/// The largest resident set so far, where Linux tells.
fn peak_rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// The version of `package` that this program was built with.
fn locked_version(package: &str) -> Option<&'static str> {
    let (_, after) = include_str!("../Cargo.lock").split_once(&format!("name = \"{package}\"\nversion = \""))?;
    Some(after.split_once('"')?.0)
}
