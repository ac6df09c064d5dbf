//! The command as its user called it, for lines that are to be copied back to a shell.
//!
//! `cargo xtask` says so in an environment variable, since the binary that it starts is in no
//! search path. Otherwise the command is what the user typed: the first argument of the process.

use std::env;
use std::path::Path;

/// The environment variable with the words that started the program, such as `cargo xtask`.
const CALLED_AS: &str = "DCGAN_CALLED_AS";

/// The line that calls this program with `words`, quoted for the shell at hand.
pub(crate) fn command(words: &[&str]) -> String {
    let mut line = called_as();
    for word in words {
        line.push(' ');
        line += &quoted(word);
    }
    line
}

/// A path as a word of [`command`]: one that begins with a dash would be taken for a flag.
pub(crate) fn path(path: &Path) -> String {
    let word = path.to_string_lossy().into_owned();
    if word.starts_with('-') { format!("./{word}") } else { word }
}

fn called_as() -> String {
    if let Ok(words) = env::var(CALLED_AS)
        && !words.trim().is_empty()
    {
        return words.split_whitespace().map(quoted).collect::<Vec<_>>().join(" ");
    }
    match env::args_os().next() {
        Some(program) => quoted(&program.to_string_lossy()),
        None => "dcgan".to_owned(),
    }
}

/// A word as the shell at hand wants it.
fn quoted(word: &str) -> String {
    if cfg!(windows) { double_quoted(word) } else { single_quoted(word) }
}

/// A word for a POSIX shell. Control characters need `$'…'`, which bash, zsh and ksh know.
fn single_quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:,@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    if !word.contains(char::is_control) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let mut out = "$'".to_owned();
    for c in word.chars() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            '\n' => out += r"\n",
            c if c.is_control() => {
                let mut bytes = [0; 4];
                out.extend(c.encode_utf8(&mut bytes).bytes().map(|byte| format!(r"\x{byte:02x}")));
            }
            c => out.push(c),
        }
    }
    out + "'"
}

/// A word for `cmd` and PowerShell. No Windows path contains a double quote.
fn double_quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || r"\/._-+:".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) { word.to_owned() } else { format!("\"{word}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_posix_shell() {
        for (word, expected) in [
            ("runs/0001-mnist", "runs/0001-mnist"),
            ("grün/a_b", "grün/a_b"),
            ("", "''"),
            ("a b", "'a b'"),
            ("~x", "'~x'"),
            ("it's", r"'it'\''s'"),
            ("$(rm)", "'$(rm)'"),
            ("a\nb's\\", r"$'a\nb\'s\\'"),
            ("\u{1b}[2J", r"$'\x1b[2J'"),
            ("\u{9b}", r"$'\xc2\x9b'"),
        ] {
            assert_eq!(expected, single_quoted(word));
        }
    }

    #[test]
    fn a_path_is_no_flag() {
        for (name, expected) in [("-run", "./-run"), ("./-run", "./-run"), ("a-b", "a-b"), ("/-run", "/-run")] {
            assert_eq!(expected, path(Path::new(name)));
        }
    }

    #[test]
    fn words_are_quoted_for_windows() {
        for (word, expected) in
            [(r"C:\runs\0001", r"C:\runs\0001"), (r"C:\my runs", "\"C:\\my runs\""), ("it's", "\"it's\""), ("", "\"\"")]
        {
            assert_eq!(expected, double_quoted(word));
        }
    }

    /// The shell itself is the judge.
    #[cfg(unix)]
    #[test]
    fn a_shell_reads_the_same_word() {
        for word in ["a b", "it's \"so\"", "$HOME `x` \\", "*?[!]", "-n", "a;b&c|d>e"] {
            let script = format!("printf %s {}", single_quoted(word));
            let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(word.as_bytes(), output.stdout, "{script}");
        }
    }
}
