//! Recipes: sets of choices that go together, by name.
//!
//! | | `article` | `swift` |
//! |---|---|---|
//! | feature maps at 4×4 | 512 | 128 |
//! | cost of a step on MNIST | 1 | about 1/9 |
//! | CIFAR's pictures | as they are | mirrored every other time |
//! | samples come from | the generator | an average of the last few hundred generators |
//! | dropout in the generator | yes | no |
//!
//! `article` is what the article does, number by number. `swift` is what comes out when time counts instead: what a network
//! learns in a step grows much more slowly with its width than what a step costs, so the narrow one has made nine steps when the wide
//! one has made one. Many small steps circle around their aim; an average takes the circles away. And noise that dropout
//! adds in the generator is noise in what is drawn.
//!
//! Each of these is a switch of its own, in [`Shape`](crate::models::Shape) or in [`Variations`], and `benches/record/recipes.md`
//! has what each one brings, and what brought nothing.

use crate::Error;
use crate::config::Config;
use crate::variations::Variations;

/// Makes `config`, which is the article's, that of the recipe.
///
/// # Errors
/// If there is no recipe of that name.
pub(crate) fn apply(name: &str, config: &mut Config) -> Result<(), Error> {
    match name {
        "article" => {}
        "swift" => {
            config.model.width = 128;
            config.variations = Variations { average: Some(0.995), generator_keeps_all: true, ..Variations::default() };
            config.schedule.epochs *= 4;
        }
        _ => return Err(Error::Usage(format!("there is no recipe named {name}; there are: article, swift"))),
    }
    name.clone_into(&mut config.training.recipe);
    Ok(())
}
