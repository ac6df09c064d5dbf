//! The doctor: names in plain words what goes wrong in a training, and what to try. It never
//! changes anything.
//!
//! Two networks that play against each other can fail in ways that no loss shows. Each complaint
//! has a sign, and a patience: healthy runs oscillate, most of all in their first hundred steps,
//! and show every sign for a moment.
//!
//! | complaint | sign | patience |
//! |---|---|---|
//! | D has won | D(x) above 0.7 while D(G(z)) is below 0.1 | 60 steps in a row |
//! | G has won | D(G(z)) above D(x) and above 0.5 | 60 steps in a row |
//! | gradients explode | a norm above 1,000 | 10 steps in a row |
//! | samples have collapsed | they differ by less than 5 % of what real images do | 2 examinations, from step 150 on |
//! | units are dead | half of a layer's channels or more are positive nowhere | 2 examinations |
//! | images are out of range | a value outside of [−1, 1] | none |
//! | nothing moves | a learning rate below 10⁻⁹ | none |
//!
//! The article's recipe on MNIST and on horses, five seeds each: the first sign lasted 16 steps at
//! most and the second 1, no norm was above 100, samples differed by 14 % at step 150 and by more
//! than half soon after, and no unit was dead. An examination every 50 steps costs about 0.2 % of
//! them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tensor::Tensor;

use super::vitals::examine;
use dcgan::gan::Gan;
use dcgan::step::StepMetrics;

/// Steps from one examination to the next.
const EVERY: u64 = 50;
/// Steps in a row after which a victory is one.
const VICTORY: u32 = 60;
/// A norm that no gradient of a healthy run comes near.
const EXPLODED: f32 = 1000.0;
/// Steps in a row after which gradients are said to explode.
const EXPLODING: u32 = 10;
/// Samples that differ by less, in units of real images, are one picture.
const COLLAPSED: f32 = 0.05;
/// Before this step the running statistics, by which samples are made, lag behind the weights.
const SETTLED: u64 = 150;
/// The share of channels that may be silent.
const DEAD: f32 = 0.5;
/// A step of Adam is at most as long as the learning rate, and one this short is lost in the
/// rounding of weights of the size that they begin with.
const STILL: f64 = 1e-9;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Complaint {
    DiscriminatorWon,
    GeneratorWon,
    Exploding,
    Collapsed,
    Dead,
    OutOfRange,
    Still,
}

/// Watches one training. Each complaint is made once.
///
/// It is saved with every checkpoint, so that a run that is resumed hears what one that was never
/// interrupted would hear.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Doctor {
    discriminator_leads: u32,
    generator_leads: u32,
    exploding: u32,
    alike: u32,
    silent: u32,
    examined: bool,
    made: BTreeSet<Complaint>,
    notes: Vec<(u64, String)>,
}

impl Doctor {
    /// Looks at a step that `gan` has just made; the first time and now and then, at the networks
    /// and at the `images` that come next.
    ///
    /// Returns what is wrong and has not been said before, a line each.
    pub fn observe(&mut self, gan: &mut Gan, report: &StepMetrics, images: impl FnOnce() -> Tensor) -> Vec<String> {
        let mut lines = self.look_at(report);
        if gan.learning_rate < STILL {
            let why = format!("a learning rate of {:e} is lost in the rounding of the weights", gan.learning_rate);
            lines.push((Complaint::Still, format!("nothing moves: {why}; try a `learning_rate` of 0.001")));
        }
        if !self.examined || gan.step.is_multiple_of(EVERY) {
            self.examined = true;
            lines.extend(self.examine(gan, &images()));
        }
        let new = lines.into_iter().filter(|(complaint, _)| self.made.insert(*complaint));
        let new: Vec<String> = new.map(|(_, line)| line).collect();
        self.notes.extend(new.iter().map(|line| (gan.step, line.clone())));
        new
    }

    /// All that it has said, a line each.
    #[must_use]
    pub fn notes(&self) -> String {
        self.notes.iter().map(|(step, line)| format!("step {step}: {line}\n")).collect()
    }

