//! `fail`: the museum of failures. Each exhibit is trained beside a healthy twin, and shown.

use std::path::{Path, PathBuf};

use clap::Args;

use super::compute_args::ComputeArgs;
use crate::datasets;
use crate::flags::with_flags;
use crate::progress;
use crate::terminal;
use data::Images;
use gallery::numbers::duration;
use museum::exhibit::Exhibit;
use museum::exhibits::{self, ALL};
use museum::judging::Jury;
use museum::parts::Healthy;
use museum::record::{self, Record};
use museum::survey::{self, Judged, Pair};
use museum::training::Plan;
use runs::{Error, atomic, directory, overwrite};

#[derive(Debug, Args)]
pub(crate) struct FailArgs {
    /// The exhibit [default: list all of them]
    #[arg(conflicts_with_all = ["all", "seeds"])]
    name: Option<String>,
    /// Train all exhibits, one after the other
    #[arg(long, conflicts_with = "seeds")]
    all: bool,
    /// Train all exhibits with that many seeds, and print whether the signs show
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1000), conflicts_with_all = ["seed", "out"])]
    seeds: Option<u64>,
    /// The seed of both trainings
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    seed: u64,
    /// Feature maps where they are 4x4; a multiple of 4
    #[arg(long, default_value_t = 32, value_parser = parse_width)]
    width: usize,
    /// Steps of each training
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    steps: u64,
    /// Where to put the folders of the exhibits
    #[arg(long, value_name = "DIR", default_value = "museum")]
    out: PathBuf,
    #[command(flatten)]
    compute: ComputeArgs,
}

/// The files in the folder of an exhibit, and the one beside the folders.
const PICTURE: &str = "picture.png";
const TEXT: &str = "words.md";
const RECORD: &str = "record.json";
const ALL_RECORDS: &str = "museum.json";

/// A width that can be halved twice.
fn parse_width(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(width) if (4..=512).contains(&width) && width % 4 == 0 => Ok(width),
        _ => Err("must be a multiple of 4, from 4 to 512".to_owned()),
    }
}

impl FailArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        let chosen: Vec<&'static Exhibit> = match &self.name {
            Some(name) => vec![exhibits::named(name).ok_or_else(|| unknown(name))?],
            None if self.all => ALL.iter().collect(),
            None => vec![],
        };
        if chosen.is_empty() && self.seeds.is_none() {
            progress::print(&list());
            return Ok(());
        }
        self.check_out(&chosen)?; // before minutes of training
        self.compute.set_up()?;
        let images = datasets::mnist::read_training(None, true)?.images;
        let plan = Plan { seed: self.seed, width: self.width, steps: self.steps };
        match self.seeds {
            Some(seeds) => progress::print(&survey::table(seeds, &plan, &images, |pair| {
                let sign = pair.sign().unwrap_or_else(|| "no sign".to_owned());
                terminal::print_line(&format!("{}, seed {}: {sign}", pair.exhibit.name, pair.plan.seed));
            })),
            None => self.show(&chosen, &plan, &images)?,
        }
        Ok(())
    }

    /// Refuses what could not be written in the end.
    fn check_out(&self, chosen: &[&'static Exhibit]) -> Result<(), Error> {
        for exhibit in chosen {
            let folder = self.out.join(exhibit.name);
            if folder.is_dir() { check(&folder, exhibit.name)? } else { atomic::may_create(&folder)? }
        }
        if self.all && self.out.is_dir() { check_json(&self.out.join(ALL_RECORDS)) } else { Ok(()) }
    }

    /// Trains each exhibit, and its twin once, and writes what there is to see.
    fn show(&self, chosen: &[&'static Exhibit], plan: &Plan, images: &Images) -> Result<(), Error> {
        let mut jury: Option<Jury> = None;
        let mut healthy: Option<Judged> = None;
        let mut records = vec![];
        for &exhibit in chosen {
            let folder = self.out.join(exhibit.name);
            let started = std::time::Instant::now();
            let plan = survey::plan_of(exhibit, plan);
            let steps = progress::plural(plan.steps, "step");
            terminal::say(&format!("{}: {steps}, beside those of a healthy twin", exhibit.name));
            let jury = &*jury.get_or_insert_with(|| Jury::new(images));
            let own = exhibit.is_of_the_twin().then(|| survey::judged(exhibit.twin, &plan, images, jury));
            let twin = match &own {
                Some(twin) => twin,
                None => healthy.get_or_insert_with(|| survey::judged(&Healthy, &plan, images, jury)),
            };
            let ill = survey::judged(exhibit.parts, &plan, images, jury);
            let pair = Pair { exhibit, ill, twin, plan };
            let record = write(&folder, &pair)?;
            let sign = pair.sign().unwrap_or_else(|| format!("its sign does not show with this seed and {steps}"));
            let line = format!(
                "{} ({}): {sign}; see {}",
                exhibit.name,
                duration(started.elapsed()),
                folder.join(PICTURE).display()
            );
            terminal::print_line(&with_flags(&line));
            records.push(record);
        }
        if self.all {
            let path = self.out.join(ALL_RECORDS);
            check_json(&path)?;
            write_json(&path, &records)?;
        }
        Ok(())
    }
}

/// Writes the picture, the text and the record of a pair.
fn write(folder: &Path, pair: &Pair<'_>) -> Result<Record, Error> {
    let record = record::of(pair);
    directory::create(folder)?;
    check(folder, pair.exhibit.name)?;
    atomic::write(&folder.join(PICTURE), &record::picture(pair).to_png(&[overwrite::mark()]))?;
    atomic::write(&folder.join(TEXT), record::text(&record).as_bytes())?;
    write_json(&folder.join(RECORD), std::slice::from_ref(&record))?;
    Ok(record)
}

/// Refuses an exhibit's `folder` with a file that is another's or cannot be written.
fn check(folder: &Path, name: &str) -> Result<(), Error> {
    overwrite::may_write(&folder.join(PICTURE))?;
    let text = folder.join(TEXT);
    overwrite::may_replace(&text, |old| old.starts_with(format!("# {name}: ").as_bytes()))?;
    atomic::may_write(&text)?;
    check_json(&folder.join(RECORD))
}

/// Refuses a file of records that is another's or cannot be written.
fn check_json(path: &Path) -> Result<(), Error> {
    overwrite::may_replace(path, |old| {
        let old: Result<Vec<serde_json::Map<String, serde_json::Value>>, _> = serde_json::from_slice(old);
        old.is_ok_and(|records| records.iter().all(|record| record.contains_key("doctor_of_the_twin")))
    })?;
    atomic::may_write(path)
}

/// Writes records as a list, one field a line.
fn write_json(path: &Path, records: &[Record]) -> Result<(), Error> {
    let json = serde_json::to_string_pretty(records).expect("records are numbers and texts");
    atomic::write(path, (json + "\n").as_bytes())
}

fn unknown(name: &str) -> Error {
    let names: Vec<&str> = ALL.iter().map(|exhibit| exhibit.name).collect();
    Error::Usage(format!("there is no exhibit {name}; there are {}", names.join(", ")))
}

/// All exhibits, a line each.
fn list() -> String {
    let width = ALL.iter().map(|exhibit| exhibit.name.len()).max().unwrap_or_default();
    ALL.iter().map(|exhibit| format!("{:width$}  {}\n", exhibit.name, exhibit.title)).collect()
}
