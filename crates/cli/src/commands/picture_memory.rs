//! The memory that a picture takes, asked for before anything is computed: a program that runs out
//! of memory is ended where it stands.

use dcgan::models::LATENT;
use runs::Error;

/// What is in memory while pictures are made.
#[derive(Clone, Copy, Debug)]
pub(super) struct PictureMemory {
    /// Images that are made.
    pub(super) images: u64,
    /// Numbers of one image.
    pub(super) image_size: u64,
    /// Numbers of all results of the generator's layers, for one image.
    pub(super) results: u64,
    /// Images that pass through the generator at a time.
    pub(super) batch: u64,
    /// Images and gaps of the picture.
    pub(super) cells: u64,
    /// Pixels a side that each pixel becomes.
    pub(super) scale: u32,
}

impl PictureMemory {
    /// Refuses what the system gives no memory for.
    pub(super) fn check(self) -> Result<(), Error> {
        let bytes = self.bytes();
        let size = usize::try_from(bytes).unwrap_or(usize::MAX);
        Vec::<u8>::new().try_reserve_exact(size).map_err(|_| {
            let megabytes = bytes.div_ceil(1_000_000);
            let way_out = "ask for fewer images or a smaller --scale, or raise the limit (ulimit -v)";
            Error::Usage(format!(
                "the picture takes about {megabytes} MB of memory, which the system does not give; {way_out}"
            ))
        })
    }

    /// Bytes at most, beside the program and the generator: points and images in vectors that grow
    /// by doubling, one batch on its way through the layers, the picture with its margins,
    /// enlarged, and the file of it, which may be as large.
    fn bytes(self) -> u64 {
        let Self { images, image_size, results, batch, cells, scale } = self;
        let float = size_of::<f32>() as u64;
        let made = images.saturating_mul(3 * float * LATENT as u64 + 2 * image_size);
        let layers = batch.saturating_mul(2 * float * results);
        let cell = image_size + image_size / 4; // its margin is a quarter at most
        let picture = cells.saturating_mul(cell).saturating_mul(1 + 2 * u64::from(scale).pow(2));
        made.saturating_add(layers).saturating_add(picture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: PictureMemory =
        PictureMemory { images: 25, image_size: 784, results: 200_000, batch: 25, cells: 25, scale: 1 };

    #[test]
    fn a_picture_that_fits_is_made_and_one_that_does_not_is_refused_with_the_figure() {
        DIGITS.check().unwrap();
        let large = PictureMemory { images: 1 << 40, cells: 1 << 40, scale: 64, ..DIGITS };
        let message = large.check().unwrap_err().to_string();
        assert!(message.contains(" MB of memory") && message.contains("--scale"), "{message}");
    }
}
