//! Why bytes were refused. Each error blames one party: the format, gzip, or the limit.

/// Why bytes were refused, in one line. The caller knows the name of the file and puts it in front.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes do not follow their format.
    #[error("at byte {offset}{}: {reason}", if *gunzipped { " of the unzipped data" } else { "" })]
    Format {
        /// The byte that is wrong, counted from the start of the data, unzipped if `gunzipped`.
        offset: u64,
        /// Whether the data were gzipped.
        gunzipped: bool,
        /// What is wrong there, and what to do where that helps.
        reason: String,
    },
    /// The gzip around the data is cut short, damaged, or followed by something else.
    #[error("at byte {offset} of the gzip file: {reason}")]
    Gzip {
        /// How many compressed bytes had been read when the damage showed.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// The data may be sound, but they are larger than the caller allows.
    #[error("{wanted}; at most {limit_bytes} unzipped bytes are allowed")]
    Limit {
        /// What needs more, and how many bytes if that is known.
        wanted: String,
        /// How many bytes are allowed.
        limit_bytes: u64,
    },
    /// A file inside an archive was refused.
    #[error("{name} in the archive: {error}")]
    Member {
        /// The name of that file.
        name: String,
        /// Why. Offsets count from the start of that file.
        error: Box<Error>,
    },
}

/// The name that [`looks_like`] has for an archive. Where an archive is wanted, it is no complaint.
pub(crate) const TAR_ARCHIVE: &str = "a tar archive";

/// The well-known kind of file that `bytes` look like, if it is one that is no data set.
///
/// A failed download leaves an HTML page under the name of the data. Saying so helps more than
/// quoting its first byte.
pub(crate) fn looks_like(bytes: &[u8]) -> Option<&'static str> {
    let text = bytes.trim_ascii_start();
    let starts = |prefix: &[u8]| bytes.starts_with(prefix);
    if text.starts_with(b"<") {
        Some("an HTML or XML page, as a failed download leaves behind")
    } else if starts(b"\x89PNG") {
        Some("a PNG image")
    } else if starts(b"\xff\xd8\xff") {
        Some("a JPEG image")
    } else if starts(b"PK\x03\x04") {
        Some("a ZIP archive")
    } else if starts(b"BZh") {
        Some("a bzip2 file")
    } else if starts(b"\xfd7zXZ") {
        Some("an xz file")
    } else if starts(b"\x1f\x8b") {
        Some("a gzip file inside a gzip file")
    } else if bytes.get(257..262) == Some(b"ustar") {
        Some(TAR_ARCHIVE)
    } else {
        None
    }
}
