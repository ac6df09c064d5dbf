//! Hostile input costs little: no panic, and memory in proportion to the input, not to its claims.
//!
//! The allocator counts, for the whole process, so these tests take turns.

mod write;

use std::{
    io::Write as _,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use data::{
    Error, LIMIT_BYTES, Source, archive,
    cifar::{self, CIFAR_10, CIFAR_100},
    idx,
};
use flate2::{Compression, write::GzEncoder};
use peak_alloc::PeakAlloc;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;

fn my_turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `f` returns, and by how many bytes memory grew while it ran.
fn peak<T>(f: impl FnOnce() -> T) -> (T, usize) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.peak_usage();
    let result = f();
    (result, MEMORY.peak_usage() - before)
}

#[test]
fn the_counter_counts() {
    let _turn = my_turn();
    let (block, bytes) = peak(|| vec![1u8; 5 * MIB]);
    assert!((5 * MIB..6 * MIB).contains(&bytes), "{bytes} for {}", block.len());
}

/// Reads, and returns the bytes of the pictures, or the labels.
type Parser = fn(&mut Source) -> Result<Vec<u8>, Error>;

const IMAGES: Parser = |source| idx::read_images(source).map(data::Images::into_pixels);
const LABELS: Parser = |source| idx::read_labels(source);
const TEN: Parser = |source| cifar::read(source, &CIFAR_10).map(|set| set.into_images().into_pixels());
const HUNDRED: Parser = |source| cifar::read(source, &CIFAR_100).map(|set| set.into_images().into_pixels());
const ARCHIVE: Parser = |source| {
    let members = archive::read(source, &CIFAR_10, CIFAR_10.test_files)?;
    Ok(members.into_iter().flat_map(|member| member.pictures.into_images().into_pixels()).collect())
};

/// Numbers that break arithmetic.
const AWKWARD: [u32; 10] = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

/// Changes `bytes` in one to four places.
fn mutate(rng: &mut ChaCha8Rng, bytes: &mut Vec<u8>) {
    for _ in 0..=rng.next_u32() % 4 {
        // Half of the changes fall into the first bytes, where the headers are.
        let reach = if rng.next_u32() & 1 == 0 { bytes.len() } else { bytes.len().min(24) };
        if reach == 0 {
            bytes.push(rng.next_u32() as u8);
            continue;
        }
        let at = rng.next_u32() as usize % reach;
        let number = AWKWARD[rng.next_u32() as usize % AWKWARD.len()];
        match rng.next_u32() % 8 {
            0 => bytes[at] ^= 1 << (rng.next_u32() % 8),
            1 => bytes[at] = rng.next_u32() as u8,
            2 => bytes[at] = number as u8,
            3 => {
                for (byte, new) in bytes[at..].iter_mut().zip(number.to_be_bytes()) {
                    *byte = new;
                }
            }
            4 => bytes.truncate(at),
            5 => {
                bytes.remove(at);
            }
            6 => bytes.insert(at, number as u8),
            _ => bytes.extend_from_within(at..),
        }
    }
}

/// 200,000 mutations of `plain`, a quarter of them gzipped before and a quarter after the change.
///
/// Raw input may cost four times its size and a mebibyte. Behind gzip, what was unzipped counts as input.
fn mutations(plain: &[u8], parse: Parser) {
    let _turn = my_turn();
    let mut rng = ChaCha8Rng::seed_from_u64(plain.len() as u64);
    let zipped = write::gzip(plain);
    let limit = 4 * plain.len() as u64;
    let mut accepted = 0;
    for i in 0..200_000 {
        let mut input = if i % 4 == 0 { zipped.clone() } else { plain.to_vec() };
        mutate(&mut rng, &mut input);
        if i % 16 == 1 {
            input = write::gzip(&input);
        }
        let mut source = Source::new(&input, limit);
        let (result, bytes) = peak(|| parse(&mut source));
        let most = 4 * input.len().max(source.offset() as usize) + MIB;
        assert!(bytes <= most, "mutation {i}: {bytes} bytes for {} of input", input.len());
        if let Ok(read) = result {
            accepted += 1;
            assert!(read.len() as u64 <= source.offset(), "mutation {i}: more was read than there is");
        }
    }
    // Mutations of pixels are accepted, those of structure are not; both must have been tried.
    assert!((1_000..199_000).contains(&accepted), "{accepted}");
}

