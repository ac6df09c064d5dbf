//! A run is a directory: what it was told to do, what it found, and what it needs to go on.
//!
//! One process at a time has it open, and holds its [`Lock`]. The next process that opens it
//! removes the temporary files that a dead one left.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::atomic;
use crate::doctor::Doctor;
use crate::lock::{LOCK, Lock};
use crate::record::{self, Environment};
use dcgan::config::Config;

/// The newest checkpoint, in the directory of a run.
pub const CHECKPOINT: &str = "checkpoint.safetensors";
const CONFIG: &str = "config.toml";
const METRICS: &str = "metrics.csv";

/// The directory of one run, locked by whoever works in it.
#[derive(Debug)]
pub struct Run {
    path: PathBuf,
    lock: Option<Lock>,
}

impl Run {
    /// Creates the directory: `out`, which must be empty or not exist yet, or the next free
    /// `runs/NNNN-name`.
    ///
    /// # Errors
    /// If `out` is taken, or nothing can be created there.
    pub fn create(out: Option<&Path>, name: &str) -> Result<Self, Error> {
        let path = match out {
            Some(path) => {
                create(path)?;
                refuse_if_taken(path)?;
                path.to_owned()
            }
            None => next_free(Path::new("runs"), name)?,
        };
        let lock = Lock::take(&path)?;
        refuse_if_taken(&path)?; // again: somebody else may have been faster, and be done
        sweep(&path)?;
        Ok(Self { path, lock: Some(lock) })
    }

    /// Opens a directory that [`create`](Run::create) made, to go on in it.
    ///
    /// # Errors
    /// If there is no run in it, another process is at work there, or nothing can be written.
    pub fn open(path: &Path) -> Result<Self, Error> {
        if path.is_file() {
            let folder = path.parent().filter(|folder| is_run(folder));
            let way_out = folder.map_or_else(String::new, |folder| format!("; name its folder, {}", folder.display()));
            return Err(Error::file(path, format!("it is a file, and no run's folder{way_out}")));
        }
        if !is_run(path) {
            let reason = format!("there is no run in it to resume (neither {CHECKPOINT} nor {CONFIG})");
            return Err(Error::file(path, reason));
        }
        let run = Self { path: path.to_owned(), lock: Some(Lock::take(path)?) };
        run.sweep()?;
        Ok(run)
    }

    /// Removes the temporary files that dead processes left in the run. Those that a living process
    /// writes, which holds a lock on each, stay.
    ///
    /// # Errors
    /// If one cannot be removed.
    pub fn sweep(&self) -> Result<(), Error> {
        [self.path.clone(), self.samples(), self.older()].iter().try_for_each(|folder| sweep(folder))
    }

    /// Opens a run to show it, without its lock: it may be under way. The caller may write nothing
    /// but what can be made again from the rest, which is the film and the report.
    ///
    /// # Errors
    /// If there is no run in it.
    pub fn look(path: &Path) -> Result<Self, Error> {
        let run = Self { path: path.to_owned(), lock: None };
        if run.config().exists() {
            Ok(run)
        } else {
            Err(Error::file(path, format!("there is no run in it (no {CONFIG})")))
        }
    }

    /// Whether another process could be at work in it at the same time, because its file system has
    /// no locks.
    #[must_use]
    pub fn is_unguarded(&self) -> bool {
        self.lock.as_ref().is_some_and(|lock| !lock.is_held())
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The checkpoint: everything that is needed to go on.
    #[must_use]
    pub fn checkpoint(&self) -> PathBuf {
        self.path.join(CHECKPOINT)
    }

    /// What the run was told to do, and where.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.path.join(CONFIG)
    }

    /// A line per logged step.
    #[must_use]
    pub fn metrics(&self) -> PathBuf {
        self.path.join(METRICS)
    }

    /// What a judge said of the samples.
    #[must_use]
    pub fn evaluations(&self) -> PathBuf {
        self.path.join("evaluation.csv")
    }

