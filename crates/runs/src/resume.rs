//! Going on: what a run has done so far, read back from its directory.
//!
//! The checkpoint decides. Log lines and samples of later steps are removed: those steps are made
//! again, with the same bits. A run that died before its first checkpoint begins again, and makes
//! the same log and samples. A run whose log or samples go further, or that has a checkpoint of
//! another name, does not begin again, since that would overwrite them.

use crate::checkpoint::Checkpoint;
use dcgan::config::Config;
use dcgan::gan::Gan;

use crate::Error;
use crate::atomic;
use crate::directory::{CHECKPOINT, Run};
use crate::doctor::Doctor;
use crate::evaluations::Evaluations;
use crate::metrics::{self, Metrics};
use crate::record::{self, Environment};

/// What a run was told, and the state that it left.
#[derive(Debug)]
pub struct SavedRun {
    /// The config of the checkpoint; that of `config.toml` if there is no checkpoint yet.
    pub config: Config,
    /// Where the last process ran, if `config.toml` is still there to say it.
    pub environment: Option<Environment>,
    /// The newest checkpoint, if there is one.
    pub checkpoint: Option<Checkpoint>,
}

impl SavedRun {
    /// Reads the config and the newest checkpoint of `run`.
    ///
    /// # Errors
    /// If one of them cannot be read or believed.
    pub fn read(run: &Run) -> Result<Self, Error> {
        let record = if run.config().exists() { Some(record::read(&run.config())?) } else { None };
        let checkpoint = if run.checkpoint().exists() { Some(Checkpoint::read(&run.checkpoint())) } else { None };
        // Never from the beginning, where there is anything to go on from.
        let checkpoint = match (checkpoint, run.older_checkpoints()?.last()) {
            (Some(Ok(checkpoint)), _) => Some(checkpoint),
            (None, None) => match traces(run, record.as_ref().map_or(0, |(config, _)| first_checkpoint(config)))? {
                None => None,
                Some(reason) => return Err(Error::file(run.path(), reason)),
            },
            (Some(Err(error)), None) => return Err(error),
            (newest, Some((step, older))) => {
                let reason = match newest {
                    Some(Err(Error::File { reason, .. })) => reason,
                    _ => "it is gone".to_owned(),
                };
                let advice = format!("copy {} there, which is of step {step}, and resume again", older.display());
                return Err(Error::file(&run.checkpoint(), format!("{reason}: {advice}")));
            }
        };
        let (config, environment) = record.unzip();
        let config = checkpoint.as_ref().map(|checkpoint| checkpoint.config.clone()).or(config);
        let config = config.ok_or_else(|| Error::file(run.path(), "there is no run in it to resume"))?;
        Ok(Self { config, environment: environment.flatten(), checkpoint })
    }
}

/// The step after which a run of `config` saves its first checkpoint.
fn first_checkpoint(config: &Config) -> u64 {
    config.schedule.checkpoint_every.unwrap_or(config.steps_per_epoch()).min(config.total_steps())
}

/// What steps behind the `first` checkpoint have left in `run`, though none is there; and the way
/// out.
fn traces(run: &Run, first: u64) -> Result<Option<String>, Error> {
    let mut found = vec![];
    let others = run.other_checkpoints()?;
    found.extend(others.iter().map(|(name, step)| match step {
        Some(step) => format!("{name}, which is of step {step}"),
        None => name.clone(),
    }));
    if let Some(last) = metrics::read(&run.metrics())?.0.last().filter(|last| first < last.step) {
        found.push(format!("a log up to step {}", last.step));
    }
    if let Some((step, _)) = run.sampled()?.last().filter(|(step, _)| first < *step) {
        found.push(format!("samples up to step {step}"));
    }
    if found.is_empty() {
        return Ok(None);
    }
    let way_out = match others.iter().find(|(_, step)| step.is_some()) {
        Some((name, _)) => format!("rename {name} to {CHECKPOINT} and resume again"),
        None => "to begin it again, remove metrics.csv and samples first, or start a new run".to_owned(),
    };
    Ok(Some(format!("there is no {CHECKPOINT} in it, but {}: {way_out}", found.join(", "))))
}

/// What the loop carries on: of a new run, or of one that is resumed.
pub struct TrainingState {
    /// The networks.
    pub gan: Gan,
    /// What the doctor has seen of them.
    pub doctor: Doctor,
    /// The log up to their step.
    pub metrics: Metrics,
    /// What a judge has said of them.
    pub evaluations: Evaluations,
    /// The step of the newest checkpoint.
    pub saved: Option<u64>,
}

