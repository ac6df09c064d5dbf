//! Images that know their classes: what a conditional training asks for.

use sha2::{Digest, Sha256};

use crate::Images;
use crate::checksums::hex;

impl Images {
    /// The same images, with the number of a class each.
    ///
    /// # Panics
    ///
    /// If there are more or fewer labels than images.
    #[must_use]
    pub fn with_labels(mut self, labels: Vec<u8>) -> Images {
        assert_eq!(self.count(), labels.len(), "Images::with_labels: labels of {self:?}");
        self.labels = Some(labels);
        self
    }

    /// The class of each image, if they are known.
    #[must_use]
    pub fn labels(&self) -> Option<&[u8]> {
        self.labels.as_deref()
    }

    /// The classes of the images of these numbers; none if they are not known.
    #[must_use]
    pub fn classes_of(&self, numbers: &[u32]) -> Vec<usize> {
        let labels = self.labels().unwrap_or_default();
        numbers.iter().filter_map(|&i| labels.get(i as usize)).map(|&label| usize::from(label)).collect()
    }

    /// The SHA-256 of the labels, in lower-case hexadecimal, if they are known.
    #[must_use]
    pub fn labels_sha256(&self) -> Option<String> {
        self.labels().map(|labels| hex(&Sha256::digest(labels)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_belong_to_their_images() {
        let plain = Images::new(1, 1, 1, vec![5, 6, 7]);
        let labelled = plain.clone().with_labels(vec![2, 0, 1]);
        assert_eq!((None, 0), (plain.labels(), plain.classes_of(&[0, 1]).len()));
        assert_eq!([1, 2], labelled.classes_of(&[2, 0])[..]);
        assert_eq!(plain.sha256(), labelled.sha256());
        assert_ne!(labelled.labels_sha256(), plain.with_labels(vec![0, 1, 2]).labels_sha256());
    }

    #[test]
    #[should_panic(expected = "labels of Images(2x1x1x1)")]
    fn each_image_has_one() {
        let _ = Images::new(1, 1, 1, vec![1, 2]).with_labels(vec![1]);
    }
}
