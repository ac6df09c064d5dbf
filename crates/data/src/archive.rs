//! CIFAR from the archive that is published, member by member, in memory.
//!
//! `cifar-10-binary.tar.gz` is 170 MB. Unpacking it would need a place on disk, and trust: an
//! archive can hold `../../.bashrc`, or a link to it. This module writes nothing. It refuses what
//! no honest archive of these data holds: absolute names, names with `..`, links, devices, sparse
//! files, and the same file twice.
//!
//! A member is chosen by the last part of its name; its folder does not matter. The `tar` crate is
//! asked for *raw* members. Otherwise it reads a long-name member into memory, as many bytes as its
//! header claims. The names wanted here are short.

use std::io::{self, Read};

use tar::{Archive, Entry, EntryType};

use crate::{
    Error, Labelled, Source,
    cifar::{self, Layout},
    error::TAR_ARCHIVE,
};

/// How much blank space may follow the last member. Tar fills its last block, of 10 KiB by default.
const PADDING_BYTES: usize = 1 << 20;

/// The size of a header. A damaged first one is no tar archive at all.
const HEADER_BYTES: u64 = 512;

/// How much of a member's name an error quotes, in characters.
const QUOTED: usize = 40;

/// One file of the archive.
#[derive(Debug)]
pub struct Member {
    /// Its name, without folders.
    pub name: &'static str,
    /// What it holds.
    pub labelled: Labelled,
    /// The SHA-256 of its bytes, for [`Known::verify`](crate::checksums::Known::verify).
    pub sha256: String,
}

/// Reads the members whose names are in `files`, and returns them in the order of `files`.
///
/// Other members are passed over. The archive is read to its end, and so is the checksum of its
/// gzip. Only the images read so far are in memory.
///
/// # Errors
///
/// If one of `files` is missing or not well-formed, or if the archive is damaged or holds what no
/// archive of CIFAR does.
pub fn read(source: &mut Source, layout: &Layout, files: &[&'static str]) -> Result<Vec<Member>, Error> {
    let (members, any) = read_members(source, layout, files).map_err(|stop| match stop {
        Stop::Refused { offset, reason } => source.format_error(offset, reason),
        Stop::Member(error) => error,
        // An error of the source itself comes through the tar crate inside an `io::Error`.
        Stop::Io(error) => error.downcast::<Error>().unwrap_or_else(|_| damaged(source, layout)),
    })?;
    read_padding(source)?;
    if !any {
        return Err(source.format_error(0, "the archive is empty".to_owned()));
    }
    let missing: Vec<&str> =
        files.iter().zip(&members).filter(|(_, member)| member.is_none()).map(|(&f, _)| f).collect();
    if !missing.is_empty() {
        let reason =
            format!("the archive has no {}; it is not that of {}, binary version", missing.join(", "), layout.name);
        return Err(source.format_error(source.offset(), reason));
    }
    Ok(members.into_iter().flatten().collect())
}

/// The error for bytes that the `tar` crate refuses. Its own messages quote whole headers, so they
/// are not passed on.
fn damaged(source: &mut Source, layout: &Layout) -> Error {
    let offset = source.offset();
    if let Some(kind) = source.looks_like().filter(|kind| *kind != TAR_ARCHIVE) {
        return source.format_error(0, format!("this is not a tar archive, but {kind}"));
    }
    if offset <= HEADER_BYTES {
        let reason = format!("this is not the tar archive of {}, binary version", layout.name);
        return source.format_error(0, reason);
    }
    match source.read_up_to(&mut [0]) {
        Ok(0) => source.format_error(offset, "the tar archive is cut short; fetch it again".to_owned()),
        _ => source.format_error(offset, "the tar archive is damaged; fetch it again".to_owned()),
    }
}

/// Why the reading of members stopped. The source is borrowed there, so the error is made later.
enum Stop {
    Refused { offset: u64, reason: String },
    Member(Error),
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Io(error)
    }
}

