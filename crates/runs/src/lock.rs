//! One process to a run: a lock that dies with whoever holds it.
//!
//! A file that says "taken" outlives a process that is killed, and then keeps everybody out. So it is
//! the operating system that holds the lock (`flock` and its like), and lets go of it when the process ends in whatever
//! way. The file stays; what it says, the number of the process, is for people, and nobody decides by it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::Path;

use crate::Error;

/// The name of the file in a run's directory.
pub(crate) const LOCK: &str = ".lock";

/// Held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of `directory`, without waiting for it.
    ///
    /// A file system without locks (some of those that come over a network) is taken as it is.
    ///
    /// # Errors
    /// If another process has it, or the directory cannot be written.
    pub fn take(directory: &Path) -> Result<Self, Error> {
        let path = directory.join(LOCK);
        let cannot = |error| Error::file(&path, format!("cannot be written: {error}"));
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = options.map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder); // only to be told
                let reason = format!("another process ({}) is training in this run", holder.trim());
                return Err(Error::file(directory, format!("{reason}; wait for it, or give --out another folder")));
            }
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        let note = format!("{}\n", std::process::id());
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(note.as_bytes())).map_err(cannot)?;
        Ok(Self { _file: file })
    }
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
        drop(held);
        Lock::take(folder.path()).unwrap();
    }
}
