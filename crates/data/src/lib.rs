//! Bytes in, images out: IDX and CIFAR binary, raw or gzipped.
//!
//! This crate opens no file and knows no file name; whoever has one puts it in front of
//! the error. Reading takes three lines, and the order of them is the design:
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
//! Then [`Batches`] says which pictures a step sees, and writes them as floats.
//!
//! **What a file claims is not believed.** A header is compared with the bytes that are
//! there before memory is set aside for what it promises; where gzip hides how many are
//! there, memory grows only as they arrive.
#![forbid(unsafe_code)]

/// A limit for [`Source::new`] that every data set named in this crate stays below: 1 GiB.
pub const LIMIT_BYTES: u64 = 1 << 30;

pub mod archive;
pub mod batches;
pub mod checksums;
pub mod cifar;
mod error;
pub mod fitness;
mod gunzip;
pub mod idx;
mod images;
mod labelled;
pub mod scale;
pub mod streams;

pub use batches::Batches;
pub use error::Error;
pub use gunzip::Source;
pub use images::Images;
pub use labelled::Labelled;
