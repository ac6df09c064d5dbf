//! `generate`: pictures from a checkpoint, one for each seed.

use std::path::{Path, PathBuf};

use clap::Args;

use super::generator_args::{GeneratorArgs, LoadedGenerator, check_out, ends_with};
use crate::progress::plural;
use gallery::npy;
use gallery::seeds::{MOST, Seeds};
use gallery::view::ViewContent;
use runs::Error;
use runs::{atomic, overwrite};

#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    #[command(flatten)]
    generator: GeneratorArgs,
    /// The seeds of the pictures, such as 0-99 or 1,5,9; they fill the grid in this order, row by
    /// row from the top left
    #[arg(long, allow_hyphen_values = true, conflicts_with_all = ["count", "seed"])]
    seeds: Option<Seeds>,
    /// How many pictures; of a generator that knows classes, how many in each row of a class
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = clap::value_parser!(u64).range(1..=MOST), allow_negative_numbers = true)]
    count: u64,
    /// The seed of the first picture; each further picture has the next seed
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    seed: u64,
    /// Write each picture to a file of its own, named by its seed, in the folder --out
    #[arg(long)]
    separate: bool,
    /// The file to write: a grid as .png, or an array of bytes as .npy [default: generated.png, or
    /// the folder generated]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl GenerateArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        let default = if self.separate { "generated" } else { "generated.png" };
        let path = self.out.as_deref().unwrap_or(Path::new(default));
        let is_array = ends_with(path, "npy");
        if is_array && (self.separate || self.generator.scale != 1) {
            return Err(Error::Usage("an array has no use for --separate and --scale; leave them out".to_owned()));
        }
        let seeds = match &self.seeds {
            Some(seeds) => seeds.clone(),
            None => Seeds::from(self.seed, self.count).map_err(|reason| Error::Usage(format!("--seed: {reason}")))?,
        };
        if !self.separate {
            check_out(path, &["png", "npy"])?;
        }
        let mut generator = self.generator.load()?;
        let is_grid = !is_array && !self.separate;
        // A row for each class, if several are asked for, or none in particular.
        let rows = match (generator.gan.classes(), &mut generator.wish.classes) {
            (0, _) => 1,
            (_, asked) if 1 < asked.len() && !is_grid => {
                return Err(Error::Usage(
                    "--class: only a grid has rows of several classes; give one class".to_owned(),
                ));
            }
            (classes, asked) => {
                if is_grid && asked.is_empty() {
                    asked.extend(0..classes);
                }
                asked.len().max(1)
            }
        };
        let count = (rows * seeds.all().len()) as u64;
        // Of separate pictures, one batch is in memory at a time.
        let at_once = if self.separate { count.min(generator.batch() as u64) } else { count };
        generator.check_memory(at_once)?;
        let what = plural(count, "picture");
        if is_array {
            overwrite::write(path, &npy::file(&generator.images(seeds.all())?))?;
        } else if self.separate {
            separate(&generator, &seeds, path)?;
        } else {
            generator.write(if rows == 1 { ViewContent::Grid(seeds) } else { ViewContent::Classes(seeds) }, path)?;
        }
        generator.done(&what, path);
        Ok(())
    }
}

/// Writes a file for each seed. In the order of their names, they are in the order of the seeds.
///
/// Before the first one is written, all names are checked: a file that this program has not written
/// is left alone.
fn separate(generator: &LoadedGenerator<'_>, seeds: &Seeds, folder: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, format!("cannot be created: {error}")))?;
    let digits = seeds.all().iter().max().map_or(1, |seed| seed.to_string().len()).max(5);
    let file_name = |seed: &u64| folder.join(format!("seed-{seed:0digits$}.png"));
    for seed in seeds.all() {
        let path = file_name(seed);
        overwrite::may_replace(&path, overwrite::is_own_picture)?;
        if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Error::file(&path, "it is no file; remove it, or give --out another name"));
        }
    }
    for seeds in seeds.all().chunks(generator.batch()) {
        for (seed, file) in seeds.iter().zip(generator.singles(seeds)?) {
            let path = file_name(seed);
            // Not synced one by one: of ten thousand files, that would take minutes.
            atomic::write_unsynced(&path, &file)?;
        }
    }
    Ok(())
}
