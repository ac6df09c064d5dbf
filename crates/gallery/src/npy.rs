//! Images and tensors as NumPy arrays: files `.npy`, which `numpy.load` opens.
//!
//! ```text
//! \x93NUMPY 1 0 · length of what follows, 16 bits, little-endian · a Python dictionary, filled up with spaces · bytes
//! ```
//!
//! The elements begin at a multiple of 64 bytes. Format version 1.0, from `numpy.lib.format`.

use std::io::{self, Write};

use data::Images;
use nn::state_dict::le_blocks;
use runs::overwrite::ARRAY_MARK;
use tensor::Tensor;

/// The file: an array of unsigned bytes, `[count, height, width, channels]`, with the mark by which
/// this program knows its own.
#[must_use]
pub fn file(images: &Images) -> Vec<u8> {
    let shape = [images.count(), images.height(), images.width(), images.channels()];
    let mut file = head("|u1", &shape, ARRAY_MARK);
    file.extend(images.pixels());
    file
}

/// Writes the file of a tensor, a block at a time: an array of `float32` of its shape.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut impl Write, tensor: &Tensor) -> io::Result<()> {
    out.write_all(&head("<f4", tensor.shape(), "), }"))?;
    le_blocks(tensor).try_for_each(|block| out.write_all(&block))
}

/// What stands in front of the elements, whose type NumPy calls `descr`. The dictionary ends with
/// `end`.
fn head(descr: &str, shape: &[usize], end: &str) -> Vec<u8> {
    let extents = shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    let comma = if shape.len() == 1 { "," } else { "" }; // or it would be a number in parentheses
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({extents}{comma}{end}");
    let mut head = b"\x93NUMPY\x01\x00".to_vec();
    let end = (head.len() + 2 + header.len() + 1).next_multiple_of(64);
    let length = u16::try_from(end - head.len() - 2).expect("a short dictionary");
    head.extend(length.to_le_bytes());
    head.extend(header.bytes());
    head.resize(end - 1, b' ');
    head.push(b'\n');
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What NumPy 2.4 writes, but for the mark, a second space in front of the last brace:
    /// `numpy.save(file, numpy.arange(12, dtype='u1').reshape(2, 1, 3, 2))`.
    #[test]
    fn it_is_what_numpy_writes_and_marked() {
        let header = b"\x93NUMPY\x01\x00v\x00{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 3, 2),  }";
        let file = file(&Images::new(1, 3, 2, (0..12).collect()));
        assert_eq!((&header[..], 128 + 12), (&file[..header.len()], file.len()));
        assert!(file[header.len()..127].iter().all(|&byte| byte == b' ') && file[127] == b'\n');
        assert_eq!((0..12).collect::<Vec<u8>>(), file[128..]);
        assert!(runs::overwrite::is_own_picture(&file));
    }

    /// What NumPy 2.4 writes: `numpy.save(file, numpy.float32(x))` for `x` of these shapes.
    #[test]
    fn tensors_are_what_numpy_writes() {
        for (shape, words) in [(&[3][..], "(3,)"), (&[1, 3], "(1, 3)")] {
            let mut file = vec![];
            write(&mut file, &Tensor::new(shape, vec![1.0, -2.0, 0.5])).unwrap();
            let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {words}, }}");
            let mut expected = b"\x93NUMPY\x01\x00v\x00".to_vec();
            expected.extend(header.bytes());
            expected.resize(127, b' ');
            expected.push(b'\n');
            expected.extend([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0, 0x3f]);
            assert_eq!(expected, file);
        }
    }
}
