//! Images with a label each, and the images of one class.

use crate::Images;

/// Images and, for each, the number of its class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    images: Images,
    labels: Vec<u8>,
}

impl Labelled {
    /// Images and labels that belong together.
    ///
    /// # Panics
    ///
    /// If their numbers differ. [`fitness::one_label_each`](crate::fitness::one_label_each) is the
    /// check for two files from outside.
    pub fn new(images: Images, labels: Vec<u8>) -> Labelled {
        assert_eq!(images.count(), labels.len(), "Labelled::new: {images:?}, {} labels", labels.len());
        Labelled { images, labels }
    }

    /// The files of a split as one set, in the order given. Each part is freed once it is copied.
    ///
    /// # Panics
    ///
    /// If there are no parts, or their images differ in size.
    pub fn concat(parts: Vec<Labelled>) -> Labelled {
        let [mut pixel_bytes, mut count] = [0, 0];
        for part in &parts {
            pixel_bytes += part.images.pixels().len();
            count += part.labels.len();
        }
        let mut parts = parts.into_iter();
        let Labelled { images, mut labels } = parts.next().expect("Labelled::concat: no parts");
        let shape = [images.height(), images.width(), images.channels()];
        let mut pixels = images.into_pixels();
        pixels.reserve_exact(pixel_bytes - pixels.len());
        labels.reserve_exact(count - labels.len());
        for part in parts {
            let images = &part.images;
            assert_eq!([images.height(), images.width(), images.channels()], shape, "Labelled::concat: {images:?}");
            pixels.extend_from_slice(images.pixels());
            labels.extend_from_slice(&part.labels);
        }
        let [height, width, channels] = shape;
        Labelled::new(Images::new(height, width, channels, pixels), labels)
    }

    /// The images.
    pub fn images(&self) -> &Images {
        &self.images
    }

    /// Their labels.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The images, without their labels.
    pub fn into_images(self) -> Images {
        self.images
    }

    /// The images of one class, in their order. There may be none.
    pub fn of_class(&self, label: u8) -> Images {
        let chosen = (0..self.labels.len()).filter(|&i| self.labels[i] == label);
        let images = &self.images;
        let pixels = chosen.flat_map(|i| images.image(i)).copied().collect();
        Images::new(images.height(), images.width(), images.channels(), pixels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Labelled {
        Labelled::new(Images::new(1, 2, 1, vec![1, 2, 3, 4, 5, 6]), vec![7, 0, 7])
    }

    #[test]
    fn a_class_is_chosen_in_order() {
        assert_eq!(three().of_class(7), Images::new(1, 2, 1, vec![1, 2, 5, 6]));
        assert_eq!(three().of_class(1).count(), 0);
    }

    #[test]
    fn parts_become_one() {
        let more = Labelled::new(Images::new(1, 2, 1, vec![9, 9]), vec![1]);
        let all = Labelled::concat(vec![three(), more]);
        assert_eq!(all.labels(), [7, 0, 7, 1]);
        assert_eq!(all.images().pixels(), [1, 2, 3, 4, 5, 6, 9, 9]);
    }

    #[test]
    #[should_panic(expected = "Labelled::new: Images(3x1x2x1), 2 labels")]
    fn each_image_has_a_label() {
        Labelled::new(three().into_images(), vec![1, 2]);
    }
}
