//! Files that are whole or not there: written under another name, then renamed.
//!
//! A process can die, a disk can fill up and a machine can lose power between any two bytes. The
//! bytes therefore go to a temporary file in the *same* directory (a rename does not cross file
//! systems), which is synced before it takes the real name; then the directory is synced, since the
//! name is stored there. Whoever opens the real name sees all of the old file or all of the new
//! one. Where the directory cannot be synced, a loss of power may bring the old file back.
//!
//! A temporary file is locked while it is written, and while it is swept. The system releases the
//! lock with the process, which tells the remains of a dead process from the work of a living one.

use std::fs::{File, TryLockError};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::Path;

use crate::Error;

/// How temporary files begin, so that a later run can tell and remove what a dead one left.
pub const TEMPORARY: &str = ".dcgan-tmp-";

/// Replaces the file at `path` by `bytes`.
///
/// # Errors
/// If the directory cannot be written or the disk is full. The old file is then still there, and
/// no part of the new one. A device, such as `/dev/null`, is not replaced by a file.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_by(path, |file| file.write_all(bytes))
}

/// Replaces the file at `path` by `bytes`, without waiting for the disk: for the many files of one
/// command, which can be made again. A loss of power may leave some of them empty.
///
/// # Errors
/// As [`write()`].
pub fn write_unsynced(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    refuse_device(path)?;
    let written = written(path, |file| file.write_all(bytes)).and_then(|file| Ok(file.persist(path)?));
    written.map(drop).map_err(|error| cannot(path, &error))
}

/// Replaces the file at `path` by what `write` writes.
///
/// # Errors
/// As [`write()`].
pub fn write_by(path: &Path, write: impl FnOnce(&mut BufWriter<&File>) -> std::io::Result<()>) -> Result<(), Error> {
    refuse_device(path)?;
    replace(path, write).map_err(|error| cannot(path, &error))
}

/// Refuses, before anything is computed, a `path` that [`write()`] could not write: a folder, a
/// device, a name in a folder that does not exist or takes no files.
///
/// # Errors
/// As [`write()`], but that a disk may still fill up.
pub fn may_write(path: &Path) -> Result<(), Error> {
    refuse_device(path)?;
    if path.is_dir() {
        return Err(Error::file(path, "cannot be written: it is a folder"));
    }
    temporary(path).map(drop).map_err(|error| cannot(path, &error))
}

/// Refuses, before anything is computed, a `folder` that is not there and cannot be created.
///
/// # Errors
/// If it cannot be created.
pub fn may_create(folder: &Path) -> Result<(), Error> {
    let missing =
        folder.ancestors().take_while(|path| !path.as_os_str().is_empty() && path.symlink_metadata().is_err());
    let first = match missing.last() {
        Some(first) => temporary(first).map(drop),
        None if !folder.as_os_str().is_empty() && !folder.is_dir() => Err(ErrorKind::NotADirectory.into()),
        None => Ok(()),
    };
    first.map_err(|error| {
        Error::file(folder, format!("cannot be created: {}; give `out` another name", reason_of(&error)))
    })
}

fn refuse_device(path: &Path) -> Result<(), Error> {
    let is_device = path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
    if is_device { Err(Error::file(path, "cannot be written: it is a device, not a file")) } else { Ok(()) }
}

fn cannot(path: &Path, error: &std::io::Error) -> Error {
    Error::file(path, format!("cannot be written: {}", reason_of(error)))
}

/// The reason of an error. `tempfile` adds the temporary name, which means nothing to anybody.
fn reason_of(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split_once(" at path \"").map_or(&*text, |(reason, _)| reason).to_owned()
}

/// The directory of the file at `path`.
fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Characters of a file's name that its temporary files have in theirs: a name has 255 bytes at
/// most.
const NAMED: usize = 40;

/// How the temporary files of the file at `path` begin.
fn temporary_prefix(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{TEMPORARY}{}-", name.chars().take(NAMED).collect::<String>())
}

/// A new temporary file for the file at `path`, beside it.
fn temporary(path: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let (directory, prefix) = (directory(path), temporary_prefix(path));
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the umask, as `File::create`
    builder.tempfile_in(directory)
}

fn replace(path: &Path, write: impl FnOnce(&mut BufWriter<&File>) -> std::io::Result<()>) -> std::io::Result<()> {
    let file = written(path, write)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_name(path);
    Ok(())
}

/// A temporary file for the file at `path`, with what `write` writes.
fn written(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> std::io::Result<()>,
) -> std::io::Result<tempfile::NamedTempFile> {
    let mut file = temporary(path)?;
    while !is_held(&file) {
        file = temporary(path)?;
    }
    let mut out = BufWriter::new(file.as_file());
    write(&mut out)?;
    out.flush()?;
    drop(out);
    Ok(file)
}

/// Locks a new temporary file, so that nobody sweeps it, and says whether it is still there: a
/// sweep in the moment before removes it. Some file systems have no locks; nothing is swept there.
fn is_held(file: &tempfile::NamedTempFile) -> bool {
    !matches!(file.as_file().try_lock(), Err(TryLockError::WouldBlock)) && file.path().exists()
}

/// Makes the name of the file or directory at `path` outlive a loss of power, where its directory
/// can be synced. A file system that refuses is no error: the file has its name in any case.
pub(crate) fn sync_name(path: &Path) {
    let _ = sync_directory(directory(path));
}

