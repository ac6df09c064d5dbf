//! Exercise 15: a parser of IDX, the file of MNIST, and 200 broken files.
//!
//! Memory that is asked for by the claim of a header is found without measuring it: one header
//! claims 2⁶³ bytes, and no allocation of that size is possible.

use std::borrow::Cow;
use std::fs;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use data::{LIMIT_BYTES, Source};

use crate::{Draw, Exercise, Mistake, Part, Right, Value, list};

#[path = "../../wrong/15_idx.rs"]
mod wrong;

/// Extents and pixels.
pub type Read = Result<([usize; 3], Vec<u8>), String>;

/// `read_images(bytes)`.
pub type ReadImages = fn(&[u8]) -> Read;

/// Files, of which each is read on its own.
pub struct Files(Vec<Cow<'static, [u8]>>);

/// How many broken files a drawn case has: 40 cases are 200 files.
const BROKEN: usize = 5;

/// No header claims so many bytes. Fewer can be had, and more cannot be asked for: Rust panics, and
/// the check goes on. In between the system may end a program that asks.
const DANGEROUS: RangeInclusive<u128> = 1 << 31..=(1 << 63) - 1;

const MNIST: &str = "datasets/mnist/t10k-images-idx3-ubyte.gz";

/// The unzipped bytes of [`MNIST`].
static MNIST_BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let zipped = fs::read(format!("{path}/{MNIST}")).unwrap_or_else(|error| panic!("{MNIST}: {error}"));
    let images = data::idx::read_images(&mut Source::new(&zipped, LIMIT_BYTES)).expect(MNIST);
    // A file has no bytes but these, or it would not have been read.
    let extents = [images.count(), images.height(), images.width()];
    file(MAGIC, extents.map(|extent| extent as u32), images.pixels())
});

const MAGIC: [u8; 4] = [0, 0, 8, 3];

fn file(magic: [u8; 4], extents: [u32; 3], pixels: &[u8]) -> Vec<u8> {
    magic.into_iter().chain(extents.into_iter().flat_map(u32::to_be_bytes)).chain(pixels.iter().copied()).collect()
}

impl Files {
    fn one(bytes: Vec<u8>) -> Self {
        Self(vec![bytes.into()])
    }

    fn fixed() -> Vec<Self> {
        let pixels: Vec<u8> = (1..=255).chain(1..=45).collect();
        let of = |extents, pixels: &[u8]| Self::one(file(MAGIC, extents, pixels));
        let begins = |magic| Self::one(file(magic, [1, 1, 1], &[7]));
        let sound = file(MAGIC, [2, 3, 4], &pixels[..24]);
        vec![
            of([1, 1, 1], &[7]),
            of([1, 1, 2], &[7, 8]),
            of([1, 2, 1], &[7, 8]),
            of([2, 1, 1], &[7, 8]),
            of([1, 1, 1], &[]),
            of([1, 1, 1], &[7, 8]),
            of([1, 1, 2], &[7]),
            of([3, 1, 2], &[7, 8]),
            of([1, 1, 2], &[7, 8, 9, 10]),
            Self::one(Vec::new()),
            Self::one(sound[..3].to_vec()),
            Self::one(sound[..15].to_vec()),
            begins([1, 0, 8, 3]),
            begins([0, 1, 8, 3]),
            begins([0, 0, 13, 3]),
            begins([0, 0, 8, 1]),
            begins([0, 0, 8, 4]),
            begins([31, 139, 8, 0]),
            of([0, 28, 28], &[]),
            of([1, 0, 1], &[]),
            of([1, 1, 0], &[]),
            of([1 << 24, 1 << 24, 1 << 24], &[7]),
            of([65_537, 1, 1], &[7]),
            of([(1 << 24) + 1, 1, 1], &[7]),
            of([1, (1 << 24) + 1, 1], &[7]),
            of([1, 1, (1 << 24) + 1], &[7]),
            of([1 << 21, 1 << 21, 1 << 21], &[7]),
            of([1 << 31, 1 << 31, 2], &[]),
            of([1 << 31, 1 << 31, 4], &[]),
            of([1 << 31; 3], &[]),
            // 2⁶⁴ + 4 pixels.
            of([769_546, 494_770, 48_448_661], &[7, 8, 9, 10]),
            Self::one(sound),
            of([1, 1, 300], &pixels),
            of([300, 1, 1], &pixels),
            of([1, 300, 1], &pixels[..299]),
            Self(vec![Cow::Borrowed(&MNIST_BYTES)]),
        ]
    }

    /// Sound files with one or two breaks each, which may cancel or leave a file sound.
    fn drawn(draw: &mut Draw) -> Self {
        let mut files = Vec::new();
        while files.len() < BROKEN {
            let extents = [1, 1, 1].map(|least| draw.between(least, 4) as u32);
            let pixels: Vec<u8> = (0..extents.iter().product()).map(|_| draw.between(0, 255) as u8).collect();
            let mut bytes = file(MAGIC, extents, &pixels);
            for _ in 0..draw.between(1, 2) {
                break_somewhere(&mut bytes, draw);
            }
            // Some answers keep the lower 64 bits of a claim.
            let is_dangerous = |claim| DANGEROUS.contains(&claim) || DANGEROUS.contains(&(claim % (1 << 64)));
            if !claim(&bytes).is_some_and(is_dangerous) {
                files.push(bytes.into());
            }
        }
        Self(files)
    }

