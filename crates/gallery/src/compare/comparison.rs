//! Runs, their evaluations, and where each was at a moment.

use std::path::{Path, PathBuf};

use super::clock;
use dcgan::config::Config;
use runs::Error;
use runs::directory::Run;
use runs::evaluations::{self, EvaluationRow};
use runs::record;

/// Parts of the way at which runs are held against each other.
const PARTS: [f64; 3] = [0.25, 0.5, 1.0];

/// How the way is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// How often each image was seen.
    Epochs,
    /// Time of computation.
    Seconds,
}

impl Measure {
    pub(super) const ALL: [Self; 2] = [Self::Epochs, Self::Seconds];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Epochs => "epochs",
            Self::Seconds => "seconds",
        }
    }

    /// An amount in words.
    pub(super) fn amount(self, amount: f64) -> String {
        let decimals = if self == Self::Epochs { 2 } else { 1 };
        format!("{amount:.decimals$} {}", self.name())
    }
}

/// One run.
#[derive(Clone, Debug)]
pub struct Contender {
    /// Its directory.
    pub path: PathBuf,
    /// What it computed.
    pub config: Config,
    /// What a judge said of it; at least one line.
    pub lines: Vec<EvaluationRow>,
    /// What a step takes.
    pub step_seconds: f64,
}

impl Contender {
    fn read(path: &Path) -> Result<Self, Error> {
        let run = Run::look(path)?;
        let (config, _) = record::read(&run.config())?;
        let csv = run.evaluations();
        let lines = evaluations::read(&csv)?;
        if lines.is_empty() {
            return Err(Error::file(&csv, "there is no evaluation of this run; train it with `evaluate_every`"));
        }
        Ok(Self { path: path.to_owned(), config, lines, step_seconds: 0.0 })
    }

    /// How far it was after `step`.
    #[must_use]
    pub fn at(&self, step: u64, measure: Measure) -> f64 {
        match measure {
            Measure::Epochs => step as f64 * self.config.training.batch_size as f64 / self.config.data.images as f64,
            Measure::Seconds => step as f64 * self.step_seconds,
        }
    }

    pub(super) fn end(&self, measure: Measure) -> f64 {
        self.lines.last().map_or(0.0, |line| self.at(line.step, measure))
    }

    /// Its evaluations that were not after `amount`.
    fn until(&self, amount: f64, measure: Measure) -> impl DoubleEndedIterator<Item = &EvaluationRow> {
        let tolerance = 1.0 + 1e-9; // the amount is a sum of steps, rounded
        self.lines.iter().filter(move |line| self.at(line.step, measure) <= amount * tolerance)
    }
}

/// Where everybody was at one moment.
#[derive(Debug)]
pub struct Standing<'a> {
    /// How the moment is measured.
    pub measure: Measure,
    /// The moment.
    pub amount: f64,
    /// The evaluation of each run; none if its first one came later.
    pub lines: Vec<Option<&'a EvaluationRow>>,
}

/// Runs that can be compared.
#[derive(Debug)]
pub struct Comparison {
    /// The runs.
    pub contenders: Vec<Contender>,
}

impl Comparison {
    /// Reads the runs, and measures how long their steps take.
    ///
    /// # Errors
    /// If one cannot be read or was never evaluated, or they have learnt different images or were
    /// judged in different ways.
    pub fn of(paths: &[PathBuf]) -> Result<Self, Error> {
        let contenders = paths.iter().map(|path| Contender::read(path)).collect::<Result<Vec<_>, _>>()?;
        let mut comparison = Self { contenders };
        comparison.check()?;
        let configs: Vec<&Config> = comparison.contenders.iter().map(|contender| &contender.config).collect();
        let seconds = clock::step_seconds(&configs)?;
        for (contender, seconds) in comparison.contenders.iter_mut().zip(seconds) {
            contender.step_seconds = seconds;
        }
        Ok(comparison)
    }

    /// Where the shortest run ends.
    pub(super) fn end(&self, measure: Measure) -> f64 {
        self.contenders.iter().map(|contender| contender.end(measure)).fold(f64::INFINITY, f64::min)
    }

