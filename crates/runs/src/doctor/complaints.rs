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
//! | G has no gradient | its norm is exactly 0 | 10 steps in a row |
//! | G's loss is saturated | the norm of G's gradient is below 0.5, and D has told every image | 20 steps in a row |
//! | the halves of a step disagree | D(G(z)) below 0.1 in D's half, and above 0.5 by G's loss | 30 steps in a row |
//! | verdicts are squeezed | D(x) and D(G(z)) both from 0.5 to 0.732, as twice a sigmoid makes them | 60 steps in a row |
//! | half of the range | no pixel of a batch is below 0 | 2 examinations |
//! | samples are unlike | by running statistics they are far from those by their batch, from step 250 on | 4 examinations |
//!
//! Hinge losses and spectral normalisation show other signs. With hinges D has won if its loss is
//! below 0.1 for 250 steps, for the verdicts σ(logit) of a healthy D stay near the margins of 1 and
//! −1, at 0.73 and 0.27; and G's loss, a mean of logits, is no sign of what D believes. A
//! normalised D has small gradients and hardly any opinion for its first hundred steps, so faint
//! gradients and squeezed verdicts mean nothing in it.
//!
//! Where one of the last six says why D tells every image, it is said that D has won no more.
//!
//! The article's recipe on MNIST and on horses, five seeds each: the first sign lasted 16 steps at
//! most and the second 1, no norm was above 100, samples differed by 14 % at step 150 and by more
//! than half soon after, and no unit was dead. An examination every 50 steps costs about 0.2 % of
//! them.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use tensor::Tensor;

use super::vitals::examine;
use dcgan::gan::Gan;
use dcgan::step::StepMetrics;
use dcgan::variations::Variations;

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
/// Before this step the statistics of a healthy run may lag as far behind: a run of horses showed
/// the sign up to step 300. Runs that never update them show it up to step 400, with all of five
/// seeds.
const FOLLOWING: u64 = 250;
/// The share of channels that may be silent.
const DEAD: f32 = 0.5;
/// Steps in a row without any gradient of G.
const CUT_OFF: u32 = 10;
/// A hinge loss of D this small has told every image: it is 2 where D cannot decide.
const TOLD: f32 = 0.1;
/// Steps in a row after which a victory by hinge losses is one. A D without loss learns nothing
/// until G has caught up, so such a lead mostly ends by itself: a run that came out well showed it
/// for a hundred steps.
const HINGED_VICTORY: u32 = 250;
/// The norm of G's gradient below which it learns next to nothing; healthy ones are above 1.
const FAINT: f32 = 0.5;
/// Steps in a row of a faint gradient.
const FADING: u32 = 20;
/// The loss of a G of which D believes half.
const BELIEVED: f32 = 0.7;
/// Steps in a row in which the halves of a step disagree.
const DISAGREEING: u32 = 30;
/// What the sigmoid of a sigmoid can be, with room for the rounding of a mean.
const SQUEEZED: RangeInclusive<f32> = 0.4999..=0.7315;
/// How far samples may be from what they are in training, in units of real images.
const UNLIKE: f32 = 0.6;
/// Examinations in a row of such samples.
const LAGGING: u32 = 4;
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
    CutOff,
    Saturated,
    Disagreeing,
    Squeezed,
    HalfRange,
    Unlike,
}

