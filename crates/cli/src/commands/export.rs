//! `export`: trained networks as an ONNX model, as PyTorch's files, as NumPy's arrays.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::generator_args::ends_with;
use crate::terminal;
use dcgan::config::Config;
use dcgan::gan::Gan;
use dcgan::state::AVERAGE;
use dcgan::wish::Wish;
use exchange::torch::{DISCRIMINATOR, GENERATOR, MOVING_AVERAGE};
use exchange::{Network, Role, model_py, onnx, torch};
use gallery::npy;
use runs::checkpoint::Checkpoint;
use runs::loaded::Loaded;
use runs::record::{self, Environment};
use runs::{Error, atomic, directory, overwrite};

/// Latent seeds whose points lie beside the arrays.
const SEEDS: u64 = 100;

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The directory of a run, or a checkpoint
    run: PathBuf,
    /// Write one network as an ONNX model
    #[arg(long, value_name = "FILE")]
    onnx: Option<PathBuf>,
    /// The network that --onnx writes [default: generator]
    #[arg(long, requires = "onnx")]
    network: Option<NetworkName>,
    /// Write both networks for PyTorch, with a model.py that loads them, to a new folder; import
    /// takes such a folder back
    #[arg(long, value_name = "DIR")]
    torch: Option<PathBuf>,
    /// Write every tensor of the checkpoint as a NumPy array to a new folder
    #[arg(long, value_name = "DIR")]
    npy: Option<PathBuf>,
}

/// Which of the two networks.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum NetworkName {
    /// Noise to images
    Generator,
    /// Images to logits
    Discriminator,
}

/// What is exported.
struct Source {
    checkpoint: Checkpoint,
    gan: Gan,
    path: PathBuf,
}

impl ExportArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        let Self { onnx, torch, npy, .. } = self;
        if onnx.is_none() && torch.is_none() && npy.is_none() {
            let formats = "--onnx FILE, --torch DIR or --npy DIR";
            return Err(Error::Usage(format!("nothing says what to write; name a file or folder by {formats}")));
        }
        if let Some(path) = onnx {
            check_model(path)?;
        }
        for (flag, folder) in [("--torch", torch), ("--npy", npy)] {
            folder.as_ref().map_or(Ok(()), |folder| check_folder(folder, flag))?;
        }
        let Loaded { path, checkpoint, gan } = Loaded::read(&self.run)?;
        let has_discriminator =
            torch.is_some() || (onnx.is_some() && matches!(self.network, Some(NetworkName::Discriminator)));
        if has_discriminator {
            refuse(
                &path,
                &checkpoint.config,
                "export knows no such discriminator; --npy and --onnx of the generator do",
            )?;
        }
        let source = Source { checkpoint, gan, path };
        if let Some(path) = onnx {
            source.write_onnx(self.network.unwrap_or(NetworkName::Generator), path)?;
        }
        if let Some(folder) = torch {
            directory::create(folder)?;
            source.write_torch(folder)?;
        }
        if let Some(folder) = npy {
            directory::create(folder)?;
            source.write_npy(folder)?;
        }
        Ok(())
    }
}

/// Refuses a pair whose discriminator the other formats do not know: its kernels are divided by
/// numbers that its training alone keeps.
pub(super) fn refuse(path: &Path, config: &Config, way_out: &str) -> Result<(), Error> {
    if config.variations.spectral_norm {
        return Err(Error::file(path, format!("it was trained with --spectral-norm; {way_out}")));
    }
    Ok(())
}

impl Source {
    fn config(&self) -> &Config {
        &self.checkpoint.config
    }

    fn network(&self, role: Role) -> Network {
        let layers = match role {
            Role::Generator => self.gan.generator.layers(),
            Role::Discriminator => self.gan.discriminator.layers(),
        };
        let config = self.config();
        Network::of(role, &config.model, config.variations.extras(), &layers)
    }

    /// An error that names the checkpoint.
    fn unfit(&self, reason: &impl ToString) -> Error {
        Error::file(&self.path, reason.to_string())
    }

