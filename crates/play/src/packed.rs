//! Bytes as text for a page: gzip, then base64.
//!
//! A browser unpacks both by itself (`atob`, `DecompressionStream`). Base64 adds a third. Gzip
//! takes away two thirds of a module and four fifths of digits, and hardly anything of weights.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use gallery::report::base64;

/// The text of `bytes`. It is the same for the same bytes.
///
/// # Panics
/// Never: memory takes all that is written to it.
#[must_use]
pub fn packed(bytes: &[u8]) -> String {
    let mut gzip = GzEncoder::new(vec![], Compression::best());
    gzip.write_all(bytes).expect("memory takes all");
    base64(&gzip.finish().expect("memory takes all"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bytes_give_equal_text_and_images_get_smaller() {
        let zeros = packed(&[0; 10_000]);
        assert_eq!(zeros, packed(&[0; 10_000]));
        assert!(zeros.len() < 200 && zeros.starts_with("H4sI"), "{zeros}");
        assert_ne!(packed(b"a"), packed(b"b"));
    }
}
