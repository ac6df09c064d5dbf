//! `import`: networks that come back from PyTorch, as a new run.

use std::path::{Path, PathBuf};

use clap::Args;

use super::export::{CONFIG, refuse};
use super::train::TrainingCommand;
use super::train_cifar::TrainCifarArgs;
use super::train_mnist::TrainMnistArgs;
use crate::datasets;
use crate::invocation;
use crate::terminal;
use dcgan::config::Data;
use exchange::torch::{self, DISCRIMINATOR, Files, GENERATOR, MOVING_AVERAGE};
use runs::checkpoint::Checkpoint;
use runs::directory::Run;
use runs::record::{self, Environment};
use runs::{Error, input};

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// A folder that export --torch has made: config.toml, generator.safetensors and
    /// discriminator.safetensors, which PyTorch may have trained since
    folder: PathBuf,
    /// Directory of the new run [default: the next free runs/NNNN-NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// What a folder should be.
const WANTED: &str = "import takes a folder that export --torch has made";

impl ImportArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        if !self.folder.is_dir() {
            return Err(Error::file(&self.folder, format!("there is no such folder; {WANTED}")));
        }
        let path = |name: &str| {
            let path = self.folder.join(name);
            if path.exists() { Ok(path) } else { Err(Error::file(&path, format!("it is not there; {WANTED}"))) }
        };
        let (config, environment) = record::read(&path(CONFIG)?)?;
        refuse(&self.folder.join(CONFIG), &config, "import knows no such discriminator")?;
        let file = |name: &str| input::read(&path(name)?, input::MOST_CHECKPOINT_BYTES);
        let generator = file(GENERATOR)?;
        let discriminator = file(DISCRIMINATOR)?;
        let average = input::read_if_there(&self.folder.join(MOVING_AVERAGE), input::MOST_CHECKPOINT_BYTES)?;
        if average.is_some() && config.variations.decay(1).is_none() {
            let reason = format!("{CONFIG} has no setting average, so that nothing would use it; remove one of them");
            return Err(Error::file(&self.folder.join(MOVING_AVERAGE), reason));
        }
        let files = Files { generator, discriminator, average };
        let gan = torch::begin_with(&config, &files);
        let gan = gan.map_err(|bad| Error::file(&self.folder.join(bad.file), bad.reason))?;
        drop(files);

        let command = environment.unwrap_or_default().command;
        let environment = Environment::here(&command, Path::new(""), &[].into());
        let run = Run::create(self.out.as_deref(), &config.data.name)?;
        // In this order: a run with a config alone begins with new weights.
        run.save(&Checkpoint::of(&gan, &config), None, config.schedule.keep)?;
        run.write_config(&config, &environment)?;

        let place = invocation::path(run.path());
        terminal::print_line(&format!(
            "the networks of {} begin a run in {place}: at step 0, and Adam starts anew, without its moments",
            self.folder.display()
        ));
        terminal::print_line(&format!("to see them: {}", invocation::command(&["generate", &place])));
        if !command.is_empty() {
            let mut words = vec![&*command, "--resume", &place];
            if !are_shipped(&command, &config.data) {
                words.extend(["--data", "DIR"]); // nobody knows where the images are on this machine
            }
            let resume = invocation::command(&words);
            terminal::print_line(&format!("to train them for its {} steps: {resume}", config.total_steps()));
        }
        Ok(())
    }
}

/// Whether the images of `data` are those that `command` reads where no flag names others.
fn are_shipped(command: &str, data: &Data) -> bool {
    let images = match command {
        TrainMnistArgs::COMMAND => datasets::mnist::read_training(None, false),
        TrainCifarArgs::COMMAND => datasets::cifar(None, data.name.trim_start_matches("cifar-"), false),
        _ => return false,
    };
    images.is_ok_and(|images| images.check_is(data).is_ok())
}
