//! How fast the reader's kernels are, beside the project's.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use dcgan::config::Config;
use dcgan::gan::Gan;
use dcgan::models::Convolution;
use exercises::given::Kernels;
use exercises::given::rate::{self, Work};
use runs::Error;

/// How long each kernel runs at least.
const AT_LEAST: Duration = Duration::from_millis(60);

/// A line for each kernel of the reader's that multiplies.
pub(crate) fn table(kernels: &Kernels, config: &Config) -> Result<String, Error> {
    let gan = Gan::start(config)?;
    let [d, g] = [gan.discriminator.layers(), gan.generator.layers()];
    let conv = d[1].convolution.expect("D's second layer is a convolution");
    let enlarge = g[1].convolution.expect("G's second layer is a transposed convolution");
    let head = "GFLOP/s, yours  × plain loops          ours";
    let mut lines = format!("{:<26}{head}   in a layer of the networks\n", "");
    for work in Work::ALL {
        let Convolution { window, ci, co, .. } = if work == Work::Enlarge { enlarge } else { conv };
        // Of so narrow a layer a fast product shows little.
        let is_rung = matches!(work, Work::Rows | Work::Tiles | Work::Threads);
        let wider = if is_rung { 16 } else { 1 };
        let extents = [config.training.batch_size, wider * ci, wider * co];
        let Some(yours) = rate::of(kernels, work, window, extents) else { continue };
        let ours = rate::of_the_project(work, window, extents);
        let loops = rate::of_loops(work, window, extents);
        let rate = |call: &rate::Call| gigaflops(work.multiply_adds(window, extents), call);
        let (yours, loops, ours) = (rate(&yours), rate(&loops), rate(&ours));
        let _ = writeln!(lines, "{:<26}{yours:>14.2}{:>15.1}{ours:>14.2}", work.name(), yours / loops);
    }
    if kernels.faster.is_some() {
        lines.push_str("18_faster multiplies what a layer sixteen times as wide does: that of the article.\n");
    }
    Ok(lines)
}

/// The best rate of repeated calls.
fn gigaflops(multiply_adds: u64, call: &dyn Fn() -> Vec<f32>) -> f64 {
    let (started, mut best) = (Instant::now(), f64::INFINITY);
    while started.elapsed() < AT_LEAST || best == f64::INFINITY {
        let before = Instant::now();
        black_box(call());
        best = best.min(before.elapsed().as_secs_f64());
    }
    2.0 * multiply_adds as f64 / best / 1e9
}
