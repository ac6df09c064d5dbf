//! `ladder`: one convolution in nine rungs, from plain loops to the engine, on this machine.
//!
//! The layer is the second of the article's discriminator. Each rung is compared with the reference
//! on integers before it is timed.
#![forbid(unsafe_code)]

mod climb;
mod record;

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use rayon::ThreadPoolBuilder;
use tensor::fast::{self, Isa};

use climb::{DIRECTIONS, Layer};
use record::Record;

/// The file that `--mine` writes, from the root of the repository.
const MINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../records/ladder-mine.json");

/// The rungs from loops to the engine, on this machine
#[derive(Debug, Parser)]
#[command(name = "ladder")]
struct Args {
    /// The layer of the article's discriminator
    #[arg(long, default_value = "d2", value_parser = ["d2", "d3"])]
    layer: String,
    /// One pass instead of all three
    #[arg(long, value_parser = DIRECTIONS)]
    direction: Option<String>,
    /// How often each rung is timed; the result is the median
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// No wider instruction set than this: portable, avx2 or avx512
    #[arg(long, value_name = "SET")]
    isa: Option<String>,
    /// Threads, from rung 6 on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print JSON instead of a table, or write it to FILE beside the table
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    json: Option<Option<PathBuf>>,
    /// Write the record that the book shows as the reader's own
    #[arg(long)]
    mine: bool,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "ladder: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    if let Some(name) = &args.isa {
        let set = Isa::available().into_iter().find(|set| set.name() == name);
        fast::limit(set.ok_or_else(|| format!("--isa: this processor has no {name}"))?);
    }
    let pool = |threads: usize| ThreadPoolBuilder::new().num_threads(threads).build();
    let all_threads = pool(args.threads.map_or(0, usize::from)).map_err(|error| error.to_string())?;
    let one_thread = pool(1).map_err(|error| error.to_string())?;
    let layer = Layer::named(&args.layer).ok_or_else(|| format!("--layer: there is no {}", args.layer))?;
    let is_chosen = |direction: &usize| args.direction.as_ref().is_none_or(|name| name == DIRECTIONS[*direction]);

    let record = all_threads.install(|| {
        let climbs = (0..DIRECTIONS.len()).filter(is_chosen).map(|direction| {
            climb::check(&layer, direction);
            climb::climb(&layer, direction, usize::from(args.rounds), &one_thread)
        });
        Record::new(&layer, climbs.collect())
    });

    let is_only_json = args.json == Some(None);
    let text = if is_only_json { record.json() } else { record.table() };
    let _ = io::stdout().write_all(text.as_bytes()); // a closed pipe is no error
    let mine = args.mine.then(|| PathBuf::from(MINE));
    for path in args.json.iter().flatten().chain(&mine) {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        fs::write(path, record.json()).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}
