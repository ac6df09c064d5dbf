//! The museum of failures: the twin is the product, and each exhibit's sign points the right way from its first steps.
//!
//! Whether every sign shows in full takes trainings of a thousand steps, over several seeds:
//! `cargo xtask fail --seeds 5`, whose table is in benches/record/museum.md.

use std::sync::OnceLock;

use cli::datasets::mnist;
use data::Images;
use dcgan::config::Training;
use dcgan::feed::Feed;
use dcgan::gan::Gan;
use dcgan::models::{Architecture, Kind};
use dcgan::step::StepMetrics;
use dcgan::streams::{Purpose, stream};
use museum::exhibits::{ALL, named};
use museum::parts::{Healthy, Parts};
use museum::phases::{contrast, phases};
use museum::training::{Plan, Trained, samples, samples_by_batch, train};

const STEPS: u64 = 60;
const WIDTH: usize = 16;

fn images() -> &'static Images {
    static IMAGES: OnceLock<Images> = OnceLock::new();
    IMAGES.get_or_init(|| mnist::read_training(None, false).expect("MNIST is in the repository").images)
}

fn plan() -> Plan {
    Plan { seed: 1, width: WIDTH, steps: STEPS }
}

fn twin() -> &'static [StepMetrics] {
    static TWIN: OnceLock<Vec<StepMetrics>> = OnceLock::new();
    TWIN.get_or_init(|| reports(&trained(&Healthy)))
}

fn trained(parts: &'static dyn Parts) -> Trained {
    train(parts, &plan(), images())
}

fn ill(name: &str) -> Trained {
    trained(named(name).unwrap().parts)
}

fn reports(trained: &Trained) -> Vec<StepMetrics> {
    trained.metrics.iter().map(|line| line.report).collect()
}

/// The mean of the last twenty steps.
fn late(reports: &[StepMetrics], value: fn(&StepMetrics) -> f32) -> f32 {
    let last = &reports[reports.len() - 20..];
    last.iter().map(value).sum::<f32>() / last.len() as f32
}

/// With nothing replaced, the parts make the bits of the product's step on the product's networks.
#[test]
fn the_twin_is_the_product() {
    let mut training = Training::article();
    training.batch_size = Healthy.batch_size();
    training.learning_rate = Healthy.learning_rates()[0];
    training.dropout_keep = 1.0;
    let shape = Architecture { kind: Kind::Dcgan, size: 28, channels: 1, width: WIDTH };
    let pair = shape.build(&mut stream(training.seed, Purpose::Weights, 0)).unwrap();
    let mut gan = Gan::new(pair, training.adam(), training.learning_rate, training.real_label);
    let mut feed = Feed::new(&training, images());
    let product: Vec<StepMetrics> = (0..STEPS).map(|_| feed.step(&mut gan).unwrap()).collect();
    let museum = trained(&Healthy);
    assert_eq!(product, reports(&museum));
    let bits = |gan: &Gan| -> Vec<(String, Vec<u32>)> {
        let bits = |x: &tensor::Tensor| x.data().iter().map(|x| x.to_bits()).collect();
        gan.tensors().iter().map(|(name, x)| (name.clone(), bits(x))).collect()
    };
    assert!(bits(&gan) == bits(&museum.gan), "the states differ");
}

#[test]
fn pixels_of_another_range_are_named() {
    let raw = ill("raw-bytes");
    assert!(raw.said.iter().any(|(step, line)| *step == 1 && line.starts_with("the images are out of range")));
    let half = ill("half-range");
    assert!(half.said.iter().any(|(step, line)| *step == 50 && line.starts_with("no pixel is below 0")));
}

#[test]
fn a_sure_critic_and_a_restless_pair_tell_more_than_the_twin() {
    for name in ["sure-critic", "restless"] {
        let found = late(&reports(&ill(name)), |report| report.d_fake);
        let healthy = late(twin(), |report| report.d_fake);
        assert!(found < healthy / 2.0, "{name}: D(G(z)) is {found}, and {healthy} in the twin");
    }
}

#[test]
fn a_saturated_generator_has_a_gradient_many_times_smaller() {
    let found = late(&reports(&ill("saturated")), |report| report.g_grad_norm);
    let healthy = late(twin(), |report| report.g_grad_norm);
    assert!(found < healthy / 4.0, "the norm is {found}, and {healthy} in the twin");
}

#[test]
fn a_generator_that_runs_ahead_fools_its_judge() {
    let found = late(&reports(&ill("one-digit")), |report| report.d_fake);
    let healthy = late(twin(), |report| report.d_fake);
    assert!(2.0 * healthy < found, "D(G(z)) is {found}, and {healthy} in the twin");
}

/// It is there for what nobody says of it: only the gradients of the first steps differ.
#[test]
fn a_large_epsilon_is_met_with_silence() {
    let trained = ill("eps-0.8");
    assert!(trained.said.is_empty(), "{:?}", trained.said);
    let first = |reports: &[StepMetrics]| reports[0].g_grad_norm;
    assert!(first(&reports(&trained)) < first(twin()));
}

#[test]
fn a_mixed_batch_makes_the_halves_of_a_step_disagree() {
    let reports = reports(&ill("mixed-batch"));
    let d_fake = late(&reports, |report| report.d_fake);
    let g_loss = late(&reports, |report| report.g_loss);
    assert!(d_fake < 0.1 && g_loss < 0.7, "D(G(z)) is {d_fake}, and L_G {g_loss}");
}

#[test]
fn a_generator_that_is_cut_off_stands_still() {
    let trained = ill("cut-off");
    assert!(reports(&trained).iter().all(|report| report.g_grad_norm == 0.0));
    assert!(trained.said.iter().any(|(_, line)| line.starts_with("the generator receives no gradient at all")));
}

#[test]
fn stale_statistics_leave_training_alone_and_spoil_samples() {
    let stale = ill("stale-statistics");
    assert_eq!(twin(), reports(&stale));
    let distance = |trained: &Trained| {
        let one = samples(&trained.gan, 1, 8);
        let other = samples_by_batch(&trained.gan, 1, 8);
        one.data().iter().zip(other.data()).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>()
    };
    let found = distance(&stale);
    let healthy = distance(&trained(&Healthy));
    assert!(1.2 * healthy < found, "{found}, and {healthy} of the twin");
}

#[test]
fn a_kernel_of_three_paints_a_checkerboard_and_one_of_four_does_not() {
    let exhibit = named("checkerboard").unwrap();
    let found = contrast(phases(exhibit.parts, &plan()));
    let healthy = contrast(phases(exhibit.twin, &plan()));
    assert!(2.0 < found && healthy < 1.5, "{found}, and {healthy}");
}

#[test]
fn verdicts_that_are_squashed_twice_stay_in_between() {
    let reports = reports(&ill("twice-squashed"));
    assert!(reports.iter().all(|report| 0.4999 <= report.d_fake && report.d_real <= 0.7315));
    assert!(twin().iter().any(|report| report.d_fake < 0.4));
}

/// A sign that is not tried above is an exhibit without a test.
#[test]
fn every_exhibit_is_tried() {
    let here = include_str!("museum.rs");
    for exhibit in &ALL {
        assert!(here.contains(&format!("\"{}\"", exhibit.name)), "{}", exhibit.name);
    }
}
