//! The flags of every command that asks a generator for pictures: what is wished for besides seeds.

use clap::Args;

use dcgan::gan::Gan;
use dcgan::wish::Wish;
use runs::Error;

/// Heading of the help.
const WISHES: &str = "What the pictures are to be like";

#[derive(Debug, Args)]
pub(crate) struct WishArgs {
    /// Draw noise nearer to the middle, from this share of its range: fewer odd pictures, less
    /// variety; the noise of each seed is multiplied by it
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, help_heading = WISHES)]
    truncation: Option<f32>,
    /// The class of the pictures, of a generator that was trained with --conditional: a number, or
    /// a name of CIFAR or Fashion-MNIST; several, as in 3,8, are rows of generate's grid,
    /// and elsewhere take turns from seed to seed
    #[arg(long = "class", value_name = "CLASS", value_delimiter = ',', help_heading = WISHES)]
    classes: Vec<String>,
}

impl WishArgs {
    /// The wish, for the generator of `gan`, whose images are those of `data`.
    pub(super) fn of(&self, gan: &Gan, data: &str) -> Result<Wish, Error> {
        let names = data::class_names(data, gan.classes());
        let number = |name: &String| {
            let class = name.parse().ok().or_else(|| names.iter().position(|known| known == name));
            class.ok_or_else(|| Error::Usage(format!("--class {name}: there is no such class; give its number")))
        };
        let classes = self.classes.iter().map(number).collect::<Result<Vec<usize>, _>>()?;
        let wish = Wish { truncation: self.truncation, classes };
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
