//! A run is a directory: what it was told to do, what it found, and what it needs to go on.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::config::{Config, Environment};
use crate::picture::Picture;
use crate::{Error, atomic};

/// The directory of one run.
#[derive(Clone, Debug)]
pub struct Run {
    path: PathBuf,
}

/// What stands in `config.toml`.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(flatten)]
    config: &'a Config,
    environment: &'a Environment,
}

impl Run {
    /// Creates the directory: `out`, which must be empty or not exist yet, or the next free `runs/NNNN-name`.
    ///
    /// # Errors
    /// If `out` is taken, or nothing can be created there.
    pub fn create(out: Option<&Path>, name: &str) -> Result<Self, Error> {
        let path = match out {
            Some(path) => {
                create_empty(path)?;
                path.to_owned()
            }
            None => next_free(Path::new("runs"), name)?,
        };
        let run = Self { path };
        create(&run.samples())?;
        Ok(run)
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The checkpoint: everything that is needed to go on.
    #[must_use]
    pub fn checkpoint(&self) -> PathBuf {
        self.path.join("checkpoint.safetensors")
    }

    /// A line per logged step.
    #[must_use]
    pub fn metrics(&self) -> PathBuf {
        self.path.join("metrics.csv")
    }

    /// The rows of samples, top to bottom.
    #[must_use]
    pub fn progress(&self) -> PathBuf {
        self.path.join("progress.png")
    }

    /// The curves of losses and verdicts.
    #[must_use]
    pub fn losses(&self) -> PathBuf {
        self.path.join("losses.png")
    }

    /// What the networks are fed.
    #[must_use]
    pub fn reals(&self) -> PathBuf {
        self.path.join("reals.png")
    }

    /// The row of samples made after `step`.
    #[must_use]
    pub fn sample(&self, step: u64) -> PathBuf {
        self.samples().join(format!("step-{step:06}.png"))
    }

    fn samples(&self) -> PathBuf {
        self.path.join("samples")
    }

    /// Writes `config.toml`.
    ///
    /// # Errors
    /// If it cannot be written.
    ///
    /// # Panics
    /// Never: a config is plain data.
    pub fn write_config(&self, config: &Config, environment: &Environment) -> Result<(), Error> {
        let text = toml::to_string(&Record { config, environment }).expect("a config is plain data");
        atomic::write(&self.path.join("config.toml"), text.as_bytes())
    }

    /// Writes a picture to one of the paths above, with `texts` in it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_picture(&self, path: &Path, picture: &Picture, texts: &[(&str, String)]) -> Result<(), Error> {
        atomic::write(path, &picture.to_png(texts))
    }
}

fn create(path: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(path).map_err(|error| Error::file(path, format!("cannot be created: {error}")))
}

fn create_empty(path: &Path) -> Result<(), Error> {
    create(path)?;
    let mut entries = std::fs::read_dir(path).map_err(|error| Error::file(path, error))?;
    if entries.next().is_some() {
        return Err(Error::file(path, "the folder is not empty; give --out a new one"));
    }
    Ok(())
}

/// Creates `runs/NNNN-name`, one more than the largest number that is there.
fn next_free(runs: &Path, name: &str) -> Result<PathBuf, Error> {
    create(runs)?;
    let entries = std::fs::read_dir(runs).map_err(|error| Error::file(runs, error))?;
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.split('-').next()?.parse::<u32>().ok());
    let mut number = numbers.max().unwrap_or(0);
    loop {
        number += 1;
        let path = runs.join(format!("{number:04}-{name}"));
        match std::fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            // Another run took the number in this very moment.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::file(&path, format!("cannot be created: {error}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_up_by_number_and_not_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let next = |name| next_free(folder.path(), name).unwrap().file_name().unwrap().to_owned();
        assert_eq!("0001-mnist", next("mnist"));
        assert_eq!("0002-horses", next("horses"));
        std::fs::create_dir(folder.path().join("9999-old")).unwrap();
        std::fs::write(folder.path().join("notes"), "no run").unwrap();
        assert_eq!("10000-mnist", next("mnist"));
        assert_eq!("10001-mnist", next("mnist"));
    }

    #[test]
    fn out_must_be_new_or_empty() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("deep/run");
        let run = Run::create(Some(&out), "mnist").unwrap();
        assert_eq!(out.join("samples/step-000100.png"), run.sample(100));
        let message = Run::create(Some(&out), "mnist").unwrap_err().to_string();
        assert!(message.contains("is not empty"), "{message}");
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(Run::create(Some(&file), "mnist").unwrap_err().to_string().contains("cannot be created"));
    }
}
