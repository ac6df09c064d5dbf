//! What a step would cost if several machines shared it: what it exchanges, and how long that takes
//! on a network, by the model of [`ranks::network`].

use std::fmt::Write;

use ranks::meter::Traffic;
use ranks::network::{Network, Step};
use serde::Serialize;

/// The networks of the table, in 10⁹ bits per second.
const GBITS: [f64; 3] = [10.0, 25.0, 100.0];
/// Seconds for a message between two machines over TCP, a usual figure.
const LATENCY_SECONDS: f64 = 30e-6;
/// The numbers of machines.
const RANKS: [usize; 6] = [2, 4, 8, 16, 32, 64];
/// The largest batch of a machine that is looked at.
const MOST_IMAGES: usize = 4096;

/// What was measured of a step with shards, and what follows for several machines.
#[derive(Debug, Serialize)]
pub(super) struct Sharing {
    /// Into how many parts the batch was cut.
    shards: usize,
    /// Images of the whole batch.
    batch_size: usize,
    /// Bytes that each machine would send for each step, if each had one shard.
    exchanged_bytes: u64,
    /// Calls of the group for each step.
    calls: usize,
    /// The share of a step that one image costs.
    image_seconds: f64,
    /// The share of a step that does not depend on the number of images, so that machines cannot
    /// share it.
    repeated_seconds: f64,
    /// With as many images on each machine as were measured.
    machines: Vec<Row>,
}

/// The efficiencies of so many machines: 1 would be their whole speed.
#[derive(Debug, Serialize)]
struct Row {
    machines: usize,
    at_10_gbit: f64,
    at_25_gbit: f64,
    at_100_gbit: f64,
    /// Images for each machine below which more than half of the speed is lost.
    least_images_at_10_gbit: Option<usize>,
    least_images_at_25_gbit: Option<usize>,
    least_images_at_100_gbit: Option<usize>,
}

impl Sharing {
    /// From the time of a step of `batch_size` images and of one of a quarter of them, and what a
    /// step has exchanged by its `shards`.
    pub(super) fn new(batch_size: usize, shards: usize, seconds: [f64; 2], traffic: Traffic) -> Self {
        let [whole, quarter] = seconds;
        let seconds_per_image = (whole - quarter) / (batch_size - batch_size / 4) as f64;
        let step = Step {
            seconds_per_image,
            repeated_seconds: (whole - seconds_per_image * batch_size as f64).max(0.0),
            gradient_elements: traffic.summed,
            gathered: traffic.gathered / shards,
            calls: traffic.calls,
        };
        let row = |machines: usize| {
            let networks = GBITS.map(|gbit| Network { latency_seconds: LATENCY_SECONDS, bits_per_second: gbit * 1e9 });
            let efficiency = networks.map(|network| step.efficiency(batch_size * machines, machines, network));
            let least = networks.map(|network| step.least_images(machines, network, MOST_IMAGES));
            let [at_10_gbit, at_25_gbit, at_100_gbit] = efficiency;
            let [least_images_at_10_gbit, least_images_at_25_gbit, least_images_at_100_gbit] = least;
            Row {
                machines,
                at_10_gbit,
                at_25_gbit,
                at_100_gbit,
                least_images_at_10_gbit,
                least_images_at_25_gbit,
                least_images_at_100_gbit,
            }
        };
        Self {
            shards,
            batch_size,
            exchanged_bytes: traffic.bytes(shards, shards, shards),
            calls: traffic.calls,
            image_seconds: seconds_per_image,
            repeated_seconds: step.repeated_seconds,
            machines: RANKS.map(row).into(),
        }
    }

    /// The lines for people.
    pub(super) fn table(&self) -> String {
        let Self { shards, batch_size, calls, .. } = self;
        let megabytes = self.exchanged_bytes as f64 / 1e6;
        let milliseconds = [self.repeated_seconds, self.image_seconds].map(|seconds| seconds * 1e3);
        let mut table = format!(
            "{shards} ranks of one shard would each send {megabytes:.1} MB for each step, in {calls} calls\n\
             a step takes {:.1} ms, and {:.2} ms more for each image\n\n\
             share of the speed that is left, with {batch_size} images on each machine, and images below which half is lost\n\
             machines     10 Gbit/s         25 Gbit/s        100 Gbit/s\n",
            milliseconds[0], milliseconds[1],
        );
        for row in &self.machines {
            let cell = |efficiency: f64, least: Option<usize>| {
                format!("{:5.1} %  {:>6}", efficiency * 100.0, least.map_or("-".to_owned(), |least| least.to_string()))
            };
            let cells = [
                cell(row.at_10_gbit, row.least_images_at_10_gbit),
                cell(row.at_25_gbit, row.least_images_at_25_gbit),
                cell(row.at_100_gbit, row.least_images_at_100_gbit),
            ];
            let _ = writeln!(table, "{:8}   {}", row.machines, cells.join("   ")); // a String takes all
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 64 images take 0.2 s and 16 take 0.08 s, so one takes 0.0025 s and all ranks repeat
    /// 0.04 s.
    #[test]
    fn the_part_that_cannot_be_shared_is_found() {
        let traffic = Traffic { summed: 4_000_000, gathered: 4000, calls: 40, ..Traffic::default() };
        let sharing = Sharing::new(64, 2, [0.2, 0.08], traffic);
        assert!((sharing.image_seconds - 0.0025).abs() <= 1e-12 && (sharing.repeated_seconds - 0.04).abs() <= 1e-12);
        assert_eq!(4 * 4_000_000 + 2000 * 8, sharing.exchanged_bytes);
        let last = &sharing.machines[5];
        assert!(last.at_10_gbit < last.at_25_gbit && last.at_25_gbit < last.at_100_gbit && last.at_100_gbit < 1.0);
        assert!(sharing.table().contains("2 ranks of one shard would each send 16.0 MB"));
    }
}
