//! The command line: what was asked for, how it ends, and the one line that says why.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tensor::simd::{self, Isa};

use crate::config::{Config, Training};
use crate::dataset::{self, Dataset};
use crate::picture::Picture;
use crate::run::Run;
use crate::{Error, atomic, generate, opcase, progress, train};

/// A DCGAN in pure Rust: train it, and let it make pictures.
#[derive(Debug, Parser)]
#[command(name = "dcgan", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train on MNIST, or on another set of its format
    TrainMnist(TrainArgs),
    /// Make pictures with a trained generator
    Generate(GenerateArgs),
    /// Run operator cases from files
    Opcase(OpcaseArgs),
}

/// Which kernels to use.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum IsaName {
    Portable,
    Avx2,
    Avx512,
}

/// What every computing command takes.
#[derive(Debug, Args)]
struct MachineArgs {
    /// Threads that compute [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), allow_negative_numbers = true)]
    threads: Option<u16>,
    /// The widest instruction set to use [default: the widest that the processor has]
    #[arg(long)]
    isa: Option<IsaName>,
}

#[derive(Debug, Args)]
struct TrainArgs {
    /// Passes over the data [default: 5]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    epochs: Option<u64>,
    /// Stop after N steps
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    steps: Option<u64>,
    /// Images per step [default: 64]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    batch_size: Option<usize>,
    /// Where all random numbers start [default: 1]
    #[arg(long, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// The directory of the run [default: the next free runs/NNNN-NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// A folder with the training images [default: datasets/mnist]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The set of choices that no flag changes
    #[arg(long, default_value = "article")]
    recipe: String,
    /// Adam's learning rate [default: 0.001]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    lr: Option<f64>,
    /// Adam's memory of gradients [default: 0.4]
    #[arg(long, allow_negative_numbers = true)]
    beta1: Option<f64>,
    /// Feature maps at 4×4; each doubling of the extent halves them [default: 512]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    width: Option<usize>,
    /// Steps from one row of samples to the next [default: 100]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    sample_every: Option<u64>,
    /// Steps from one checkpoint to the next [default: one epoch]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    checkpoint_every: Option<u64>,
    /// Leave dropout on in samples, as the article does
    #[arg(long)]
    sample_dropout: bool,
    #[command(flatten)]
    machine: MachineArgs,
}

#[derive(Debug, Args)]
struct GenerateArgs {
    /// The directory of a run, or a checkpoint
    run: PathBuf,
    /// How many pictures
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=10_000), allow_negative_numbers = true)]
    count: u32,
    /// The seed of the first picture; each next one has the next seed
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    seed: u64,
    /// The PNG file to write
    #[arg(long, value_name = "FILE", default_value = "generated.png")]
    out: PathBuf,
    #[command(flatten)]
    machine: MachineArgs,
}

#[derive(Debug, Args)]
struct OpcaseArgs {
    /// The folder with cases.json
    cases: PathBuf,
    /// The folder to write the results to
    results: PathBuf,
    #[command(flatten)]
    machine: MachineArgs,
}

/// Runs the command that `args` ask for; the first of them is the program's name.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::from(error.exit_code())
        }
    }
}

/// Prints the help that was asked for, or the one line of what is wrong with the flags.
fn refuse(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print(); // a closed pipe is no error
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    let reason = text.split("\n\n").next().unwrap_or_default();
    let reason = reason.strip_prefix("error: ").unwrap_or(reason);
    complain(&format!("{}; --help says more", crate::error::one_line(reason)));
    ExitCode::from(2)
}

fn complain(reason: &str) {
    let _ = writeln!(std::io::stderr(), "dcgan: {reason}");
}

impl Cli {
    fn run(self) -> Result<(), Error> {
        match self.command {
            Command::TrainMnist(args) => {
                args.machine.set_up()?;
                let dataset = dataset::idx("mnist", args.data.as_deref())?;
                args.train(&dataset)
            }
            Command::Generate(args) => args.generate(),
            Command::Opcase(args) => {
                args.machine.set_up()?;
                progress::print(&opcase::run(&args.cases, &args.results)?);
                Ok(())
            }
        }
    }
}

impl MachineArgs {
    /// Sizes the one thread pool, of which this thread is a part, and limits the instruction set.
    fn set_up(&self) -> Result<(), Error> {
        if let Some(name) = self.isa {
            let isa = match name {
                IsaName::Portable => Isa::Portable,
                IsaName::Avx2 => Isa::Avx2,
                IsaName::Avx512 => Isa::Avx512,
            };
            if !Isa::available().contains(&isa) {
                let widest = simd::isa().name();
                return Err(Error::Usage(format!("--isa {}: this processor has {widest} at most", isa.name())));
            }
            simd::limit(isa);
        }
        let threads = self.threads.map_or(0, usize::from); // 0: one for each core
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread().build_global();
        pool.map_err(|error| Error::Usage(format!("--threads: the threads cannot be started: {error}")))
    }
}

impl TrainArgs {
    fn train(&self, dataset: &Dataset) -> Result<(), Error> {
        let config = self.config(dataset)?;
        config.check()?;
        let run = Run::create(self.out.as_deref(), &dataset.name)?;
        train::train(&config, dataset, &run)
    }

    fn config(&self, dataset: &Dataset) -> Result<Config, Error> {
        let images = &dataset.images;
        if images.height() != images.width() {
            let reason = format!("the images are {}×{} pixels; a square is wanted", images.height(), images.width());
            return Err(Error::file(&dataset.path, reason));
        }
        let mut config = Config::article(dataset.describe(), images.height(), images.channels(), &self.recipe)?;
        config.model.check().map_err(|error| Error::file(&dataset.path, error))?; // before a flag has changed it
        let Training { seed, batch_size, learning_rate, beta1, sample_dropout, .. } = &mut config.training;
        set(seed, self.seed);
        set(batch_size, self.batch_size);
        set(learning_rate, self.lr);
        set(beta1, self.beta1);
        *sample_dropout = self.sample_dropout;
        set(&mut config.model.width, self.width);
        let schedule = &mut config.schedule;
        set(&mut schedule.epochs, self.epochs);
        set(&mut schedule.sample_every, self.sample_every);
        schedule.steps = self.steps;
        schedule.checkpoint_every = self.checkpoint_every;
        Ok(config)
    }
}

/// Replaces a default by what a flag says, if it says something.
fn set<T>(setting: &mut T, flag: Option<T>) {
    if let Some(value) = flag {
        *setting = value;
    }
}

impl GenerateArgs {
    fn generate(&self) -> Result<(), Error> {
        self.machine.set_up()?;
        let gan = generate::load(&self.run)?;
        let count = self.count as usize;
        let images = generate::pictures(&gan, self.seed, count);
        let picture = Picture::grid(&images, count.isqrt().max(1))
            .map_err(|_| Error::file(&self.run, "its pictures are not finite; use another checkpoint"))?;
        let texts = [("Software", "dcgan".to_owned()), ("seed", self.seed.to_string()), ("step", gan.step.to_string())];
        atomic::write(&self.out, &picture.to_png(&texts))?;
        progress::print(&format!("{count} pictures of step {} in {}", gan.step, self.out.display()));
        Ok(())
    }
}