    fn write_onnx(&self, name: NetworkName, path: &Path) -> Result<(), Error> {
        let role = match name {
            NetworkName::Generator => Role::Generator,
            NetworkName::Discriminator => Role::Discriminator,
        };
        let is_average = role == Role::Generator && self.gan.moving_average.is_some();
        let origin = onnx::Origin {
            config: self.config(),
            step: self.checkpoint.step,
            fingerprint: &self.checkpoint.tensors_sha256(),
            version: env!("CARGO_PKG_VERSION"),
            is_average,
        };
        let prefix = if is_average { AVERAGE } else { "" };
        let file = onnx::file(&self.network(role), prefix, &self.checkpoint.tensors, &origin);
        let file = file.map_err(|reason| self.unfit(&reason))?;
        atomic::sweep_beside(path);
        atomic::write(path, &file)?;
        let average = if is_average { " (its moving average)" } else { "" };
        self.done(&format!("the {}{average}", role.name()), path);
        Ok(())
    }

    fn write_torch(&self, folder: &Path) -> Result<(), Error> {
        let networks = [Role::Generator, Role::Discriminator].map(|role| self.network(role));
        let [generator, discriminator] = &networks;
        let mut files = vec![(GENERATOR, generator, ""), (DISCRIMINATOR, discriminator, "")];
        if self.gan.moving_average.is_some() {
            files.push((MOVING_AVERAGE, generator, AVERAGE));
        }
        for (name, network, prefix) in files {
            let mut file = vec![];
            let written = torch::write(&mut file, network, prefix, &self.checkpoint.tensors);
            written.map_err(|reason| self.unfit(&reason))?;
            atomic::write(&folder.join(name), &file)?;
        }
        let config = record::to_toml(self.config(), &self.environment());
        atomic::write(&folder.join(CONFIG), config.as_bytes())?;
        let module = model_py::text(self.config(), generator, discriminator);
        atomic::write(&folder.join(model_py::MODEL_PY), module.as_bytes())?;
        self.done("both networks", folder);
        let module = folder.join(model_py::MODEL_PY);
        terminal::print_line(&format!("{} loads them; the end of it shows how", module.display()));
        Ok(())
    }

    /// What a run that is made of these files needs to know: the command that made this one. The
    /// rest is about this machine.
    fn environment(&self) -> Environment {
        let beside = self.path.parent().map(|folder| folder.join(CONFIG));
        let own = beside.and_then(|path| record::read(&path).ok()).and_then(|(_, environment)| environment);
        Environment { command: own.unwrap_or_default().command, ..Environment::default() }
    }

    fn write_npy(&self, folder: &Path) -> Result<(), Error> {
        let seeds: Vec<u64> = (0..SEEDS).collect();
        let points = ("latent".to_owned(), Wish::default().points(&seeds, self.gan.classes()));
        let tensors = self.checkpoint.tensors.iter();
        for (name, tensor) in tensors.chain([(&points.0, &points.1)]) {
            let path = folder.join(format!("{}.npy", name.replace('/', ".")));
            atomic::write_by(&path, |file| npy::write(file, tensor))?;
        }
        let what = format!(
            "{} arrays, and latent.npy, the points of the seeds 0 to {},",
            self.checkpoint.tensors.len(),
            SEEDS - 1
        );
        self.done(&what, folder);
        Ok(())
    }

    fn done(&self, what: &str, out: &Path) {
        terminal::print_line(&format!("{what} of step {} in {}", self.checkpoint.step, out.display()));
    }
}

/// The settings, in a folder for PyTorch as in a run.
pub(super) const CONFIG: &str = "config.toml";

/// Refuses, before anything is read, a model that could not be written, or would replace another
/// file.
fn check_model(path: &Path) -> Result<(), Error> {
    if !ends_with(path, "onnx") {
        return Err(Error::file(
            path,
            "an ONNX model is written to a name that ends in .onnx; give --onnx such a name",
        ));
    }
    let reason = "there is another file of that name, or a write-protected one; remove it, or give --onnx another name";
    overwrite::may_replace(path, onnx::is_own).map_err(|_| Error::file(path, reason))?;
    atomic::may_write(path)
}

/// Refuses, before anything is read, a folder that has anything in it: networks that were changed
/// elsewhere look like those that this program wrote.
fn check_folder(folder: &Path, flag: &str) -> Result<(), Error> {
    let refused = |reason: &str| Err(Error::file(folder, format!("{reason}; give {flag} a new one")));
    let entry = std::fs::read_dir(folder).ok().and_then(|mut entries| entries.next());
    if entry.is_some() {
        return refused("the folder is not empty");
    }
    if folder.exists() && !folder.is_dir() { refused("it is no folder") } else { Ok(()) }
}
