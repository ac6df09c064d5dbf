//! Memory: what training needs, whether the system gives it, what a process has.
//!
//! A program that runs out of memory is ended where it stands. So the question is asked before the
//! first step, in one piece, and a refusal is a sentence. (Linux mostly promises more than it has;
//! a limit set by `ulimit -v` or more than the whole machine is refused for sure.)

use dcgan::config::Config;
use runs::Error;

/// Refuses a training that the system gives no memory for.
///
/// # Errors
/// If it does not, or there are no networks of that shape.
pub fn check(config: &Config) -> Result<(), Error> {
    let bytes = needed_bytes(config)?;
    let size = usize::try_from(bytes).unwrap_or(usize::MAX);
    Vec::<u8>::new().try_reserve_exact(size).map_err(|_| {
        let megabytes = bytes.div_ceil(1_000_000);
        let way_out = "take a smaller --width or --batch-size, or raise the limit (ulimit -v)";
        Error::Usage(format!(
            "training takes about {megabytes} MB of memory, which the system does not give; {way_out}"
        ))
    })
}

/// Bytes that training takes beside the program and the images, within a sixth.
///
/// Each weight is there with its gradient, Adam's two averages, and packed for products, where sums
/// of weights are two or three times as many. Each result of a layer waits for the way back, in G
/// once and in D for two batches, some of them with a gradient. What is free serves all sizes. That
/// makes five and a half copies of a weight and two of a result: both are measured, as the test
/// says.
fn needed_bytes(config: &Config) -> Result<u64, Error> {
    let [generator, discriminator] = config.model.sizes()?;
    let average = if config.variations.decay(1).is_some() { generator.parameters } else { 0 };
    let weights = 11 * (generator.parameters + discriminator.parameters) / 2 + average;
    let results = 2 * (generator.outputs + 2 * discriminator.outputs) as u64 * config.training.batch_size as u64;
    Ok(size_of::<f32>() as u64 * (weights as u64 + results))
}

/// The most memory that this process has had resident; `None` where the system does not tell.
#[must_use]
pub fn peak_rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dcgan::config::Data;

    fn config(size: usize, channels: usize) -> Config {
        let data = Data { name: "toy".to_owned(), images: 1 << 31, sha256: String::new() };
        Config::from_recipe(data, size, channels, "article").unwrap()
    }

    /// What `train-mnist --dry-run` had resident at most on two cores with AVX-512, without the 61
    /// MB of it that are the program and the images.
    #[test]
    fn the_need_is_what_was_measured() {
        let megabytes = |width: usize, batch_size: usize, average: Option<f64>| {
            let mut config = config(28, 1);
            (config.model.width, config.training.batch_size, config.variations.average) = (width, batch_size, average);
            needed_bytes(&config).unwrap() as f64 / 1e6
        };
        for (width, batch_size, measured) in
            [(512, 64, 161.0), (512, 1, 100.0), (1024, 1, 372.0), (64, 512, 77.0), (256, 128, 97.0), (512, 256, 377.0)]
        {
            let ratio = megabytes(width, batch_size, None) / measured;
            assert!((5.0 / 6.0..=7.0 / 6.0).contains(&ratio), "{ratio} at width {width} and batches of {batch_size}");
        }
        assert!(megabytes(512, 64, None) < megabytes(512, 64, Some(0.9)));
    }

    #[test]
    fn what_no_machine_has_is_refused_in_a_sentence() {
        let mut config = config(256, 3);
        check(&config).unwrap();
        config.training.batch_size = 1 << 30;
        let message = check(&config).unwrap_err().to_string();
        assert!(message.contains("--batch-size") && message.contains(" MB of memory"), "{message}");
    }
}
