//! Damaged files on their way back from PyTorch, and the memory that reading them takes: some times
//! the files and a megabyte, whatever the config claims.
//!
//! A program of its own, since the allocator counts for the whole process.

#[path = "../crates/data/tests/mutate/mod.rs"]
mod mutate;

use dcgan::config::{Config, Data};
use dcgan::gan::Gan;
use exchange::torch::{self, Files};
use exchange::{Network, Role};
use peak_alloc::PeakAlloc;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The networks may be four times the files before their shapes are looked at; then there are the
/// tensors of the files, in both orders, and the networks with Adam's two moments.
const TIMES: usize = 12;

fn config() -> Config {
    let data = Data { name: "toy".to_owned(), images: 100, sha256: String::new() };
    let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
    config.model.width = 16;
    config
}

fn written(config: &Config) -> Files {
    let gan = Gan::start(config).unwrap();
    let state = gan.tensors();
    let file = |role: Role| {
        let layers = match role {
            Role::Generator => gan.generator.layers(),
            Role::Discriminator => gan.discriminator.layers(),
        };
        let mut file = vec![];
        torch::write(&mut file, &Network::of(role, &config.model, config.variations.extras(), &layers), "", &state)
            .unwrap();
        file
    };
    Files { generator: file(Role::Generator), discriminator: file(Role::Discriminator), average: None }
}

#[test]
fn ten_thousand_damaged_pairs_take_little_memory() {
    let config = config();
    let whole = written(&config);
    let mut wide = config.clone();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut refusals = 0;
    for i in 0..10_000 {
        let mut files = whole.clone();
        // A config may claim any width beside files of a few.
        wide.model.width = [16, 16, 32, 4096][i % 4];
        match rng.next_u32() % 3 {
            0 => mutate::mutate(&mut rng, &mut files.generator),
            1 => mutate::mutate(&mut rng, &mut files.discriminator),
            _ => files.generator.truncate(rng.next_u32() as usize % whole.generator.len()),
        }
        let bytes = files.generator.len() + files.discriminator.len();
        MEMORY.reset_peak_usage();
        let before = MEMORY.peak_usage();
        let result = torch::begin_with(&wide, &files);
        let used = MEMORY.peak_usage() - before;
        assert!(used <= TIMES * bytes + (1 << 20), "number {i}: {used} bytes for {bytes} of input");
        match result {
            Ok(gan) => assert!(gan.tensors().values().all(nn::state_dict::is_finite), "number {i}"),
            Err(_) => refusals += 1,
        }
    }
    assert!(5_000 <= refusals, "{refusals} of 10,000 were refused");
}
