//! The names that are most like one that is not there.

/// The three of `names` that are most like `name`, in backticks.
pub(crate) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    let last = |name: &str| name.rsplit("::").next().unwrap_or_default().to_owned();
    let mut all: Vec<(usize, &str)> =
        names.map(|other| (distance(name, other).min(distance(&last(name), &last(other)) + 1), other)).collect();
    all.sort_unstable();
    all.dedup();
    let shown: Vec<String> = all.iter().take(3).map(|(_, name)| format!("`{name}`")).collect();
    if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") }
}

/// How many letters one has to add, take away or change to come from `a` to `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, c) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, d) in b.iter().enumerate() {
            let changed = diagonal + usize::from(c != *d);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn the_nearest_names_come_first() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "ab"), 2);
        let names = ["Tape::record", "forward", "Tape::backward", "Grads::add"];
        assert_eq!(nearest("Tape::backwards", names.into_iter()), "`Tape::backward`, `Tape::record`, `forward`");
        assert_eq!(nearest("x", [].into_iter()), "nothing");
    }
}
