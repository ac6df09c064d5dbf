//! Memory: what training needs, whether the system gives it, what a process has.
//!
//! A program that runs out of memory is ended where it stands. So the question is asked before the first
//! step, in one piece, and a refusal is a sentence. (Linux mostly promises more than it has; a limit set by
//! `ulimit -v` or more than the whole machine is refused for sure.)

use crate::Error;
use crate::config::Config;
use crate::models::Layer;

/// Refuses a training that the system gives no memory for.
///
/// # Errors
/// If it does not, or there are no networks of that shape.
pub fn check(config: &Config) -> Result<(), Error> {
    let (generator, discriminator) = config.model.layers()?;
    let mut bytes = needed_bytes(&generator, &discriminator, config.training.batch_size);
    if config.variations.average.is_some() {
        bytes += generator.iter().map(|layer| (size_of::<f32>() * layer.parameters) as u64).sum::<u64>();
    }
    let size = usize::try_from(bytes).unwrap_or(usize::MAX);
    Vec::<u8>::new().try_reserve_exact(size).map_err(|_| {
        let megabytes = bytes.div_ceil(1_000_000);
        let way_out = "take a smaller --width or --batch-size, or raise the limit (ulimit -v)";
        Error::Usage(format!(
            "training takes about {megabytes} MB of memory, which the system does not give; {way_out}"
        ))
    })
}

/// Bytes that training takes beside the images, about.
///
/// Each weight is there four times, with its gradient and Adam's two averages, and three of them once more when they are
/// saved. Of each layer's result a batch keeps two forms for the way back and has a gradient of one, in G once
/// and in D for two batches.
#[must_use]
pub fn needed_bytes(generator: &[Layer], discriminator: &[Layer], batch_size: usize) -> u64 {
    let parameters = |layers: &[Layer]| layers.iter().map(|layer| layer.parameters as u64).sum::<u64>();
    let outputs =
        |layers: &[Layer]| layers.iter().map(|layer| layer.output.iter().product::<usize>() as u64).sum::<u64>();
    let weights = 7 * (parameters(generator) + parameters(discriminator));
    let results = 3 * (outputs(generator) + 2 * outputs(discriminator)) * batch_size as u64;
    size_of::<f32>() as u64 * (weights + results)
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
    use crate::config::Data;

    #[test]
    fn what_no_machine_has_is_refused_in_a_sentence() {
        let data = Data { name: "toy".to_owned(), images: 1 << 31, sha256: String::new() };
        let mut config = Config::article(data, 256, 3, "article").unwrap();
        check(&config).unwrap();
        config.training.batch_size = 1 << 30;
        let message = check(&config).unwrap_err().to_string();
        assert!(message.contains("--batch-size") && message.contains(" MB of memory"), "{message}");
    }
}
