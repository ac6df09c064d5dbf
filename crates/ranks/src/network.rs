//! What a step costs on a network: the model of a latency and a bandwidth.
//!
//! ```text
//! t = messages·α + bytes/β          α: seconds for a message, β: bytes per second
//! ```
//!
//! (Hockney 1994; the "alpha-beta model".) A step of `R` ranks computes its share of the batch,
//! repeats on each rank what is not shared (Adam, packed weights), and exchanges. Each call of the
//! group sends a message to each other rank, one after the other.

/// A network between machines.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// Seconds from one process to another for an empty message.
    pub latency_seconds: f64,
    /// Bits per second in one direction.
    pub bits_per_second: f64,
}

/// A training step on one machine.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Seconds that shrink with the batch, for one image.
    pub seconds_per_image: f64,
    /// Seconds that every rank spends, however small its part of the batch is.
    pub repeated_seconds: f64,
    /// Elements of all gradients, exchanged once per step.
    pub gradient_elements: usize,
    /// Numbers that each shard brings to be gathered.
    pub gathered: usize,
    /// Calls of the group.
    pub calls: usize,
}

impl Step {
    /// The seconds of a step on one machine.
    #[must_use]
    pub fn alone(&self, batch: usize) -> f64 {
        batch as f64 * self.seconds_per_image + self.repeated_seconds
    }

    /// The seconds that `ranks` spend on the wire: a shard each.
    #[must_use]
    pub fn exchange(&self, ranks: usize, network: Network) -> f64 {
        let others = (ranks - 1) as f64;
        let gradients = 2.0 * 4.0 * self.gradient_elements as f64 * others / ranks as f64;
        let numbers = 8.0 * self.gathered as f64 * others;
        self.calls as f64 * others * network.latency_seconds + 8.0 * (gradients + numbers) / network.bits_per_second
    }

    /// The seconds of a step of `ranks` that share a batch.
    #[must_use]
    pub fn shared(&self, batch: usize, ranks: usize, network: Network) -> f64 {
        batch as f64 / ranks as f64 * self.seconds_per_image + self.repeated_seconds + self.exchange(ranks, network)
    }

    /// How much of the speed of `ranks` machines is left: 1 if a step of `ranks` takes the
    /// `ranks`-th part of the time.
    #[must_use]
    pub fn efficiency(&self, batch: usize, ranks: usize, network: Network) -> f64 {
        self.alone(batch) / (ranks as f64 * self.shared(batch, ranks, network))
    }

    /// The fewest images for each of `ranks` with which at least half of their speed is left; none
    /// if it takes more than `most`.
    #[must_use]
    pub fn least_images(&self, ranks: usize, network: Network, most: usize) -> Option<usize> {
        (1..=most).find(|images| 0.5 <= self.efficiency(images * ranks, ranks, network))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Step =
        Step { seconds_per_image: 0.004, repeated_seconds: 0.0, gradient_elements: 1_000_000, gathered: 0, calls: 10 };

    /// By hand: 2 ranks send 4 MB of 8 MB each, and 10 messages of 50 µs.
    #[test]
    fn two_ranks_by_hand() {
        let network = Network { latency_seconds: 50e-6, bits_per_second: 1e9 };
        let exchange = STEP.exchange(2, network);
        assert!((exchange - (10.0 * 50e-6 + 0.032)).abs() <= 1e-12, "{exchange}");
        let efficiency = STEP.efficiency(64, 2, network);
        assert!((efficiency - 0.256 / (2.0 * (0.128 + 0.0325))).abs() <= 1e-12, "{efficiency}");
        let images = STEP.least_images(2, network, 100);
        assert_eq!(Some(9), images, "0.0325 s are a bit more than 8 images");
        assert_eq!(None, STEP.least_images(2, network, 8));
    }

    #[test]
    fn without_a_network_nothing_is_lost() {
        let network = Network { latency_seconds: 0.0, bits_per_second: f64::INFINITY };
        assert!((STEP.efficiency(64, 64, network) - 1.0).abs() <= 1e-12);
    }
}