fn noise(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    ChaCha8Rng::seed_from_u64(1).fill_bytes(&mut bytes);
    bytes
}

#[test]
fn mutated_idx_images() {
    mutations(&write::idx(&[3, 4, 5], &noise(60)), IMAGES);
}

#[test]
fn mutated_idx_labels() {
    mutations(&write::idx(&[60], &noise(60)), LABELS);
}

#[test]
fn mutated_cifar_10() {
    mutations(&write::cifar_record(&[7], &noise(3072)), TEN);
}

#[test]
fn mutated_cifar_100() {
    mutations(&write::cifar_record(&[7, 77], &noise(3072)), HUNDRED);
}

#[test]
fn mutated_archives() {
    let record = write::cifar_record(&[7], &noise(3072));
    mutations(&write::tar(&[("test_batch.bin", &record)]), ARCHIVE);
}

/// `start`, and then as many zeros as make a gibibyte, gzipped: about a megabyte.
fn bomb(start: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(start).unwrap();
    let zeros = vec![0; MIB];
    for _ in 0..1024 {
        encoder.write_all(&zeros).unwrap();
    }
    encoder.finish().unwrap()
}

/// Refused with `reason`, in two seconds and 32 MB.
fn defused(bytes: &[u8], limit_bytes: u64, parse: Parser, reason: &str) {
    let start = Instant::now();
    let (result, bytes) = peak(|| parse(&mut Source::new(bytes, limit_bytes)));
    let time = start.elapsed();
    assert_eq!(result.unwrap_err().to_string(), reason);
    assert!(bytes < 32_000_000, "{bytes} bytes");
    assert!(time < Duration::from_secs(2), "{time:?}");
}

#[test]
fn a_gibibyte_of_zeros_that_claims_ten_images() {
    let _turn = my_turn();
    let bomb = bomb(&write::idx(&[10, 28, 28], &[]));
    let reason = "at byte 7856 of the unzipped data: the data should end here, but goes on";
    defused(&bomb, LIMIT_BYTES, IMAGES, reason);
}

#[test]
fn a_gibibyte_of_zeros_behind_an_archive() {
    let _turn = my_turn();
    let bomb = bomb(&write::tar(&[("test_batch.bin", &vec![1; 30_730])]));
    let reason = "at byte 1080832 of the unzipped data: the archive should have ended, but more follows";
    defused(&bomb, LIMIT_BYTES, ARCHIVE, reason);
}

#[test]
fn a_gibibyte_of_records_stops_at_the_limit() {
    let _turn = my_turn();
    let reason = "the gzip file unzips to more; at most 8000000 unzipped bytes are allowed";
    defused(&bomb(&[]), 8_000_000, TEN, reason);
}

#[test]
fn claims_that_nothing_stands_behind() {
    let _turn = my_turn();
    // Half a gibibyte, which the limit allows, of which one mebibyte is there.
    let file = write::idx(&[1 << 10, 1 << 10, 1 << 9], &vec![0; MIB]);
    let at = 16 + MIB;
    let reason = "the data ends here, after 1048576 of the 536870912 bytes of 1024x1024x512 elements";
    defused(&file, 0, IMAGES, &format!("at byte {at}: {reason}"));
    let zipped = write::gzip(&file);
    defused(&zipped, LIMIT_BYTES, IMAGES, &format!("at byte {at} of the unzipped data: {reason}"));
    let (_, bytes) = peak(|| IMAGES(&mut Source::new(&zipped, LIMIT_BYTES)));
    assert!(bytes <= 4 * MIB, "{bytes} bytes for a mebibyte that arrived");
}
