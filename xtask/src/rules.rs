//! The house rules that a machine can check: each is a function from the tree to complaints.
//!
//! A rule that cannot fail is worth nothing, so each one has a test that gives it a tree to refuse.

mod docs;
mod manifests;
mod rust;

use crate::tree::Tree;

/// A rule: one complaint for each breach, naming the file, the line and what to do.
type Rule = fn(&Tree) -> Vec<String>;

/// The complaints of every rule about `tree`.
pub(crate) fn complaints(tree: &Tree) -> Vec<String> {
    let rules: [Rule; 13] = [
        rust::opens_with_a_lesson,
        rust::stays_short,
        rust::is_finished,
        rust::keeps_unsafe_in_its_room,
        rust::forbids_unsafe,
        manifests::arrows_point_one_way,
        manifests::name_no_target_cpu,
        manifests::files_are_small,
        docs::stay_short,
        docs::name_what_exists,
        docs::link_to_what_exists,
        docs::pair_their_backticks,
        docs::show_commands_that_are_checked,
    ];
    rules.iter().flat_map(|rule| rule(tree)).collect()
}

#[cfg(test)]
fn check(rule: Rule, files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(rule(&Tree::of(files)), expected);
}

#[cfg(test)]
mod tests {
    use super::complaints;
    use crate::tree::Tree;

    #[test]
    fn every_rule_is_asked() {
        let long = "line\n".repeat(601);
        let mut tree = Tree::of(&[
            ("crates/nn/src/lib.rs", "fn f() { unsafe {} }"),
            ("crates/nn/src/long.rs", &long),
            ("crates/nn/src/unfinished.rs", "//! Lesson.\nfn f() { todo!() }"),
            ("crates/nn/Cargo.toml", "[dependencies]\ndata.workspace = true"),
            (".cargo/config.toml", "rustflags = '-Ctarget-cpu=native'"),
            ("movie.gif", ""),
            ("README.md", "`gone.rs` [x](gone.md)\n`\n```sh\nmake\n```"),
            ("ARCHITECTURE.md", &long),
        ]);
        tree.files[5].bytes = 3 << 20;
        let said = complaints(&tree).join("\n");
        for word in [
            "//!",
            "601 lines",
            "`todo!`",
            "`unsafe`",
            "forbid",
            "`data`",
            "target-cpu",
            "movie.gif",
            "at most 200",
            "`gone.rs`",
            "gone.md",
            "backtick",
            "`make`",
        ] {
            assert!(said.contains(word), "nobody said {word}:\n{said}");
        }
    }
}
