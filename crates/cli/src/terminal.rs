//! Everything that is printed passes through here. File names and configs may hold control
//! characters, which would move the cursor, ring the bell, or break a line in two.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::OnceLock;

use runs::Error;

/// Why something that was printed is lost.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// Writes a line to standard output. A closed pipe is no error; any other is [kept](check).
pub(crate) fn print_line(line: &str) {
    keep(writeln!(io::stdout(), "{}", escaped(line, false)));
}

/// Writes lines to standard output, such as a table or JSON. Errors are as in [`print_line`].
pub(crate) fn print_text(text: &str) {
    keep(writeln!(io::stdout(), "{}", escaped(text, true)));
}

/// Writes a line about what goes on. That nobody can read it is no reason to fail.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{}", escaped(line, false));
}

/// Keeps the first error of standard output until the command is done.
pub(crate) fn keep(printed: io::Result<()>) {
    if let Err(error) = printed
        && error.kind() != ErrorKind::BrokenPipe
    {
        let _ = LOST.set(error); // the first one says it
    }
}

/// Whether all that was printed has arrived, as far as anybody wants it.
///
/// # Errors
/// If not, for example because a disk is full.
pub(crate) fn check() -> Result<(), Error> {
    let lost =
        |error| Error::file(Path::new("standard output"), format!("cannot be written: {error}; send it elsewhere"));
    LOST.get().map_or(Ok(()), |error| Err(lost(error)))
}

/// Writes the one line of an error to standard error.
pub(crate) fn print_error(reason: &str) {
    // In one piece: other processes may write to the same place.
    let _ = io::stderr().write_all(format!("dcgan: {}\n", escaped(reason, false)).as_bytes());
}

/// `text` with control characters as JSON escapes them, so that JSON stays what it is. Line breaks
/// stay if `keeps_lines`. Characters that reverse the direction of writing are escaped too: they
/// can hide what a name is.
pub(crate) fn escaped(text: &str, keeps_lines: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' if keeps_lines => out.push(c),
            '\n' => out += r"\n",
            '\r' => out += r"\r",
            '\t' => out += r"\t",
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => escape(&mut out, c),
            c if c.is_control() => escape(&mut out, c),
            c => out.push(c),
        }
    }
    out
}

fn escape(out: &mut String, c: char) {
    let _ = write!(out, "\\u{:04x}", u32::from(c)); // writing to a String cannot fail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        for (text, expected) in [
            ("plain · grün ×", "plain · grün ×"),
            ("a\nb\r\tc", r"a\nb\r\tc"),
            ("\u{1b}[2J\u{7}", r"\u001b[2J\u0007"),
            ("\u{7f}\u{9b}\u{202e}gnp", r"\u007f\u009b\u202egnp"),
        ] {
            assert_eq!(expected, escaped(text, false));
        }
        assert_eq!("a\nb\\u0007", escaped("a\nb\u{7}", true));
    }

    #[test]
    fn json_stays_the_same_json() {
        let value = serde_json::json!({ "path": "\u{1b}\u{7f}\u{9b}\u{2066}x" });
        let printed = escaped(&serde_json::to_string_pretty(&value).unwrap(), true);
        assert!(!printed.contains(|c: char| c.is_control() && c != '\n'));
        assert_eq!(value, serde_json::from_str::<serde_json::Value>(&printed).unwrap());
    }
}
