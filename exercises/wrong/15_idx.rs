//! Wrong answers to exercise 15. Each leaves out or changes one step of the parser.

use super::{Read, ReadImages};
use crate::Wrong;

pub const WRONG: &[Wrong<ReadImages>] = &[
    Wrong {
        name: "zero_filled",
        answer: zero_filled,
        words: "filled up with zeros",
        explanation: "This is what comes out when a short file is filled up with zeros: pixels that are not there are an error.",
    },
    Wrong {
        name: "fewer_pixels",
        answer: fewer_pixels,
        words: "fewer pixels than the header claims",
        explanation: "This is what comes out when fewer pixels than the header claims are handed on: the header is to be compared with the file.",
    },
    Wrong {
        name: "trailing_bytes",
        answer: trailing_bytes,
        words: "what stands behind the pixels",
        explanation: "This is what comes out when nobody asks what stands behind the pixels: two files joined by mistake would look sound.",
    },
    Wrong {
        name: "too_many_pixels",
        answer: too_many_pixels,
        words: "pixels too many are handed on",
        explanation: "This is what comes out when pixels too many are handed on: the file has to end where the header says.",
    },
    Wrong {
        name: "product_in_64_bits",
        answer: product_in_64_bits,
        words: "wraps around in 64 bits",
        explanation: "This is what comes out when the product wraps around in 64 bits: 2³¹·2³¹·4 is then 0. Use u128 or `checked_mul`.",
    },
    Wrong {
        name: "product_in_32_bits",
        answer: product_in_32_bits,
        words: "wraps around in 32 bits",
        explanation: "This is what comes out when the product wraps around in 32 bits: 2³¹·2³¹·2 is then 0. Use u128 or `checked_mul`.",
    },
    Wrong {
        name: "little_endian",
        answer: little_endian,
        words: "the least significant byte first",
        explanation: "This is what comes out with the least significant byte first: 00 00 ea 60 are 60,000, so the first byte counts most.",
    },
    Wrong {
        name: "two_bytes",
        answer: two_bytes,
        words: "two lower bytes",
        explanation: "This is what comes out of the two lower bytes of each extent: it has four, and 00 01 00 01 are 65,537.",
    },
    Wrong {
        name: "three_bytes",
        answer: three_bytes,
        words: "without its first byte",
        explanation: "This is what comes out of each extent without its first byte: it has four, and 01 00 00 01 are 16,777,217.",
    },
    Wrong {
        name: "any_beginning",
        answer: any_beginning,
        words: "whatever the file begins with",
        explanation: "This is what comes out when any file is read, whatever the file begins with: 00 00 08 03 says that these are pictures of bytes.",
    },
    Wrong {
        name: "only_the_zeros",
        answer: only_the_zeros,
        words: "after the two zeros",
        explanation: "This is what comes out when the beginning is not read on after the two zeros: 08 stands for bytes, and 03 for three extents.",
    },
    Wrong {
        name: "any_element",
        answer: any_element,
        words: "whatever their elements are",
        explanation: "This is what comes out when files are read whatever their elements are: the third byte has to be 08, or a pixel is no byte.",
    },
    Wrong {
        name: "zero_extents",
        answer: zero_extents,
        words: "an extent of 0 passes",
        explanation: "This is what comes out when an extent of 0 passes: such a file has no picture, and whoever cuts it into pictures divides by 0.",
    },
    Wrong {
        name: "extents_reversed",
        answer: extents_reversed,
        words: "columns, rows, pictures",
        explanation: "This is what comes out of the order columns, rows, pictures: the last extent moves fastest, so pictures come first.",
    },
    Wrong {
        name: "rows_for_columns",
        answer: rows_for_columns,
        words: "rows and columns have changed places",
        explanation: "This is what comes out when rows and columns have changed places: the order is pictures, rows, columns.",
    },
    Wrong {
        name: "whole_pictures",
        answer: whole_pictures,
        words: "any number of whole pictures",
        explanation: "This is what comes out when any number of whole pictures is taken: the header says how many there are, and is to be held to it.",
    },
    Wrong {
        name: "header_as_pixels",
        answer: header_as_pixels,
        words: "begin in the header",
        explanation: "This is what comes out when the pixels begin in the header: they begin behind 16 bytes, four for each of its four numbers.",
    },
    Wrong {
        name: "bytes_added",
        answer: bytes_added,
        words: "added up as they are",
        explanation: "This is what comes out when the bytes of an extent are added up as they are: each counts 256 times as much as the next.",
    },
];

fn magic(bytes: &[u8]) -> Result<(), String> {
    if bytes.starts_with(&[0, 0, 8, 3]) { Ok(()) } else { Err("not IDX".to_owned()) }
}

fn extents(bytes: &[u8]) -> Result<[usize; 3], String> {
    if bytes.len() < 16 {
        return Err("the header is cut short".to_owned());
    }
    Ok([4, 8, 12].map(|at| bytes[at..at + 4].iter().fold(0, |extent, &byte| extent * 256 + usize::from(byte))))
}

fn positive(extents: [usize; 3]) -> Result<(), String> {
    if extents.contains(&0) { Err("no picture".to_owned()) } else { Ok(()) }
}

fn product(extents: [usize; 3]) -> u128 {
    extents.iter().map(|&extent| extent as u128).product()
}