/// The member for each of `files`, if it is there, and whether the archive has any member at all.
fn read_members(
    source: &mut Source,
    layout: &Layout,
    files: &[&'static str],
) -> Result<(Vec<Option<Member>>, bool), Stop> {
    let mut members: Vec<Option<Member>> = files.iter().map(|_| None).collect();
    let mut any = false;
    for entry in Archive::new(source).entries()?.raw(true) {
        let entry = entry?;
        any = true;
        let offset = entry.raw_header_position();
        let path = entry.path_bytes().into_owned();
        let name = suspect(&path, entry.header().entry_type()).map_err(|what| Stop::Refused {
            offset,
            reason: format!("the member {:?} {what}, so this is not an archive of CIFAR", quoted(&path)),
        })?;
        let Some(slot) = files.iter().position(|file| Some(file.as_bytes()) == name) else { continue };
        if members[slot].is_some() {
            return Err(Stop::Refused { offset, reason: format!("the archive has a second {}", files[slot]) });
        }
        members[slot] = Some(read_member(entry, files[slot], layout)?);
    }
    Ok((members, any))
}

/// The start of a member's name.
fn quoted(path: &[u8]) -> String {
    let name = String::from_utf8_lossy(path);
    match name.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.into_owned(),
    }
}

/// The last part of a regular file's name, or nothing for a member to pass over.
///
/// # Errors
///
/// What is wrong with a member that no honest archive holds.
fn suspect(path: &[u8], kind: EntryType) -> Result<Option<&[u8]>, &'static str> {
    let is_separator = |byte: &u8| *byte == b'/' || *byte == b'\\';
    if path.first().is_some_and(is_separator) || path.get(1) == Some(&b':') {
        return Err("has an absolute name");
    }
    let mut parts = path.split(is_separator);
    if parts.clone().any(|part| part == b"..") {
        return Err("climbs out of its folder");
    }
    match kind {
        EntryType::Regular => Ok(parts.next_back()),
        EntryType::Directory | EntryType::XHeader | EntryType::XGlobalHeader => Ok(None),
        EntryType::Symlink | EntryType::Link => Err("is a link"),
        _ => Err("is neither a file nor a folder"),
    }
}

fn read_member(mut entry: Entry<impl Read>, name: &'static str, layout: &Layout) -> Result<Member, Stop> {
    let mut source = Source::member(&mut entry);
    let read = cifar::read(&mut source, layout);
    let (there, sha256) = (source.offset(), source.sha256());
    match read {
        // If nothing follows, the archive is cut short, and the member is not to blame.
        Ok(_) | Err(Error::Format { .. }) if there < entry.size() && entry.read(&mut [0])? == 0 => {
            let offset = entry.raw_file_position() + there;
            let reason = format!("the archive ends here, after {there} of the {} bytes of {name}", entry.size());
            Err(Stop::Refused { offset, reason })
        }
        Ok(labelled) => Ok(Member { name, labelled, sha256 }),
        Err(error @ Error::Format { .. }) => {
            Err(Stop::Member(Error::Member { name: name.to_owned(), error: Box::new(error) }))
        }
        Err(error) => Err(Stop::Member(error)),
    }
}

/// Reads what follows the last member: zeros, and the end.
fn read_padding(source: &mut Source) -> Result<(), Error> {
    let mut block = [0; 4096];
    let mut left = PADDING_BYTES;
    loop {
        let offset = source.offset();
        let n = source.read_up_to(&mut block)?;
        if n == 0 {
            return Ok(());
        }
        if left < n || block[..n].iter().any(|&byte| byte != 0) {
            return Err(source.format_error(offset, "the archive should have ended, but more follows".to_owned()));
        }
        left -= n;
    }
}

#[cfg(test)]
mod tests {
    use tar::{Builder, Header};

    use super::*;
    use crate::cifar::CIFAR_10;

