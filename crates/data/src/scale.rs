//! Bytes to [-1, 1] and back.
//!
//! The generator ends in tanh, so the images that it is compared with are in [-1, 1] too:
//!
//! ```text
//! x    = byte / 127.5 - 1           0 -> -1, 255 -> 1, and 127.5, which is no byte, -> 0
//! byte = round((x + 1) * 127.5)     after clamping x to [-1, 1]
//! ```
//!
//! There are 256 bytes, so the way there is a table. On the way back, a value outside [-1, 1] is
//! clamped. NaN and infinity are **errors**: `as u8` would turn NaN into a black pixel, and a
//! broken generator into a plausible dark image.

/// [`from_byte`] of every byte.
const TABLE: [f32; 256] = {
    let mut table = [0.0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = byte as f32 / 127.5 - 1.0;
        byte += 1;
    }
    table
};

/// `byte / 127.5 - 1`, in f32.
pub fn from_byte(byte: u8) -> f32 {
    TABLE[usize::from(byte)]
}

/// Writes each byte, scaled to [-1, 1], to the same place in `out`.
///
/// # Panics
///
/// If the lengths differ.
pub fn from_bytes(bytes: &[u8], out: &mut [f32]) {
    assert_eq!(bytes.len(), out.len(), "scale::from_bytes: {} bytes, {} floats", bytes.len(), out.len());
    for (x, &byte) in out.iter_mut().zip(bytes) {
        *x = from_byte(byte);
    }
}

/// The bytes of values in [-1, 1]. Finite values outside are clamped.
///
/// This is the exact inverse of [`from_bytes`]. Halves round away from zero, so 0 becomes 128.
///
/// # Errors
///
/// If a value is NaN or infinite.
pub fn to_bytes(values: &[f32]) -> Result<Vec<u8>, PixelNotFinite> {
    let to_byte = |(index, &value): (usize, &f32)| {
        if !value.is_finite() {
            return Err(PixelNotFinite { index, value });
        }
        Ok(((value.clamp(-1.0, 1.0) + 1.0) * 127.5).round() as u8)
    };
    values.iter().enumerate().map(to_byte).collect()
}

/// The error for a value that no image can show.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("value {index} of the image is {value}, which no pixel can show")]
pub struct PixelNotFinite {
    /// The place of the value among all of them.
    pub index: usize,
    /// NaN or an infinity.
    pub value: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        let mut values = vec![f32::NAN; 256];
        from_bytes(&bytes, &mut values);
        assert_eq!(to_bytes(&values), Ok(bytes));
        assert_eq!((values[0], values[255]), (-1.0, 1.0));
        assert!(values.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn the_way_back_clamps_and_rounds() {
        let values = [-1e30, -1.0001, 1.0001, f32::MAX, 0.0, 0.4999 / 127.5 - 1.0, 0.5001 / 127.5 - 1.0];
        assert_eq!(to_bytes(&values), Ok(vec![0, 0, 255, 255, 128, 0, 1]));
    }

    #[test]
    fn nothing_that_is_not_finite_becomes_a_pixel() {
        for value in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let error = to_bytes(&[0.5, value]).unwrap_err();
            assert_eq!((error.index, error.value.to_bits()), (1, value.to_bits()));
        }
    }
}
