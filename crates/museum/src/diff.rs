//! The change of an exhibit, printed from the source of its part and of the twin's.
//!
//! A part is a function of [`Parts`](crate::parts::Parts). An exhibit overrides some, and the twin
//! runs the ones that are written in the trait. So the difference between the two sources is the
//! difference between the two trainings, and cannot drift from it.

/// The trait with the parts of the healthy twin.
pub(crate) const HEALTHY: &str = include_str!("parts.rs");

/// The lines of each function in the `impl Parts` of a file, by the name of the function.
fn functions(source: &str) -> Vec<(&str, Vec<&str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut is_inside = false;
    for line in source.lines() {
        if let Some(rest) = line.strip_prefix("    fn ") {
            let name = rest.split(['(', '<']).next().unwrap_or_default();
            found.push((name, vec![]));
            is_inside = true;
        }
        if is_inside && let Some((_, lines)) = found.last_mut() {
            lines.push(line);
            is_inside = line != "    }";
        }
    }
    found
}

/// A line of a difference: the sign in front of it.
type Line<'a> = (char, &'a str);

/// The shortest way from one text to another: lines that are kept, go or come.
fn difference<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    // Common lines from (i, j) on.
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] =
                if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let mut lines = Vec::new();
    let mut i = 0;
    let mut j = 0;
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((' ', old[i]));
            i += 1;
            j += 1;
        } else if j == new.len() || (i < old.len() && common[i][j + 1] <= common[i + 1][j]) {
            lines.push(('-', old[i]));
            i += 1;
        } else {
            lines.push(('+', new[j]));
            j += 1;
        }
    }
    lines
}

/// What goes and what comes in one function, below its name.
fn change(name: &str, old: &[&str], new: &[&str]) -> String {
    let mut text = format!("  fn {name}\n");
    for (sign, line) in difference(old, new).into_iter().filter(|(sign, _)| *sign != ' ') {
        text += &format!("{sign} {}\n", line.strip_prefix("    ").unwrap_or(line));
    }
    text
}

/// The change from the healthy parts to those in `file`; the other way round if `is_twin`.
#[must_use]
pub(crate) fn of(file: &str, is_twin: bool) -> String {
    let healthy = functions(HEALTHY);
    let changes = functions(file).into_iter().filter_map(|(name, own)| {
        let (_, old) = healthy.iter().find(|(part, _)| *part == name)?;
        Some(if is_twin { change(name, &own, old) } else { change(name, old, &own) })
    });
    changes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_goes_and_comes_is_told_apart() {
        let lines = difference(&["a", "b", "c"], &["a", "x", "c", "d"]);
        assert_eq!(vec![(' ', "a"), ('-', "b"), ('+', "x"), (' ', "c"), ('+', "d")], lines);
    }
}
