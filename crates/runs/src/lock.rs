//! One process to a run: a lock that dies with whoever holds it.
//!
//! A file that says "taken" would outlive a process that is killed, and keep all others out. The
//! operating system therefore holds the lock (`flock` and its like), and releases it however the
//! process ends. The file stays. It holds the number of the process, which is for people alone.
//!
//! A link of that name may lead to any file. A link is not followed, and a file too long for a lock
//! is not written.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Error as IoError, ErrorKind, Read, Seek, Write};
use std::path::Path;

use crate::Error;

/// The name of the file in a run's directory.
pub(crate) const LOCK: &str = ".lock";
/// The longest text of a lock: a number, and what people may add to it.
const MOST_BYTES: u64 = 100;

/// Held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    is_held: bool,
}

impl Lock {
    /// Takes the lock of `directory`, without waiting for it.
    ///
    /// A file system without locks (some of those that come over a network) is taken as it is; then
    /// the lock is not [held](Lock::is_held).
    ///
    /// # Errors
    /// If another process has it, the directory cannot be written, or something else has the lock's
    /// name.
    pub fn take(directory: &Path) -> Result<Self, Error> {
        let path = directory.join(LOCK);
        let cannot = |error: IoError| Error::file(&path, format!("cannot be written: {error}"));
        let mut file = open(&path)?;
        let locked = file.try_lock();
        if matches!(locked, Err(TryLockError::WouldBlock)) {
            let mut holder = String::new();
            let _ = (&mut file).take(MOST_BYTES).read_to_string(&mut holder); // only to be told
            let reason = format!("another process ({}) is training in this run", holder.trim());
            return Err(Error::file(directory, format!("{reason}; wait for it, or train in another folder")));
        }
        let is_held = match locked {
            Err(TryLockError::Error(error)) if !has_no_locks(&error) => return Err(cannot(error)),
            locked => locked.is_ok(),
        };
        let note = format!("{}\n", std::process::id());
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(note.as_bytes())).map_err(cannot)?;
        Ok(Self { _file: file, is_held })
    }

    /// Whether the system keeps other processes out. If not, its file system has no locks.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.is_held
    }
}

/// Whether a file could not be locked because its file system has no locks.
fn has_no_locks(error: &IoError) -> bool {
    // "No locks available": a network file system whose lock service does not answer.
    let no_locks = if cfg!(target_os = "linux") { 37 } else { 77 };
    error.kind() == ErrorKind::Unsupported || cfg!(unix) && error.raw_os_error() == Some(no_locks)
}

/// Opens the file of a lock, and creates it where there is none.
///
/// # Errors
/// If it cannot be opened for writing, or is a link, no regular file, or too long for a lock.
fn open(path: &Path) -> Result<File, Error> {
    let foreign = || Error::file(path, "it is no lock of a run (a link, or a file of something else); remove it");
    let cannot = |error: IoError| Error::file(path, format!("cannot be written: {error}"));
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match options.clone().create_new(true).open(path) {
        Ok(file) => return Ok(file),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(cannot(error)),
    }
    let named = path.symlink_metadata().map_err(cannot)?;
    if !named.is_file() || MOST_BYTES < named.len() {
        return Err(foreign());
    }
    let file = options.open(path).map_err(cannot)?;
    let opened = file.metadata().map_err(cannot)?;
    // Between the two looks the name may have become a link.
    if is_same(&named, &opened) { Ok(file) } else { Err(foreign()) }
}

#[cfg(unix)]
fn is_same(a: &std::fs::Metadata, b: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn is_same(_: &std::fs::Metadata, _: &std::fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_and_a_dead_one_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(LOCK), "999999999, which is no more\n").unwrap();
        let held = Lock::take(folder.path()).unwrap();
        let message = Lock::take(folder.path()).unwrap_err().to_string();
        assert!(message.contains(&format!("another process ({})", std::process::id())), "{message}");
        assert!(message.ends_with("wait for it, or train in another folder"), "{message}"); // no flag: `resume` has none
        drop(held);
        Lock::take(folder.path()).unwrap();
    }

    #[test]
    fn what_is_no_lock_is_neither_followed_nor_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LOCK);
        let thesis = folder.path().join("thesis.tex");
        std::fs::write(&thesis, "short").unwrap();
        let refused = || {
            let message = Lock::take(folder.path()).unwrap_err().to_string();
            assert!(message.contains(".lock: it is no lock of a run"), "{message}");
        };
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&thesis, &path).unwrap();
            refused();
            std::fs::remove_file(&path).unwrap();
            std::os::unix::fs::symlink(folder.path().join("nowhere"), &path).unwrap();
            refused();
            std::fs::remove_file(&path).unwrap();
        }
        assert_eq!("short", std::fs::read_to_string(&thesis).unwrap());
        assert!(!folder.path().join("nowhere").exists());
        std::fs::write(&path, [b'x'; 101]).unwrap();
        refused();
        assert_eq!(101, path.metadata().unwrap().len());
    }

    #[test]
    fn a_file_system_without_locks_is_told_from_a_broken_one() {
        let no_locks = if cfg!(target_os = "linux") { 37 } else { 77 };
        assert_eq!(cfg!(unix), has_no_locks(&IoError::from_raw_os_error(no_locks)));
        assert!(has_no_locks(&ErrorKind::Unsupported.into()));
        assert!(!has_no_locks(&IoError::from_raw_os_error(5)));
        let folder = tempfile::tempdir().unwrap();
        assert!(Lock::take(folder.path()).unwrap().is_held());
    }
}
