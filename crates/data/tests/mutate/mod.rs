//! Small damage to a file, the same for the same generator.

use rand::Rng;
use rand::rngs::ChaCha8Rng;

/// Numbers that break arithmetic.
const AWKWARD: [u32; 10] = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

/// Changes `bytes` in one to four places.
pub(crate) fn mutate(rng: &mut ChaCha8Rng, bytes: &mut Vec<u8>) {
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
