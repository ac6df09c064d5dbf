//! The command line: which command runs, with which exit code, and the one line that says why.
//!
//! Each command is a file in `commands`. `datasets` reads data sets from disk, `training_run` makes
//! a training from start to end.
#![forbid(unsafe_code)]

mod commands;
pub mod datasets;
mod dry_run;
mod flags;
mod follow;
mod group;
mod invocation;
pub mod memory;
pub mod opcase;
mod progress;
mod signals;
pub mod speed;
mod terminal;
mod training_run;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use runs::Error;
use terminal::print_error;

/// A DCGAN in pure Rust: train it, and let it make pictures.
#[derive(Debug, Parser)]
#[command(name = "dcgan", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train on MNIST, or on another set of its format
    TrainMnist(Box<commands::train_mnist::TrainMnistArgs>),
    /// Train on the horses of CIFAR-10, or on another class of it
    TrainCifar(Box<commands::train_cifar::TrainCifarArgs>),
    /// Train on a folder of your own pictures
    TrainImages(Box<commands::train_images::TrainImagesArgs>),
    /// Download a published data set, and verify it
    Fetch(commands::fetch::FetchArgs),
    /// Make pictures with a trained generator
    Generate(commands::generate::GenerateArgs),
    /// Interpolate through latent space from seed to seed, as a strip or an animation
    Interpolate(commands::interpolate::InterpolateArgs),
    /// Add and subtract means of latent points
    Arithmetic(commands::arithmetic::ArithmeticArgs),
    /// Make a film of a training from its saved samples
    Film(commands::film::FilmArgs),
    /// Write a page with everything that there is to see of a run
    Report(commands::report::ReportArgs),
    /// Write a page to play with: a generator, and the engine that trained it, in a browser
    Play(commands::play::PlayArgs),
    /// Make a picture again, byte for byte, from the checkpoint that made it
    Reproduce(commands::reproduce::ReproduceArgs),
    /// Measure how fast this machine trains
    Speed(commands::speed::SpeedArgs),
    /// Measure how good the samples of a generator are, compared with real images
    Evaluate(commands::evaluate::EvaluateArgs),
    /// Compare runs after the same number of epochs and of seconds
    Compare(commands::compare::CompareArgs),
    /// Write trained networks for ONNX Runtime, PyTorch or NumPy
    Export(commands::export::ExportArgs),
    /// Take networks back from PyTorch, as a new run
    Import(commands::import::ImportArgs),
    /// Show how GANs go wrong: failures on purpose, each beside its healthy twin
    Fail(commands::fail::FailArgs),
    /// Train a judge: a classifier of real images that samples are measured by
    TrainJudge(commands::train_judge::TrainJudgeArgs),
    /// Run operator cases from files
    #[command(hide = true)]
    Opcase(commands::opcase::OpcaseArgs),
}

/// Runs the command that `args` name. The first argument is the program's name.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    ended_with(cli.run())
}

/// The exit code of a command, and the line that says why it failed.
fn ended_with(result: Result<(), Error>) -> ExitCode {
    match result.and_then(|()| terminal::check()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&flags::message(&error));
            ExitCode::from(error.exit_code())
        }
    }
}

/// Prints the help that was asked for, or the one line of what is wrong with the flags.
fn refuse(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        terminal::keep(error.print());
        return ended_with(Ok(()));
    }
    print_error(&format!("{} --help says more", ended(reason(&error.to_string()))));
    ExitCode::from(2)
}

/// `sentence` with a sign at its end, so that another can follow.
fn ended(sentence: String) -> String {
    if sentence.ends_with('?') { sentence } else { sentence + ";" }
}

/// What is meant by `train`, or by a slip of the hand in it.
const TRAININGS: &str = "train-mnist, train-cifar or train-images";

