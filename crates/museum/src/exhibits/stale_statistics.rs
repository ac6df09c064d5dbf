//! Running statistics that never move: nobody runs the operation that updates them.

use crate::exhibit::{Exhibit, Sign};
use crate::parts::{Healthy, Parts};

pub(super) const EXHIBIT: Exhibit = Exhibit {
    name: "stale-statistics",
    title: "the running statistics of batch norm are never updated",
    parts: &StaleStatistics,
    twin: &Healthy,
    see: "Training goes well, and its batches show digits. Samples are mud, because they are normalised by the mean 0 and the variance 1 of the start.",
    remedy: "Look at samples by both statistics. Update the running ones in training, and keep enough of the old ones.",
    source: "bamos/dcgan-completion; pytorch/examples#804; duxingren14/DualGAN#10; soumith/dcgan.torch#19",
    sign: Sign::Doctor("samples by running statistics differ"),
    file: include_str!("stale_statistics.rs"),
};

struct StaleStatistics;

impl Parts for StaleStatistics {
    fn running(&self, old: f64, _batch: f64) -> f64 {
        old
    }
}
