//! The weaver on a small repository: what comes out, and what stops it.

use std::fs;
use std::path::Path;

use book::{remake, weave};
use tempfile::TempDir;

const CODE: &str = r#"//! Adds.
//!
//! # By hand
//! `1 + 1 = 2`

/// Adds.
// In order.
pub fn add(a: f32, b: f32) -> f32 {
    let sum = a + b; // rounds once
    if sum.is_nan() {
        return "}".len() as f32;
    }
    for x in [a, b] {
        match x {
            0.0 => {}
            _ => drop(x),
        }
    }
    sum
}

pub mod reference {
    pub fn add(a: f64, b: f64) -> f64 { a + b }
    pub const MOST: [f64; 2] = [1.0, { 2.0 }];
}

/// A pair.
pub struct Pair {
    /// The first.
    a: f32,
}

impl<T: Into<f32>> From<T> for Pair where T: Copy {
    fn from(a: T) -> Self { Self { a: a.into() } }
}

impl std::fmt::Display for Pair {
    fn fmt(&self) {}
}

impl std::fmt::Debug for Pair {
    fn fmt(&self) {}
}

pub(crate) fn items() -> impl Iterator<Item = u8> { [].into_iter() }

macro_rules! nothing { () => {} }

#[cfg(test)]
mod tests {
    #[test]
    fn adds() { assert_eq!(super::add(1.0, 1.0), 2.0); }
}
"#;

/// A repository with one file of code, and one page that says `chapter`.
fn repository(chapter: &str) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "crates/x/src/add.rs", CODE);
    write(root.path(), "book/src/SUMMARY.md", "[One](one.md)\n");
    write(root.path(), "book/src/one.md", chapter);
    root
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn page(root: &Path) -> String {
    fs::read_to_string(root.join("target/book/src/one.md")).unwrap()
}

fn woven(chapter: &str) -> String {
    let root = repository(chapter);
    weave(root.path()).unwrap_or_else(|complaints| panic!("{chapter}: {complaints:?}"));
    page(root.path())
}

fn code(directive: &str) -> String {
    woven(&format!("[{directive}](../../crates/x/src/add.rs)\n"))
}

/// That weaving `chapter` stops with one complaint, which contains `why`.
fn stops(chapter: &str, why: &str) {
    let complaints = weave(repository(chapter).path()).expect_err(chapter);
    assert!(complaints.len() == 1 && complaints[0].contains(why), "{chapter}: {complaints:?} has no {why}");
}

fn refused(directive: &str, why: &str) {
    stops(&format!("# One\n\n[{directive}](../../crates/x/src/add.rs)\n"), &format!("book/src/one.md:3: {why}"));
}

#[test]
fn items_are_woven_by_name() {
    let shown = code("code: add");
    let first = "```rust,noplayground\n// In order.\npub fn add(a: f32, b: f32) -> f32 {\n    let sum = a + b; // rounds once\n";
    assert!(shown.contains(first) && shown.contains("    sum\n}\n```\n"), "{shown}");
    assert!(shown.contains("<code>crates/x/src/add.rs</code>, lines 7–20<"), "{shown}");
    for (name, text, place) in [
        (
            "reference::add",
            "```rust,noplayground\npub fn add(a: f64, b: f64) -> f64 { a + b }\n```",
            "<code>mod reference</code>",
        ),
        ("MOST", "\npub const MOST: [f64; 2] = [1.0, { 2.0 }];\n```", "<code>mod reference</code>"),
        ("Pair", "\npub struct Pair {\n    a: f32,\n}\n```", "lines 28–31"),
        (
            "Pair::from",
            "\nfn from(a: T) -> Self { Self { a: a.into() } }\n```",
            "<code>impl&lt;T: Into&lt;f32&gt;&gt; From&lt;T&gt; for Pair</code>",
        ),
        ("impl std::fmt::Debug for Pair::fmt", "\nfn fmt(&self) {}\n```", "<code>impl std::fmt::Debug for Pair</code>"),
        ("impl std::fmt::Debug for Pair", "\nimpl std::fmt::Debug for Pair {\n    fn fmt(&self) {}\n}\n```", "lines"),
        ("items", "\npub(crate) fn items() -> impl Iterator<Item = u8> { [].into_iter() }\n```", "lines"),
        ("nothing", "\nmacro_rules! nothing { () => {} }\n```", "lines"),
    ] {
        let shown = code(&format!("code: {name}"));
        assert!(shown.contains(text) && shown.contains(place), "{name}: {shown}");
    }
    let shown = code("test: adds");
    assert!(shown.contains("#[test]\nfn adds() {") && shown.contains("The test in"), "{shown}");
}

