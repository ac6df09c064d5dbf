//! A file of pictures is what somebody else wrote, so its header is a claim. IDX files begin with
//! 00 00 08 03 and three extents, four bytes each with the most significant first: pictures, rows,
//! columns. Then comes one byte for each pixel, and nothing else.
//! By hand: 00 00 ea 60 are 60,000, and the file of so many digits has 16 + 60,000·28·28 bytes.
//! 25 minutes. Chapter 9: book/src/09-bytes-in.md

/// The extents `[pictures, rows, columns]` and the pixels of an IDX file of pictures.
///
/// An error, in words of your own, if the bytes are anything else: another beginning, a header that
/// is cut short, an extent of 0, too few pixels or too many bytes. No bytes make it panic, and it
/// asks for memory only when the pixels are known to be there.
pub fn read_images(bytes: &[u8]) -> Result<([usize; 3], Vec<u8>), String> {
    if bytes.len() < 16 {
        return Err(format!("the header is cut short: {} bytes of 16", bytes.len()));
    }
    let (header, pixels) = bytes.split_at(16);
    if header[..4] != [0, 0, 8, 3] {
        return Err(format!("the file begins with {:02x?}, not with 00 00 08 03", &header[..4]));
    }
    let mut extents = [0; 3];
    for i in 0..3 {
        for byte in &header[4 + 4 * i..8 + 4 * i] {
            extents[i] = extents[i] * 256 + usize::from(*byte);
        }
    }
    if extents.contains(&0) {
        return Err(format!("{extents:?} is no picture at all"));
    }
    // Each factor is below 2³², so the product fits.
    let mut claimed: u128 = 1;
    for extent in extents {
        claimed *= extent as u128;
    }
    if pixels.len() as u128 != claimed {
        return Err(format!("{extents:?} are {claimed} pixels, and there are {}", pixels.len()));
    }
    Ok((extents, pixels.to_vec()))
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::idx::check(super::read_images)
    }
}