    /// What `evaluate` has found, as JSON and as a picture.
    #[must_use]
    pub fn evaluation(&self, extension: &str) -> PathBuf {
        self.path.join("evaluation").with_extension(extension)
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

    /// The rows of samples, one after the other.
    #[must_use]
    pub fn film(&self) -> PathBuf {
        self.path.join("progress.apng")
    }

    /// What the doctor has said.
    #[must_use]
    pub fn notes(&self) -> PathBuf {
        self.path.join("notes.txt")
    }

    /// Everything that can be seen of the run, on one page.
    #[must_use]
    pub fn report(&self) -> PathBuf {
        self.path.join("report.html")
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

    /// Where older checkpoints are.
    #[must_use]
    pub fn older(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// The folder of the rows of samples.
    #[must_use]
    pub fn samples(&self) -> PathBuf {
        self.path.join("samples")
    }

    /// Every row of samples that is there, with its step, in the order of the steps.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn sampled(&self) -> Result<Vec<(u64, PathBuf)>, Error> {
        numbered(&self.samples(), "png")
    }

    /// Writes `config.toml`, which makes the directory a run, and then the folder for samples.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_config(&self, config: &Config, environment: &Environment) -> Result<(), Error> {
        let text = record::to_toml(config, environment);
        atomic::write(&self.config(), text.as_bytes())?;
        create(&self.samples())
    }

    /// Writes `notes.txt`, if there is anything to note.
    ///
    /// # Errors
    /// If it cannot be written or removed.
    pub fn write_notes(&self, doctor: &Doctor) -> Result<(), Error> {
        match doctor.notes() {
            notes if notes.is_empty() => atomic::remove(&self.notes()),
            notes => atomic::write(&self.notes(), notes.as_bytes()),
        }
    }
}

/// Whether there is a run in the directory at `path`, though it may have died before its first
/// checkpoint.
pub fn is_run(path: &Path) -> bool {
    [CHECKPOINT, CONFIG].iter().any(|name| path.join(name).exists())
}

/// Whether a training has been at work in the directory at `path`.
pub fn holds_training(path: &Path) -> bool {
    let there = |name: &str| path.join(name).exists();
    there(CONFIG) && (there(METRICS) || there(CHECKPOINT))
}

/// Creates a directory with its parents, and makes their names outlive a loss of power.
///
/// # Errors
/// If it cannot be created.
pub fn create(path: &Path) -> Result<(), Error> {
    let missing: Vec<&Path> =
        path.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
    std::fs::create_dir_all(path)
        .map_err(|error| Error::file(path, format!("cannot be created: {error}; give `out` another name")))?;
    missing.into_iter().for_each(atomic::sync_name);
    Ok(())
}

/// Refuses a directory that is not empty. The lock and the temporary files of a process that died
/// before its first file do not count.
///
/// # Errors
/// If it is not empty, or no directory.
pub fn refuse_if_taken(path: &Path) -> Result<(), Error> {
    let is_trace = |name: &str| name == LOCK || name.starts_with(atomic::TEMPORARY);
    match names(path)?.iter().find(|name| !is_trace(name)) {
        Some(_) if is_run(path) => {
            Err(Error::file(path, "there is a run in it; `resume` goes on with it, or give `out` a new folder"))
        }
        Some(_) => Err(Error::file(path, "the folder is not empty; give `out` a new one")),
        None => Ok(()),
    }
}

/// Removes the temporary files of processes that are no more.
fn sweep(folder: &Path) -> Result<(), Error> {
    for name in names(folder)?.iter().filter(|name| name.starts_with(atomic::TEMPORARY)) {
        atomic::sweep(&folder.join(name))?;
    }
    Ok(())
}

/// The files `step-NUMBER.ending` of `folder`, in the order of their numbers: `step-10000` is after
/// `step-9900`.
///
/// # Errors
/// If the folder cannot be read.
pub fn numbered(folder: &Path, ending: &str) -> Result<Vec<(u64, PathBuf)>, Error> {
    let number = |name: &str| name.strip_prefix("step-")?.strip_suffix(ending)?.strip_suffix('.')?.parse().ok();
    let mut files: Vec<(u64, PathBuf)> =
        names(folder)?.iter().filter_map(|name| Some((number(name)?, folder.join(name)))).collect();
    files.sort_unstable();
    Ok(files)
}

/// The names in `folder`; none if there is no such folder.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(Error::file(folder, error)),
    };
    let name = |entry: std::io::Result<std::fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    entries.map(name).collect::<std::io::Result<_>>().map_err(|error| Error::file(folder, error))
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
            Ok(()) => {
                atomic::sync_name(&path);
                return Ok(path);
            }
            // Another run took the number in this very moment.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
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
        let refusal = |out: &Path| Run::create(Some(out), "mnist").unwrap_err().to_string();
        let run = Run::create(Some(&out), "mnist").unwrap();
        assert_eq!(out.join("samples/step-000100.png"), run.sample(100));
        assert!(refusal(&out).contains("another process"));
        drop(run);
        std::fs::write(out.join(".dcgan-tmp-abc"), "of a process that died at once").unwrap();
        drop(Run::create(Some(&out), "mnist").unwrap());
        assert!(!out.join(".dcgan-tmp-abc").exists());
        std::fs::write(out.join("config.toml"), "").unwrap();
        assert!(refusal(&out).contains("there is a run in it; `resume` goes on with it"));
        std::fs::rename(out.join("config.toml"), out.join("notes.txt")).unwrap();
        assert!(refusal(&out).contains("is not empty"));
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(refusal(&file).contains("cannot be created"));
    }

    #[test]
    fn steps_are_numbers() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["step-9900.png", "step-10000.png", "step-000100.png", "step-99.safetensors", "step-.png", "x.png"]
        {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let steps: Vec<u64> = numbered(folder.path(), "png").unwrap().into_iter().map(|(step, _)| step).collect();
        assert_eq!([100, 9900, 10_000], steps[..]);
    }

    #[test]
    fn only_a_run_is_opened_and_swept() {
        let folder = tempfile::tempdir().unwrap();
        let message = Run::open(folder.path()).unwrap_err().to_string();
        assert!(message.contains("no run in it to resume"), "{message}");
        assert!(!folder.path().join(LOCK).exists());
        std::fs::create_dir(folder.path().join("samples")).unwrap();
        for name in ["config.toml", ".dcgan-tmp-1", "samples/.dcgan-tmp-2", "samples/kept.png"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        Run::open(folder.path()).unwrap();
        assert!(!folder.path().join(".dcgan-tmp-1").exists() && !folder.path().join("samples/.dcgan-tmp-2").exists());
        assert!(folder.path().join("samples/kept.png").exists());
    }
}