/// The reason in a message of clap, and the name that it takes a slip of the hand for.
fn reason(message: &str) -> String {
    let mut parts = message.split("\n\n");
    let first = parts.next().unwrap_or_default();
    let mut reason = runs::one_line(first.strip_prefix("error: ").unwrap_or(first));
    for tip in parts.filter_map(|part| part.trim().strip_prefix("tip: ")).filter(|tip| tip.contains("similar")) {
        let best = tip.split('\'').nth_back(1).unwrap_or_default(); // the most similar one comes last
        let best = if best.starts_with("train-") && !reason.contains('-') { TRAININGS } else { best };
        reason += &format!("; did you mean {best}?");
    }
    reason
}

impl Cli {
    fn run(self) -> Result<(), Error> {
        match self.command {
            Command::TrainMnist(args) => args.run(),
            Command::TrainCifar(args) => args.run(),
            Command::TrainImages(args) => args.run(),
            Command::Fetch(args) => args.run(),
            Command::Generate(args) => args.run(),
            Command::Interpolate(args) => args.run(),
            Command::Arithmetic(args) => args.run(),
            Command::Film(args) => args.run(),
            Command::Report(args) => args.run(),
            Command::Play(args) => args.run(),
            Command::Reproduce(args) => args.run(),
            Command::Speed(args) => args.run(),
            Command::Evaluate(args) => args.run(),
            Command::Compare(args) => args.run(),
            Command::Export(args) => args.run(),
            Command::Import(args) => args.run(),
            Command::Fail(args) => args.run(),
            Command::TrainJudge(args) => args.run(),
            Command::Opcase(args) => args.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_is_told_what_it_may_have_meant() {
        let refusal = |args: &[&str]| {
            let error = Cli::try_parse_from([&["dcgan"], args].concat()).unwrap_err();
            ended(reason(&error.to_string()))
        };
        for (args, expected) in [
            (&["train-mnist", "--epoch", "3"][..], "unexpected argument '--epoch' found; did you mean --epochs?"),
            (&["trian-mnist"], "unrecognized subcommand 'trian-mnist'; did you mean train-mnist?"),
            (&["train"], "unrecognized subcommand 'train'; did you mean train-mnist, train-cifar or train-images?"),
            (&["train-mnist", "--xyz"], "unexpected argument '--xyz' found;"),
        ] {
            assert_eq!(expected, refusal(args));
        }
    }

    #[test]
    fn help_has_headings_and_plain_words() {
        let help = |command: &str| {
            let error = Cli::try_parse_from(["dcgan", command, "--help"]).unwrap_err();
            runs::one_line(&error.to_string())
        };
        let mnist = help("train-mnist");
        let text = &mnist;
        for part in ["Length of the training:", "Computing:", "decay of Adam's gradient average", "default: 5; recipe"]
        {
            assert!(text.contains(part), "{part:?} is not in: {text}");
        }
        assert!(text.find("--threads").unwrap() > text.find("Computing:").unwrap(), "{text}");
        assert!(help("generate").contains("several, as in 3,8 or 0-9, are rows of generate's grid"));
        let interpolate = help("interpolate");
        let text = &interpolate;
        assert!(text.find("--seeds").unwrap() < text.find("Computing:").unwrap(), "{text}");
        let images = help("train-images");
        for part in ["modern: 200; but as many as make 5,000 steps", "one epoch, or 250 steps, where that is more"] {
            assert!(images.contains(part), "{part:?} is not in: {images}");
        }
        for part in ["default: 50; recipes swift and modern: 200", "default: 64; recipe modern: 32"] {
            assert!(help("train-cifar").contains(part), "{part:?}");
        }
        assert!(!mnist.contains("train-cifar") && !mnist.contains("no flag changes"), "{mnist}");
        let all = Cli::try_parse_from(["dcgan", "--help"]).unwrap_err().to_string();
        assert!(all.contains("train-mnist") && !all.contains("opcase"), "{all}");
    }

    #[test]
    fn the_flags_are_well_formed() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}