    fn member(builder: &mut Builder<Vec<u8>>, path: &str, kind: EntryType, bytes: &[u8]) {
        let mut header = Header::new_ustar();
        // Written by hand, because the crate refuses to write the names that are refused here.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append(&header, bytes).unwrap();
    }

    /// One record whose image is all `label`.
    fn record(label: u8) -> Vec<u8> {
        vec![label; 3073]
    }

    /// An archive of the six batches, last first, batch N being one record of label N; then `more`.
    fn archive(skip: &str, more: &[(&str, EntryType)]) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        member(&mut builder, "cifar-10-batches-bin/", EntryType::Directory, b"");
        member(&mut builder, "cifar-10-batches-bin/readme.html", EntryType::Regular, b"<html>");
        for label in (0..6).rev() {
            let file = [CIFAR_10.test_files, CIFAR_10.train_files].concat()[usize::from(label)];
            if file != skip {
                let path = format!("cifar-10-batches-bin/{file}");
                member(&mut builder, &path, EntryType::Regular, &record(label));
            }
        }
        for &(path, kind) in more {
            member(&mut builder, path, kind, b"");
        }
        builder.into_inner().unwrap()
    }

    fn train(bytes: &[u8]) -> Result<Vec<Member>, Error> {
        read(&mut Source::new(bytes, 0), &CIFAR_10, CIFAR_10.train_files)
    }

    fn refused(bytes: &[u8]) -> String {
        train(bytes).unwrap_err().to_string()
    }

    #[test]
    fn members_come_in_the_order_asked_for() {
        let members = train(&archive("", &[])).unwrap();
        let names: Vec<&str> = members.iter().map(|member| member.name).collect();
        assert_eq!(names, CIFAR_10.train_files);
        let all = Labelled::concat(members.into_iter().map(|member| member.labelled).collect());
        assert_eq!(all.labels(), [1, 2, 3, 4, 5]);
        assert_eq!(all.images().image(2), [3; 3072]);
        let test = read(&mut Source::new(&archive("", &[]), 0), &CIFAR_10, CIFAR_10.test_files).unwrap();
        assert_eq!(test[0].labelled.labels(), [0]);
        assert_eq!(test[0].sha256, "5fbf904d9c5cb6f356cb9eb1ee1d1511051088e1f08551ccbe753e4334fa6d9f");
    }

    #[test]
    fn what_no_honest_archive_holds_is_refused() {
        for (path, kind, what) in [
            ("../data_batch_9.bin", EntryType::Regular, "climbs out of its folder"),
            ("a/../../b", EntryType::Directory, "climbs out of its folder"),
            ("..\\b", EntryType::Regular, "climbs out of its folder"),
            ("/etc/passwd", EntryType::Regular, "has an absolute name"),
            ("C:\\b", EntryType::Regular, "has an absolute name"),
            ("a", EntryType::Symlink, "is a link"),
            ("a", EntryType::Link, "is a link"),
            ("a", EntryType::Fifo, "is neither a file nor a folder"),
            ("a", EntryType::GNULongName, "is neither a file nor a folder"),
            ("a", EntryType::GNUSparse, "is neither a file nor a folder"),
        ] {
            let reason = refused(&archive("", &[(path, kind)]));
            assert!(reason.contains(&format!("the member {path:?} {what}")), "{reason}");
            assert!(reason.starts_with("at byte 26112: "), "{reason}");
        }
        let twice = refused(&archive("", &[("elsewhere/data_batch_3.bin", EntryType::Regular)]));
        assert_eq!(twice, "at byte 26112: the archive has a second data_batch_3.bin");
    }

    #[test]
    fn what_is_missing_is_named() {
        let reason = refused(&archive("data_batch_4.bin", &[]));
        assert!(
            reason.ends_with("the archive has no data_batch_4.bin; it is not that of CIFAR-10, binary version"),
            "{reason}"
        );
        assert_eq!(refused(&[0; 1024]), "at byte 0: the archive is empty");
        assert_eq!(refused(&[]), "at byte 0: the archive is empty");
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        let html = "at byte 0: this is not a tar archive, but an HTML or XML page, as a failed download leaves behind";
        assert_eq!(refused(format!("{:1024}", "<html>").as_bytes()), html);
        assert_eq!(refused(b"<html>"), html);
        let noise: Vec<u8> = (0..1024u32).map(|i| (i * 7 % 251) as u8 | 1).collect();
        let reason = "at byte 0: this is not the tar archive of CIFAR-10, binary version";
        assert_eq!(refused(&noise), reason);
        // One file of the set in the place of the archive.
        assert_eq!(refused(&record(1).repeat(3)), reason);
    }

    /// What the `tar` crate says of a header can be 700 characters long.
    #[test]
    fn a_damaged_header_is_one_short_line() {
        let whole = archive("", &[]);
        let second = 512; // Behind the folder, which has no content.
        for (at, bytes) in [(124, &b"not a number"[..]), (148, b"\xff\xfe\xfd"), (0, b"another name")] {
            let mut damaged = whole.clone();
            damaged[second + at..][..bytes.len()].copy_from_slice(bytes);
            assert_eq!(refused(&damaged), "at byte 1024: the tar archive is damaged; fetch it again");
        }
        let cut = &whole[..second + 100];
        assert_eq!(refused(cut), "at byte 612: the tar archive is cut short; fetch it again");
    }

    #[test]
    fn the_name_of_a_member_is_quoted_only_so_far() {
        let path = "\x01".repeat(100);
        let reason = refused(&archive("", &[(&path, EntryType::Fifo)]));
        let start = format!("at byte 26112: the member {:?} is neither", format!("{}…", "\x01".repeat(40)));
        assert!(reason.starts_with(&start), "{reason}");
    }

    #[test]
    fn a_damaged_member_is_named() {
        let mut bytes = archive("", &[]);
        let label = bytes.windows(3073).position(|window| window == record(4)).unwrap();
        bytes[label] = 10;
        let reason = "data_batch_4.bin in the archive: at byte 0: label 10, but CIFAR-10 has labels 0 to 9";
        assert_eq!(refused(&bytes), reason);
        let cut = &archive("", &[])[..label + 100];
        assert!(refused(cut).ends_with("the archive ends here, after 100 of the 3073 bytes of data_batch_4.bin"));
        // A cut at the end of a record shows only in the member's size.
        let mut two = Builder::new(Vec::new());
        member(&mut two, "test_batch.bin", EntryType::Regular, &[record(1), record(2)].concat());
        let cut = &two.into_inner().unwrap()[..512 + 3073];
        let error = read(&mut Source::new(cut, 0), &CIFAR_10, CIFAR_10.test_files).unwrap_err().to_string();
        assert_eq!(error, "at byte 3585: the archive ends here, after 3073 of the 6146 bytes of test_batch.bin");
    }

    #[test]
    fn only_blank_space_may_follow() {
        let mut bytes = archive("", &[]);
        bytes.resize(bytes.len() + 9000, 0);
        assert_eq!(train(&bytes).unwrap().len(), 5);
        bytes.push(1);
        assert!(refused(&bytes).ends_with("the archive should have ended, but more follows"));
        bytes.pop();
        bytes.resize(bytes.len() + PADDING_BYTES, 0);
        assert!(refused(&bytes).ends_with("the archive should have ended, but more follows"));
    }

    #[test]
    fn the_blank_space_that_is_allowed_is_allowed_to_its_last_byte() {
        let mut space = vec![0; PADDING_BYTES];
        assert!(read_padding(&mut Source::new(&space[..], 0)).is_ok());
        space.push(0);
        let error = read_padding(&mut Source::new(&space[..], 0)).unwrap_err().to_string();
        assert!(error.ends_with("the archive should have ended, but more follows"), "{error}");
    }
}