#[test]
fn parts_end_where_their_statement_ends() {
    for (part, text) in [
        ("\"let sum\"", "\nlet sum = a + b; // rounds once\n```"),
        ("\"if\"", "\nif sum.is_nan() {\n    return \"}\".len() as f32;\n}\n```"),
        ("\"for x in\"", "\nfor x in [a, b] {\n    match x {\n        0.0 => {}\n        _ => drop(x),\n    }\n}\n```"),
        ("\"0.0 =>\"", "\n0.0 => {}\n```"),
        ("\"_ =>\"", "\n_ => drop(x),\n```"),
        ("\"sum\"", "\nsum\n```"),
        (
            "\"let sum\" to \"if sum\"",
            "\nlet sum = a + b; // rounds once\nif sum.is_nan() {\n    return \"}\".len() as f32;\n}\n```",
        ),
    ] {
        let shown = code(&format!("code: add / {part}"));
        assert!(shown.contains(text) && shown.contains("in <code>add</code>"), "{part}: {shown}");
    }
    refused("code: add / \"let\" to \"nothing\"", "crates/x/src/add.rs: no statement of `add` begins with `nothing`");
    refused("code: add / \"for\" to \"let\"", "crates/x/src/add.rs: the last statement stands before the first");
}

#[test]
fn titles_bring_docs_and_the_test() {
    let with = |title: &str| format!("[code: add](../../crates/x/src/add.rs \"{title}\")\n");
    let shown = woven(&with("with docs, proved by adds"));
    assert!(shown.contains("/// Adds.\n// In order.\npub fn add"), "{shown}");
    assert!(shown.contains("proved by the test <code>adds</code> of the same file"), "{shown}");
    stops(&with("proved by add"), "no test is called `add`; nearest: `adds`");
    stops(&with("proven by adds"), "not `proven by adds`");

    let elsewhere = repository(&with("proved by golden"));
    write(elsewhere.path(), "tests/golden.rs", "proptest! { #[test] fn golden(a in 0..3) {} }");
    weave(elsewhere.path()).unwrap();
    assert!(page(elsewhere.path()).contains("the test <code>golden</code> of <code>tests/golden.rs</code>"));
    write(elsewhere.path(), "tests/more.rs", "#[test] fn golden() {}");
    assert!(weave(elsewhere.path()).unwrap_err()[0].contains("tests/golden.rs, tests/more.rs; say"));
    write(elsewhere.path(), "book/src/one.md", &with("proved by more::golden"));
    weave(elsewhere.path()).unwrap();
}

