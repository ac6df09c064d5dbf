//! What the curves of a run say, in words, by plain rules.
//!
//! | what is looked at | rule |
//! |---|---|
//! | verdicts, mean of the last fifth | D has won: 0.7 < D(x), D(G(z)) < 0.1; G has won: D(x) and 0.5 < D(G(z)); as the doctor |
//! | the same, with hinge losses | D has won: its loss is below 0.1; as the doctor |
//! | loss of G, mean of the last fifth by that of the third | above 1.25 it rises, below 0.8 it falls |
//! | norms of the gradients | the largest after the first tenth is compared with the median |

use crate::numbers::{counted, median, thousands};
use runs::metrics::MetricsRow;

/// Fewer points say nothing.
const ENOUGH: usize = 10;
/// A norm is an outlier above this many times the median.
const OUTLIER: f64 = 10.0;

const GOOD: &str = "Good curves of a GAN do not fall: both losses jump about a level, and D(x) stays above \
    D(G(z)) while neither rests at 1 or 0. They say that the two still learn from each other, and not how good \
    the pictures are.";

/// A paragraph about the curves of a log.
///
/// `hinge` says whether the losses are hinges, so that the loss of G is minus a mean of logits.
pub(super) fn reading(lines: &[MetricsRow], hinge: bool) -> String {
    let finite: Vec<&MetricsRow> = lines.iter().filter(|line| is_finite(line)).collect();
    let mut sentences = vec![];
    let lost = lines.len() - finite.len();
    if 0 < lost {
        sentences.push(format!(
            "{} of the log with a value that is not finite; the curves have gaps there.",
            if lost == 1 { "There is 1 line".to_owned() } else { format!("There are {} lines", thousands(lost)) }
        ));
    }
    if finite.len() < ENOUGH {
        sentences.push(format!(
            "The log has {}, too few to read anything in the curves; every 10 steps add one.",
            counted(finite.len(), "point")
        ));
    } else {
        let loss = if hinge { generator_logits(&finite) } else { generator_loss(&finite) };
        sentences.extend([verdicts(&finite, hinge), loss, norms(&finite)]);
    }
    sentences.push(GOOD.to_owned());
    sentences.join(" ")
}

fn is_finite(line: &MetricsRow) -> bool {
    let report = &line.report;
    let losses = [report.d_loss, report.g_loss, report.d_real, report.d_fake];
    [&losses[..], &[report.d_grad_norm, report.g_grad_norm]].concat().iter().all(|value| value.is_finite())
}

fn mean(lines: &[&MetricsRow], value: impl Fn(&MetricsRow) -> f32) -> f64 {
    lines.iter().map(|line| f64::from(value(line))).sum::<f64>() / lines.len() as f64
}

/// The lines of that fifth of the log, counted from 0.
fn fifth<'a, 'b>(lines: &'a [&'b MetricsRow], part: usize) -> &'a [&'b MetricsRow] {
    &lines[lines.len() * part / 5..lines.len() * (part + 1) / 5]
}

fn verdicts(lines: &[&MetricsRow], hinge: bool) -> String {
    let real = mean(fifth(lines, 4), |line| line.report.d_real);
    let fake = mean(fifth(lines, 4), |line| line.report.d_fake);
    let d_loss = mean(fifth(lines, 4), |line| line.report.d_loss);
    let has_told = if hinge { d_loss < 0.1 } else { 0.7 < real && fake < 0.1 };
    let meaning = if has_told {
        "D tells nearly every image, so G learns little from it"
    } else if real.max(0.5) < fake {
        "D takes fake images for more real than real ones, so it teaches G nothing"
    } else if real - fake < 0.1 {
        "D hardly tells them apart: either the fake images are good, or D has learnt little, and the samples say which"
    } else {
        "D is right more often than not, and G deceives it often enough to learn"
    };
    format!("In the last fifth of these curves D(x) is {real:.2} and D(G(z)) {fake:.2} on average: {meaning}.")
}

fn generator_loss(lines: &[&MetricsRow]) -> String {
    let before = mean(fifth(lines, 2), |line| line.report.g_loss);
    let after = mean(fifth(lines, 4), |line| line.report.g_loss);
    let meaning = if 1.25 * before < after {
        "it rises, so D learns faster than G"
    } else if after < 0.8 * before {
        "it falls, so G is catching up with D"
    } else {
        "it has found its level"
    };
    format!("The loss of G was {before:.2} in the middle and is {after:.2} at the end: {meaning}.")
}

