//! Where a picture comes from: its text chunks say what made it, so that it can be made again.
//!
//! | keyword | text |
//! |---|---|
//! | `Software` | `dcgan` |
//! | `Picture` | what it shows: `samples`, `progress`, `film`, `generated`, `reals` or `losses` |
//! | `Seed` | the run's; the latent seed of the first image, if a view is shown |
//! | `Step` | how far training had come |
//! | `Checkpoint` | the state's name, as [`tensors_sha256`](runs::checkpoint::Checkpoint::tensors_sha256) gives it |
//! | `Count` | how many images there are; in each row of `progress`, in each frame of `film` |
//! | `View` | what a generator was asked for: a [view](mod@crate::view) as JSON |
//! | `Instructions` | the instruction set; another one rounds differently |

use dcgan::picture::Picture;
use runs::overwrite;

use crate::compose::animation;

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    /// A run's row of samples after a step.
    Samples,
    /// All rows of a run up to a step.
    Progress,
    /// The same, one after the other.
    Film,
    /// A view of a generator.
    Generated,
    /// Real images.
    Reals,
    /// Curves.
    Losses,
}

const SHOWS: [(PictureKind, &str); 6] = [
    (PictureKind::Samples, "samples"),
    (PictureKind::Progress, "progress"),
    (PictureKind::Film, "film"),
    (PictureKind::Generated, "generated"),
    (PictureKind::Reals, "reals"),
    (PictureKind::Losses, "losses"),
];

/// What made a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// What it shows.
    pub shows: PictureKind,
    /// The run's seed; of a view, the latent seed of its first image.
    pub seed: u64,
    /// Steps that training had made.
    pub step: u64,
    /// The state that made it; empty if none did.
    pub checkpoint: String,
    /// Images in it; in each row, where there are several steps.
    pub count: usize,
    /// What the generator was asked for, if it was: a view as JSON.
    pub view: Option<String>,
    /// The instruction set that computed it.
    pub instructions: String,
}

/// Why a file does not say what made it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProvenanceError {
    /// It is no PNG file.
    #[error("{0}")]
    Png(String),
    /// A text chunk is missing.
    #[error("it does not say what made it: there is no text chunk {0}")]
    Missing(&'static str),
    /// A text chunk is no number.
    #[error("its text chunk {keyword} is no number: {text}")]
    NoNumber {
        /// The keyword of the chunk.
        keyword: &'static str,
        /// Its text.
        text: String,
    },
    /// It shows something that this program does not make.
    #[error("its text chunk Picture says nothing known")]
    Unknown,
}

impl Provenance {
    /// Of a picture that this process makes.
    #[must_use]
    pub fn here(shows: PictureKind, seed: u64, step: u64, checkpoint: String, count: usize) -> Self {
        Self { shows, seed, step, checkpoint, count, view: None, instructions: tensor::fast::isa().name().to_owned() }
    }

    /// The file of a picture, with its origin in it.
    #[must_use]
    pub fn to_png(&self, picture: &Picture) -> Vec<u8> {
        picture.to_png(&self.texts())
    }

    /// The file of an animation, as `animation` makes it, with its origin in it.
    ///
    /// # Errors
    /// As `animation`.
    ///
    /// # Panics
    /// As `animation`.
    pub fn to_animation<E>(
        &self,
        frames: impl IntoIterator<Item = Result<Picture, E>>,
        delays_ms: &[u16],
    ) -> Result<Vec<u8>, E> {
        animation(frames, delays_ms, &self.texts())
    }

    fn texts(&self) -> Vec<(&'static str, String)> {
        let shows = SHOWS.iter().find(|(shows, _)| *shows == self.shows).map_or("", |(_, name)| name);
        let mut texts = vec![
            overwrite::mark(),
            ("Picture", shows.to_owned()),
            ("Seed", self.seed.to_string()),
            ("Step", self.step.to_string()),
            ("Checkpoint", self.checkpoint.clone()),
            ("Count", self.count.to_string()),
            ("Instructions", self.instructions.clone()),
        ];
        texts.extend(self.view.clone().map(|view| ("View", view)));
        texts
    }

    /// What [`to_png`](Provenance::to_png) wrote into a file.
    ///
    /// # Errors
    /// If it is no such file; the message does not name it.
    pub fn read(png: &[u8]) -> Result<Self, ProvenanceError> {
        let texts = Picture::texts(png).map_err(|error| ProvenanceError::Png(error.to_string()))?;
        let text = |keyword: &'static str| {
            let found = texts.iter().find(|(name, _)| name == keyword).map(|(_, text)| text.clone());
            found.ok_or(ProvenanceError::Missing(keyword))
        };
        let number = |keyword: &'static str| {
            let text = text(keyword)?;
            text.parse::<u64>().map_err(|_| ProvenanceError::NoNumber { keyword, text })
        };
        let shows = text("Picture")?;
        let shows = SHOWS.iter().find(|(_, name)| **name == *shows).map(|(shows, _)| *shows);
        Ok(Self {
            shows: shows.ok_or(ProvenanceError::Unknown)?,
            seed: number("Seed")?,
            step: number("Step")?,
            checkpoint: text("Checkpoint")?,
            count: usize::try_from(number("Count")?).unwrap_or(usize::MAX),
            view: text("View").ok(),
            instructions: text("Instructions")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_read_back() {
        let picture = Picture::grid_of_bytes(&[1, 2, 3, 4], [1, 2, 2, 1], 1);
        for (shows, _) in SHOWS {
            let origin = Provenance::here(shows, u64::MAX, 7, "ab".repeat(32), 25);
            let png = origin.to_png(&picture);
            assert_eq!(Ok(origin.clone()), Provenance::read(&png));
            assert_eq!(Ok(picture.clone()), Picture::from_png(&png));
            let origin = Provenance { view: Some("{}".to_owned()), ..origin };
            assert_eq!(
                Ok(origin.clone()),
                Provenance::read(&origin.to_animation([Ok::<_, ()>(picture.clone())], &[5]).unwrap())
            );
        }
    }

    #[test]
    fn what_is_not_signed_is_refused_in_words() {
        let picture = Picture::grid_of_bytes(&[1], [1, 1, 1, 1], 1);
        let refused = |png: &[u8], part: &str| {
            let reason = Provenance::read(png).unwrap_err().to_string();
            assert!(reason.contains(part), "{reason}");
        };
        refused(&picture.to_png(&[]), "no text chunk Picture");
        refused(&picture.to_png(&[("Picture", "tea".to_owned())]), "says nothing known");
        refused(&picture.to_png(&[("Picture", "samples".to_owned()), ("Seed", "x".to_owned())]), "Seed is no number");
        assert!(Provenance::read(b"no PNG").is_err());
    }
}
