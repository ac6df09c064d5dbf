//! Images as a NumPy array: a file `.npy`, which `numpy.load` opens.
//!
//! ```text
//! \x93NUMPY 1 0 · length of what follows, 16 bits, little-endian · a Python dictionary, filled up with spaces · bytes
//! ```
//!
//! The pixels begin at a multiple of 64 bytes. Format version 1.0, from `numpy.lib.format`.

use data::Images;

/// The file: an array of unsigned bytes, `[count, height, width, channels]`.
///
/// # Panics
/// Never: the dictionary is short.
#[must_use]
pub fn file(images: &Images) -> Vec<u8> {
    let shape = [images.count(), images.height(), images.width(), images.channels()].map(|extent| extent.to_string());
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({}), }}", shape.join(", "));
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    let end = (file.len() + 2 + header.len() + 1).next_multiple_of(64);
    let length = u16::try_from(end - file.len() - 2).expect("a short dictionary");
    file.extend(length.to_le_bytes());
    file.extend(header.bytes());
    file.resize(end - 1, b' ');
    file.push(b'\n');
    file.extend(images.pixels());
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What NumPy 2.4 writes: `numpy.save(file, numpy.arange(12, dtype='u1').reshape(2, 1, 3, 2))`.
    #[test]
    fn it_is_what_numpy_writes() {
        let header = b"\x93NUMPY\x01\x00v\x00{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 3, 2), }";
        let file = file(&Images::new(1, 3, 2, (0..12).collect()));
        assert_eq!((&header[..], 128 + 12), (&file[..header.len()], file.len()));
        assert!(file[header.len()..127].iter().all(|&byte| byte == b' ') && file[127] == b'\n');
        assert_eq!((0..12).collect::<Vec<u8>>(), file[128..]);
    }
}