impl TrainingState {
    /// Takes the directory of `run` back to the step of `checkpoint`, to go on as `config` says.
    ///
    /// # Errors
    /// If a file cannot be read, written or believed.
    pub fn restore(run: &Run, config: &Config, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let gan = checkpoint.restore().map_err(|reason| Error::file(&run.checkpoint(), reason))?;
        let former_end = former_end(checkpoint, config);
        Self::at(run, gan, checkpoint.doctor.clone(), Some(checkpoint.step), former_end)
    }

    /// Takes the directory of `run` back to its beginning, from where it goes on with `gan`.
    ///
    /// # Errors
    /// If a file cannot be read, written or believed.
    pub fn begin(run: &Run, gan: Gan) -> Result<Self, Error> {
        Self::at(run, gan, Doctor::default(), None, None)
    }

    fn at(run: &Run, gan: Gan, doctor: Doctor, saved: Option<u64>, former_end: Option<u64>) -> Result<Self, Error> {
        let metrics = metrics::resume(&run.metrics(), gan.step)?;
        let evaluations = Evaluations::resume(&run.evaluations(), gan.step)?;
        for (step, path) in run.sampled()? {
            if gan.step < step || former_end == Some(step) {
                atomic::remove(&path)?;
            }
        }
        Ok(Self { gan, doctor, metrics, evaluations, saved })
    }

    /// Brings the notes and the older checkpoints up to date, once nothing can be refused any more.
    ///
    /// # Errors
    /// If a file cannot be written or removed.
    pub fn tidy(&self, run: &Run, keep: u64) -> Result<(), Error> {
        run.write_notes(&self.doctor)?;
        run.prune(self.gan.step, keep)
    }
}

/// The last step of the run that `checkpoint` ended, if `config` goes further and samples nothing
/// there. The last step is sampled in any case, and a run that was told at once to make all steps
/// has no samples of it.
fn former_end(checkpoint: &Checkpoint, config: &Config) -> Option<u64> {
    let step = checkpoint.step;
    let is_end = |config: &Config| step == config.total_steps();
    let is_due = |config: &Config| step.is_multiple_of(config.schedule.sample_every);
    (is_end(&checkpoint.config) && !is_end(config) && !is_due(&checkpoint.config) && !is_due(config)).then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dcgan::config::Data;

    /// Checks what a run with nothing but a config, and `more` in it, answers: that it begins
    /// again, or a message with all `parts`.
    #[track_caller]
    fn check(more: impl FnOnce(&Run), parts: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let run = Run::create(Some(folder.path()), "toy").unwrap();
        let data = Data { name: "toy".to_owned(), images: 100, sha256: String::new() };
        let config = Config::from_recipe(data, 28, 1, "article").unwrap();
        run.write_config(&config, &Environment::default()).unwrap();
        more(&run);
        match SavedRun::read(&run) {
            Ok(saved) => assert!(saved.checkpoint.is_none() && parts.is_empty(), "it begins again"),
            Err(error) => {
                let message = error.to_string();
                assert!(!parts.is_empty() && parts.iter().all(|part| message.contains(part)), "{message}");
            }
        }
    }

    #[test]
    fn a_run_that_must_have_had_a_checkpoint_is_never_begun_again() {
        let (first, later) = ("1,1,1,1,1,1,1,1,1.0\n", "10,10,1,1,1,1,1,1,1.0\n");
        let log = |run: &Run, lines: &str| {
            drop(Metrics::create(&run.metrics(), vec![]).unwrap());
            let header = std::fs::read_to_string(run.metrics()).unwrap();
            std::fs::write(run.metrics(), header + lines).unwrap();
        };
        check(|_| {}, &[]);
        check(|run| log(run, ""), &[]);
        check(|run| log(run, first), &[]); // the first checkpoint is of step 1
        let of_both = first.to_owned() + later;
        check(|run| log(run, &of_both), &["a log up to step 10:", "remove metrics.csv and samples"]);
        check(|run| std::fs::write(run.sample(100), "").unwrap(), &["samples up to step 100:"]);
        let foreign = |run: &Run| std::fs::write(run.path().join("x.safetensors"), "").unwrap();
        check(foreign, &["there is no checkpoint.safetensors in it, but x.safetensors:"]);
        let renamed = |run: &Run| {
            let saved = SavedRun::read(run).unwrap();
            let tensors = [("x".to_owned(), tensor::Tensor::scalar(1.0))].into();
            let checkpoint = Checkpoint {
                step: 110,
                adam_steps: [110; 2],
                config: saved.config,
                doctor: Doctor::default(),
                tensors,
            };
            checkpoint.write(&run.path().join("best.safetensors")).unwrap();
            log(run, &of_both);
        };
        let way_out = "rename best.safetensors to checkpoint.safetensors and resume again";
        check(renamed, &["best.safetensors, which is of step 110, a log up to step 10: ", way_out]);
    }
}