/// The extents, and how many pixels they claim.
fn header(bytes: &[u8]) -> Result<([usize; 3], u128), String> {
    let extents = extents(bytes)?;
    magic(bytes)?;
    positive(extents)?;
    Ok((extents, product(extents)))
}

fn exactly(bytes: &[u8], extents: [usize; 3], claimed: u128) -> Read {
    let pixels = &bytes[16..];
    if pixels.len() as u128 == claimed { Ok((extents, pixels.to_vec())) } else { Err("another length".to_owned()) }
}

fn zero_filled(bytes: &[u8]) -> Read {
    let (extents, claimed) = header(bytes)?;
    let claimed = usize::try_from(claimed).map_err(|_| "too large".to_owned())?;
    if bytes.len() - 16 < claimed && claimed < 1 << 20 {
        let mut pixels = bytes[16..].to_vec();
        pixels.resize(claimed, 0);
        return Ok((extents, pixels));
    }
    exactly(bytes, extents, claimed as u128)
}

fn fewer_pixels(bytes: &[u8]) -> Read {
    let (extents, claimed) = header(bytes)?;
    if ((bytes.len() - 16) as u128) < claimed {
        return Ok((extents, bytes[16..].to_vec()));
    }
    exactly(bytes, extents, claimed)
}

fn trailing_bytes(bytes: &[u8]) -> Read {
    let (extents, claimed) = header(bytes)?;
    match usize::try_from(claimed) {
        Ok(claimed) if claimed <= bytes.len() - 16 => Ok((extents, bytes[16..16 + claimed].to_vec())),
        _ => Err("too short".to_owned()),
    }
}

fn too_many_pixels(bytes: &[u8]) -> Read {
    let (extents, claimed) = header(bytes)?;
    if claimed <= (bytes.len() - 16) as u128 {
        return Ok((extents, bytes[16..].to_vec()));
    }
    exactly(bytes, extents, claimed)
}

fn product_in_64_bits(bytes: &[u8]) -> Read {
    let (extents, _) = header(bytes)?;
    let claimed = extents.iter().fold(1u64, |product, &extent| product.wrapping_mul(extent as u64));
    exactly(bytes, extents, u128::from(claimed))
}

fn product_in_32_bits(bytes: &[u8]) -> Read {
    let (extents, _) = header(bytes)?;
    let claimed = extents.iter().fold(1u32, |product, &extent| product.wrapping_mul(extent as u32));
    exactly(bytes, extents, u128::from(claimed))
}

fn little_endian(bytes: &[u8]) -> Read {
    let (extents, _) = header(bytes)?;
    let extents = extents.map(|extent| (extent as u32).swap_bytes() as usize);
    exactly(bytes, extents, product(extents))
}

fn two_bytes(bytes: &[u8]) -> Read {
    let (extents, _) = header(bytes)?;
    let extents = extents.map(|extent| extent % 65_536);
    positive(extents)?;
    exactly(bytes, extents, product(extents))
}

fn three_bytes(bytes: &[u8]) -> Read {
    let (extents, _) = header(bytes)?;
    let extents = extents.map(|extent| extent % (1 << 24));
    positive(extents)?;
    exactly(bytes, extents, product(extents))
}

fn any_beginning(bytes: &[u8]) -> Read {
    let extents = extents(bytes)?;
    positive(extents)?;
    exactly(bytes, extents, product(extents))
}

fn only_the_zeros(bytes: &[u8]) -> Read {
    let extents = extents(bytes)?;
    positive(extents)?;
    if bytes[..2] != [0, 0] {
        return Err("not IDX".to_owned());
    }
    exactly(bytes, extents, product(extents))
}

fn any_element(bytes: &[u8]) -> Read {
    let extents = extents(bytes)?;
    positive(extents)?;
    if [bytes[0], bytes[1], bytes[3]] != [0, 0, 3] {
        return Err("not IDX".to_owned());
    }
    exactly(bytes, extents, product(extents))
}

fn zero_extents(bytes: &[u8]) -> Read {
    let extents = extents(bytes)?;
    magic(bytes)?;
    exactly(bytes, extents, product(extents))
}

fn extents_reversed(bytes: &[u8]) -> Read {
    let (extents, claimed) = header(bytes)?;
    let [pictures, rows, columns] = extents;
    exactly(bytes, [columns, rows, pictures], claimed)
}

fn rows_for_columns(bytes: &[u8]) -> Read {
    let (extents, claimed) = header(bytes)?;
    let [pictures, rows, columns] = extents;
    exactly(bytes, [pictures, columns, rows], claimed)
}

fn whole_pictures(bytes: &[u8]) -> Read {
    let (extents, _) = header(bytes)?;
    let picture = extents[1] as u128 * extents[2] as u128;
    let pixels = &bytes[16..];
    let is_whole = (pixels.len() as u128).is_multiple_of(picture);
    if is_whole { Ok((extents, pixels.to_vec())) } else { Err("half a picture".to_owned()) }
}

fn header_as_pixels(bytes: &[u8]) -> Read {
    let (extents, claimed) = header(bytes)?;
    let (extents, pixels) = exactly(bytes, extents, claimed)?;
    Ok((extents, bytes[4..4 + pixels.len()].to_vec()))
}

fn bytes_added(bytes: &[u8]) -> Read {
    header(bytes)?;
    let extents = [4, 8, 12].map(|at| bytes[at..at + 4].iter().map(|&byte| usize::from(byte)).sum());
    exactly(bytes, extents, product(extents))
}
