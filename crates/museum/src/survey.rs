//! Does the sign show, and is the twin silent? One exhibit beside its twin, and all of them over
//! several seeds.

use std::fmt::Write;

use data::Images;

use crate::exhibit::{Exhibit, Sign};
use crate::exhibits::ALL;
use crate::judging::{Jury, Verdict};
use crate::parts::Parts;
use crate::phases::{contrast, phases};
use crate::training::{Plan, Trained, train};

/// The largest contrast of phases that counts as none.
const EVEN: f64 = 1.5;

/// A training, and what the judge says of its samples.
pub struct Judged {
    /// The training.
    pub trained: Trained,
    /// The judge's figures; none if a sample is not finite.
    pub verdict: Option<Verdict>,
}

/// An exhibit and its twin after their trainings.
pub struct Pair<'a> {
    /// What was changed.
    pub exhibit: &'static Exhibit,
    /// The training with the fault.
    pub ill: Judged,
    /// The training without.
    pub twin: &'a Judged,
    /// The plan of both.
    pub plan: Plan,
}

/// Trains, unless the exhibit needs none, and judges.
#[must_use]
pub fn judged(parts: &'static dyn Parts, plan: &Plan, images: &Images, jury: &Jury) -> Judged {
    let trained = train(parts, plan, images);
    let verdict = jury.verdict(&trained.gan, plan.seed).ok();
    Judged { trained, verdict }
}

/// The plan of an exhibit: nothing is trained where the sign is there before.
#[must_use]
pub fn plan_of(exhibit: &Exhibit, plan: &Plan) -> Plan {
    let steps = if exhibit.is_of_the_twin() { 0 } else { plan.steps };
    Plan { steps, ..plan.clone() }
}

impl Pair<'_> {
    /// The line that tells the exhibit, after the step at which it was said.
    #[must_use]
    pub fn sign(&self) -> Option<String> {
        let found = match self.exhibit.sign {
            Sign::Doctor(words) => {
                let line = self.ill.trained.said.iter().find(|(_, line)| line.starts_with(words));
                return line.map(|(step, line)| format!("step {step}: {line}"));
            }
            Sign::Silence => self.ill.trained.said.is_empty().then(String::new),
            Sign::Phases(least) => {
                let found = phases(self.exhibit.parts, &self.plan);
                (least <= contrast(found)).then(|| squares(found))
            }
        };
        found.map(|found| if found.is_empty() { "nothing".to_owned() } else { found })
    }

    /// Whether the twin is silent.
    #[must_use]
    pub fn is_twin_silent(&self) -> bool {
        let is_even = match self.exhibit.sign {
            Sign::Phases(_) => contrast(phases(self.exhibit.twin, &self.plan)) < EVEN,
            _ => true,
        };
        self.twin.trained.said.is_empty() && is_even
    }

    /// How many times as far as the twin's the samples are from real images.
    #[must_use]
    pub fn times(&self) -> Option<f64> {
        Some(self.ill.verdict?.distance / self.twin.verdict?.distance)
    }
}

/// Mean squares by phase, for people.
#[must_use]
pub fn squares(phases: [f64; 4]) -> String {
    let [a, b, c, d] = phases;
    format!("mean squares by place in a 2 x 2 square: {a:.1} {b:.1} / {c:.1} {d:.1}")
}

/// The table of all exhibits over the seeds 1 to `seeds`, in Markdown; `told` hears of each pair.
#[must_use]
pub fn table(seeds: u64, plan: &Plan, images: &Images, mut told: impl FnMut(&Pair<'_>)) -> String {
    let jury = Jury::new(images);
    let mut rows: Vec<Vec<String>> = ALL.iter().map(|_| vec![]).collect();
    let mut twins = vec![];
    for seed in 1..=seeds {
        let plan = Plan { seed, ..plan.clone() };
        let healthy = judged(&crate::parts::Healthy, &plan, images, &jury);
        twins.push(healthy.verdict.map_or(f64::NAN, |verdict| verdict.distance));
        for (exhibit, row) in ALL.iter().zip(&mut rows) {
            let plan = plan_of(exhibit, &plan);
            let ill = judged(exhibit.parts, &plan, images, &jury);
            let own_twin = exhibit.is_of_the_twin().then(|| judged(exhibit.twin, &plan, images, &jury));
            let twin = own_twin.as_ref().unwrap_or(&healthy);
            let pair = Pair { exhibit, ill, twin, plan };
            row.push(cell(&pair));
            told(&pair);
        }
    }
    let mut text = String::from("| exhibit |");
    (1..=seeds).for_each(|seed| write!(text, " seed {seed} |").expect("a string takes everything"));
    text += "\n|---|";
    text += &"---|".repeat(seeds as usize);
    for (exhibit, row) in ALL.iter().zip(rows) {
        write!(text, "\n| {} | {} |", exhibit.name, row.join(" | ")).expect("a string takes everything");
    }
    let twins: Vec<String> = twins.into_iter().map(|distance| format!("{distance:.1}")).collect();
    write!(text, "\n| the twin's distance | {} |\n", twins.join(" | ")).expect("a string takes everything");
    text
}

/// One cell: the step of the sign, how the distance compares with the twin's, and whether the twin
/// was silent.
fn cell(pair: &Pair<'_>) -> String {
    let sign = match (pair.sign(), pair.exhibit.sign) {
        (None, _) => "no sign".to_owned(),
        (Some(_), Sign::Silence) => "silent".to_owned(),
        (Some(line), Sign::Phases(_)) => line.rsplit(": ").next().unwrap_or_default().to_owned(),
        (Some(line), Sign::Doctor(_)) => line.split(':').next().unwrap_or_default().to_owned(),
    };
    let times = match pair.times() {
        Some(times) if pair.ill.trained.gan.step != 0 => format!(", × {times:.1}"),
        _ => String::new(),
    };
    let twin = if pair.is_twin_silent() { "" } else { ", twin NOT silent" };
    format!("{sign}{times}{twin}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibits::named;
    use crate::training::start;

    /// A training of no steps, of which the doctor said this.
    fn untrained(parts: &'static dyn Parts, plan: &Plan, said: &[&str]) -> Judged {
        let said = said.iter().map(|&line| (0, line.to_owned())).collect();
        let trained = Trained { gan: start(parts, plan), metrics: vec![], said, rows: vec![] };
        Judged { trained, verdict: None }
    }

    #[track_caller]
    fn check(expected: bool, exhibit: &'static Exhibit, said: &[&str]) {
        let plan = Plan { seed: 1, width: 8, steps: 0 };
        let twin = &untrained(exhibit.twin, &plan, said);
        let ill = untrained(exhibit.parts, &plan, &[]);
        assert_eq!(expected, Pair { exhibit, ill, twin, plan }.is_twin_silent());
    }

    #[test]
    fn a_twin_is_silent_if_the_doctor_is_and_its_phases_are_even() {
        let checkerboard = named("checkerboard").expect("it is shown");
        check(true, checkerboard, &[]);
        check(false, checkerboard, &["a line"]);
        let ill_twin = Exhibit { twin: checkerboard.parts, ..*checkerboard };
        check(false, Box::leak(Box::new(ill_twin)), &[]);
    }
}
