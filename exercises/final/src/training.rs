//! A training of the reader's operators, written down as the project writes its own.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::time::Instant;

use dcgan::config::Config;
use dcgan::feed::Feed;
use dcgan::models::{DropoutKeys, LATENT};
use dcgan::sample;
use dcgan::streams::{Purpose, noise, stream};
use exercises::given::Trainer;
use gallery::provenance::{PictureKind, Provenance};
use gallery::{chart, report};
use runs::checkpoint::{Checkpoint, fingerprint};
use runs::directory::Run;
use runs::doctor::Doctor;
use runs::metrics::{self, MetricsRow};
use runs::record::Environment;
use runs::{Error, atomic};

use crate::digits::Digits;

/// The command that would make such a run with the project's operators.
const COMMAND: &str = "train-mnist";

/// Trains to the last step of `config`.
pub(crate) fn train(trainer: &mut Trainer, config: &Config, digits: &Digits, run: &Run) -> Result<(), Error> {
    run.write_config(config, &Environment::here(COMMAND, &digits.folder, &BTreeMap::new()))?;
    let mut log = metrics::resume(&run.metrics(), 0)?;
    let mut doctor = Doctor::default();
    let training = &config.training;
    let mut feed = Feed::new(training, &digits.training);
    let total = config.total_steps();
    let started = Instant::now();
    let mut logged = (0, Instant::now());
    while trainer.gan.step < total {
        let before = trainer.gan.step;
        let x = feed.images(before);
        let z = noise(&mut stream(training.seed, Purpose::Noise, before), training.batch_size, LATENT);
        let mut keys = DropoutKeys::new(training.dropout_keep, stream(training.seed, Purpose::Dropout, before));
        let report = trainer.step(&x, &z, &mut keys)?;
        let step = trainer.gan.step;
        for complaint in doctor.observe(&mut trainer.gan, &report, || feed.images(step)) {
            println!("\rthe doctor, at step {step}: {complaint}");
            run.write_notes(&doctor)?;
        }
        let is_sampled = step.is_multiple_of(config.schedule.sample_every) || step == total;
        if metrics::logged(step) || is_sampled {
            let images = (step - logged.0) as f64 * training.batch_size as f64;
            let images_per_second = images / logged.1.elapsed().as_secs_f64();
            logged = (step, Instant::now());
            let epoch = before / config.steps_per_epoch() + 1;
            log.add(MetricsRow { step, epoch, report, images_per_second })?;
            show(step, total, started);
        }
        if is_sampled {
            let row = sample::row(&trainer.gan, config).map_err(|_| Error::not_finite(step, "a sample"))?;
            let (seed, count) = (training.seed, config.schedule.sample_columns);
            let origin = Provenance::here(PictureKind::Samples, seed, step, fingerprint(&trainer.gan), count);
            atomic::write(&run.sample(step), &origin.to_png(&row))?;
            let origin = Provenance::here(PictureKind::Losses, seed, step, String::new(), 0);
            atomic::write(&run.losses(), &origin.to_png(&chart::losses(log.rows())))?;
        }
    }
    println!();
    log.sync()?;
    run.save(&Checkpoint { doctor, ..Checkpoint::of(&trainer.gan, config) }, None, config.schedule.keep)?;
    report::finish(run)
}

/// How far it is, and how long it will take, on one line of a terminal.
fn show(step: u64, total: u64, started: Instant) {
    if !std::io::stdout().is_terminal() {
        return;
    }
    let left = started.elapsed().as_secs_f64() / step as f64 * (total - step) as f64;
    print!("\rstep {step} of {total}, {left:.0} s to go    ");
    let _ = std::io::stdout().flush();
}
