//! What every computing command takes: threads, and the instruction set.

use clap::{Args, ValueEnum};
use tensor::simd::{self, Isa};

use crate::Error;

/// Which kernels to use.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum IsaName {
    Portable,
    Avx2,
    Avx512,
}

/// What every computing command takes.
#[derive(Debug, Args)]
pub(super) struct MachineArgs {
    /// Threads that compute [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), allow_negative_numbers = true)]
    threads: Option<u16>,
    /// The widest instruction set to use [default: the widest that the processor has]
    #[arg(long)]
    isa: Option<IsaName>,
}

impl MachineArgs {
    /// Sizes the one thread pool, of which this thread is a part, and limits the instruction set.
    pub(super) fn set_up(&self) -> Result<(), Error> {
        if let Some(name) = self.isa {
            let isa = match name {
                IsaName::Portable => Isa::Portable,
                IsaName::Avx2 => Isa::Avx2,
                IsaName::Avx512 => Isa::Avx512,
            };
            if !Isa::available().contains(&isa) {
                let widest = simd::isa().name();
                return Err(Error::Usage(format!("--isa {}: this processor has {widest} at most", isa.name())));
            }
            simd::limit(isa);
        }
        let threads = self.threads.map_or(0, usize::from); // 0: one for each core
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread().build_global();
        pool.map_err(|error| Error::Usage(format!("--threads: the threads cannot be started: {error}")))
    }
}