    fn check(&self) -> Result<(), Error> {
        let Some((first, others)) = self.contenders.split_first() else { return Ok(()) };
        let eyes = |line: &EvaluationRow| (line.samples, line.judge.clone());
        let wanted = eyes(&first.lines[0]);
        for contender in &self.contenders {
            if let Some(line) = contender.lines.iter().find(|line| eyes(line) != wanted) {
                let reason = format!("at step {} it was judged by {}", line.step, line.judge);
                let reason =
                    format!("{reason} with {} samples, {} by {}", line.samples, first.path.display(), wanted.1);
                return Err(Error::file(&contender.path, format!("{reason} with {}; they do not compare", wanted.0)));
            }
        }
        let Some(other) = others.iter().find(|other| other.config.data.sha256 != first.config.data.sha256) else {
            return Ok(());
        };
        let (learnt, wanted) = (&other.config.data, &first.config.data);
        let reason = format!("it has learnt {} images of {}", learnt.images, learnt.name);
        let reason = format!("{reason}, and {} others ({} of {})", first.path.display(), wanted.images, wanted.name);
        Err(Error::file(&other.path, format!("{reason}; they do not compare")))
    }

    /// Where everybody was, by epochs and then by seconds, in order.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing<'_>> {
        let standing = |measure: Measure, part: f64| {
            let end = self.end(measure);
            let amount = end * part;
            let lines = self.contenders.iter().map(|contender| contender.until(amount, measure).next_back()).collect();
            Standing { measure, amount, lines }
        };
        Measure::ALL.into_iter().flat_map(|measure| PARTS.map(|part| standing(measure, part))).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use dcgan::config::Data;

    pub(in crate::compare) fn contender(name: &str, batch_size: usize, step_seconds: f64, steps: &[u64]) -> Contender {
        let data = Data { name: "toy".to_owned(), images: 100, sha256: "1".to_owned() };
        let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
        config.training.batch_size = batch_size;
        let line = |&step: &u64| EvaluationRow {
            step,
            epoch: 1,
            samples: 2000,
            judge: "mnist-1".to_owned(),
            frechet_distance: 1000.0 / step as f64,
            kernel_distance: 0.1,
            kernel_distance_interval: 0.01,
            inception_score: 5.0,
            classes_covered: 10,
            class_entropy_bits: 3.0,
            precision: 0.5,
            recall: 0.25,
        };
        Contender { path: name.into(), config, lines: steps.iter().map(line).collect(), step_seconds }
    }

    /// `slow` sees 10 images in 4 s; `fast` 20 in 1 s, and is evaluated twice as often.
    pub(in crate::compare) fn two() -> Comparison {
        let slow = contender("slow", 10, 4.0, &[10, 20, 30, 40]);
        let fast = contender("fast", 20, 1.0, &[5, 10, 15, 20, 25, 30]);
        Comparison { contenders: vec![slow, fast] }
    }

    /// By hand: the shorter way is slow's 4 epochs, and fast's 30 seconds.
    #[test]
    fn the_last_evaluation_that_is_not_too_late_counts() {
        let comparison = two();
        comparison.check().unwrap();
        let steps = |standing: &Standing<'_>| {
            (standing.amount, standing.lines.iter().map(|line| line.map(|line| line.step)).collect::<Vec<_>>())
        };
        let found: Vec<_> = comparison.standings().iter().map(steps).collect();
        let expected = [
            (1.0, vec![Some(10), Some(5)]),
            (2.0, vec![Some(20), Some(10)]),
            (4.0, vec![Some(40), Some(20)]),
            (7.5, vec![None, Some(5)]),
            (15.0, vec![None, Some(15)]),
            (30.0, vec![None, Some(30)]),
        ];
        assert_eq!(expected[..], found);
    }

    #[test]
    fn only_what_compares_is_compared() {
        let refused = |change: &dyn Fn(&mut Contender), part: &str| {
            let mut comparison = two();
            change(&mut comparison.contenders[1]);
            let message = comparison.check().unwrap_err().to_string();
            assert!(message.starts_with("fast: ") && message.contains(part), "{message}");
        };
        refused(&|fast| fast.config.data.sha256 = "2".to_owned(), "it has learnt 100 images of toy, and slow others");
        refused(&|fast| fast.lines[2].judge = "mnist-2".to_owned(), "at step 15 it was judged by mnist-2");
        refused(&|fast| fast.lines[0].samples = 3, "with 3 samples, slow by mnist-1 with 2000");
    }
}