fn generator_logits(lines: &[&MetricsRow]) -> String {
    let before = mean(fifth(lines, 2), |line| -line.report.g_loss);
    let after = mean(fifth(lines, 4), |line| -line.report.g_loss);
    format!(
        "With hinge losses, the loss of G is minus the mean of D's logits of fake images: these were {before:.2} in the \
         middle and are {after:.2} at the end, where D asks for less than -1."
    )
}

fn norms(lines: &[&MetricsRow]) -> String {
    let settled = &lines[lines.len() / 10..];
    let norm = |line: &MetricsRow| f64::from(line.report.d_grad_norm.max(line.report.g_grad_norm));
    let usual = median(settled.iter().map(|line| norm(line)).collect());
    let outliers = settled.iter().filter(|line| OUTLIER * usual < norm(line)).count();
    let highest = settled.iter().max_by(|a, b| norm(a).total_cmp(&norm(b)));
    match highest {
        Some(line) if 0 < outliers => format!(
            "The norms of the gradients jump: {} above {OUTLIER:.0} times the median, the highest of them {:.0} at \
             step {}. One jump does no harm; many ask for a smaller learning rate.",
            if outliers == 1 { "1 point is".to_owned() } else { format!("{} points are", thousands(outliers)) },
            norm(line),
            thousands(usize::try_from(line.step).unwrap_or(usize::MAX)),
        ),
        _ => format!("The norms of the gradients stay within {OUTLIER:.0} times their median."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dcgan::step::StepMetrics;

    /// A log with constant verdicts of D; G's loss and the norms are functions of the line.
    fn log(lines: u64, d_real: f32, d_fake: f32, g_loss: fn(u64) -> f32, norm: fn(u64) -> f32) -> Vec<MetricsRow> {
        let line = |i: u64| {
            let report =
                StepMetrics { d_loss: 1.0, g_loss: g_loss(i), d_real, d_fake, d_grad_norm: norm(i), g_grad_norm: 0.0 };
            MetricsRow { step: 10 * (i + 1), epoch: 1, report, images_per_second: 1.0 }
        };
        (0..lines).map(line).collect()
    }

    #[test]
    fn a_reading_follows_the_curves() {
        let steady = |_| 2.0;
        for (lines, parts) in [
            (log(50, 0.7, 0.3, steady, steady), ["D is right more often than not", "its level", "stay within 10"]),
            (log(50, 0.95, 0.02, |i| i as f32, steady), ["tells nearly every image", "it rises", "stay within"]),
            (log(50, 0.4, 0.6, |i| 50.0 - i as f32, steady), ["more real than real ones", "it falls", "stay within"]),
            (
                log(50, 0.5, 0.48, steady, |i| if i == 30 { 900.0 } else { 3.0 }),
                [
                    "hardly tells",
                    "its level",
                    "1 point is above 10 times the median, the highest of them 900 at step 310",
                ],
            ),
            // The start is not looked at.
            (
                log(50, 0.7, 0.3, steady, |i| if i < 5 { 900.0 } else { 3.0 }),
                ["more often", "its level", "stay within"],
            ),
        ] {
            let text = reading(&lines, false);
            assert!(parts.iter().all(|part| text.contains(part)), "{parts:?}: {text}");
            assert!(text.ends_with(GOOD));
        }
        assert!(reading(&log(1, 0.7, 0.3, steady, steady), false).starts_with("The log has 1 point, too few"));
        let hinged = reading(&log(50, 0.9, 0.05, |_| -0.5, steady), true);
        assert!(hinged.contains("these were 0.50 in the middle"), "{hinged}");
        assert!(!hinged.contains("D tells nearly every image"), "its loss is not near 0: {hinged}");
        assert!(reading(&[], false).starts_with("The log has 0 points"));
    }

    #[test]
    fn what_is_not_finite_is_said_and_left_out() {
        let text = reading(&log(50, 0.7, 0.3, |i| if i % 25 == 24 { f32::NAN } else { 1.0 }, |_| 1.0), false);
        assert!(text.starts_with("There are 2 lines of the log with a value that is not finite"), "{text}");
        assert!(!text.contains("NaN"), "{text}");
    }
}
