//! Getting published data sets, from where they are published or from a file at hand.
//!
//! The program links no network code: the system's `curl` downloads, into memory. Only what has
//! been read to its end and found to be the published bytes is written, under a temporary name that
//! is then changed. So a file that is there is whole and right, whatever went wrong and whenever
//! the machine was switched off.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use data::cifar::CIFAR_10;
use data::{LIMIT_BYTES, Source, archive, checksums, idx};

use crate::datasets::datasets;
use crate::progress;
use runs::Error;
use runs::atomic;
use runs::input;
use runs::one_line;

/// A published data set.
#[derive(Debug)]
pub struct Set {
    /// Its name, also that of its folder.
    pub name: &'static str,
    /// Its files, as they are published.
    pub files: &'static [&'static str],
    /// Addresses that a file's name is put behind: the publisher's, then mirrors.
    pub addresses: &'static [&'static str],
}

const IDX_FILES: &[&str] = &[
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
];

/// The handwritten digits.
pub static MNIST: Set = Set {
    name: "mnist",
    files: IDX_FILES,
    addresses: &[
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ],
};

/// Clothes, in the format of MNIST.
pub static FASHION_MNIST: Set = Set {
    name: "fashion-mnist",
    files: IDX_FILES,
    addresses: &[
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ],
};

/// Ten classes of small photographs.
pub static CIFAR10: Set =
    Set { name: "cifar10", files: &["cifar-10-binary.tar.gz"], addresses: &["https://www.cs.toronto.edu/~kriz/"] };

impl Set {
    /// Where the set goes if nothing else is said: `datasets/NAME`, here or in the source tree.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        let [here, source] = datasets();
        if !here.is_dir() && source.is_dir() { source.join(self.name) } else { here.join(self.name) }
    }

    /// Sees to it that every file of the set is in `folder`, and says what it did. Files that are
    /// there and right are left alone; damaged ones are replaced.
    ///
    /// # Errors
    /// If a file can be had from nowhere, or what came is not what was published, or `folder`
    /// cannot be written or has files of another set.
    pub fn fetch(&self, folder: &Path) -> Result<(), Error> {
        let found = self.files.iter().map(|file| self.find(folder, file)).collect::<Result<Vec<_>, _>>()?;
        for (file, found) in self.files.iter().zip(found) {
            if let Some(path) = found {
                progress::print(&format!("{}: already there, and as published", path.display()));
                continue;
            }
            let (bytes, address) = self.download(file)?;
            let path = write(folder, file, &bytes)?;
            progress::print(&format!("{}: fetched from {address}", path.display()));
        }
        Ok(())
    }

    /// As [`fetch`](Set::fetch), without a network: from `source`, a folder with the files or one
    /// of them.
    ///
    /// # Errors
    /// If a file is not there, or not what was published, or `folder` cannot be written or has
    /// files of another set.
    pub fn take(&self, source: &Path, folder: &Path) -> Result<(), Error> {
        self.files.iter().try_for_each(|file| self.find(folder, file).map(drop))?; // before one is copied
        let sources: Vec<PathBuf> = if source.is_dir() {
            let at = |file| forms(file).map(|name| source.join(name)).find(|path| path.exists());
            self.files.iter().map(|file| at(file).unwrap_or_else(|| source.join(file))).collect()
        } else {
            vec![source.to_owned()]
        };
        for source in sources {
            let bytes = input::read(&source, LIMIT_BYTES)?;
            let file = self.recognise(&source, &bytes).map_err(|reason| Error::file(&source, reason))?;
            if let Some(path) = self.find(folder, file)? {
                progress::print(&format!("{}: already there, and as published", path.display()));
                continue;
            }
            let path = write(folder, file, &bytes)?;
            progress::print(&format!("{}: copied from {}", path.display(), source.display()));
        }
        let is_missing = |file: &&str| !forms(file).any(|name| folder.join(name).exists());
        let missing: Vec<&str> = self.files.iter().copied().filter(is_missing).collect();
        if !missing.is_empty() {
            progress::print(&format!("still missing: {}", missing.join(", ")));
        }
        Ok(())
    }

    /// The published file in `folder`, if it is there and right. If it is there and damaged, as a
    /// download that was cut, it will be replaced.
    ///
    /// # Errors
    /// If a whole file of another set has its name, or it is there unzipped and wrong: that would
    /// not be replaced by the zipped one, but read in its place.
    fn find(&self, folder: &Path, file: &str) -> Result<Option<PathBuf>, Error> {
        for name in forms(file) {
            let path = folder.join(name);
            let Ok(bytes) = input::read(&path, LIMIT_BYTES) else { continue };
            match self.check(file, &bytes) {
                Ok(()) => return Ok(Some(path)),
                Err(reason) if name != file || self.hashes(file, &bytes).is_ok() => {
                    return Err(Error::file(&path, format!("{reason}; move it away first")));
                }
                Err(_) => {}
            }
        }
        Ok(None)
    }

    /// Which of the set's files `bytes` are. Their name decides no more than what is blamed.
    fn recognise(&self, path: &Path, bytes: &[u8]) -> Result<&'static str, String> {
        if let Some(&file) = self.files.iter().find(|file| self.check(file, bytes).is_ok()) {
            return Ok(file);
        }
        let named = match self.files {
            [only] => Some(only),
            files => files.iter().find(|file| forms(file).any(|name| path.ends_with(name))),
        };
        match named {
            Some(file) => Err(self.check(file, bytes).expect_err("no file passed the check")),
            None => Err(format!("this is none of {}'s files: {}", self.name, self.files.join(", "))),
        }
    }

    /// Whether `bytes` are those of the published file.
    fn check(&self, file: &str, bytes: &[u8]) -> Result<(), String> {
        for (name, sha256) in self.hashes(file, bytes)? {
            let known = checksums::find(self.name, name).expect("the checksums of the sets to fetch are known");
            known.verify(&sha256).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// The names and checksums of what is in `bytes`, if it is a whole file such as `file`.
    fn hashes<'a>(&self, file: &'a str, bytes: &[u8]) -> Result<Vec<(&'a str, String)>, String> {
        let mut source = Source::new(bytes, LIMIT_BYTES);
        let hashes = if file.ends_with(".tar.gz") {
            // Zipped anew it is the same archive: its members decide.
            let files = [CIFAR_10.train_files, CIFAR_10.test_files].concat();
            let members = archive::read(&mut source, &CIFAR_10, &files);
            members.map(|members| members.into_iter().map(|member| (member.name, member.sha256)).collect())
        } else if file.contains("images") {
            idx::read_images(&mut source).map(|_| vec![(file, source.sha256())])
        } else {
            idx::read_labels(&mut source).map(|_| vec![(file, source.sha256())])
        };
        hashes.map_err(|error| error.to_string())
    }

    /// The bytes of a file, and the address that had them.
    fn download(&self, file: &str) -> Result<(Vec<u8>, String), Error> {
        let mut failures = Vec::new();
        for address in self.addresses {
            let address = format!("{address}{file}");
            progress::print(&format!("fetching {address}"));
            match curl(&address).and_then(|bytes| self.check(file, &bytes).map(|()| bytes)) {
                Ok(bytes) => return Ok((bytes, address)),
                Err(reason) => failures.push(format!("{address}: {}", one_line(&reason))),
            }
        }
        let way_out = "try again with a network, or get the file in another way and name it by --from FILE";
        Err(Error::Usage(format!("{}; {way_out}", failures.join("; "))))
    }
}

