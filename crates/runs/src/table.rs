//! A log as a CSV file: a header, and one line for each step that has a row.
//!
//! The file grows by whole lines, in one write each. A resumed run drops the rows after the step of
//! its checkpoint, since those steps are made again, and a last line that is not whole, which a
//! crash may leave.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Error;
use crate::input::{self, MOST_LOG_BYTES};

/// How often a line is written before it waits in memory.
const TRIES: usize = 5;
/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(250);

/// What a line holds.
pub trait Row: Sized {
    /// The first line of the file.
    const HEADER: &'static str;

    /// The step that the row belongs to. Each row is of a later step than the row before.
    fn step(&self) -> u64;

    /// The line, in which every number reads back as the same.
    fn to_csv(&self) -> String;

    /// The row that [`to_csv`](Row::to_csv) wrote, if this is such a line.
    fn from_csv(line: &str) -> Option<Self>;
}

/// What was found in a file.
#[derive(Debug)]
pub(crate) struct Found<R> {
    /// The rows up to the first damaged line.
    pub(crate) rows: Vec<R>,
    /// Whether there is a damaged line: another header, a line that is no row, a step that is not
    /// after the one before. A last line without an end does not count.
    pub(crate) is_damaged: bool,
}

/// The rows in the file at `path`; nothing if there is no file. A line may end as those of a
/// spreadsheet do.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn find<R: Row>(path: &Path) -> Result<Option<Found<R>>, Error> {
    let Some(bytes) = input::read_if_there(path, MOST_LOG_BYTES)? else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    let mut lines = lines.map(|line| line.strip_suffix('\r').unwrap_or(line));
    let mut found = Found { rows: Vec::<R>::new(), is_damaged: lines.next() != Some(R::HEADER) };
    while !found.is_damaged {
        let Some(line) = lines.next() else { break };
        let last = found.rows.last().map_or(0, Row::step);
        match R::from_csv(line).filter(|row| last < row.step()) {
            Some(row) => found.rows.push(row),
            None => found.is_damaged = true,
        }
    }
    Ok(Some(found))
}

/// The open file and the rows in it.
#[derive(Debug)]
pub struct Table<R> {
    path: PathBuf,
    file: File,
    rows: Vec<R>,
    /// Bytes of whole lines in the file.
    length: u64,
    /// Lines that are not in it yet.
    waiting: String,
    trouble: Option<String>,
}

/// Whether an error may be gone a moment later: another program, such as a spreadsheet, holds the
/// file.
fn is_passing(error: &std::io::Error) -> bool {
    let windows_says_in_use = cfg!(windows) && matches!(error.raw_os_error(), Some(32 | 33));
    let kinds = [ErrorKind::PermissionDenied, ErrorKind::WouldBlock, ErrorKind::ResourceBusy, ErrorKind::TimedOut];
    windows_says_in_use || kinds.contains(&error.kind())
}

