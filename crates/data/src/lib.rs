//! Bytes in, images out: IDX and CIFAR binary, raw or gzipped.
//!
//! This crate opens no file and knows no file name. The caller has one and puts it in front of the
//! error. Reading takes three lines, and their order is the design:
//!
//! ```
//! # let bytes = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 10, 20];
//! let mut source = data::Source::new(&bytes, data::LIMIT_BYTES);     // raw or gzip
//! let images = data::idx::read_images(&mut source)?;              // to the end, checksum and all
//! let digest = source.sha256();                                   // of the unzipped bytes
//! # assert_eq!((images.count(), images.height(), images.width()), (1, 1, 2));
//! # assert_eq!(digest.len(), 64);
//! # Ok::<(), data::Error>(())
//! ```
//!
//! [`fitness`] then checks that there is something to learn from, and [`Batches`] chooses the
//! images of each step and writes them as floats.
//!
//! **A header is a claim.** It is compared with the bytes that are there before memory is allocated
//! for what it promises. Behind gzip nobody knows how many bytes are there, so memory grows as they
//! arrive.
#![forbid(unsafe_code)]

/// A limit for [`Source::new`]: 1 GiB, more than any data set named in this crate has.
pub const LIMIT_BYTES: u64 = 1 << 30;

pub mod archive;
pub mod batches;
pub mod checksums;
pub mod cifar;
mod class_names;
mod error;
pub mod fitness;
mod gunzip;
pub mod idx;
mod idx_writing;
pub mod image_files;
mod images;
mod labelled;
mod labels;
pub mod scale;
pub mod streams;

pub use batches::Batches;
pub use class_names::class_names;
pub use error::Error;
pub use gunzip::Source;
pub use idx_writing::idx_file;
pub use images::Images;
pub use labelled::Labelled;
