//! `evaluate`: how good the samples of a generator are, compared with real images.

use std::path::{Path, PathBuf};

use clap::Args;

use super::compute_args::ComputeArgs;
use super::unjudged::{self, OwnPictures, Unjudged};
use super::wish_args::truncated;
use crate::datasets::{ALL, reals};
use crate::progress::plural;
use crate::terminal;
use gallery::evaluation;
use gallery::report;
use judge::figures::{self, Evaluator};
use judge::{Domain, LoadedJudge};
use runs::atomic;
use runs::directory::{self, CHECKPOINT, Run, is_run};
use runs::overwrite;
use runs::samples::Samples;
use runs::{Error, input};

#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// The directory of a run, a checkpoint, or a folder of PNG files
    input: PathBuf,
    /// How many samples to generate; of a folder, how many pictures to read at most
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(figures::FEWEST as i64..=100_000), allow_negative_numbers = true)]
    count: u32,
    /// The seed of the first sample; each further sample has the next seed
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    seed: u64,
    /// Draw the noise of the samples nearer to the middle, from this share of its range
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    truncation: Option<f32>,
    /// Where the real images are [default: datasets/mnist, datasets/cifar10; of a run of your own
    /// pictures, where it found them]
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// The class of CIFAR-10 that the samples are compared with, or `all` [default: horse]
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// A judge of your own, made by train-judge
    #[arg(long, value_name = "FILE")]
    judge: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Where to put evaluation.png and evaluation.json, and nearest.png of your own pictures
    /// [default: the run's directory, or this one]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    compute: ComputeArgs,
}

