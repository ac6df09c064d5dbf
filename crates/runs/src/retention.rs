//! Saving: the newest checkpoint, and how many older ones stay beside it.
//!
//! `checkpoint.safetensors` is always there and always whole. Before the next one takes its name,
//! the present one gets a second name, `checkpoints/step-NNNNNN.safetensors`. The oldest are
//! removed last. At no moment does a run have fewer whole checkpoints than before.

use std::path::{Path, PathBuf};

use crate::Error;
use crate::atomic;
use crate::checkpoint::Checkpoint;
use crate::directory::{CHECKPOINT, Run, names, numbered};
use crate::input;

impl Run {
    /// Makes `checkpoint` the newest and keeps `keep` older ones. `last` is the step of the newest
    /// so far, if there is one.
    ///
    /// # Errors
    /// If it cannot be written, or is not finite. The newest so far is then untouched.
    pub fn save(&self, checkpoint: &Checkpoint, last: Option<u64>, keep: u64) -> Result<(), Error> {
        if let Some(last) = last.filter(|&last| 0 < keep && last != checkpoint.step) {
            set_aside(&self.checkpoint(), &self.older(), last)?;
        }
        checkpoint.write(&self.checkpoint())?;
        self.prune(checkpoint.step, keep)
    }

    /// Removes all but the last `keep` of those checkpoints that are older than `step`.
    ///
    /// # Errors
    /// If one cannot be removed.
    pub fn prune(&self, step: u64, keep: u64) -> Result<(), Error> {
        let mut older = self.older_checkpoints()?;
        older.retain(|&(number, _)| number < step);
        let surplus = older.len().saturating_sub(usize::try_from(keep).unwrap_or(usize::MAX));
        older[..surplus].iter().try_for_each(|(_, path)| atomic::remove(path))
    }

    /// Files of another name beside the newest checkpoint that end as it does, and the steps that
    /// they say they are of.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn other_checkpoints(&self) -> Result<Vec<(String, Option<u64>)>, Error> {
        let mut names = names(self.path())?;
        names.retain(|name| name != CHECKPOINT && Path::new(name).extension().is_some_and(|ending| ending == ENDING));
        names.sort_unstable();
        let step = |name: String| {
            let step = Checkpoint::step_of(&self.path().join(&name));
            (name, step)
        };
        Ok(names.into_iter().map(step).collect())
    }

    /// The older checkpoints that are there, with their steps, in the order of the steps.
    ///
    /// # Errors
    /// If their folder cannot be read.
    pub fn older_checkpoints(&self) -> Result<Vec<(u64, PathBuf)>, Error> {
        numbered(&self.older(), ENDING)
    }
}

const ENDING: &str = "safetensors";

/// Gives the file `newest` a second name in `folder`, or a copy where the file system has no links.
fn set_aside(newest: &Path, folder: &Path, step: u64) -> Result<(), Error> {
    std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, format!("cannot be created: {error}")))?;
    let path = folder.join(format!("step-{step:06}.{ENDING}"));
    atomic::remove(&path)?;
    if std::fs::hard_link(newest, &path).is_err() {
        let bytes = input::read(newest, input::MOST_CHECKPOINT_BYTES)?;
        atomic::write(&path, &bytes)?;
    }
    atomic::sync_directory(folder).map_err(|error| Error::file(folder, error))
}

#[cfg(test)]
mod tests {
    use tensor::Tensor;

    use super::*;
    use crate::doctor::Doctor;
    use dcgan::config::{Config, Data};

    fn checkpoint(step: u64) -> Checkpoint {
        let data = Data { name: "toy".to_owned(), images: 100, sha256: String::new() };
        let config = Config::from_recipe(data, 28, 1, "article").unwrap();
        let tensors = [("x".to_owned(), Tensor::scalar(1.0))].into();
        Checkpoint { step, adam_steps: [step; 2], config, doctor: Doctor::default(), tensors }
    }

    /// Saves the steps one after the other, keeping two, and checks what is there at the end.
    #[track_caller]
    fn check(steps: &[u64], expected: &[u64]) {
        let folder = tempfile::tempdir().unwrap();
        let run = Run::create(Some(folder.path()), "toy").unwrap();
        let mut last = None;
        for &step in steps {
            run.save(&checkpoint(step), last, 2).unwrap();
            last = Some(step);
        }
        let older = run.older_checkpoints().unwrap();
        assert_eq!(expected, older.iter().map(|&(step, _)| step).collect::<Vec<_>>());
        for (step, path) in older {
            assert_eq!(step, Checkpoint::read(&path).unwrap().step);
        }
        assert_eq!(last, Some(Checkpoint::read(&run.checkpoint()).unwrap().step));
    }

    #[test]
    fn the_last_two_stay_where_a_digit_is_added() {
        check(&[8], &[]);
        check(&[8, 9, 10], &[8, 9]);
        check(&[7, 8, 9, 10], &[8, 9]);
        check(&[8, 9, 10, 11], &[9, 10]);
        check(&[98, 99, 100, 101], &[99, 100]);
        check(&[9_800, 9_900, 10_000], &[9_800, 9_900]);
        check(&[9_700, 9_800, 9_900, 10_000, 10_100], &[9_900, 10_000]);
        check(&[999_998, 999_999, 1_000_000, 1_000_001], &[999_999, 1_000_000]);
    }

    /// Whoever goes back to an older state does not lose the newer ones.
    #[test]
    fn only_older_ones_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let run = Run::create(Some(folder.path()), "toy").unwrap();
        for (step, last) in [(10, None), (20, Some(10)), (30, Some(20)), (15, None), (16, Some(15))] {
            run.save(&checkpoint(step), last, 1).unwrap();
        }
        let steps: Vec<u64> = run.older_checkpoints().unwrap().into_iter().map(|(step, _)| step).collect();
        assert_eq!([15, 20], steps[..]);
    }

    #[test]
    fn the_checkpoint_of_the_present_step_is_not_counted_as_older() {
        let folder = tempfile::tempdir().unwrap();
        let run = Run::create(Some(folder.path()), "toy").unwrap();
        for (step, last) in [(10, None), (20, Some(10)), (30, Some(20)), (40, Some(30))] {
            run.save(&checkpoint(step), last, 3).unwrap();
        }
        run.prune(30, 2).unwrap();
        let steps: Vec<u64> = run.older_checkpoints().unwrap().into_iter().map(|(step, _)| step).collect();
        assert_eq!([10, 20, 30], steps[..]);
    }

    #[test]
    fn a_step_that_is_saved_again_is_not_older_than_itself() {
        check(&[5, 5], &[]);
    }
}
