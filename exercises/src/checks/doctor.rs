//! Exercise 17: a sign in the log of a training.
//!
//! What is right is known from how a log was made. Between a spell of thirty steps, which is none,
//! and one of a hundred, which is a victory, no case asks.

use dcgan::step::StepMetrics;

use crate::given::logs;
use crate::{Draw, Exercise, Mistake, Part, Right};

#[path = "../../wrong/17_doctor.rs"]
mod wrong;

/// `has_won(log)`.
pub type HasWon = fn(&[StepMetrics]) -> bool;

/// A log, and whether D has won in it.
pub struct Log {
    name: String,
    steps: Vec<StepMetrics>,
    has_won: bool,
}

/// `(steps, D(x), D(G(z)))` in a row.
type Spell = (usize, f32, f32);

const BALANCE: Spell = (50, 0.6, 0.3);

fn of_spells(has_won: bool, spells: &[Spell]) -> Log {
    let steps = spells.iter().flat_map(|&(count, d_real, d_fake)| {
        // The losses that go with such verdicts.
        let cross_entropy = |verdict: f32, target: f32| -target * verdict.ln() - (1.0 - target) * (1.0 - verdict).ln();
        let d_loss = cross_entropy(d_real, 0.9) + cross_entropy(d_fake, 0.0);
        let g_loss = cross_entropy(d_fake, 0.9);
        vec![StepMetrics { d_loss, g_loss, d_real, d_fake, d_grad_norm: 1.0, g_grad_norm: 1.0 }; count]
    });
    Log { name: format!("steps: {}", said(spells)), steps: steps.collect(), has_won }
}

/// The same spells so many times in a row, none of which is a victory.
fn repeated(times: usize, spells: &[Spell]) -> Log {
    Log { name: format!("steps: {times} times ({})", said(spells)), ..of_spells(false, &spells.repeat(times)) }
}

fn said(spells: &[Spell]) -> String {
    let said = spells.iter().map(|(count, real, fake)| format!("{count} of D(x) = {real} and D(G(z)) = {fake}"));
    said.collect::<Vec<_>>().join(", then ")
}

fn recorded(name: &str, number: usize, steps: &[StepMetrics], has_won: bool) -> Log {
    Log { name: format!("src/given/logs/{name}-{}.csv", number + 1), steps: steps.to_vec(), has_won }
}

fn fixed() -> Vec<Log> {
    let sure = |count| (count, 0.95, 0.02);
    let mut cases = vec![
        of_spells(true, &[sure(100)]),
        of_spells(false, &[(100, 0.6, 0.3)]),
        of_spells(false, &[(100, 0.02, 0.95)]),
        of_spells(false, &[(100, 0.95, 0.9)]),
        of_spells(false, &[(100, 0.05, 0.02)]),
        of_spells(false, &[BALANCE, sure(1), BALANCE]),
        of_spells(false, &[BALANCE, sure(30), BALANCE]),
        of_spells(true, &[BALANCE, sure(100), BALANCE]),
        repeated(8, &[sure(30), (2, 0.6, 0.3)]),
        of_spells(true, &[sure(120), BALANCE]),
        of_spells(true, &[BALANCE, sure(120)]),
        // No block of more than fifty steps from the beginning on is all in it.
        of_spells(true, &[(1, 0.6, 0.3), sure(100), BALANCE]),
    ];
    let healthy = logs::healthy();
    cases.extend(healthy.iter().enumerate().map(|(number, log)| recorded("healthy", number, log, false)));
    let sick = logs::sick();
    cases.extend(sick.iter().enumerate().map(|(number, log)| recorded("sick", number, log, true)));
    cases
}

/// A piece of a healthy log, or one with a victory behind it.
fn drawn(draw: &mut Draw) -> Log {
    let healthy = draw.one_of(&logs::healthy());
    let start = draw.between(0, healthy.len() / 2);
    let end = start + draw.between(1, healthy.len() - start);
    let mut steps = healthy[start..end].to_vec();
    let has_won = draw.one_of(&[false, true]);
    let mut name = format!("steps {} to {end} of a healthy training", start + 1);
    if has_won {
        steps.extend(draw.one_of(&logs::sick()));
        name.push_str(", then a sick one");
        if draw.one_of(&[false, true]) {
            steps.extend(&healthy);
            name.push_str(" and a healthy one");
        }
    }
    Log { name, steps, has_won }
}

fn show(log: &Log) -> String {
    let every = log.steps.len().div_ceil(8).max(1);
    let some = || log.steps.iter().step_by(every);
    let row = |of: fn(&StepMetrics) -> f32| some().map(|step| format!("{:.2}", of(step))).collect::<Vec<_>>().join(" ");
    let (real, fake) = (row(|step| step.d_real), row(|step| step.d_fake));
    let rate = if every == 1 { "every step".to_owned() } else { format!("every {every} steps") };
    format!("{}\n  {rate} of {}: D(x) = {real}  D(G(z)) = {fake}", log.name, log.steps.len())
}

/// What is judged.
pub const EXERCISE: Exercise<HasWon, Log> = Exercise {
    name: "17_doctor",
    chapter: "chapter 12, \"When it goes wrong\"",
    file: "crates/runs/src/doctor/complaints.rs",
    fixed,
    drawn,
    size: |case| case.steps.len(),
    show,
    parts: &[Part {
        name: "has_won",
        yours: |has_won, case| has_won(&case.steps).into(),
        right: |case| Right::exactly(case.has_won),
    }],
    wrong: wrong::WRONG,
};

/// Judges the reader's sign.
///
/// # Errors
/// The smallest failure.
pub fn check(has_won: HasWon) -> Result<(), Mistake> {
    EXERCISE.check(&has_won)
}
