//! Going on: what a run has done so far, read back from its directory.
//!
//! The checkpoint is the truth. What was written after it belongs to steps that will be made again, so the log goes back to
//! its step and later samples are removed; what comes instead is the same to the bit. A run that died before its
//! first checkpoint has only its config, and begins again.

use crate::checkpoint::Checkpoint;
use dcgan::config::Config;
use dcgan::gan::Gan;

use crate::Error;
use crate::atomic;
use crate::directory::Run;
use crate::doctor::Doctor;
use crate::evaluations::Evaluations;
use crate::metrics::Metrics;
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
            (None, None) => None,
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
    /// Takes the directory of `run` back to the step of `checkpoint`, or to the beginning.
    ///
    /// # Errors
    /// If a file cannot be read, written or believed, or the config describes no networks.
    pub fn restore(run: &Run, config: &Config, checkpoint: Option<Checkpoint>) -> Result<Self, Error> {
        let saved = checkpoint.as_ref().map(|checkpoint| checkpoint.step);
        let former_end = checkpoint.as_ref().and_then(|checkpoint| former_end(checkpoint, config));
        let doctor = checkpoint.as_ref().map(|checkpoint| checkpoint.doctor.clone()).unwrap_or_default();
        let gan = match checkpoint {
            Some(checkpoint) => checkpoint.restore().map_err(|reason| Error::file(&run.checkpoint(), reason))?,
            None => Gan::start(config)?,
        };
        let metrics = Metrics::resume(&run.metrics(), gan.step)?;
        let evaluations = Evaluations::resume(&run.evaluations(), gan.step)?;
        for (step, path) in run.sampled()? {
            if gan.step < step || former_end == Some(step) {
                atomic::remove(&path)?;
            }
        }
        run.prune(gan.step, config.schedule.keep)?;
        Ok(Self { gan, doctor, metrics, evaluations, saved })
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
