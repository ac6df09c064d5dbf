//! Files that users name as the output: a slip of the hand must not cost a checkpoint or a
//! photograph.

use std::path::Path;

use crate::Error;
use crate::atomic;
use crate::input;
use dcgan::picture::Picture;

/// The largest file that is looked into before it is replaced: a checkpoint of any width is
/// smaller.
const MOST_OLD_BYTES: u64 = input::MOST_CHECKPOINT_BYTES;

/// The text chunk that marks a picture as one of this program's: its keyword and its text.
#[must_use]
pub fn mark() -> (&'static str, String) {
    ("Software", "dcgan".to_owned())
}

/// How the header of an array of this program ends: NumPy and others put one space there.
pub const ARRAY_MARK: &str = "),  }";

/// The longest header of an array of this program, with the spaces behind it.
const ARRAY_HEAD: usize = 128;

/// The header of a GIF, its palette, and the beginning of the comment behind them.
const GIF_HEAD: usize = 13 + 3 * 256 + 64;

/// Writes a picture, an animation or an array to `path`. A file that this program wrote as such is
/// replaced; any other file is left alone.
///
/// # Errors
/// If there is another file, or it cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    may_replace(path, is_own_picture)?;
    atomic::sweep_beside(path);
    atomic::write(path, bytes)
}

/// Refuses, before anything is computed, what [`write()`] would refuse afterwards: another file of
/// that name, a folder that does not exist, one that cannot be written.
///
/// # Errors
/// If `path` cannot be written.
pub fn may_write(path: &Path) -> Result<(), Error> {
    may_replace(path, is_own_picture)?;
    atomic::may_write(path)
}

/// Whether these are the bytes of a picture, an animation or an array of this program.
#[must_use]
pub fn is_own_picture(old: &[u8]) -> bool {
    let (keyword, mark) = mark();
    let is_ours = |(name, text): &(String, String)| name == keyword && *text == mark;
    is_our_array(old) || is_our_gif(old) || Picture::texts(old).is_ok_and(|texts| texts.iter().any(is_ours))
}

/// Whether a file is an array of pictures that this program has made.
fn is_our_array(file: &[u8]) -> bool {
    let head = &file[..file.len().min(ARRAY_HEAD)];
    file.starts_with(b"\x93NUMPY") && head.windows(ARRAY_MARK.len()).any(|window| window == ARRAY_MARK.as_bytes())
}

/// Whether a file is a GIF that this program has made: its first comment says so.
fn is_our_gif(file: &[u8]) -> bool {
    let (keyword, text) = mark();
    let mark = format!("{keyword}: {text}\n");
    let head = &file[..file.len().min(GIF_HEAD)];
    file.starts_with(b"GIF89a") && head.windows(mark.len()).any(|window| window == mark.as_bytes())
}

/// Refuses to write where a file lies that is write-protected, or not `ours` by its bytes. An empty
/// file is nobody's.
///
/// # Errors
/// If there is one.
pub fn may_replace(path: &Path, ours: impl FnOnce(&[u8]) -> bool) -> Result<(), Error> {
    if !path.is_file() {
        return Ok(());
    }
    // The system would not object: a rename needs no more than a folder that can be written.
    if path.metadata().is_ok_and(|metadata| metadata.permissions().readonly()) {
        return Err(Error::file(path, "it is write-protected; remove it, or give `out` another name"));
    }
    match input::read(path, MOST_OLD_BYTES) {
        Ok(old) if old.is_empty() || ours(&old) => Ok(()),
        _ => Err(Error::file(path, "there is another file of that name; remove it, or give `out` another name")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data::Images;

    #[test]
    fn nothing_is_replaced_but_what_was_made_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let grey = |level| Picture::of(&Images::new(1, 1, 1, vec![level]), 0);
        let ours = |level| grey(level).to_png(&[mark()]);
        let another = grey(1).to_png(&[]);
        for (old, is_replaced) in [
            (ours(1), true),
            (b"\x93NUMPY\x01\x00v\x00{'shape': (2, 1, 3, 1),  }".to_vec(), true),
            (b"\x93NUMPY\x01\x00v\x00{'shape': (2, 1, 3, 1), }".to_vec(), false),
            (vec![], true),
            (b"GIF89a123 Software: dcgan\n".to_vec(), true),
            (b"GIF89a of somebody else".to_vec(), false),
            (another, false),
            (b"step,d_loss".to_vec(), false),
        ] {
            std::fs::write(&path, &old).unwrap();
            let written = write(&path, &ours(2));
            let expected = if is_replaced { ours(2) } else { old };
            assert_eq!((is_replaced, expected), (written.is_ok(), std::fs::read(&path).unwrap()));
        }
        write(&folder.path().join("new.png"), &ours(3)).unwrap();

        std::fs::write(&path, ours(4)).unwrap();
        let mut permissions = path.metadata().unwrap().permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&path, permissions).unwrap();
        let message = write(&path, &ours(5)).unwrap_err().to_string();
        assert!(message.ends_with("a.png: it is write-protected; remove it, or give `out` another name"), "{message}");
        assert_eq!(ours(4), std::fs::read(&path).unwrap());
    }

    #[test]
    fn what_cannot_be_written_is_refused_beforehand() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("photo.png"), "a photograph").unwrap();
        std::fs::create_dir(path("folder")).unwrap();
        for (name, part) in [
            ("photo.png", "there is another file of that name"),
            ("missing/a.png", "cannot be written"),
            ("photo.png/a.png", "cannot be written"),
            ("folder", "cannot be written: it is a folder"),
        ] {
            let message = may_write(&path(name)).unwrap_err().to_string();
            assert!(message.contains(name) && message.contains(part), "{message}");
        }
        may_write(&path("new.png")).unwrap();
        may_write(&path("folder/new.png")).unwrap();
        assert_eq!(2, std::fs::read_dir(folder.path()).unwrap().count(), "a check leaves nothing");
    }
}