#[test]
fn what_is_not_there_or_there_twice_stops_the_build() {
    refused("code: sub", "crates/x/src/add.rs: `sub` is not there; nearest: `add`");
    refused("code: Pair::form", "crates/x/src/add.rs: `Pair::form` is not there; nearest: `Pair::from`");
    refused("code: Pair::fmt", "crates/x/src/add.rs: `Pair::fmt` is there 2 times");
    refused("code: add / \"x\"", "crates/x/src/add.rs: no statement of `add` begins with `x`");
    refused("code: add / x", "a part is");
    refused("test: add", "crates/x/src/add.rs: `add` is no test");
    refused("lesson: By foot", "the heading `By foot` is there 0 times; nearest: `By hand`");
    refused("figure: x", "figure `x` is not in book/figures.toml");
    refused("output: x", "book/examples/output/x.txt");
    refused("table: x", "expected value");
    stops("[code: add](../../crates/x/src/gone.rs)", "book/src/one.md:1: crates/x/src/gone.rs");
    stops("[code: add](../../../gone.rs)", "leads out of the repository");
    stops("text\n[code: add](../../crates/x/src/add.rs)\n", "one.md:2: a directive is a paragraph of its own");
    stops("[code: add](../../crates/x/src/add.rs)\ntext\n", "one.md:1: a directive is a paragraph of its own");
    stops("[code: add](../../crates/x/src/add.rs) and so on\n", "one.md:1: not a directive");
}

#[test]
fn a_renamed_item_stops_the_build_and_a_changed_line_shows() {
    let root = repository("[code: add](../../crates/x/src/add.rs)\n");
    weave(root.path()).unwrap();
    assert!(page(root.path()).contains("let sum = a + b;"));
    write(root.path(), "crates/x/src/add.rs", &CODE.replace("let sum = a + b;", "let sum = b + a;"));
    weave(root.path()).unwrap();
    assert!(page(root.path()).contains("let sum = b + a;"));
    write(root.path(), "crates/x/src/add.rs", &CODE.replace("fn add(", "fn plus("));
    let complaints = weave(root.path()).unwrap_err();
    assert_eq!(complaints.len(), 1);
    assert!(complaints[0].starts_with("book/src/one.md:1: crates/x/src/add.rs: `add` is not there"), "{complaints:?}");
}

#[test]
fn a_woven_item_has_at_most_45_lines() {
    for (statements, fits) in [(43, true), (44, false)] {
        let root = repository("[code: long](../../crates/x/src/long.rs)\n");
        let text = format!("/// Long.\npub fn long() {{\n{}}}\n", "    f();\n".repeat(statements));
        write(root.path(), "crates/x/src/long.rs", &text);
        let result = weave(root.path());
        assert_eq!(result.is_ok(), fits, "{statements}: {result:?}");
        assert!(fits || result.unwrap_err()[0].contains("has 46 lines; at most 45"));
    }
}

#[test]
fn equations_that_do_not_parse_stop_the_build_with_their_line() {
    stops("# One\n\ntext\nand $\\frac{a$\n", "one.md:4: the equation does not parse");
    stops("a\n\n```text\n$\n```\n\n$$\n\\nosuch\n$$\n", "one.md:7: the equation does not parse");
    stops("five $ more\n", "one.md:1: a `$` without its other half");
    let shown = woven("so $x_1$, `$x$` and \\$\n\n```text\n$y$ {a.b}\n```\n");
    assert!(
        shown.starts_with("so <math display=\"inline\"")
            && shown.contains("</math>, `$x$` and \\$\n\n```text\n$y$ {a.b}\n```"),
        "{shown}"
    );
}

#[test]
fn numbers_and_tables_come_from_records() {
    let root = repository("{r.tile.ms*1000:.1} µs, {cpu.0.x}\n\n[table: rungs](../records/r.json)\n\n{x}\n");
    write(
        root.path(),
        "book/records/r.json",
        "{\"cpu\": \"C\", \"tile\": {\"ms\": 1.50}, \"rungs\": [{\"rung\": \"loops\", \"ms\": 2.0}]}",
    );
    write(root.path(), "benches/record/cpu/2026-01-01.json", "[{\"x\": 1}]");
    write(root.path(), "benches/record/cpu/2026-01-02.json", "[{\"x\": 2.50}]");
    weave(root.path()).unwrap();
    let shown = page(root.path());
    assert!(shown.starts_with("1500.0 µs, 2.50\n"), "{shown}");
    assert!(shown.contains("| rung | ms |\n| --- | ---: |\n| loops | 2.0 |\n\nC; `book/records/r.json`"), "{shown}");
    assert!(shown.ends_with("{x}\n"), "{shown}");
    write(root.path(), "book/src/one.md", "\n{r.tile.s} {rr.x}\n");
    let complaints = weave(root.path()).unwrap_err();
    assert!(complaints[0].contains("one.md:2: book/records/r.json: `s` is not there; nearest: `ms`"), "{complaints:?}");
    assert!(complaints[1].contains("no record is called `rr`; nearest: `r`"), "{complaints:?}");
}

