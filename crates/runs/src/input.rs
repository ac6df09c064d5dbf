//! Files that users name: regular files alone, and none without a bound.
//!
//! A path may name a pipe that nobody writes to, or a device that never ends. Opening the first
//! waits for ever, and reading the second fills the memory. The kind of a file is therefore looked
//! up before it is opened, and its length is compared with what such a file can have at most.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::Error;

/// The largest `config.toml` that is read.
pub const MOST_CONFIG_BYTES: u64 = 1 << 20;
/// The largest log that is read: ten million lines.
pub const MOST_LOG_BYTES: u64 = 1 << 30;
/// The largest picture file that is read.
pub const MOST_PICTURE_BYTES: u64 = data::image_files::MOST_BYTES as u64;
/// The largest checkpoint that is read: 350 million weights, each with Adam's two moments.
pub const MOST_CHECKPOINT_BYTES: u64 = 4 << 30;

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// It is a folder.
    #[error("it is a folder, not a file")]
    Folder,
    /// It may never end.
    #[error("it is a pipe or a device, not a file")]
    PipeOrDevice,
    /// It is longer than such a file can be.
    #[error("it is longer than {}, the most that is read of such a file", in_units(*.most_bytes))]
    TooLong {
        /// The bound.
        most_bytes: u64,
    },
    /// There is no memory for it.
    #[error("there is no memory for its {}", in_units(*.0))]
    NoMemory(u64),
    /// What the system says.
    #[error("{0}")]
    System(String),
}

impl From<std::io::Error> for InputError {
    fn from(error: std::io::Error) -> Self {
        Self::System(error.to_string())
    }
}

/// The bytes of the regular file at `path`, if there are at most `most_bytes` of them.
///
/// # Errors
/// If it is not there, is no regular file (a folder, a pipe, a device), is longer, or cannot be
/// read.
pub fn read(path: &Path, most_bytes: u64) -> Result<Vec<u8>, Error> {
    bytes(path, most_bytes).map_err(|reason| Error::file(path, reason))
}

/// As [`read()`], for a text.
///
/// # Errors
/// As [`read()`], and if the bytes are not UTF-8.
pub fn read_text(path: &Path, most_bytes: u64) -> Result<String, Error> {
    String::from_utf8(read(path, most_bytes)?).map_err(|_| Error::file(path, "it is no text in UTF-8"))
}

/// As [`read()`], and nothing where no file is.
///
/// # Errors
/// As [`read()`], but for a file that is not there.
pub fn read_if_there(path: &Path, most_bytes: u64) -> Result<Option<Vec<u8>>, Error> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        _ => read(path, most_bytes).map(Some),
    }
}

fn bytes(path: &Path, most_bytes: u64) -> Result<Vec<u8>, InputError> {
    let file = open(path)?;
    let length = file.metadata()?.len();
    let too_long = InputError::TooLong { most_bytes };
    if most_bytes < length {
        return Err(too_long);
    }
    let mut bytes = Vec::new();
    let room = usize::try_from(length).unwrap_or(usize::MAX);
    bytes.try_reserve_exact(room).map_err(|_| InputError::NoMemory(length))?;
    // The length is a claim: the file may grow meanwhile, and those of `/proc` claim none.
    file.take(most_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    if most_bytes < bytes.len() as u64 { Err(too_long) } else { Ok(bytes) }
}

/// Opens the regular file at `path`, and waits for nothing.
///
/// # Errors
/// If it is not there, is no regular file, or cannot be opened: the reason.
pub fn open(path: &Path) -> Result<File, InputError> {
    let metadata = path.metadata()?;
    if metadata.is_dir() {
        return Err(InputError::Folder);
    }
    if !metadata.is_file() {
        return Err(InputError::PipeOrDevice);
    }
    Ok(File::open(path)?)
}

/// A length for people.
fn in_units(bytes: u64) -> String {
    match bytes {
        0..10_240 => format!("{bytes} bytes"),
        10_240..10_485_760 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regular_file_is_read_up_to_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, [7; 100]).unwrap();
        assert_eq!([7; 100], read(&path, 100).unwrap()[..]);
        let message = read(&path, 99).unwrap_err().to_string();
        assert!(
            message.ends_with("file: it is longer than 99 bytes, the most that is read of such a file"),
            "{message}"
        );
        let message = read(folder.path(), 99).unwrap_err().to_string();
        assert!(message.ends_with("it is a folder, not a file"), "{message}");
        let nowhere = folder.path().join("nowhere");
        assert!(read(&nowhere, 99).unwrap_err().to_string().contains("nowhere: "));
        assert_eq!(None, read_if_there(&nowhere, 99).unwrap());
        assert_eq!(100, read_if_there(&path, 100).unwrap().unwrap().len());
        std::fs::write(&path, [0xff]).unwrap();
        assert!(read_text(&path, 100).unwrap_err().to_string().contains("no text in UTF-8"));
    }

    /// Files of `/proc` say that they have no bytes, and have some.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_hides_its_length_is_bounded_too() {
        let path = Path::new("/proc/self/status");
        assert!(read(path, 1 << 20).unwrap().starts_with(b"Name:"));
        assert!(read(path, 10).unwrap_err().to_string().contains("it is longer than 10 bytes"));
    }

    #[cfg(unix)]
    #[test]
    fn what_never_ends_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let mut paths = vec![Path::new("/dev/zero")];
        if std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
            paths.push(&pipe);
        }
        for path in paths {
            let message = read(path, 99).unwrap_err().to_string();
            assert!(message.ends_with("it is a pipe or a device, not a file"), "{message}");
        }
    }
}
