//! Numbers and times as people read them.

use std::time::Duration;

/// A number with commas: `10,000`.
#[must_use]
pub fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned());
    groups.collect::<Vec<_>>().join(",")
}

/// How many there are of something: `1 step`, `2,000 steps`.
#[must_use]
pub fn counted(n: usize, what: &str) -> String {
    format!("{} {what}{}", thousands(n), if n == 1 { "" } else { "s" })
}

/// A duration as people say it: `1h02m`, `3m20s`, `12s`.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m{s:02}s"),
        (h, m, _) => format!("{h}h{m:02}m"),
    }
}

/// The one in the middle.
#[must_use]
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        let text = |n| counted(n, "frame");
        assert_eq!(["0 frames", "1 frame", "2 frames", "1,000 frames"], [0, 1, 2, 1000].map(text));
    }

    #[test]
    fn durations_are_short() {
        let text = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!(["0s", "59s", "1m00s", "59m59s", "1h00m", "27h46m"], [0, 59, 60, 3599, 3600, 99_999].map(text));
    }
}