    /// What it has complained of, in one line without the reasons; `None` if of nothing.
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        let name = |line: &str| line.split(':').next().unwrap_or_default().to_owned();
        let complaints: Vec<String> =
            self.notes.iter().map(|(step, line)| format!("{} (step {step})", name(line))).collect();
        (!complaints.is_empty()).then(|| complaints.join(", "))
    }

    /// Whether it has looked at nothing yet.
    #[must_use]
    pub fn is_new(&self) -> bool {
        *self == Self::default()
    }

    fn look_at(&mut self, report: &StepMetrics) -> Vec<(Complaint, String)> {
        let &StepMetrics { d_real, d_fake, d_grad_norm, g_grad_norm, .. } = report;
        let mut lines = Vec::new();
        let verdicts = format!("D(x) is {d_real:.2}, D(G(z)) {d_fake:.3}");
        if lasts(&mut self.discriminator_leads, 0.7 < d_real && d_fake < 0.1, VICTORY) {
            let why = format!(
                "for {VICTORY} steps it has told every image ({verdicts}, the norm of G's gradient {g_grad_norm:.1})"
            );
            let advice = "G learns little from a judge that it never fools: try a lower `learning_rate` or a larger `batch_size`";
            lines.push((Complaint::DiscriminatorWon, format!("the discriminator has won: {why}; {advice}")));
        }
        if lasts(&mut self.generator_leads, d_real.max(0.5) < d_fake, VICTORY) {
            let why = format!("for {VICTORY} steps fake images have passed for more real than real ones ({verdicts})");
            let advice = "a judge that knows nothing teaches nothing: try a lower `learning_rate` or another `seed`";
            lines.push((Complaint::GeneratorWon, format!("the generator has won: {why}; {advice}")));
        }
        if lasts(&mut self.exploding, EXPLODED < d_grad_norm.max(g_grad_norm), EXPLODING) {
            let why = format!("the norm is {d_grad_norm:.0} in D and {g_grad_norm:.0} in G, where 10 is usual");
            lines.push((Complaint::Exploding, format!("gradients explode: {why}; try a lower `learning_rate`")));
        }
        lines
    }

    fn examine(&mut self, gan: &mut Gan, images: &Tensor) -> Vec<(Complaint, String)> {
        let mut lines = Vec::new();
        let (least, most) = images.data().iter().fold((f32::MAX, f32::MIN), |(a, b), &x| (a.min(x), b.max(x)));
        if least < -1.0 || 1.0 < most {
            let why = format!("they go from {least} to {most}, and the generator can make -1 to 1 only");
            let line = format!("the images are out of range: {why}; scale them to [-1, 1]");
            lines.push((Complaint::OutOfRange, line));
        }
        let vitals = examine(gan, images);
        let is_alike = SETTLED <= gan.step && vitals.diversity.is_some_and(|diversity| diversity < COLLAPSED);
        if lasts(&mut self.alike, is_alike, 2) {
            let percent = vitals.diversity.unwrap_or_default() * 100.0;
            let why =
                format!("different noise gives nearly one picture ({percent:.1} % of the variety of real images)");
            let advice = "try a lower `learning_rate`, a larger `batch_size` or another `seed`";
            lines.push((Complaint::Collapsed, format!("the samples have collapsed: {why}; {advice}")));
        }
        let worst = vitals.silent.into_iter().max_by(|(_, a), (_, b)| a.total_cmp(b));
        let (layer, share) = worst.unwrap_or_default();
        if lasts(&mut self.silent, DEAD <= share, 2) {
            let percent = share * 100.0;
            let why = format!("{percent:.0} % of the channels behind {layer} answer to no image");
            let advice = "what is always 0 or nearly so learns slowly or never: try a lower `learning_rate`";
            lines.push((Complaint::Dead, format!("units are dead: {why}; {advice}")));
        }
        lines
    }
}

/// Counts how often in a row a sign was there, and says whether that is often enough.
fn lasts(count: &mut u32, sign: bool, patience: u32) -> bool {
    *count = if sign { count.saturating_add(1) } else { 0 };
    patience <= *count
}

#[cfg(test)]
mod tests {
    use super::*;
    use dcgan::config::{Config, Data};

    fn config() -> Config {
        let data = Data { name: "toy".to_owned(), images: 64, sha256: String::new() };
        let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
        config.model.width = 8;
        config
    }

    fn gan() -> Gan {
        Gan::start(&config()).unwrap()
    }

    const HEALTHY: StepMetrics =
        StepMetrics { d_loss: 1.0, g_loss: 1.0, d_real: 0.8, d_fake: 0.2, d_grad_norm: 5.0, g_grad_norm: 5.0 };

    /// Lines after `steps` steps with the same report.
    fn said(report: StepMetrics, steps: u32) -> Vec<String> {
        let (mut doctor, mut gan) = (Doctor { examined: true, ..Doctor::default() }, gan());
        gan.step = 1; // no examination
        (0..steps).flat_map(|_| doctor.observe(&mut gan, &report, || unreachable!())).collect()
    }

