//! Logs of short trainings: five healthy ones, and three in which D has won.
//!
//! `cargo run --release --example logs` makes them again.

use dcgan::step::StepMetrics;

/// Five trainings that went well.
#[must_use]
pub fn healthy() -> [Vec<StepMetrics>; 5] {
    [
        include_str!("logs/healthy-1.csv"),
        include_str!("logs/healthy-2.csv"),
        include_str!("logs/healthy-3.csv"),
        include_str!("logs/healthy-4.csv"),
        include_str!("logs/healthy-5.csv"),
    ]
    .map(read)
}

/// Three trainings in which the discriminator has won.
#[must_use]
pub fn sick() -> [Vec<StepMetrics>; 3] {
    [include_str!("logs/sick-1.csv"), include_str!("logs/sick-2.csv"), include_str!("logs/sick-3.csv")].map(read)
}

fn read(csv: &str) -> Vec<StepMetrics> {
    csv.lines().skip(1).map(|line| row(line).unwrap_or_else(|| panic!("a log has a line `{line}`"))).collect()
}

fn row(line: &str) -> Option<StepMetrics> {
    let numbers: Vec<f32> = line.split(',').skip(1).map(str::parse).collect::<Result<_, _>>().ok()?;
    let [d_loss, g_loss, d_real, d_fake, d_grad_norm, g_grad_norm] = numbers[..] else { return None };
    Some(StepMetrics { d_loss, g_loss, d_real, d_fake, d_grad_norm, g_grad_norm })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many steps in a row D tells every image.
    fn longest(log: &[StepMetrics], sign: fn(&StepMetrics) -> bool) -> usize {
        log.split(|step| !sign(step)).map(<[_]>::len).max().unwrap_or_default()
    }

    #[test]
    fn the_sick_and_the_healthy_are_far_apart() {
        let has_won = |step: &StepMetrics| 0.7 < step.d_real && step.d_fake < 0.1;
        for log in healthy() {
            let longest = longest(&log, has_won);
            println!("healthy: {longest}");
            assert!(log.len() == 400 && (1..=30).contains(&longest), "{longest}");
        }
        for log in sick() {
            let longest = longest(&log, |step| 0.9 < step.d_real && step.d_fake < 0.1);
            println!("sick: {longest}");
            assert!(log.len() == 400 && 150 <= longest, "{longest}");
        }
    }
}
