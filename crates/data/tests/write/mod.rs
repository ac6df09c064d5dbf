//! Writers of the formats that the crate reads, for its tests: short, and independent of the
//! readers.

use std::io::Write;

use flate2::{Compression, GzBuilder};
use tar::{Builder, Header};

/// An IDX file of unsigned bytes.
pub(crate) fn idx(dimensions: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, dimensions.len() as u8];
    file.extend(dimensions.iter().flat_map(|extent| extent.to_be_bytes()));
    file.extend(elements);
    file
}

/// A CIFAR record of an image in HWC order.
pub(crate) fn cifar_record(labels: &[u8], image: &[u8]) -> Vec<u8> {
    let plane = |channel| image.iter().skip(channel).step_by(3);
    labels.iter().chain(plane(0)).chain(plane(1)).chain(plane(2)).copied().collect()
}

/// A tar archive of regular files.
pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (path, bytes) in members {
        let mut header = Header::new_ustar();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, path, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

/// A gzip file with everything that its header can hold.
pub(crate) fn gzip(plain: &[u8]) -> Vec<u8> {
    let builder = GzBuilder::new().filename("data").comment("made by a test").extra("extra").mtime(1_000_000_000);
    let mut encoder = builder.write(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}