impl EvaluateArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        self.compute.set_up()?;
        let folder = self.out();
        let [json_path, picture_path] = ["evaluation.json", "evaluation.png"].map(|name| folder.join(name));
        self.check_out(&json_path, &picture_path)?; // before minutes of evaluation
        let wish = truncated(self.truncation)?;
        let others = if is_folder(&self.input) { other_pictures(&self.input) } else { 0 };
        let mut notes = vec![];
        let unjudged = if is_folder(&self.input) { None } else { Unjudged::find(&self.input, self.data.as_deref())? };
        let (judge, samples, reals) = if let Some(unjudged) = unjudged {
            if self.class.is_some() {
                return Err(Error::Usage("--class is for runs on CIFAR-10; leave it out".to_owned()));
            }
            let out = folder.join("nearest.png");
            if !self.is_out_new() {
                overwrite::may_write(&out)?;
            }
            let judge = self.judge(unjudged.subject())?;
            let own = unjudged.samples(self.count as usize, self.seed, &wish, &out)?;
            let OwnPictures { samples, reals, read, nearest } = own;
            if !self.json {
                read.iter().for_each(|line| terminal::print_line(line));
            }
            let reals = match reals {
                Err(error) if self.json => {
                    return Err(Error::Usage(format!("--json: there are no figures: {error}")));
                }
                Err(error) => {
                    terminal::print_line(&format!("there are no figures: {error}"));
                    terminal::print_line(&nearest);
                    return Ok(());
                }
                Ok(reals) => reals,
            };
            notes.extend(unjudged::warning(samples.subject));
            notes.push(nearest);
            (judge, samples, reals)
        } else {
            let found = Samples::find(&self.input, self.count as usize, self.seed, &wish);
            let found = found.map_err(|error| if 0 < others { error_of_folder(&error, others) } else { error });
            let (mut samples, maker) = found?;
            let mut reals = reals::read(samples.subject, self.class(&samples), self.data.as_deref())?;
            samples.check(&reals)?;
            let judge = self.judge(samples.subject)?;
            // Last, since it may take minutes.
            maker.map_or(Ok(()), |maker| maker.make(&mut samples))?;
            if let Some(learnt) = &samples.learnt
                && !samples.are_of_their_subject()
                && judge.record.trained_on != reals.training.sha256()
            {
                notes.push(of_others(&learnt.name, samples.subject));
                reals.name.clone_from(&learnt.name);
            }
            (judge, samples, reals)
        };

        let evaluator = Evaluator::new(judge, reals);
        let found = evaluator.evaluate(&samples.images);
        let json = evaluation::json(&samples, &evaluator, &found);
        let picture = evaluation::picture(&samples, &evaluator, &found).to_png(&[overwrite::mark()]);
        // First: what follows may fail, for want of space on the disk.
        terminal::print_text(&if self.json { json.clone() } else { evaluation::text(&samples, &evaluator, &found) });
        if !self.json {
            notes.iter().for_each(|note| terminal::print_line(note));
        }
        if 0 < others && !self.json {
            terminal::print_line(&left_out(others));
        }
        directory::create(folder)?;
        atomic::write(&json_path, json.as_bytes())?;
        atomic::write(&picture_path, &picture)?;
        if folder == self.input
            && let Ok(run) = Run::look(folder)
        {
            report::finish(&run)?;
        }
        if !self.json {
            terminal::print_line(&format!("figures and picture: {}, {}", json_path.display(), picture_path.display()));
        }
        Ok(())
    }

    /// The class of CIFAR-10 that is asked for: that of the flag, or all if the samples are of all.
    fn class(&self, samples: &Samples) -> Option<&str> {
        let all = format!("cifar-{ALL}");
        let is_of_all = samples.learnt.as_ref().is_some_and(|learnt| learnt.name == all);
        self.class.as_deref().or(is_of_all.then_some(ALL))
    }

    /// The judge that is asked for, if it knows `subject`.
    fn judge(&self, subject: Domain) -> Result<LoadedJudge, Error> {
        let Some(path) = &self.judge else { return Ok(LoadedJudge::shipped(subject)) };
        let bytes = input::read(path, input::MOST_CHECKPOINT_BYTES)?;
        let judge = LoadedJudge::from_bytes(&bytes).map_err(|error| Error::file(path, error))?;
        if judge.record.domain != subject {
            let (knows, wanted) = (judge.record.domain.name(), subject.name());
            return Err(Error::file(path, format!("it judges {knows}, but the samples are like {wanted}")));
        }
        Ok(judge)
    }

    /// Whether `--out` names a folder that is not there yet.
    fn is_out_new(&self) -> bool {
        self.out.as_ref().is_some_and(|folder| !folder.is_dir())
    }

    /// Refuses what could not be written in the end.
    fn check_out(&self, json: &Path, picture: &Path) -> Result<(), Error> {
        if let Some(folder) = self.out.as_ref().filter(|_| self.is_out_new()) {
            return atomic::may_create(folder);
        }
        let refuse = |error: Error| match &self.out {
            None => Error::Usage(format!("{error}; name another folder by --out")),
            Some(_) => error,
        };
        overwrite::may_replace(json, is_own_json)?;
        overwrite::may_write(picture).map_err(refuse)
    }

    fn out(&self) -> &Path {
        let here = Path::new("");
        let run = if self.input.join(CHECKPOINT).exists() { &self.input } else { here };
        self.out.as_deref().unwrap_or(run)
    }
}

/// Whether these are the bytes of an `evaluation.json`, so that it may be replaced.
fn is_own_json(old: &[u8]) -> bool {
    let report: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_slice(old);
    report.is_ok_and(|report| ["judge", "real", "samples"].iter().all(|key| report.contains_key(*key)))
}

/// Whether `path` is a folder of pictures.
fn is_folder(path: &Path) -> bool {
    path.is_dir() && !is_run(path)
}

/// Pictures that are not read: JPEG files in `folder`, and all in the folders within.
fn other_pictures(folder: &Path) -> usize {
    let mut count = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            let ends = |ending: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending));
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(_) if ends("jpg") || ends("jpeg") || (ends("png") && next != folder) => count += 1,
                _ => {}
            }
        }
    }
    count
}

/// What figures are worth by a judge of other images than those of the set `name`.
fn of_others(name: &str, subject: Domain) -> String {
    format!(
        "the judge has learnt {}, not {name}: the classes in these figures are its own, so they compare with each other \
         alone",
        subject.name()
    )
}

fn left_out(others: usize) -> String {
    let others = plural(others as u64, "other picture");
    format!("only PNG files in the folder itself are read; {others} (JPEG, or in folders within) left out")
}

/// The error of a folder in which there are pictures that are not read.
fn error_of_folder(error: &Error, others: usize) -> Error {
    Error::Usage(format!("{error}; {}", left_out(others)))
}