/// Watches one training. Each complaint is made once.
///
/// It is saved with every checkpoint, so that a run that is resumed hears what one that was never
/// interrupted would hear.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Doctor {
    discriminator_leads: u32,
    generator_leads: u32,
    exploding: u32,
    alike: u32,
    silent: u32,
    cut_off: u32,
    fading: u32,
    disagreeing: u32,
    squeezed: u32,
    bright: u32,
    unlike: u32,
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
        let mut lines = self.look_at(report, &gan.variations);
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

    fn look_at(&mut self, report: &StepMetrics, variations: &Variations) -> Vec<(Complaint, String)> {
        let &StepMetrics { d_loss, d_real, d_fake, d_grad_norm, g_grad_norm, .. } = report;
        let mut lines = Vec::new();
        let verdicts = format!("D(x) is {d_real:.2}, D(G(z)) {d_fake:.3}");
        lines.extend(self.look_at_causes(report, variations));
        let has_cause = [self.cut_off, self.fading, self.disagreeing].iter().any(|&count| 0 < count);
        let has_told = if variations.hinge { d_loss < TOLD } else { 0.7 < d_real && d_fake < 0.1 };
        let patience = if variations.hinge { HINGED_VICTORY } else { VICTORY };
        if lasts(&mut self.discriminator_leads, has_told && !has_cause, patience) {
            let why = format!(
                "for {patience} steps it has told every image ({verdicts}, the norm of G's gradient {g_grad_norm:.1})"
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

    /// Signs of what makes a training fail, where its losses and verdicts show it.
    fn look_at_causes(&mut self, report: &StepMetrics, variations: &Variations) -> Vec<(Complaint, String)> {
        let &StepMetrics { g_loss, d_real, d_fake, g_grad_norm, .. } = report;
        let mut lines = Vec::new();
        let verdicts = format!("D(x) is {d_real:.2}, D(G(z)) {d_fake:.3}");
        let Variations { hinge, spectral_norm, .. } = *variations;
        let is_quiet = hinge || spectral_norm;
        let is_squeezed = !is_quiet && SQUEEZED.contains(&d_real) && SQUEEZED.contains(&d_fake);
        if lasts(&mut self.squeezed, is_squeezed, VICTORY) {
            let why = format!("for {VICTORY} steps they have stayed between 0.5 and 0.73 ({verdicts})");
            let advice = "a sigmoid of a sigmoid cannot say no: try a loss that takes what D ends with as it is";
            lines.push((Complaint::Squeezed, format!("the verdicts are squeezed: {why}; {advice}")));
        }
        if lasts(&mut self.cut_off, g_grad_norm == 0.0 && !is_squeezed, CUT_OFF) {
            let why = format!("the norm has been 0 for {CUT_OFF} steps");
            let advice =
                "nothing leads from D's verdict back to G: try to detach fake images in D's half of a step alone";
            lines.push((Complaint::CutOff, format!("the generator receives no gradient at all: {why}; {advice}")));
        }
        let disagree = !hinge && d_fake < 0.1 && 0.0 < g_loss && g_loss < BELIEVED;
        if lasts(&mut self.disagreeing, disagree, DISAGREEING) {
            let why = format!(
                "D tells fake images in its own half (D(G(z)) is {d_fake:.3}) and takes them for real in G's (its loss is {g_loss:.2})"
            );
            let advice = "D knows them by their company: try to pass real and fake images through D apart";
            lines.push((Complaint::Disagreeing, format!("the two halves of a step disagree: {why}; {advice}")));
        }
        let is_told = !is_quiet && 0.7 < d_real && d_fake < 0.1;
        let is_fading = is_told && 0.0 < g_grad_norm && g_grad_norm < FAINT && !disagree;
        if lasts(&mut self.fading, is_fading, FADING) {
            let why = format!("G gets almost no gradient ({g_grad_norm:.3}) while D tells every image ({verdicts})");
            let advice = "try to let G maximise ln D(G(z)), which is steepest where G is worst";
            lines.push((Complaint::Saturated, format!("the loss of the generator is saturated: {why}; {advice}")));
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
        if lasts(&mut self.bright, 0.0 <= least && most <= 1.0, 2) {
            let why = format!("the images go from {least} to {most}, which is half of what tanh can make");
            lines.push((Complaint::HalfRange, format!("no pixel is below 0: {why}; try to scale them to [-1, 1]")));
        }
        let vitals = examine(gan, images);
        let is_unlike = FOLLOWING <= gan.step && vitals.drift.is_some_and(|drift| UNLIKE < drift);
        if lasts(&mut self.unlike, is_unlike, LAGGING) {
            let percent = vitals.drift.unwrap_or_default() * 100.0;
            let why = format!("by {percent:.0} % of how real images differ from each other");
            let advice = "samples lag behind training: try to update the running statistics in each step, slowly";
            let what = "samples by running statistics differ from those by the batch's";
            lines.push((Complaint::Unlike, format!("{what}: {why}; {advice}")));
        }
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
            (StepMetrics { g_grad_norm: 0.0, ..HEALTHY }, CUT_OFF, "the generator receives no gradient at all"),
            (
                StepMetrics { d_real: 0.9, d_fake: 0.01, g_grad_norm: 0.1, g_loss: -0.01, ..HEALTHY },
                FADING,
                "the loss of the generator is saturated: G gets almost no gradient (0.100) while D tells every image",
            ),
            (
                StepMetrics { d_real: 0.9, d_fake: 0.01, g_loss: 0.33, ..HEALTHY },
                DISAGREEING,
                "the two halves of a step disagree",
            ),
            (StepMetrics { d_real: 0.73, d_fake: 0.51, ..HEALTHY }, VICTORY, "the verdicts are squeezed"),
        ] {
            assert_eq!([""; 0], said(report, patience - 1)[..]);
            let lines = said(report, 3 * patience);
            assert!(lines.len() == 1 && lines[0].starts_with(words) && lines[0].contains("try "), "{lines:?}");
        }
        assert_eq!([""; 0], said(HEALTHY, 500)[..]);
    }

    /// Verdicts of logits around 0, as an undecided D has, and those of a D with hinge losses.
    #[test]
    fn hinges_and_spectral_norms_have_signs_of_their_own() {
        let said_by = |change: fn(&mut Variations), report: StepMetrics| {
            let (mut doctor, mut gan) = (Doctor { examined: true, ..Doctor::default() }, gan());
            gan.step = 1;
            change(&mut gan.variations);
            let steps = 0..HINGED_VICTORY + 50;
            steps.flat_map(|_| doctor.observe(&mut gan, &report, || unreachable!())).collect::<Vec<_>>()
        };
        let hinge: fn(&mut Variations) = |variations| variations.hinge = true;
        let spectral: fn(&mut Variations) = |variations| variations.spectral_norm = true;
        let undecided = StepMetrics { d_real: 0.51, d_fake: 0.5, g_grad_norm: 0.01, d_loss: 2.0, ..HEALTHY };
        let certain = StepMetrics { d_real: 0.9, d_fake: 0.05, d_loss: 0.3, g_loss: 0.3, g_grad_norm: 0.1, ..HEALTHY };
        assert_eq!(1, said_by(|_| {}, undecided).len());
        for variations in [hinge, spectral] {
            assert_eq!([""; 0], said_by(variations, undecided)[..]);
        }
        assert_eq!([""; 0], said_by(hinge, certain)[..]);
        let lines = said_by(hinge, StepMetrics { d_loss: 0.05, ..certain });
        assert!(lines.len() == 1 && lines[0].starts_with("the discriminator has won"), "{lines:?}");
        let lines = said_by(hinge, StepMetrics { d_real: 0.4, d_fake: 0.6, ..undecided });
        assert!(lines.len() == 1 && lines[0].starts_with("the generator has won"), "{lines:?}");
    }

    /// What a state of before these signs lacks counts as not seen.
    #[test]
    fn a_doctor_of_an_older_checkpoint_is_read() {
        let old = r#"{"discriminator_leads":3,"generator_leads":0,"exploding":0,"alike":0,"silent":0,"examined":true,"made":[],"notes":[]}"#;
        let doctor: Doctor = serde_json::from_str(old).unwrap();
        assert_eq!(Doctor { discriminator_leads: 3, examined: true, ..Doctor::default() }, doctor);
        assert!(serde_json::from_str::<Doctor>(r#"{"another": 1}"#).is_err());
    }

    /// What is said at each of eight examinations, fifty steps apart, of `images` by `gan`.
    fn said_of(gan: &mut Gan, images: &Tensor) -> Vec<String> {
        let mut doctor = Doctor::default();
        let examinations = (1..=8).flat_map(|number| {
            gan.step = number * EVERY;
            let lines = doctor.observe(gan, &HEALTHY, || images.clone());
            lines.into_iter().map(|line| format!("{number}: {line}")).collect::<Vec<_>>()
        });
        examinations.collect()
    }

    fn images(map: impl Fn(f32) -> f32) -> Tensor {
        let pixels: Vec<f32> = tensor::check::noise(1, 16 * 28 * 28).into_iter().map(map).collect();
        Tensor::new(&[16, 28, 28, 1], pixels)
    }

    #[test]
    fn images_without_a_dark_half_are_named_at_the_second_examination() {
        let is_named = |lines: Vec<String>| lines.iter().any(|line| line.starts_with("2: no pixel is below 0"));
        assert!(is_named(said_of(&mut gan(), &images(f32::abs))));
        assert!(!is_named(said_of(&mut gan(), &images(|x| x))));
        assert!(!is_named(said_of(&mut gan(), &images(|x| 255.0 * x.abs()))), "it is out of range");
    }

    /// Statistics that are right, and then wrong by far: the fourth time from step 250 on.
    #[test]
    fn running_statistics_that_are_not_those_of_training_are_named() {
        let words = "samples by running statistics differ from those by the batch's";
        let mut gan = gan();
        let z = dcgan::streams::noise(&mut dcgan::streams::stream(1, dcgan::streams::Purpose::Noise, 0), 64, 100);
        for _ in 0..600 {
            let _ = gan.fake_images(&z, &mut dcgan::models::DropoutKeys::none());
        }
        let settled = said_of(&mut gan, &images(|x| x / 5.0));
        assert!(settled.iter().all(|line| !line.contains(words)), "{settled:?}");
        for (name, statistic) in gan.generator.statistics_mut() {
            if name.ends_with("variance") {
                statistic.data_mut().fill(1e-4);
            }
        }
        let stale = said_of(&mut gan, &images(|x| x / 5.0));
        assert!(stale.iter().any(|line| line.starts_with(&format!("8: {words}"))), "{stale:?}");
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

    /// It lags behind for hundreds of steps, and this is no illness.
    #[test]
    fn a_moving_average_has_no_part_in_the_drift() {
        let mut config = config();
        config.variations.average = Some(0.9);
        let mut gan = Gan::start(&config).unwrap();
        let average = gan.moving_average.as_mut().unwrap().parameters_mut();
        average.set("generator/dense/kernel", Tensor::zeros(&[100, 4 * 4 * 8]));
        let with = examine(&mut gan, &images(|x| x)).drift;
        gan.moving_average = None;
        let without = examine(&mut gan, &images(|x| x)).drift;
        assert!(without.is_some() && without == with, "{without:?}, and {with:?} with an average");
    }
}