/// Makes the names in `directory` outlive a loss of power, where a directory can be opened to that
/// end.
///
/// # Errors
/// If the directory cannot be opened or synced.
pub fn sync_directory(directory: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

/// Removes the file at `path`; that it is gone already is no error.
///
/// # Errors
/// If it cannot be removed.
pub fn remove(path: &Path) -> Result<(), Error> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Error::file(path, format!("cannot be removed: {error}")))
        }
        _ => Ok(()),
    }
}

/// Removes the temporary file at `path`, unless it is being written. On a file system without
/// locks it stays, since nobody can tell.
///
/// # Errors
/// If it cannot be removed.
pub fn sweep(path: &Path) -> Result<(), Error> {
    match File::open(path) {
        Ok(file) if file.try_lock_shared().is_ok() => remove(path), // before the lock is released
        _ => Ok(()),
    }
}

/// Removes what processes that died left beside the file at `path` while they wrote it, as far as
/// that can be done. Temporary files of other files stay: the folder may be anybody's.
pub fn sweep_beside(path: &Path) {
    let prefix = temporary_prefix(path);
    let entries = std::fs::read_dir(directory(path)).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix));
    ours.for_each(|entry| drop(sweep(&entry.path()))); // whoever may not remove it leaves it
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_process_left_of_a_file_is_swept_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let names = [
            ".dcgan-tmp-film.apng-dead",
            ".dcgan-tmp-film.apng",
            ".dcgan-tmp-walk.apng-dead",
            "film.apng",
            ".dcgan-tmp-abc",
        ];
        names.iter().for_each(|name| std::fs::write(path(name), "half").unwrap());
        sweep_beside(&path("film.apng"));
        assert_eq!(names.map(|name| name != ".dcgan-tmp-film.apng-dead"), names.map(|name| path(name).exists()));
        // And not what is under way.
        write_by(&path("film.apng"), |file| {
            sweep_beside(&path("film.apng"));
            file.write_all(b"whole")
        })
        .unwrap();
        assert_eq!(b"whole"[..], std::fs::read(path("film.apng")).unwrap());
        let long = "ü".repeat(127);
        write(&path(&long), b"whole").unwrap();
        sweep_beside(&path(&long));
    }

    /// A run may be resumed while another process writes its report.
    #[test]
    fn a_file_under_way_is_not_swept_and_a_dead_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let sweep_all = || {
            let entries = std::fs::read_dir(folder.path()).unwrap();
            entries.for_each(|entry| sweep(&entry.unwrap().path()).unwrap());
        };
        std::fs::write(folder.path().join(".dcgan-tmp-dead"), "half").unwrap();
        let path = folder.path().join("file");
        let written = write_by(&path, |file| {
            assert_eq!(2, std::fs::read_dir(folder.path()).unwrap().count());
            sweep_all();
            file.write_all(b"whole")
        });
        written.unwrap();
        assert_eq!(b"whole"[..], std::fs::read(&path).unwrap());
        assert_eq!(1, std::fs::read_dir(folder.path()).unwrap().count());
    }

    /// The file of a writer that a sweep met before its lock.
    #[test]
    fn a_writer_sees_that_its_file_was_swept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let file = temporary(&path).unwrap();
        let sweeping = File::open(file.path()).unwrap();
        sweeping.try_lock_shared().unwrap();
        assert!(!is_held(&file), "it is being swept");
        drop(sweeping);
        sweep(file.path()).unwrap();
        assert!(!is_held(&file), "it is gone");
        assert!(is_held(&temporary(&path).unwrap()));
    }

    #[test]
    fn replaces_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write(&path, b"old").unwrap();
        write_unsynced(&path, b"newer").unwrap();
        assert_eq!(b"newer"[..], std::fs::read(&path).unwrap());
        write(&path, b"new").unwrap();
        assert_eq!(b"new"[..], std::fs::read(&path).unwrap());
        assert_eq!(1, std::fs::read_dir(folder.path()).unwrap().count());
    }

    #[test]
    fn a_folder_that_cannot_be_created_is_refused_beforehand() {
        let folder = tempfile::tempdir().unwrap();
        may_create(folder.path()).unwrap();
        may_create(&folder.path().join("new/deep")).unwrap();
        assert_eq!(0, std::fs::read_dir(folder.path()).unwrap().count(), "a check leaves nothing");
        std::fs::write(folder.path().join("file"), "").unwrap();
        for name in ["file", "file/new"] {
            let message = may_create(&folder.path().join(name)).unwrap_err().to_string();
            let start = format!("{}: cannot be created: ", folder.path().join(name).display());
            assert!(message.starts_with(&start) && message.ends_with("; give `out` another name"), "{message}");
        }
    }

    #[test]
    fn a_failure_names_the_file_and_leaves_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        std::fs::create_dir_all(path.join("by a folder")).unwrap();
        let message = write(&path, b"new").unwrap_err().to_string();
        assert!(message.contains("taken: cannot be written"), "{message}");
        let message = write(&folder.path().join("nowhere/file"), b"new").unwrap_err().to_string();
        assert!(message.contains("nowhere/file: cannot be written: ") && !message.contains(TEMPORARY), "{message}");
        #[cfg(unix)]
        assert!(write(Path::new("/dev/null"), b"").unwrap_err().to_string().contains("it is a device"));
        assert_eq!(1, std::fs::read_dir(folder.path()).unwrap().count());
    }
}