    fn len(&self) -> usize {
        self.0.iter().map(|bytes| bytes.len()).sum()
    }

    fn show(&self) -> String {
        let shown = self.0.iter().map(|bytes| match bytes {
            Cow::Borrowed(bytes) => format!("{MNIST}, unzipped: {}", hexadecimal(bytes)),
            Cow::Owned(bytes) => format!("bytes = {}", hexadecimal(bytes)),
        });
        shown.collect::<Vec<_>>().join("\n  ")
    }
}

/// Changes one thing in a file.
fn break_somewhere(bytes: &mut Vec<u8>, draw: &mut Draw) {
    let header = bytes.len().min(16);
    match draw.between(0, 5) {
        0 => bytes.truncate(draw.between(0, bytes.len())),
        1 => bytes.push(draw.between(0, 255) as u8),
        2 if header == 16 => {
            let extent = 4 * draw.between(1, 3);
            let claim: u32 = draw.one_of(&[0, 1, 2, 256, 1 << 16, 1 << 31, u32::MAX]);
            bytes[extent..extent + 4].copy_from_slice(&claim.to_be_bytes());
        }
        3 if header == 16 => bytes[4..16].copy_from_slice(&[128, 0, 0, 0].repeat(3)),
        _ if header == 0 => {}
        4 => bytes[draw.between(0, header - 1)] = draw.between(0, 255) as u8,
        _ => bytes[draw.between(0, header - 1)] ^= 1 << draw.between(0, 7),
    }
}

/// `00 00 08 03 …`, and how many bytes there are.
fn hexadecimal(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    let more = if bytes.len() <= 20 { "" } else { " …" };
    format!("{}{more} ({} bytes)", shown.join(" "), bytes.len())
}

fn extents(bytes: &[u8]) -> Option<[usize; 3]> {
    let numbers = bytes.get(4..16)?;
    Some([0, 4, 8].map(|at| u32::from_be_bytes(numbers[at..at + 4].try_into().expect("four bytes")) as usize))
}

/// How many pixels a header claims, if it is whole.
fn claim(bytes: &[u8]) -> Option<u128> {
    Some(extents(bytes)?.iter().map(|&extent| extent as u128).product())
}

fn right(bytes: &[u8]) -> Read {
    let refused = || "no IDX file of pictures".to_owned();
    let extents = extents(bytes).ok_or_else(refused)?;
    let is_sound = bytes.starts_with(&MAGIC) && !extents.contains(&0) && claim(bytes) == Some(bytes.len() as u128 - 16);
    if is_sound { Ok((extents, bytes[16..].to_vec())) } else { Err(refused()) }
}

/// What came out, in words. The words of an error are the reader's own.
fn describe(read: Read) -> String {
    let Ok(([pictures, rows, columns], pixels)) = read else {
        return "refused".to_owned();
    };
    let numbers: Vec<f32> = pixels.iter().take(13).map(|&pixel| f32::from(pixel)).collect();
    let sum = pixels.iter().fold(0u64, |sum, &pixel| sum.wrapping_mul(31).wrapping_add(u64::from(pixel)));
    let sum = if pixels.len() <= 12 { String::new() } else { format!(" ({} of them, sum {sum:x})", pixels.len()) };
    format!("{pictures} × {rows} × {columns} pixels {}{sum}", list(&numbers))
}

fn describe_all(case: &Files, read: impl Fn(&[u8]) -> Read) -> Value {
    let said: Vec<String> = case.0.iter().map(|bytes| describe(read(bytes))).collect();
    said.join("; ").into()
}

/// What is judged.
pub const EXERCISE: Exercise<ReadImages, Files> = Exercise {
    name: "15_idx",
    chapter: "chapter 9, \"Bytes in\"",
    file: "crates/data/src/idx.rs, read_header",
    fixed: Files::fixed,
    drawn: Files::drawn,
    size: Files::len,
    show: Files::show,
    parts: &[Part {
        name: "what is read",
        yours: |yours, case| describe_all(case, yours),
        right: |case| Right::exactly(describe_all(case, right)),
    }],
    wrong: wrong::WRONG,
};

/// Judges the reader's parser.
///
/// # Errors
/// The smallest failure.
pub fn check(read_images: ReadImages) -> Result<(), Mistake> {
    EXERCISE.check(&read_images)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parser_of_the_project_agrees() {
        let draw = &mut Draw::new(1);
        let mut refused = 0;
        for case in Files::fixed().into_iter().chain((0..200).map(|_| Files::drawn(draw))) {
            for bytes in &case.0 {
                if bytes.starts_with(&[0, 0, 8, 4]) || bytes.starts_with(&[31, 139]) {
                    continue; // Colour and gzip, which only the project's parser reads.
                }
                let read = data::idx::read_images(&mut Source::new(bytes, LIMIT_BYTES));
                let read = read.map(|images| ([images.count(), images.height(), images.width()], images.into_pixels()));
                refused += usize::from(read.is_err());
                assert_eq!(read.ok(), right(bytes).ok(), "{}", hexadecimal(bytes));
            }
        }
        assert!(700 < refused, "{refused} of 1000 are broken");
    }
}