impl<R: Row> Table<R> {
    /// Replaces the file at `path`, whole, by one of these rows.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn create(path: &Path, rows: Vec<R>) -> Result<Self, Error> {
        let lines = rows.iter().map(|row| row.to_csv() + "\n");
        let text = R::HEADER.to_owned() + "\n" + &lines.collect::<String>();
        crate::atomic::write(path, text.as_bytes())?;
        let file = OpenOptions::new().append(true).open(path).map_err(|error| Error::file(path, error))?;
        let length = text.len() as u64;
        Ok(Self { path: path.to_owned(), file, rows, length, waiting: String::new(), trouble: None })
    }

    /// Adds a row, in one write, so that a run that dies leaves whole lines.
    ///
    /// A file that another program holds is tried again for a second. After that the line waits in
    /// memory, and each next one tries again: see [`trouble`](Table::trouble).
    ///
    /// # Errors
    /// If it cannot be written for another reason, such as a full disk.
    pub fn add(&mut self, row: R) -> Result<(), Error> {
        self.waiting += &(row.to_csv() + "\n");
        self.rows.push(row);
        self.flush(|file, text| file.write_all(text))
    }

    /// Waits until all rows are on the disk, but for those that wait for another program.
    ///
    /// # Errors
    /// If they cannot be written there.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.flush(|file, text| file.write_all(text))?;
        self.file.sync_all().or_else(|error| if is_passing(&error) { Ok(()) } else { Err(self.cannot(&error)) })
    }

    /// Why the last rows are not in the file, if they are not.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// All rows, in order.
    #[must_use]
    pub fn rows(&self) -> &[R] {
        &self.rows
    }

    /// Writes the lines that wait.
    fn flush(&mut self, mut write: impl FnMut(&mut File, &[u8]) -> std::io::Result<()>) -> Result<(), Error> {
        // Whoever has waited once does not wait at every line.
        let tries = if self.trouble.is_some() { 1 } else { TRIES };
        for attempt in 1..=tries {
            // An attempt that failed may have written half a line.
            let is_again = self.trouble.is_some();
            let whole = if is_again { self.file.set_len(self.length) } else { Ok(()) };
            match whole.and_then(|()| write(&mut self.file, self.waiting.as_bytes())) {
                Ok(()) => {
                    self.length += self.waiting.len() as u64;
                    self.waiting.clear();
                    self.trouble = None;
                    return Ok(());
                }
                Err(error) => {
                    self.trouble = Some(error.to_string());
                    if !is_passing(&error) {
                        return Err(self.cannot(&error));
                    }
                }
            }
            if attempt < tries {
                std::thread::sleep(PAUSE);
            }
        }
        Ok(())
    }

    fn cannot(&self, error: impl std::fmt::Display) -> Error {
        Error::file(&self.path, format!("cannot be written: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Step(u64);

    impl Row for Step {
        const HEADER: &'static str = "step";

        fn step(&self) -> u64 {
            self.0
        }

        fn to_csv(&self) -> String {
            self.0.to_string()
        }

        fn from_csv(line: &str) -> Option<Self> {
            line.parse().ok().map(Self)
        }
    }

    #[test]
    fn rows_are_found_up_to_the_first_damage() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("log.csv");
        assert!(find::<Step>(path).unwrap().is_none());
        for (text, rows, is_damaged) in [
            ("", 0, true),
            ("steps\n1\n", 0, true),
            ("step\n", 0, false),
            ("step\n1\n10\n", 2, false),
            ("step\n1\n10\n2", 2, false),
            ("step\r\n1\r\n10\r\n2", 2, false),
            ("step\n1\nx\n10\n", 1, true),
            ("step\n1\n10\n10\n", 2, true),
        ] {
            std::fs::write(path, text).unwrap();
            let found = find::<Step>(path).unwrap().unwrap();
            assert_eq!((rows, is_damaged), (found.rows.len(), found.is_damaged), "{text:?}");
        }
    }

    #[test]
    fn a_file_that_another_program_holds_gets_its_lines_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("log.csv");
        let mut table = Table::create(path, vec![]).unwrap();
        table.add(Step(1)).unwrap();
        let mut tries = 0;
        let mut write = |table: &mut Table<Step>, failures: usize, kind: ErrorKind| {
            tries = 0;
            table.flush(|file, text| {
                tries += 1;
                // Half of the line, and then no more.
                let part = if tries <= failures { &text[..text.len() / 2] } else { text };
                file.write_all(part)?;
                if tries <= failures { Err(kind.into()) } else { Ok(()) }
            })
        };
        let mut wait = |table: &mut Table<Step>, step: u64, failures: usize, kind: ErrorKind| {
            table.waiting += &format!("{step}\n");
            table.rows.push(Step(step));
            write(table, failures, kind)
        };
        wait(&mut table, 10, 2, ErrorKind::PermissionDenied).unwrap();
        assert_eq!(None, table.trouble());
        wait(&mut table, 20, usize::MAX, ErrorKind::ResourceBusy).unwrap();
        assert!(table.trouble().is_some());
        table.add(Step(25)).unwrap();
        assert_eq!(None, table.trouble());
        assert_eq!("step\n1\n10\n20\n25\n", std::fs::read_to_string(path).unwrap());
        let message = wait(&mut table, 30, 9, ErrorKind::StorageFull).unwrap_err().to_string();
        assert!(message.contains("log.csv: cannot be written"), "{message}");
        // Half of a line that did not fit is gone with the next try.
        table.sync().unwrap();
        assert_eq!("step\n1\n10\n20\n25\n30\n", std::fs::read_to_string(path).unwrap());
    }
}
