//! `generate`: pictures from a checkpoint, by seed.

use std::path::PathBuf;

use clap::Args;

use super::machine::MachineArgs;
use crate::origin::{Origin, Shows};
use crate::{Error, atomic, generate, progress};

#[derive(Debug, Args)]
pub(super) struct GenerateArgs {
    /// The directory of a run, or a checkpoint
    run: PathBuf,
    /// How many pictures
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=10_000), allow_negative_numbers = true)]
    count: u32,
    /// The seed of the first picture; each next one has the next seed
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    seed: u64,
    /// The PNG file to write
    #[arg(long, value_name = "FILE", default_value = "generated.png")]
    out: PathBuf,
    #[command(flatten)]
    machine: MachineArgs,
}

impl GenerateArgs {
    pub(super) fn run(&self) -> Result<(), Error> {
        self.machine.set_up()?;
        let (gan, name) = generate::load_named(&self.run)?;
        let count = self.count as usize;
        let picture = generate::grid(&gan, self.seed, count)
            .map_err(|_| Error::file(&self.run, "its pictures are not finite; use another checkpoint"))?;
        let origin = Origin::here(Shows::Generated, self.seed, gan.step, name, count);
        atomic::write(&self.out, &origin.sign(&picture))?;
        progress::print(&format!("{count} pictures of step {} in {}", gan.step, self.out.display()));
        Ok(())
    }
}