/// The names under which a published file may lie about: of a single zipped file that of the
/// unzipped one, then its own.
fn forms(file: &str) -> impl Iterator<Item = &str> {
    let unzipped = if file.ends_with(".tar.gz") { None } else { file.strip_suffix(".gz") };
    unzipped.into_iter().chain([file])
}

/// Writes a file under its published name, without the `.gz` if it came unzipped.
fn write(folder: &Path, file: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Error::file(folder, format!("cannot be created: {error}; name another by --out")))?;
    let is_gzip = bytes.starts_with(&[0x1f, 0x8b]);
    let path = folder.join(if is_gzip { file } else { forms(file).next().unwrap_or(file) });
    atomic::write(&path, bytes)?;
    Ok(path)
}

/// What is at an address. `curl` shows its progress on a terminal, and its complaint, if it has
/// one, is the error.
fn curl(address: &str) -> Result<Vec<u8>, String> {
    let mut curl = Command::new("curl");
    curl.args(["--fail", "--location", "--proto", "=http,https", "--connect-timeout", "30"]);
    curl.args(["--speed-limit", "1000", "--speed-time", "60"]); // a connection that hangs is given up
    if std::io::stderr().is_terminal() {
        curl.arg("--progress-bar").stderr(Stdio::inherit());
    } else {
        curl.args(["--silent", "--show-error"]).stderr(Stdio::piped());
    }
    let child = curl.arg(address).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("the command curl, which downloads, cannot be started: {error}"))?;

    let mut bytes = Vec::new();
    let stdout = child.stdout.take().expect("stdout is piped");
    let read = stdout.take(LIMIT_BYTES).read_to_end(&mut bytes);
    let output = child.wait_with_output().map_err(|error| format!("curl was lost: {error}"))?;
    read.map_err(|error| format!("nothing comes from curl: {error}"))?;
    if output.status.success() {
        return Ok(bytes);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(match complaint.trim() {
        "" => format!("curl failed ({})", output.status),
        complaint => complaint.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn errors_name_the_sets_that_can_be_fetched() {
        let names = [&super::MNIST, &super::FASHION_MNIST, &super::CIFAR10].map(|set| set.name);
        assert_eq!(crate::datasets::FETCHED, names);
    }
}
