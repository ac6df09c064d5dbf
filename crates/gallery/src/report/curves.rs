//! Curves as SVG: for each stretch of steps the mean as a line, the least and the largest as a band
//! around it.
//!
//! A GAN's losses jump from step to step, and the first steps are far above all others. The scale
//! is that of 0 and of all but the highest and lowest means. What is outside is drawn at its edge,
//! and named below if it is far outside. A value that is not finite leaves a gap.

use std::fmt::Write;

use super::html::escape;
use crate::chart::{Curve, Side};
use crate::numbers::thousands;
use runs::metrics::MetricsRow;

/// The drawing, and the margins around the curves: left, right, above, below.
const SIZE: [f64; 2] = [440.0, 240.0];
const MARGINS: [f64; 4] = [44.0, 12.0, 10.0, 26.0];
/// Stretches of steps at most.
const STRETCHES: usize = 150;
/// From this number of means on, the highest and the lowest may be outside the scale.
const MANY: usize = 40;
/// What is outside the scale is named from this many times its end on.
const FAR: f64 = 1.5;
/// The width of a digit, at most.
const LETTER: f64 = 7.5;

/// The class of the style sheet that gives a curve its colour.
fn class(side: Side) -> &'static str {
    match side {
        Side::Discriminator => "d",
        Side::Generator => "g",
    }
}

/// Curves in one drawing.
pub(super) struct Chart {
    pub(super) title: &'static str,
    pub(super) curves: &'static [Curve],
    /// The highest value that there can be, if there is one.
    pub(super) top: Option<f64>,
}

/// A stretch of a curve: the steps' middle; the least, mean and largest value.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    step: f64,
    least: f64,
    mean: f64,
    most: f64,
}