    #[test]
    fn a_sign_becomes_a_complaint_when_it_lasts_and_is_made_once() {
        for (report, patience, words) in [
            (StepMetrics { d_real: 0.9, d_fake: 0.01, ..HEALTHY }, VICTORY, "the discriminator has won"),
            (StepMetrics { d_real: 0.5, d_fake: 0.8, ..HEALTHY }, VICTORY, "the generator has won"),
            (StepMetrics { g_grad_norm: 5e4, ..HEALTHY }, EXPLODING, "gradients explode"),
            (StepMetrics { d_grad_norm: 5e4, ..HEALTHY }, EXPLODING, "gradients explode"),
        ] {
            assert_eq!([""; 0], said(report, patience - 1)[..]);
            let lines = said(report, 3 * patience);
            assert!(lines.len() == 1 && lines[0].starts_with(words) && lines[0].contains("try "), "{lines:?}");
        }
        assert_eq!([""; 0], said(HEALTHY, 500)[..]);
    }

    #[test]
    fn a_learning_rate_that_moves_nothing_is_named_once() {
        let mut gan = gan();
        gan.step = 1;
        gan.learning_rate = 1e-30;
        let mut doctor = Doctor { examined: true, ..Doctor::default() };
        let mut observe = || doctor.observe(&mut gan, &HEALTHY, || unreachable!());
        let lines = observe();
        assert!(lines.len() == 1 && lines[0].starts_with("nothing moves: a learning rate of 1e-30"), "{lines:?}");
        assert_eq!([""; 0], observe()[..]);
    }

    #[test]
    fn a_moment_of_health_starts_the_count_anew() {
        let (mut doctor, mut gan) = (Doctor { examined: true, ..Doctor::default() }, gan());
        gan.step = 1;
        let sick = StepMetrics { d_real: 0.9, d_fake: 0.01, ..HEALTHY };
        for round in 0..10 {
            for step in 0..VICTORY {
                let report = if step == 0 { HEALTHY } else { sick };
                assert_eq!([""; 0], doctor.observe(&mut gan, &report, || unreachable!())[..], "{round} {step}");
            }
        }
    }

    #[test]
    fn a_doctor_who_was_saved_goes_on_counting_and_does_not_repeat_himself() {
        let (mut doctor, mut gan) = (Doctor { examined: true, ..Doctor::default() }, gan());
        gan.step = 7;
        let sick = StepMetrics { d_real: 0.9, d_fake: 0.01, ..HEALTHY };
        let mut said = vec![];
        for _ in 0..2 * VICTORY {
            said.extend(doctor.observe(&mut gan, &sick, || unreachable!()));
            doctor = serde_json::from_str(&serde_json::to_string(&doctor).unwrap()).unwrap();
        }
        assert_eq!((1, format!("step 7: {}\n", said[0])), (said.len(), doctor.notes()));
        assert_eq!(Some("the discriminator has won (step 7)".to_owned()), doctor.summary());
        assert_eq!(None, Doctor::default().summary());
        assert!(!doctor.is_new() && Doctor::default().is_new() && Doctor::default().notes().is_empty());
    }

    /// Samples come from the moving average, if there is one.
    #[test]
    fn a_moving_average_that_has_collapsed_is_noticed() {
        let mut config = config();
        config.variations.average = Some(0.9);
        let mut gan = Gan::start(&config).unwrap();
        let images = Tensor::new(&[16, 28, 28, 1], tensor::check::noise(1, 16 * 28 * 28));
        assert!(0.0 < examine(&mut gan, &images).diversity.unwrap());
        let average = gan.moving_average.as_mut().unwrap().parameters_mut();
        average.set("generator/dense/kernel", Tensor::zeros(&[100, 4 * 4 * 8]));
        assert_eq!(Some(0.0), examine(&mut gan, &images).diversity);
    }

    /// An examination leaves no trace in the state of a run.
    #[test]
    fn an_examination_changes_nothing() {
        let (config, mut gan) = (config(), gan());
        let before = crate::checkpoint::Checkpoint::of(&gan, &config).to_bytes();
        let images = Tensor::new(&[16, 28, 28, 1], tensor::check::noise(1, 16 * 28 * 28));
        let vitals = examine(&mut gan, &images);
        assert!(before == crate::checkpoint::Checkpoint::of(&gan, &config).to_bytes());
        assert_eq!(6, vitals.silent.len(), "{vitals:?}");
        assert_eq!("generator/bn1", vitals.silent[0].0);
        assert_eq!("discriminator/bn3", vitals.silent[5].0);
    }
}
