//! The rule about the reading path: it can be read in an afternoon.

use crate::reading::{DOCUMENT, HEADING, Lists, total};
use crate::tree::Tree;

use super::manifests::has_cli;

/// How many lines of code the path may have, and how many with their comments.
const MOST_CODE: usize = 2570;
const MOST: usize = 4070;

pub(super) fn reading_path_is_short(tree: &Tree) -> Vec<String> {
    let Some(lists) = Lists::of(tree) else {
        let complaint = format!("{DOCUMENT}: has no section `{HEADING}`");
        return if has_cli(tree) { vec![complaint] } else { Vec::new() };
    };
    let mut complaints = Vec::new();
    if lists.path.is_empty() {
        complaints.push(format!("{DOCUMENT}: `{HEADING}` names no file"));
    }
    for stop in lists.path.iter().chain(&lists.kernels).filter(|stop| stop.lines.is_none()) {
        complaints.push(format!("{DOCUMENT}:{}: {} is to be read, and does not exist", stop.at, stop.path));
    }
    let sum = total(&lists.path);
    let all = sum.code + sum.comments;
    if MOST_CODE < sum.code || MOST < all {
        complaints.push(format!(
            "{DOCUMENT}: the reading path has {} lines of code, {all} with comments; at most {MOST_CODE} and {MOST}",
            sum.code
        ));
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::check;

    /// A path of one file, with so many lines of code and of comments; the kernels do not count.
    fn path(code: usize, comments: usize, expected: &[&str]) {
        let file = format!("{}{}", "//! A.\n".repeat(comments), "x\n".repeat(code));
        let kernel = "x\n".repeat(5000);
        let text = "## Read it in this order\n`crates/nn/src/a.rs`\n### Kernels\n`k.rs`";
        check(
            reading_path_is_short,
            &[(DOCUMENT, &text.replace("k.rs", "x/k.rs")), ("crates/nn/src/a.rs", &file), ("x/k.rs", &kernel)],
            expected,
        );
    }

    #[test]
    fn length() {
        path(2570, 1500, &[]);
        let said = |code, all| {
            format!("{DOCUMENT}: the reading path has {code} lines of code, {all} with comments; at most 2570 and 4070")
        };
        path(2571, 0, &[&said(2571, 2571)]);
        path(2570, 1501, &[&said(2570, 4071)]);
    }

    #[test]
    fn what_it_names_is_there() {
        check(
            reading_path_is_short,
            &[(DOCUMENT, "## Read it in this order\n`x/gone.rs`")],
            &["ARCHITECTURE.md:2: x/gone.rs is to be read, and does not exist"],
        );
        let none = "ARCHITECTURE.md: `Read it in this order` names no file";
        check(reading_path_is_short, &[(DOCUMENT, "## Read it in this order\nwell")], &[none]);
        let none = "ARCHITECTURE.md: has no section `Read it in this order`";
        check(reading_path_is_short, &[(DOCUMENT, "# A"), ("crates/cli/Cargo.toml", "")], &[none]);
    }
}
