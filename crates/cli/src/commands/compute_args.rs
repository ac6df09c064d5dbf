//! The flags of every command that computes: threads and instruction set.

use clap::{Args, ValueEnum};
use tensor::fast::{self, Isa};

use crate::terminal;
use runs::Error;

/// Which kernels to use.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum IsaName {
    Portable,
    Neon,
    Avx2,
    Avx512,
}

/// The flags of every command that computes.
#[derive(Debug, Args)]
pub(crate) struct ComputeArgs {
    /// Threads that compute [default: one for each core]
    #[arg(long, help_heading = "Computing", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), allow_negative_numbers = true)]
    threads: Option<u16>,
    /// The widest instruction set to use [default: the widest that the processor has]
    #[arg(long, help_heading = "Computing")]
    isa: Option<IsaName>,
}

impl IsaName {
    fn isa(self) -> Isa {
        match self {
            Self::Portable => Isa::Portable,
            Self::Neon => Isa::Neon,
            Self::Avx2 => Isa::Avx2,
            Self::Avx512 => Isa::Avx512,
        }
    }
}

impl ComputeArgs {
    /// Sizes the thread pool, which includes this thread, and limits the instruction set.
    pub(super) fn set_up(&self) -> Result<(), Error> {
        if let Some(isa) = self.isa.map(IsaName::isa) {
            if !Isa::available().contains(&isa) {
                let widest = fast::isa().name();
                return Err(Error::Usage(format!("--isa {}: this processor has {widest} at most", isa.name())));
            }
            fast::limit(isa);
        }
        let threads = self.threads.map_or(0, usize::from); // 0: one for each core
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread().build_global();
        pool.map_err(|error| Error::Usage(format!("--threads: the threads cannot be started: {error}")))
    }

    /// Uses the instruction set that a config records, unless a flag names another.
    pub(super) fn prefer(&self, recorded: &str) {
        if recorded.is_empty() || self.isa.is_some() {
            return;
        }
        match Isa::available().into_iter().find(|isa| isa.name() == recorded) {
            Some(isa) => fast::limit(isa),
            None => {
                let here = fast::isa().name();
                terminal::say(&format!(
                    "this processor has no {recorded}: {here} rounds differently, and the bits will differ"
                ));
            }
        }
    }

    /// Does what [`prefer`](Self::prefer) does for a resumed run, and refuses a flag that names
    /// another set.
    pub(super) fn insist(&self, recorded: &str) -> Result<(), Error> {
        match self.isa.map(|name| name.isa().name()) {
            Some(name) if !recorded.is_empty() && name != recorded => {
                let reason =
                    format!("--isa {name}: the run was computed with {recorded}, and {name} rounds differently");
                Err(Error::Usage(format!("{reason}; leave the flag out, or start a new run")))
            }
            _ => {
                self.prefer(recorded);
                Ok(())
            }
        }
    }
}
