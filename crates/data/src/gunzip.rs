//! One reader for raw and for gzipped bytes.
//!
//! Data sets are published as `name.gz` and used as `name`, so every parser here takes both. The
//! first two bytes tell which it is. Three rules keep gzip honest:
//!
//! - It is read **to its end**. The checksum is the last thing in the file, and a reader that stops
//!   when it has what it wanted never sees it.
//! - Several gzip members in a row are one stream (RFC 1952, section 2.2). Anything else behind a
//!   member is an error.
//! - A gigabyte of zeros zips to a megabyte, so nothing is unzipped before it is asked for. A
//!   parser reads the header, asks for what the header promises, and finds a surplus by asking for
//!   one byte more. Memory for the promised bytes is not allocated at once: it doubles as bytes
//!   arrive, and never exceeds the caller's limit.

use std::io::{self, Read};

use flate2::bufread::GzDecoder;
use sha2::{Digest, Sha256};

use crate::{Error, checksums::hex, error::looks_like};

const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// How much memory is allocated before the first byte has come out of gzip.
const FIRST_CHUNK_BYTES: usize = 64 << 10;

/// A reader over bytes that are raw or gzip. It hashes what it hands out.
pub struct Source<'a> {
    bytes: &'a [u8],
    stream: Stream<'a>,
    limit_bytes: u64,
    offset: u64,
    sha256: Sha256,
}