#[test]
fn figures_widgets_outputs_and_exercises_become_parts_of_the_page() {
    let root = repository(
        "[figure: a](../figures.toml)\n\n[widget: w](widgets/w.js)\n\n[output: o](../examples/o.rs)\n\n\
         [exercise: 07](../../exercises/exercises/07-conv.rs \"Write it.\")\n",
    );
    write(
        root.path(),
        "book/figures.toml",
        "[[figure]]\nname = \"a\"\nfile = \"a.svg\"\nkind = \"drawing\"\ncaption = \"C\"\nalt = \"A\"\n",
    );
    write(root.path(), "book/src/figures/a.svg", "<svg viewBox=\"0 0 1 1\"></svg>\n");
    write(root.path(), "book/src/widgets/w.js", "// It moves.\n'use strict';\n");
    write(root.path(), "book/examples/o.rs", "");
    write(root.path(), "book/examples/output/o.txt", "seven\n");
    let summary = weave(root.path()).unwrap();
    assert!(
        summary.contents.contains("1 figures, 1 widgets, 0 tables, 1 outputs, 1 exercises"),
        "{}",
        summary.contents
    );
    let shown = page(root.path());
    for part in [
        "<svg role=\"img\" aria-label=\"A\" viewBox=\"0 0 1 1\"></svg>\n<figcaption>C</figcaption>",
        "<noscript>",
        "<figcaption>It moves.</figcaption>\n</figure>\n<script src=\"widgets/w.js\" defer></script>",
        "```text\nseven\n```",
        "**Exercise 07**, conv\n\nWrite it.\n",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(root.path().join("target/book/src/widgets/w.js").exists());
    write(root.path(), "exercises/exercises/07-conv.rs", "//! Seven loops.\n");
    fs::remove_file(root.path().join("book/src/widgets/w.js")).unwrap();
    assert!(weave(root.path()).unwrap_err()[0].contains("one.md:3: book/src/widgets/w.js"));
    assert!(page(root.path()).contains("Seven loops."));
    assert!(!root.path().join("target/book/src/widgets/w.js").exists());
}

#[cfg(unix)]
#[test]
fn exact_figures_are_made_again_and_compared() {
    let root = repository("");
    let figure = |command: &str| {
        format!(
            "[[figure]]\nname = \"a\"\nfile = \"a.png\"\nkind = \"exact\"\ncommand = \"{command}\"\ncaption = \"C\"\nalt = \"A\"\n"
        )
    };
    let says = |root: &Path| remake(root, false).unwrap_err().join("\n");
    assert_eq!(remake(root.path(), false), Ok(vec![]));
    write(root.path(), "book/figures.toml", &figure("cp source FILE"));
    write(root.path(), "source", "abc");
    assert!(says(root.path()).contains("figure `a` is not committed"));
    assert_eq!(remake(root.path(), true), Ok(vec!["a".to_owned()]));
    assert_eq!(remake(root.path(), false), Ok(vec!["a".to_owned()]));
    write(root.path(), "source", "abd");
    assert!(says(root.path()).contains("byte 2 is the first that differs"));
    write(root.path(), "book/src/figures/b.png", "");
    assert!(says(root.path()).contains("b.png is there, and book/figures.toml does not name it"));
    write(root.path(), "book/figures.toml", &figure("false FILE"));
    assert!(says(root.path()).contains("cannot be made: `false FILE`"));
    write(root.path(), "book/figures.toml", &figure("true FILE"));
    assert!(says(root.path()).contains("was not written"));
}
