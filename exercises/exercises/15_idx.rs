//! A file of pictures is what somebody else wrote, so its header is a claim. IDX files begin with
//! 00 00 08 03 and three extents, four bytes each with the most significant first: pictures, rows,
//! columns. Then comes one byte for each pixel, and nothing else.
//! By hand: 00 00 ea 60 are 60,000, and the file of so many digits has 16 + 60,000·28·28 bytes.
//! 25 minutes. Chapter 9: book/src/09-bytes-in.md

use exercises::unsolved;

/// The extents `[pictures, rows, columns]` and the pixels of an IDX file of pictures.
///
/// An error, in words of your own, if the bytes are anything else: another beginning, a header that
/// is cut short, an extent of 0, too few pixels or too many bytes. No bytes make it panic, and it
/// asks for memory only when the pixels are known to be there.
pub fn read_images(bytes: &[u8]) -> Result<([usize; 3], Vec<u8>), String> {
    // TODO
    unsolved!("read the header, and then the pixels"; bytes)
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::idx::check(super::read_images)
    }
}
