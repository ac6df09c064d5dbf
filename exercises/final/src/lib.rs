//! The final: the reader's operators train the project's networks and draw digits.
//!
//! `cargo xtask learn --final` makes a program of the exercises that have passed, which calls
//! [`main`] with a table of them. It says whose each operator is, compares a first step with the
//! project's, measures the kernels, trains both from the same seed and puts their digits side by
//! side. The reader's training is a run directory as any other.

mod digits;
mod kernels;
mod picture;
mod training;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use dcgan::config::Config;
use dcgan::feed::Feed;
use dcgan::gan::Gan;
use dcgan::models::LATENT;
use dcgan::streams::{Purpose, noise, stream};
use exercises::given::{Kernels, Trainer, compare_first_step};
use judge::figures::Evaluator;
use runs::Error;
use runs::directory::Run;
use runs::evaluations::{EvaluationRow, SAMPLES};

use digits::Digits;

/// What the program was asked for.
struct Request {
    /// The root of the repository.
    root: PathBuf,
    /// Where the reader's run goes.
    out: PathBuf,
    seed: u64,
    steps: u64,
    /// Where to end early.
    only: Option<Only>,
}

/// A part of the final.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Only {
    /// The comparison of the first step.
    Compare,
    /// The speed of the kernels.
    Bench,
}

impl Request {
    /// `ROOT OUT [--seed N] [--steps N] [--compare | --bench]`.
    fn read(args: &[String]) -> Result<Self, String> {
        let [root, out, rest @ ..] = args else { return Err("it takes ROOT OUT".to_owned()) };
        let [root, out] = [root, out].map(PathBuf::from);
        let mut request = Self { root, out, seed: 1, steps: 1500, only: None };
        let mut rest = rest.iter();
        while let Some(flag) = rest.next() {
            let mut number = || {
                let value = rest.next().and_then(|value| value.parse::<u64>().ok());
                value.filter(|value| 0 < *value).ok_or_else(|| format!("{flag} takes a whole number above 0"))
            };
            match &**flag {
                "--seed" => request.seed = number()?,
                "--steps" => request.steps = number()?,
                "--compare" => request.only = Some(Only::Compare),
                "--bench" => request.only = Some(Only::Bench),
                _ => return Err(format!("it does not know `{flag}`; it takes --seed N, --steps N and --compare")),
            }
        }
        Ok(request)
    }
}

/// Compares, measures, trains and shows. Exits with 1 if an operator differs from the project's,
/// with 2 if something cannot be read or written.
pub fn main(kernels: &Kernels) -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let request = match Request::read(&args) {
        Ok(request) => request,
        Err(reason) => {
            eprintln!("final: {reason}");
            return ExitCode::from(2);
        }
    };
    match run(kernels, &request) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("final: {error}");
            ExitCode::from(2)
        }
    }
}

/// A quarter of the width of `swift`, and half of its batch: cheap enough for loops.
fn config(digits: &Digits, request: &Request) -> Result<Config, Error> {
    let mut config = Config::from_recipe(digits.describe(), 28, 1, "swift")?;
    config.model.width = 32;
    config.training.batch_size = 32;
    config.training.seed = request.seed;
    config.schedule.steps = Some(request.steps);
    config.check()?;
    Ok(config)
}

fn run(kernels: &Kernels, request: &Request) -> Result<ExitCode, Error> {
    if request.only != Some(Only::Bench) {
        println!("{}.", kernels.summary());
    }
    let digits = Digits::read(&request.root.join("datasets/mnist"))?;
    let config = config(&digits, request)?;
    if request.only == Some(Only::Bench) {
        print!("{}", kernels::table(kernels, &config)?);
        return Ok(ExitCode::SUCCESS);
    }
    let z = noise(&mut stream(config.training.seed, Purpose::Noise, 0), config.training.batch_size, LATENT);
    let x = Feed::new(&config.training, &digits.training).images(0);
    if let Err(difference) = compare_first_step(kernels, &config, &x, &z) {
        println!("The first step is not the project's: {difference}.");
        return Ok(ExitCode::from(1));
    }
    println!("The first step is the project's: losses, gradients, weights and a sample agree to 1e-5.");
    if request.only == Some(Only::Compare) {
        return Ok(ExitCode::SUCCESS);
    }
    println!("\n{}", kernels::table(kernels, &config)?);

    let run = Run::create(Some(&request.out), "mnist")?;
    let mut yours = Trainer::start(*kernels, &config)?;
    let started = Instant::now();
    training::train(&mut yours, &config, &digits, &run)?;
    let your_time = started.elapsed();
    let mut ours = Gan::start(&config)?;
    let started = Instant::now();
    let mut feed = Feed::new(&config.training, &digits.training);
    while ours.step < config.total_steps() {
        feed.step(&mut ours)?;
    }
    let our_time = started.elapsed();
    let path = request.out.join("yours-and-ours.png");
    picture::write(&path, &yours.gan, &ours)?;
    let evaluator = digits.evaluator();
    let [your_distance, our_distance] = [&yours.gan, &ours].map(|gan| distance(gan, &config, &evaluator));
    println!(
        "\n{} steps of your operators in {}, of ours in {}.\n\
         Fréchet distance from real digits, {SAMPLES} samples: yours {:.2}, ours {:.2}.",
        config.total_steps(),
        time(your_time),
        time(our_time),
        your_distance?,
        our_distance?,
    );
    tell_where(&path, &request.out);
    Ok(ExitCode::SUCCESS)
}

fn tell_where(picture: &Path, run: &Path) {
    let run = run.display();
    println!(
        "Your digits, and ours of the same seed: {}\n\
         The run is one as any other:  cargo xtask report {run}    evaluate {run}    generate {run}",
        picture.display()
    );
}

fn distance(gan: &Gan, config: &Config, evaluator: &Evaluator) -> Result<f64, Error> {
    let row = EvaluationRow::of(gan, config.total_epochs(), evaluator);
    row.map(|row| row.frechet_distance).map_err(|_| Error::not_finite(gan.step, "a sample"))
}

fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 100.0 { format!("{seconds:.1} s") } else { format!("{:.1} minutes", seconds / 60.0) }
}
