//! The house rules that a machine can check: each is a function from the tree to complaints.
//!
//! A rule that cannot fail is worth nothing, so each one has a test that gives it a tree to refuse.

mod absences;
mod book;
mod circles;
mod docs;
mod manifests;
mod prose;
mod reading;
mod rust;

use crate::tree::Tree;

/// A rule: one complaint for each breach, naming the file, the line and what to do.
type Rule = fn(&Tree) -> Vec<String>;

/// The complaints of every rule about `tree`.
pub(crate) fn complaints(tree: &Tree) -> Vec<String> {
    let rules: [Rule; 25] = [
        rust::opens_with_a_lesson,
        rust::stays_short,
        rust::is_finished,
        rust::keeps_unsafe_in_its_room,
        rust::forbids_unsafe,
        manifests::arrows_point_one_way,
        circles::modules_form_no_circle,
        circles::rooms_keep_to_themselves,
        absences::crates_do_without,
        absences::only_cli_names_flags,
        absences::crates_to_read_are_short,
        manifests::name_no_target_cpu,
        manifests::files_are_small,
        docs::stay_short,
        docs::name_what_exists,
        docs::link_to_what_exists,
        docs::pair_their_backticks,
        docs::show_commands_that_are_checked,
        docs::operators_name_their_chapter,
        reading::reading_path_is_short,
        prose::comments_wrap,
        book::holds_no_code,
        book::types_no_measured_number,
        book::links_to_what_exists,
        book::shows_commands_that_are_checked,
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
        let code = "x\n".repeat(575);
        let wide = format!("//! {}", "x".repeat(97));
        let mut tree = Tree::of(&[
            ("crates/nn/src/lib.rs", "fn f() { unsafe {} }"),
            ("crates/nn/src/long.rs", &long),
            ("crates/nn/src/unfinished.rs", "//! Lesson.\nfn f() { todo!() }"),
            ("crates/nn/Cargo.toml", "[dependencies]\ndata.workspace = true"),
            (".cargo/config.toml", "rustflags = '-Ctarget-cpu=native'"),
            ("movie.gif", ""),
            ("README.md", "`gone.rs` [x](gone.md)\n`\n```sh\nmake\n```"),
            ("ARCHITECTURE.md", &long),
            ("crates/nn/src/a.rs", "//! A.\nuse crate::b::B;"),
            ("crates/nn/src/b.rs", "//! B.\nuse crate::a::A;"),
            ("crates/tensor/src/fast/a.rs", "//! A.\nuse crate::ops::b::B;"),
            ("crates/tensor/src/ops/b.rs", "//! B."),
            ("crates/dcgan/src/a.rs", "//! A.\nuse std::fs; const FLAG: &str = \"--lr\";"),
            ("crates/dcgan/src/b.rs", &code),
            ("crates/dcgan/src/c.rs", &code),
            ("crates/dcgan/src/d.rs", &code),
            ("crates/cli/Cargo.toml", ""),
            ("xtask/src/wide.rs", &wide),
            ("book/src/a.md", "3 ms [x](gone.md)\n```rust\n```\n```sh\nmake book\n```"),
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
            "at most 210",
            "`gone.rs`",
            "gone.md",
            "backtick",
            "`make`",
            "a circle: a.rs",
            "must not use crates/tensor/src/ops/b.rs",
            "knows no file",
            "`--lr`",
            "1726 lines of code",
            "Read it in this order",
            "101 columns",
            "a fence of `rust`",
            "`3 ms` is typed",
            "a.md:1: links to gone.md",
            "`make book`",
            "b.rs: the lesson ends with no",
        ] {
            assert!(said.contains(word), "nobody said {word}:\n{said}");
        }
    }
}
