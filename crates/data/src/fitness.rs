//! What images must be before a network is trained on them.
//!
//! A file can be well-formed and still hold nothing to learn from: a converter wrote the same
//! image a thousand times, or a class has forty images and a batch has sixty-four. Training on
//! them would run and end in a puzzle. So they are refused before the first step, in one line that
//! says what to do.

use crate::Images;

/// Why images cannot be used, although their files are well-formed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// There are no images.
    #[error("there are no images; check the place and the class")]
    None,
    /// There are too few for one batch.
    #[error(
        "there {}, fewer than one batch of {batch_size}; add images or take a smaller batch",
        if *count == 1 { "is 1 image".to_owned() } else { format!("are {count} images") }
    )]
    TooFew {
        /// How many there are.
        count: usize,
        /// How many a batch needs.
        batch_size: usize,
    },
    /// Every image has one colour throughout.
    #[error("all {count} images are blank, each of one colour throughout; look at how they were made")]
    Blank {
        /// How many there are.
        count: usize,
    },
    /// All images are the same.
    #[error("all {count} images are the same; a network can only learn from different ones")]
    Identical {
        /// How many there are.
        count: usize,
    },
    /// The images do not have the shape that the model generates.
    #[error(
        "the images are {found}, but the model makes {wanted} (height x width x channels); \
         choose the model for their size, or resize them"
    )]
    Shape {
        /// The shape of the images, as in `28x28x1`.
        found: String,
        /// The shape of the model's images.
        wanted: String,
    },
    /// The numbers of images and labels differ.
    #[error("there are {images} images but {labels} labels; the two files are not of one set")]
    LabelCount {
        /// How many images.
        images: usize,
        /// How many labels.
        labels: usize,
    },
    /// The data set has no class of this name.
    #[error("there is no class {name:?}; the classes are {}", classes.join(", "))]
    NoSuchClass {
        /// The name that was asked for.
        name: String,
        /// The names of the classes.
        classes: &'static [&'static str],
    },
}

/// Checks that the images differ, show something, and are enough for one batch.
///
/// # Errors
///
/// If they do not, or are not.
pub fn trainable(images: &Images, batch_size: usize) -> Result<(), Unfit> {
    let count = images.count();
    if count == 0 {
        return Err(Unfit::None);
    }
    if count < batch_size {
        return Err(Unfit::TooFew { count, batch_size });
    }
    let mut all = (0..count).map(|i| images.image(i));
    if all.clone().all(|image| is_blank(image, images.channels())) {
        return Err(Unfit::Blank { count });
    }
    if 1 < count && all.all(|image| image == images.image(0)) {
        return Err(Unfit::Identical { count });
    }
    Ok(())
}

/// Whether all pixels of an image are the same colour.
fn is_blank(image: &[u8], channels: usize) -> bool {
    image.chunks_exact(channels).all(|pixel| pixel == &image[..channels])
}

/// Checks that the images have the shape that a model generates.
///
/// # Errors
///
/// If they have another shape.
pub fn shape(images: &Images, height: usize, width: usize, channels: usize) -> Result<(), Unfit> {
    let found = format!("{}x{}x{}", images.height(), images.width(), images.channels());
    let wanted = format!("{height}x{width}x{channels}");
    if found == wanted { Ok(()) } else { Err(Unfit::Shape { found, wanted }) }
}

/// Checks that there are as many labels as images. The two come from two files.
///
/// # Errors
///
/// If the numbers differ.
pub fn one_label_each(images: &Images, labels: &[u8]) -> Result<(), Unfit> {
    if images.count() == labels.len() {
        Ok(())
    } else {
        Err(Unfit::LabelCount { images: images.count(), labels: labels.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(channels: usize, pixels: &[u8], batch_size: usize, expected: &str) {
        let images = Images::new(1, 2, channels, pixels.to_vec());
        let found = trainable(&images, batch_size).map_or_else(|error| error.to_string(), |()| "fit".to_owned());
        assert_eq!(found, expected);
    }

    #[test]
    fn images_must_be_enough_and_differ() {
        check(1, &[1, 2, 3, 4], 2, "fit");
        check(1, &[1, 2, 1, 1], 2, "fit");
        check(1, &[1, 2], 1, "fit");
        check(1, &[], 1, "there are no images; check the place and the class");
        let reason = "there are 2 images, fewer than one batch of 3; add images or take a smaller batch";
        check(1, &[1, 2, 3, 4], 3, reason);
        check(1, &[1, 2], 3, &reason.replace("are 2 images", "is 1 image"));
        check(1, &[1, 2, 1, 2], 2, "all 2 images are the same; a network can only learn from different ones");
        let blank = "all 2 images are blank, each of one colour throughout; look at how they were made";
        check(1, &[1, 1, 2, 2], 2, blank);
        check(3, &[255, 0, 0, 255, 0, 0, 0, 0, 9, 0, 0, 9], 2, blank);
        check(3, &[255, 0, 0, 0, 255, 0, 0, 0, 9, 0, 0, 9], 2, "fit");
    }

    #[test]
    fn each_image_must_have_a_label() {
        let images = Images::new(1, 2, 1, vec![1, 2, 3, 4, 5, 6]);
        assert_eq!(one_label_each(&images, &[7, 0, 7]), Ok(()));
        for labels in [&[7, 0][..], &[7, 0, 7, 1]] {
            let error = one_label_each(&images, labels).unwrap_err().to_string();
            let count = labels.len();
            assert_eq!(error, format!("there are 3 images but {count} labels; the two files are not of one set"));
        }
    }

    #[test]
    fn the_shape_must_be_that_of_the_model() {
        let images = Images::new(2, 3, 1, vec![0; 6]);
        assert_eq!(shape(&images, 2, 3, 1), Ok(()));
        for (height, width, channels) in [(3, 2, 1), (2, 3, 3), (2, 4, 1)] {
            assert!(matches!(shape(&images, height, width, channels), Err(Unfit::Shape { .. })));
        }
        let error = shape(&images, 32, 32, 3).unwrap_err().to_string();
        assert!(error.starts_with("the images are 2x3x1, but the model makes 32x32x3"), "{error}");
    }
}
