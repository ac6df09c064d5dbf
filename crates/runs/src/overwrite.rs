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

/// Whether the bytes of a file are a picture that this program wrote.
#[must_use]
pub fn is_marked(bytes: &[u8]) -> bool {
    let (keyword, mark) = mark();
    let is_mark = |(name, text): &(String, String)| name == keyword && *text == mark;
    Picture::texts(bytes).is_ok_and(|texts| texts.iter().any(is_mark))
}

/// Writes a picture, an animation or an array to `path`. A file that this program wrote as such is
/// replaced; any other file is left alone.
///
/// # Errors
/// If there is another file, or it cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    may_replace(path, |old| old.starts_with(b"\x93NUMPY") || is_marked(old))?;
    atomic::write(path, bytes)
}

/// Refuses to write where a file lies that is not `ours` by its bytes. An empty one is nobody's.
///
/// # Errors
/// If there is one.
pub fn may_replace(path: &Path, ours: impl FnOnce(&[u8]) -> bool) -> Result<(), Error> {
    if !path.is_file() {
        return Ok(());
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
            (b"\x93NUMPY".to_vec(), true),
            (vec![], true),
            (another, false),
            (b"step,d_loss".to_vec(), false),
        ] {
            std::fs::write(&path, &old).unwrap();
            let written = write(&path, &ours(2));
            let expected = if is_replaced { ours(2) } else { old };
            assert_eq!((is_replaced, expected), (written.is_ok(), std::fs::read(&path).unwrap()));
        }
        write(&folder.path().join("new.png"), &ours(3)).unwrap();
    }
}
