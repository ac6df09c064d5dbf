//! Whether this process was started as one of several: the launchers say so in the environment.

use std::env;

/// What Open MPI, MPICH and its kin, and Slurm's plugins call the number of processes.
const SIZES: [&str; 3] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS"];

/// What a launcher sets for each process even where it does not tell their number.
const RANKS: [&str; 2] = ["PMIX_RANK", "PMI_RANK"];

/// Whether a launcher such as `mpirun` has started this process, as one of several or alone.
#[must_use]
pub fn by_launcher() -> bool {
    SIZES.iter().chain(&RANKS).any(|name| env::var_os(name).is_some())
}

/// Whether a launcher says that this process is one of several.
#[must_use]
pub fn is_one_of_several() -> bool {
    SIZES.iter().any(|name| env::var(name).is_ok_and(|size| size.parse::<usize>().is_ok_and(|size| 1 < size)))
}
