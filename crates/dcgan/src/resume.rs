//! Going on: what a run has done so far, read back from its directory.
//!
//! The checkpoint is the truth. What was written after it belongs to steps that will be made again, so the log goes back to
//! its step and later samples are removed; what comes instead is the same to the bit. A run that died before its
//! first checkpoint has only its config, and begins again.

use std::path::Path;

use crate::checkpoint::Checkpoint;
use crate::config::{Config, Environment};
use crate::doctor::Doctor;
use crate::evaluations::Evaluations;
use crate::metrics::Metrics;
use crate::origin::{Origin, Shows};
use crate::picture::Picture;
use crate::run::Run;
use crate::step::Gan;
use crate::{Error, atomic};

/// What a run was told, and the state that it left.
#[derive(Debug)]
pub struct Saved {
    /// The config of the checkpoint; that of `config.toml` if there is no checkpoint yet.
    pub config: Config,
    /// Where the last process ran, if `config.toml` is still there to say it.
    pub environment: Option<Environment>,
    /// The newest checkpoint, if there is one.
    pub checkpoint: Option<Checkpoint>,
}

impl Saved {
    /// Reads the config and the newest checkpoint of `run`.
    ///
    /// # Errors
    /// If one of them cannot be read or believed.
    pub fn read(run: &Run) -> Result<Self, Error> {
        let record = if run.config().exists() { Some(Config::read(&run.config())?) } else { None };
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
pub(crate) struct Past {
    /// The networks.
    pub gan: Gan,
    /// What the doctor has seen of them.
    pub doctor: Doctor,
    /// The log up to their step.
    pub metrics: Metrics,
    /// What a judge has said of them.
    pub evaluations: Evaluations,
    /// The rows of samples up to their step, top to bottom.
    pub progress: Option<Picture>,
    /// The step of the newest checkpoint.
    pub saved: Option<u64>,
}

impl Past {
    /// Takes the directory of `run` back to the step of `checkpoint`, or to the beginning.
    pub(crate) fn restore(run: &Run, config: &Config, checkpoint: Option<Checkpoint>) -> Result<Self, Error> {
        let saved = checkpoint.as_ref().map(|checkpoint| checkpoint.step);
        let doctor = checkpoint.as_ref().map(|checkpoint| checkpoint.doctor.clone()).unwrap_or_default();
        let gan = match checkpoint {
            Some(checkpoint) => Gan::restore(&checkpoint).map_err(|reason| Error::file(&run.checkpoint(), reason))?,
            None => Gan::start(config)?,
        };
        let metrics = Metrics::resume(&run.metrics(), gan.step)?;
        let evaluations = Evaluations::resume(&run.evaluations(), gan.step)?;
        let mut progress: Option<(Picture, Origin)> = None;
        for (step, path) in run.sampled()? {
            if gan.step < step {
                atomic::remove(&path)?;
                continue;
            }
            let (row, origin) = read_row(&path)?;
            progress = Some(match progress {
                None => (row, origin),
                Some((above, _)) if !above.is_as_wide_as(&row) => {
                    return Err(Error::file(&path, "it is no row of samples of this run; remove it"));
                }
                Some((mut above, _)) => {
                    above.append(&row);
                    (above, origin)
                }
            });
        }
        match &progress {
            Some((rows, last)) => run.write_progress(rows, last)?,
            None => atomic::remove(&run.progress())?,
        }
        run.write_notes(&doctor)?;
        run.prune(gan.step, config.schedule.keep)?;
        Ok(Self { gan, doctor, metrics, evaluations, progress: progress.map(|(rows, _)| rows), saved })
    }
}

/// A row of samples, and what made it.
pub(crate) fn read_row(path: &Path) -> Result<(Picture, Origin), Error> {
    let bytes = std::fs::read(path).map_err(|error| Error::file(path, error))?;
    let row = Picture::from_png(&bytes).and_then(|row| Ok((row, Origin::read(&bytes)?)));
    row.map_err(|reason| Error::file(path, format!("{reason}; remove it to go on without this row")))
}

impl Run {
    /// Writes `notes.txt`, if there is anything to note.
    pub(crate) fn write_notes(&self, doctor: &Doctor) -> Result<(), Error> {
        match doctor.notes() {
            notes if notes.is_empty() => atomic::remove(&self.notes()),
            notes => atomic::write(&self.notes(), notes.as_bytes()),
        }
    }

    /// Writes `progress.png`: the rows of samples up to that of `last`.
    pub(crate) fn write_progress(&self, rows: &Picture, last: &Origin) -> Result<(), Error> {
        self.write_picture(&self.progress(), rows, &Origin { shows: Shows::Progress, ..last.clone() })
    }
}