/// The stretches of a curve. One without a finite value has none, and is a gap.
fn stretches(lines: &[MetricsRow], value: fn(&MetricsRow) -> f32) -> Vec<Option<Stretch>> {
    let stretch = |lines: &[MetricsRow]| {
        let finite = lines.iter().filter(|line| value(line).is_finite());
        let values: Vec<f64> = finite.clone().map(|line| f64::from(value(line))).collect();
        let count = values.len() as f64;
        (!values.is_empty()).then(|| Stretch {
            step: finite.map(|line| line.step as f64).sum::<f64>() / count,
            least: values.iter().copied().fold(f64::INFINITY, f64::min),
            mean: values.iter().sum::<f64>() / count,
            most: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    };
    lines.chunks(lines.len().div_ceil(STRETCHES).max(1)).map(stretch).collect()
}

/// The ends of the scale that shows 0 and all means; all but the highest and the lowest, if there
/// are many.
fn scale(curves: &[Vec<Option<Stretch>>]) -> [f64; 2] {
    let mut means: Vec<f64> = curves.iter().flatten().flatten().map(|stretch| stretch.mean).collect();
    means.sort_unstable_by(f64::total_cmp);
    let last = means.len().saturating_sub(1);
    let cut = if means.len() < MANY { 0 } else { last - last * 98 / 100 };
    let [low, high] = [cut, last - cut].map(|at| means.get(at).copied().unwrap_or(0.0));
    let [bottom, top] = [(low * 1.2).min(0.0), (high * 1.2).max(0.0)];
    if bottom < top { [bottom, top] } else { [0.0, 1.0] }
}

/// The mark of a step on the axis: centred below its place, unless it would be cut off there.
fn step_mark(x: f64, label: &str) -> String {
    let [width, height] = SIZE;
    let half = label.len() as f64 * LETTER / 2.0;
    let (x, anchor) = if width < x + half { (width, "end") } else { (x, "middle") };
    format!("<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"{anchor}\">{label}</text>", height - 8.0)
}

/// The round distance between four to ten marks over `length`, and its decimals.
fn marks(length: f64) -> (f64, usize) {
    let power = (length / 4.0).log10().floor();
    let unit = 10.0_f64.powf(power);
    let step = [5.0, 2.0, 1.0].into_iter().find(|times| times * unit <= length / 4.0).unwrap_or(1.0) * unit;
    (step, (-power).max(0.0) as usize)
}

impl Chart {
    /// The chart as a figure.
    pub(super) fn figure(&self, lines: &[MetricsRow]) -> String {
        let [left, right, above, below] = MARGINS;
        let [width, height] = [SIZE[0] - left - right, SIZE[1] - above - below];
        let curves: Vec<Vec<Option<Stretch>>> =
            self.curves.iter().map(|&(_, _, value)| stretches(lines, value)).collect();
        let [bottom, top] = self.top.map_or_else(|| scale(&curves), |top| [0.0, top]);
        let last = lines.last().map_or(1.0, |line| line.step as f64);
        let at_x = |step: f64| left + width * step / last;
        let at_y = |value: f64| above + height * (1.0 - ((value - bottom) / (top - bottom)).clamp(0.0, 1.0));

        let title = escape(self.title);
        let mut svg = format!(
            "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{title}\">\n<g class=\"axes\">",
            SIZE[0], SIZE[1]
        );
        let mut put = |text: String| svg.write_str(&text).expect("a string takes everything");
        let (step, decimals) = marks(top - bottom);
        let first = (bottom / step).ceil() as i32;
        for mark in (first..).map(|i| f64::from(i) * step).take_while(|&mark| mark <= top) {
            let (y, end) = (at_y(mark), left + width);
            put(format!("<path d=\"M{left} {y:.1}H{end}\"/>"));
            put(format!(
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{mark:.decimals$}</text>",
                left - 6.0,
                y + 4.0
            ));
        }
        let (step, _) = marks(last);
        for mark in (0..).map(|i| f64::from(i) * step.max(1.0) * 2.0).take_while(|&mark| mark <= last) {
            let label = thousands(mark as usize);
            put(step_mark(at_x(mark), &label));
        }
        put("</g>\n".to_owned());
        for (&(_, side, _), stretches) in self.curves.iter().zip(&curves) {
            let class = class(side);
            let point = |step: f64, value: f64| format!("{:.1},{:.1} ", at_x(step), at_y(value));
            for part in stretches.split(Option::is_none) {
                let part = || part.iter().flatten();
                let over = part().map(|stretch| point(stretch.step, stretch.most));
                let under = part().rev().map(|stretch| point(stretch.step, stretch.least));
                let band: String = over.chain(under).collect();
                let line: String = part().map(|stretch| point(stretch.step, stretch.mean)).collect();
                if !line.is_empty() {
                    put(format!("<polygon class=\"{class}\" points=\"{}\"/>", band.trim_end()));
                    put(format!("<polyline class=\"{class}\" points=\"{}\"/>\n", line.trim_end()));
                }
            }
        }
        put("</svg>".to_owned());
        let legend = self
            .curves
            .iter()
            .map(|&(name, side, _)| format!(" <span><i class=\"{}\"></i>{}</span>", class(side), escape(name)));
        let cut = self.cut(lines, [bottom, top]);
        format!(
            "<figure>{svg}\n<figcaption><b>{title}</b>{}{}</figcaption></figure>\n",
            legend.collect::<String>(),
            escape(&cut)
        )
    }

    /// What is far outside the scale, in words.
    fn cut(&self, lines: &[MetricsRow], [bottom, top]: [f64; 2]) -> String {
        let curve = |&(_, _, value): &Curve| lines.iter().map(move |line| (line.step, f64::from(value(line))));
        let finite = || self.curves.iter().flat_map(curve).filter(|(_, value)| value.is_finite());
        let by_value = |a: &(u64, f64), b: &(u64, f64)| a.1.total_cmp(&b.1);
        let highest = finite().max_by(by_value).filter(|&(_, most)| FAR * top < most).map(|at| (at, "highest"));
        let lowest = finite().min_by(by_value).filter(|&(_, least)| least < FAR * bottom).map(|at| (at, "lowest"));
        let named = |((step, value), which)| format!(" (cut off: {value:.1} at step {step} was the {which})");
        highest.into_iter().chain(lowest).map(named).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dcgan::step::StepMetrics;

    fn lines(values: &[f32]) -> Vec<MetricsRow> {
        let line = |(i, &value): (usize, &f32)| {
            let report = StepMetrics {
                d_loss: value,
                g_loss: 0.0,
                d_real: 0.0,
                d_fake: 0.0,
                d_grad_norm: 0.0,
                g_grad_norm: 0.0,
            };
            MetricsRow { step: 10 * (i as u64 + 1), epoch: 1, report, images_per_second: 1.0 }
        };
        values.iter().enumerate().map(line).collect()
    }

    const D_LOSS: Curve = ("<L>", Side::Discriminator, |line| line.report.d_loss);

    #[test]
    fn stretches_have_their_mean_and_bounds() {
        let of = |values: &[f32]| stretches(&lines(values), D_LOSS.2).into_iter().flatten().collect::<Vec<_>>();
        assert_eq!(vec![Stretch { step: 10.0, least: 2.0, mean: 2.0, most: 2.0 }], of(&[2.0]));
        let many: Vec<f32> = (0..300).map(|i| if i % 2 == 0 { 1.0 } else { 4.0 }).collect();
        let many = of(&many);
        assert_eq!((150, Stretch { step: 15.0, least: 1.0, mean: 2.5, most: 4.0 }), (many.len(), many[0]));
        assert!(of(&[1.0; 100_000]).len() <= STRETCHES && of(&[]).is_empty());
    }

    #[test]
    fn marks_are_round() {
        for (top, expected) in
            [(1.0, (0.2, 1)), (4.0, (1.0, 0)), (4685.0, (1000.0, 0)), (0.03, (0.005, 3)), (7.9, (1.0, 0))]
        {
            let (step, decimals) = marks(top);
            assert!((step - expected.0).abs() < 1e-9 && decimals == expected.1, "{top}: {step} {decimals}");
        }
    }

    #[test]
    fn a_curve_is_where_its_values_are() {
        let chart = Chart { title: "a & b", curves: &[D_LOSS], top: Some(1.0) };
        let svg = chart.figure(&lines(&[0.0, 0.5, 1.0, 9.0]));
        // A quarter of the way for every ten steps; from the bottom to the top, and no further.
        assert!(
            svg.contains("<polyline class=\"d\" points=\"140.0,214.0 236.0,112.0 332.0,10.0 428.0,10.0\"/>"),
            "{svg}"
        );
        assert!(svg.contains("<b>a &amp; b</b>") && svg.contains("&lt;L&gt;"), "{svg}");
        assert!(svg.contains("cut off: 9.0 at step 40"), "{svg}");
        assert!(!chart.figure(&lines(&[0.5])).contains("cut off"));
        let free = Chart { top: None, ..chart };
        assert!(free.figure(&[]).contains("</svg>"));
        let zeros = free.figure(&lines(&[0.0; 9]));
        assert!(zeros.contains(">0.2</text>") && !zeros.contains("NaN"), "{zeros}");
    }

    #[test]
    fn a_loss_below_zero_is_below_zero() {
        let chart = Chart { title: "a", curves: &[D_LOSS], top: None };
        let svg = chart.figure(&lines(&[-1.0, 0.0, 1.0, 0.0]));
        // The scale is from −1.2 to 1.2, and 0 in its middle.
        assert!(svg.contains("points=\"140.0,197.0 236.0,112.0 332.0,27.0 428.0,112.0\""), "{svg}");
        assert!(svg.contains(">-1.0</text>") && svg.contains(">1.0</text>"), "{svg}");
        let svg = chart.figure(&lines(&[-1.0; 4]));
        assert!(svg.contains("points=\"140.0,180.0 236.0,180.0"), "{svg}");
        let mut low = [0.5; 60];
        low[7] = -9.0;
        assert!(chart.figure(&lines(&low)).contains("cut off: -9.0 at step 80 was the lowest"));
    }

    #[test]
    fn the_last_mark_is_not_cut_off() {
        assert!(step_mark(428.0, "8,000").contains("x=\"440.0\"") && step_mark(428.0, "8,000").contains("\"end\""));
        assert!(step_mark(428.0, "80").contains("x=\"428.0\"") && step_mark(44.0, "0").contains("\"middle\""));
    }

    #[test]
    fn a_value_that_is_not_finite_is_a_gap() {
        let chart = Chart { title: "a", curves: &[D_LOSS], top: None };
        let svg = chart.figure(&lines(&[1.0, 1.0, f32::NAN, f32::INFINITY, 1.0, 1.0]));
        assert_eq!((2, 2), (svg.matches("<polyline").count(), svg.matches("<polygon").count()), "{svg}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        assert!(chart.figure(&lines(&[f32::NAN])).contains("</svg>"));
    }

    /// Four points are all on the scale; of many, a high one is above it and named.
    #[test]
    fn what_is_cut_off_is_named_only_where_it_matters() {
        let chart = Chart { title: "a", curves: &[D_LOSS], top: None };
        assert!(!chart.figure(&lines(&[1.9, 1.0, 1.2, 0.4])).contains("cut off"));
        let mut values = vec![1.0; 100];
        values[3] = 1.3;
        assert!(!chart.figure(&lines(&values)).contains("cut off"));
        values[3] = 30.0;
        assert!(chart.figure(&lines(&values)).contains("cut off: 30.0 at step 40"));
    }
}
