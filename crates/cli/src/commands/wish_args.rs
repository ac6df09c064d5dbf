//! The flags of every command that asks a generator for pictures: what is wished for besides seeds.

use clap::Args;

use dcgan::gan::Gan;
use dcgan::wish::Wish;
use runs::Error;

/// Classes of a range at most: labels are bytes.
const MOST_CLASSES: usize = 255;

/// Heading of the help.
const WISHES: &str = "What the pictures are to be like";

#[derive(Debug, Args)]
pub(crate) struct WishArgs {
    /// Draw noise nearer to the middle, from this share of its range: fewer odd pictures, less
    /// variety; the noise of each seed is multiplied by it
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, help_heading = WISHES)]
    truncation: Option<f32>,
    /// The class of the pictures, of a generator that was trained with --conditional: a number, or
    /// a name of CIFAR or Fashion-MNIST; several, as in 3,8 or 0-9, are rows of generate's grid,
    /// and elsewhere take turns from seed to seed
    #[arg(long = "class", value_name = "CLASS", value_delimiter = ',', help_heading = WISHES)]
    classes: Vec<String>,
}

impl WishArgs {
    /// The wish, for the generator of `gan`, whose images are those of `data`.
    pub(super) fn of(&self, gan: &Gan, data: &str) -> Result<Wish, Error> {
        let names = data::class_names(data, gan.classes());
        let number = |text: &str| text.parse::<usize>().ok().or_else(|| names.iter().position(|known| known == text));
        let range = |name: &String| {
            let ends = name.split_once('-').and_then(|(first, last)| Some((number(first)?, number(last)?)));
            let ends = number(name).map(|class| (class, class)).or(ends).filter(|(first, last)| first <= last);
            let no_class = || Error::Usage(format!("--class {name}: there is no such class; give its number"));
            ends.map(|(first, last)| first..=last.min(first.saturating_add(MOST_CLASSES))).ok_or_else(no_class)
        };
        let ranges = self.classes.iter().map(range).collect::<Result<Vec<_>, _>>()?;
        let wish = Wish { truncation: self.truncation, classes: ranges.into_iter().flatten().collect() };
        wish.check(gan.classes())?;
        Ok(wish)
    }
}

/// A truncation from the command line.
pub(super) fn truncated(truncation: Option<f32>) -> Result<Wish, Error> {
    let wish = Wish { truncation, ..Wish::default() };
    wish.check(0)?;
    Ok(wish)
}