enum Stream<'a> {
    Raw(&'a [u8]),
    Gzip(Box<GzDecoder<&'a [u8]>>),
    Member(&'a mut dyn Read),
}

impl<'a> Source<'a> {
    /// A source over `bytes`, which are unzipped if they start as gzip does.
    ///
    /// `limit_bytes` is how many bytes gzip may unzip to. Raw bytes are in memory already and are
    /// not limited.
    pub fn new(bytes: &'a [u8], limit_bytes: u64) -> Source<'a> {
        let stream =
            if bytes.starts_with(&MAGIC) { Stream::Gzip(Box::new(GzDecoder::new(bytes))) } else { Stream::Raw(bytes) };
        Source { stream, limit_bytes, ..Source::raw(bytes) }
    }

    /// A source over `bytes` as they are, even if they look like gzip.
    fn raw(bytes: &'a [u8]) -> Source<'a> {
        Source { bytes, stream: Stream::Raw(bytes), limit_bytes: u64::MAX, offset: 0, sha256: Sha256::new() }
    }

    /// A source over a member of an archive, as it arrives. Errors of the archive's own source come
    /// through.
    pub(crate) fn member(member: &'a mut dyn Read) -> Source<'a> {
        Source { stream: Stream::Member(member), ..Source::raw(&[]) }
    }

    /// How many bytes have been read, after unzipping.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The SHA-256 of the bytes read so far, unzipped, in lower-case hexadecimal.
    ///
    /// After a parser has returned, it is that of all bytes.
    pub fn sha256(&self) -> String {
        hex(&self.sha256.clone().finalize())
    }

    /// How many bytes are certain to follow: the rest of raw data, and 0 where bytes have yet to
    /// arrive.
    pub(crate) fn known_rest(&self) -> usize {
        match &self.stream {
            Stream::Raw(rest) => rest.len(),
            Stream::Gzip(_) | Stream::Member(_) => 0,
        }
    }

    /// Fills `buffer` as far as the data go, and returns how many bytes that was.
    pub(crate) fn read_up_to(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_some(&mut buffer[filled..])? {
                0 => break,
                n => filled += n,
            }
        }
        Ok(filled)
    }

    /// Reads exactly `N` bytes. The error calls them `what`.
    pub(crate) fn read_array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], Error> {
        let mut array = [0; N];
        match self.read_up_to(&mut array)? {
            n if n == N => Ok(array),
            n => Err(self.ends_early(self.offset, what, n as u64, N as u64)),
        }
    }

    /// Reads exactly `n` bytes that a header promised. The error calls them `what`.
    ///
    /// Allocates `n` bytes for raw data, after checking that they are there, and at most twice what
    /// has arrived (or 64 KiB) for gzip.
    pub(crate) fn read_vec(&mut self, n: u64, what: &str) -> Result<Vec<u8>, Error> {
        let mut chunk = FIRST_CHUNK_BYTES;
        if let Stream::Raw(rest) = &self.stream {
            if (rest.len() as u64) < n {
                let there = rest.len() as u64;
                return Err(self.ends_early(self.offset + there, what, there, n));
            }
            chunk = rest.len();
        }
        let n = match usize::try_from(n) {
            Ok(size) if self.is_raw() || self.offset.saturating_add(n) <= self.limit_bytes => size,
            _ => return Err(self.over_limit(format!("the header promises {n} bytes of {what}"))),
        };
        let mut bytes = Vec::new();
        while bytes.len() < n {
            let arrived = bytes.len();
            let next = n.min(chunk.max(2 * arrived));
            bytes.reserve_exact(next - arrived);
            bytes.resize(next, 0);
            let got = arrived + self.read_up_to(&mut bytes[arrived..])?;
            if got < next {
                return Err(self.ends_early(self.offset, what, got as u64, n as u64));
            }
        }
        Ok(bytes)
    }

    /// Succeeds at the end of the data. For gzip, the checksum has then been verified.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        let end = self.offset;
        if self.read_some(&mut [0])? == 0 {
            return Ok(());
        }
        let reason = match &self.stream {
            Stream::Raw(rest) => format!("the data should end here; bytes too many: {}", rest.len() + 1),
            Stream::Gzip(_) | Stream::Member(_) => "the data should end here, but goes on".to_owned(),
        };
        Err(self.format_error(end, reason))
    }

    /// The well-known kind of file that the data look like, if any.
    pub(crate) fn looks_like(&self) -> Option<&'static str> {
        let mut start = [0; 512];
        let mut again = Source::new(self.bytes, start.len() as u64);
        let n = again.read_up_to(&mut start).ok()?;
        looks_like(&start[..n])
    }

    /// A format error at `offset` of this source.
    pub(crate) fn format_error(&self, offset: u64, reason: String) -> Error {
        Error::Format { offset, gunzipped: self.is_gzip(), reason }
    }

    fn is_raw(&self) -> bool {
        matches!(self.stream, Stream::Raw(_))
    }

    fn is_gzip(&self) -> bool {
        matches!(self.stream, Stream::Gzip(_))
    }

    fn ends_early(&self, end: u64, what: &str, there: u64, wanted: u64) -> Error {
        self.format_error(end, format!("the data ends here, after {there} of the {wanted} bytes of {what}"))
    }

    fn over_limit(&self, wanted: String) -> Error {
        Error::Limit { wanted, limit_bytes: self.limit_bytes }
    }

    /// Reads at least one byte unless `buffer` is empty or the data has ended.
    fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let n = match &mut self.stream {
            Stream::Raw(rest) => {
                let n = buffer.len().min(rest.len());
                let (now, later) = rest.split_at(n);
                buffer[..n].copy_from_slice(now);
                *rest = later;
                n
            }
            Stream::Gzip(member) => read_members(self.bytes, member, buffer)?,
            Stream::Member(member) => member.read(buffer).map_err(|error| unwrapped(self.offset, error))?,
        };
        self.offset += n as u64;
        if self.is_gzip() && self.limit_bytes < self.offset {
            return Err(self.over_limit("the gzip file unzips to more".to_owned()));
        }
        self.sha256.update(&buffer[..n]);
        Ok(n)
    }
}

impl Read for Source<'_> {
    /// For the parsers of other crates. An [`Error`] travels inside the [`io::Error`].
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_some(buffer).map_err(io::Error::other)
    }
}

