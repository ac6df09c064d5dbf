//! `arithmetic`: means of latent points, added and subtracted.

use std::path::PathBuf;

use clap::Args;

use super::generator_args::{GeneratorArgs, check_out};
use gallery::arithmetic::LatentSum;
use gallery::view::ViewContent;
use runs::Error;

#[derive(Debug, Args)]
pub(crate) struct ArithmeticArgs {
    #[command(flatten)]
    generator: GeneratorArgs,
    /// Groups of seeds whose means are added and subtracted, such as 0-2 - 3,5 + 6-8
    #[arg(required = true, value_name = "SEEDS")]
    sum: Vec<String>,
    /// The PNG file to write
    #[arg(long, value_name = "FILE", default_value = "arithmetic.png")]
    out: PathBuf,
}

impl ArithmeticArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        let sum: LatentSum = self.sum.join(" ").parse().map_err(|reason| Error::Usage(format!("SEEDS: {reason}")))?;
        check_out(&self.out, &["png"])?;
        let cells = ((sum.terms().len() + 1) * (sum.columns() + 3)) as u64;
        let generator = self.generator.load()?;
        generator.check_memory(cells)?;
        let what = format!("the sum {sum}");
        generator.write(ViewContent::Sum(sum), &self.out)?;
        generator.done(&what, &self.out);
        Ok(())
    }
}
