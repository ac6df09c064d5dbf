//! Hostile input costs little: no panic, one short line, and memory in proportion to the input, not
//! to its claims.
//!
//! The allocator counts for the whole process, so these tests take turns.

mod mutate;
mod write;

use std::sync::{Mutex, MutexGuard, PoisonError};

use data::{
    Error, LIMIT_BYTES, Source, archive,
    cifar::{self, CIFAR_10, CIFAR_100},
    idx,
};
use mutate::mutate;
use peak_alloc::PeakAlloc;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

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

/// Reads, and returns the bytes of the images, or the labels.
type Parser = fn(&mut Source) -> Result<Vec<u8>, Error>;

const IMAGES: Parser = |source| idx::read_images(source).map(data::Images::into_pixels);
const LABELS: Parser = |source| idx::read_labels(source);
const TEN: Parser = |source| cifar::read(source, &CIFAR_10).map(|set| set.into_images().into_pixels());
const HUNDRED: Parser = |source| cifar::read(source, &CIFAR_100).map(|set| set.into_images().into_pixels());
const ARCHIVE: Parser = |source| {
    let members = archive::read(source, &CIFAR_10, CIFAR_10.test_files)?;
    Ok(members.into_iter().flat_map(|member| member.labelled.into_images().into_pixels()).collect())
};

/// 200,000 mutations of `plain`, a quarter of them gzipped before and a quarter after the change.
///
/// Raw input may cost four times its size and a mebibyte. Behind gzip, the unzipped bytes count as
/// input.
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
        match result {
            Ok(read) => {
                accepted += 1;
                assert!(read.len() as u64 <= source.offset(), "mutation {i}: more was read than there is");
            }
            Err(error) => {
                let line = error.to_string();
                let is_short = line.chars().count() <= 400 && !line.contains(char::is_control);
                assert!(is_short, "mutation {i}: {line}");
            }
        }
    }
    // Mutations of pixels are accepted, those of structure are not. Both must have been tried.
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

/// `start`, then a gibibyte of `block` after `block`, gzipped: a few megabytes if all are the same.
fn bomb(start: &[u8], block: &[u8]) -> Vec<u8> {
    // One mebibyte is zipped, and the file holds this member a thousand times.
    let mebibyte = write::gzip(&block.repeat(MIB.div_ceil(block.len())));
    [write::gzip(start), mebibyte.repeat(1024)].concat()
}

/// Refused with `reason`, which says at what byte, and in 32 MB.
fn defused(bytes: &[u8], limit_bytes: u64, parse: Parser, reason: &str) {
    let (result, bytes) = peak(|| parse(&mut Source::new(bytes, limit_bytes)));
    assert_eq!(result.unwrap_err().to_string(), reason);
    assert!(bytes < 32_000_000, "{bytes} bytes");
}

/// Ten records, of one label byte or two.
fn ten_records(labels: &[u8]) -> Vec<u8> {
    noise(30_720).chunks_exact(3072).flat_map(|image| write::cifar_record(labels, image)).collect()
}

#[test]
fn a_gibibyte_of_zeros_that_claims_ten_images() {
    let _turn = my_turn();
    let zeros = vec![0; MIB];
    let more = "the data should end here, but goes on";
    let images = bomb(&write::idx(&[10, 28, 28], &[]), &zeros);
    defused(&images, LIMIT_BYTES, IMAGES, &format!("at byte 7856 of the unzipped data: {more}"));
    let labels = bomb(&write::idx(&[10], &[]), &zeros);
    defused(&labels, LIMIT_BYTES, LABELS, &format!("at byte 18 of the unzipped data: {more}"));
    // A CIFAR file does not claim how many records it has.
    let same = "the record here is the same as the 999 before it; the file is damaged";
    let ten = bomb(&ten_records(&[7]), &zeros);
    defused(&ten, LIMIT_BYTES, TEN, &format!("at byte {} of the unzipped data: {same}", 1009 * 3073));
    let hundred = bomb(&ten_records(&[7, 77]), &zeros);
    defused(&hundred, LIMIT_BYTES, HUNDRED, &format!("at byte {} of the unzipped data: {same}", 1009 * 3074));
}

#[test]
fn a_gibibyte_of_zeros_in_an_archive() {
    let _turn = my_turn();
    let zeros = vec![0; MIB];
    let ten = ten_records(&[7]);
    let reason = "at byte 1080832 of the unzipped data: the archive should have ended, but more follows";
    defused(&bomb(&write::tar(&[("test_batch.bin", &ten)]), &zeros), LIMIT_BYTES, ARCHIVE, reason);
    // As a member that is wanted, and as one that is passed over.
    let header = |name: &str| {
        let mut header = tar::Header::new_ustar();
        header.set_path(name).unwrap();
        header.set_size(1 << 30);
        header.set_cksum();
        header.as_bytes().to_vec()
    };
    let reason = "test_batch.bin in the archive: at byte 3100657: \
                  the record here is the same as the 999 before it; the file is damaged";
    let wanted = bomb(&[header("test_batch.bin"), ten].concat(), &zeros);
    defused(&wanted, LIMIT_BYTES, ARCHIVE, reason);
    let reason = "the gzip file unzips to more; at most 1073741824 unzipped bytes are allowed";
    defused(&bomb(&header("readme.html"), &zeros), LIMIT_BYTES, ARCHIVE, reason);
}

#[test]
fn a_gibibyte_of_records_stops_at_the_limit() {
    let _turn = my_turn();
    let reason = "the gzip file unzips to more; at most 8000000 unzipped bytes are allowed";
    let two = [write::cifar_record(&[1], &[1; 3072]), write::cifar_record(&[2], &[2; 3072])].concat();
    defused(&bomb(&[], &two), 8_000_000, TEN, reason);
}

#[test]
fn claims_that_nothing_stands_behind() {
    let _turn = my_turn();
    // The header promises half a gibibyte, which the limit allows. One mebibyte is there.
    let file = write::idx(&[1 << 10, 1 << 10, 1 << 9], &vec![0; MIB]);
    let at = 16 + MIB;
    let reason = "the data ends here, after 1048576 of the 536870912 bytes of 1024x1024x512 elements";
    defused(&file, 0, IMAGES, &format!("at byte {at}: {reason}"));
    let zipped = write::gzip(&file);
    defused(&zipped, LIMIT_BYTES, IMAGES, &format!("at byte {at} of the unzipped data: {reason}"));
    let (_, bytes) = peak(|| IMAGES(&mut Source::new(&zipped, LIMIT_BYTES)));
    assert!(bytes <= 4 * MIB, "{bytes} bytes for a mebibyte that arrived");
}