/// Reads from `member` and, when it has ended without error, from the member behind it.
fn read_members<'a>(all: &'a [u8], member: &mut GzDecoder<&'a [u8]>, buffer: &mut [u8]) -> Result<usize, Error> {
    loop {
        let read = member.read(buffer);
        let rest: &'a [u8] = member.get_ref();
        let offset = (all.len() - rest.len()) as u64;
        match read {
            Err(error) => return Err(Error::Gzip { offset, reason: blame(&error) }),
            Ok(0) if !buffer.is_empty() && !rest.is_empty() => {}
            Ok(n) => return Ok(n),
        }
        if !rest.starts_with(&MAGIC) {
            let reason = "the gzip data ends here, but the file goes on".to_owned();
            return Err(Error::Gzip { offset, reason });
        }
        *member = GzDecoder::new(rest);
    }
}

/// The error of the source behind an [`io::Error`], or one of our own at `offset`.
fn unwrapped(offset: u64, error: io::Error) -> Error {
    let reason = "the archive around the data is damaged; fetch it again".to_owned();
    error.downcast::<Error>().unwrap_or(Error::Format { offset, gunzipped: false, reason })
}

fn blame(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        "the gzip data is cut short".to_owned()
    } else {
        "the gzip data is damaged; fetch the file again".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8], n: u64, limit_bytes: u64) -> Result<(Vec<u8>, String), Error> {
        let mut source = Source::new(bytes, limit_bytes);
        let plain = source.read_vec(n, "test data")?;
        source.finish()?;
        Ok((plain, source.sha256()))
    }

    #[test]
    fn raw_and_gzip_read_the_same_bytes_and_hash() {
        let plain: Vec<u8> = (0..200_000u32).map(|i| (i % 251 * i % 7) as u8).collect();
        let n = plain.len() as u64;
        let raw = read(&plain, n, 0).unwrap();
        assert_eq!(raw.0, plain);
        assert_eq!(raw, read(&gzip(&plain), n, n).unwrap());
        // FIPS 180-4's example, so that the hash is right and not only consistent.
        let (_, hash) = read(b"abc", 3, 0).unwrap();
        assert_eq!(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn members_in_a_row_are_one_stream() {
        let zipped = [gzip(b"one, "), gzip(b""), gzip(b"two")].concat();
        assert_eq!(read(&zipped, 8, 8).unwrap().0, b"one, two");
    }

    #[test]
    fn what_follows_gzip_is_refused() {
        for tail in [&b"\0"[..], b"\x1f", b"hello", b"\x1f\x8b"] {
            let zipped = [&gzip(b"data"), tail].concat();
            let error = read(&zipped, 4, 4).unwrap_err();
            assert!(matches!(error, Error::Gzip { .. }), "{error}");
        }
    }

    #[test]
    fn damage_is_told_in_our_own_words() {
        let whole = gzip(&[7; 1000]);
        let checksum = whole.len() - 8;
        for at in [2, 12, checksum] {
            let mut damaged = whole.clone();
            damaged[at] ^= 0xff;
            let error = read(&damaged, 1000, 1000).unwrap_err();
            let Error::Gzip { reason, .. } = error else { panic!("{error}") };
            assert_eq!(reason, "the gzip data is damaged; fetch the file again", "byte {at}");
        }
    }

    #[test]
    fn a_surplus_is_found_at_its_first_byte() {
        let at_4 = |gunzipped, reason: &str| Err(Error::Format { offset: 4, gunzipped, reason: reason.to_owned() });
        assert_eq!(read(b"data and so on", 4, 0), at_4(false, "the data should end here; bytes too many: 10"));
        assert_eq!(read(&gzip(b"data and so on"), 4, 99), at_4(true, "the data should end here, but goes on"));
    }

    #[test]
    fn the_limit_holds_for_promises_and_for_what_arrives() {
        let zipped = gzip(&[7; 1000]);
        assert_eq!(read(&zipped, 1000, 1000).unwrap().0, [7; 1000]);
        for promised in [1000, 998, u64::MAX] {
            let error = read(&zipped, promised, 999).unwrap_err();
            assert_eq!(matches!(error, Error::Limit { limit_bytes: 999, .. }), promised != 998, "{error}");
        }
    }
}
