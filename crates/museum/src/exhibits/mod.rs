//! The exhibits, a file each: the part with the fault, and the words.

mod checkerboard;
mod cut_off;
mod eps_0_8;
mod half_range;
mod mixed_batch;
mod one_digit;
mod raw_bytes;
mod restless;
mod saturated;
mod stale_statistics;
mod sure_critic;
mod twice_squashed;

use crate::exhibit::Exhibit;

/// All exhibits, from the data to the step.
pub static ALL: [Exhibit; 12] = [
    raw_bytes::EXHIBIT,
    half_range::EXHIBIT,
    sure_critic::EXHIBIT,
    saturated::EXHIBIT,
    one_digit::EXHIBIT,
    eps_0_8::EXHIBIT,
    mixed_batch::EXHIBIT,
    cut_off::EXHIBIT,
    stale_statistics::EXHIBIT,
    checkerboard::EXHIBIT,
    twice_squashed::EXHIBIT,
    restless::EXHIBIT,
];

/// The exhibit of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Exhibit> {
    ALL.iter().find(|exhibit| exhibit.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::HEALTHY;

    /// Each of its lines is a line of the source that runs.
    #[test]
    fn every_change_is_short_and_of_lines_that_run() {
        for exhibit in &ALL {
            let change = exhibit.change();
            let lines: Vec<&str> = change.lines().collect();
            assert!((2..=10).contains(&lines.len()), "{}:\n{change}", exhibit.name);
            let is_in = |text: &str, line: &str| text.lines().any(|own| own.trim() == line.trim());
            for line in lines {
                let [first, second] = match exhibit.is_of_the_twin() {
                    false => [HEALTHY, exhibit.file],
                    true => [exhibit.file, HEALTHY],
                };
                match line.split_at(1) {
                    ("-", line) => assert!(is_in(first, line), "{}: {line}", exhibit.name),
                    ("+", line) => assert!(is_in(second, line), "{}: {line}", exhibit.name),
                    (_, line) => assert!(line.trim_start().starts_with("fn "), "{}: {line}", exhibit.name),
                }
            }
        }
    }
}
