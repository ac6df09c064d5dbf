//! The page to play with: one file from any checkpoint, and what is refused. A browser drives it in
//! `tests/page`.

use tests::process::{dcgan, fails, quick, succeeds};
use tests::toy_set;

#[test]
fn any_checkpoint_becomes_a_page_of_one_file() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let run = |args: &[&str]| succeeds(&dcgan(args, folder.path()));
    run(&quick(set.path(), &["--steps", "2", "--out", "early"]));
    run(&quick(set.path(), &["--steps", "4", "--out", "late"]));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let said = dcgan(&["play", "late", "--with", "early", "--digits", "10"], folder.path());
    succeeds(&said);
    let page = read("play.html");
    assert!(page.contains("<title>late: a page to play with</title>") && page.contains("after 4 steps"));
    assert!(page.contains("default-src 'none'") && !page.contains("http://") && !page.contains("https://"));
    assert!(page.contains("id=\"network-1\"") && page.contains("\"count\":10"));
    // It is replaced by another one, and is the same for the same checkpoint.
    run(&["play", "late/checkpoint.safetensors", "--with", "early", "--digits", "10"]);
    assert!(page == read("play.html"));
    run(&["play", "late", "--weights", "f32", "--digits", "0", "--out", "exact.html"]);
    let exact = read("exact.html");
    assert!(exact.contains("32 bits, as trained") && !exact.contains("id=\"images\""));
}

#[test]
fn a_conditional_run_has_its_classes_in_the_page() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let run = |args: &[&str]| succeeds(&dcgan(args, folder.path()));
    run(&quick(set.path(), &["--conditional", "--steps", "2", "--out", "classes"]));
    run(&quick(set.path(), &["--steps", "1", "--out", "plain"]));
    run(&["play", "classes", "--digits", "0"]);
    let page = std::fs::read_to_string(folder.path().join("play.html")).unwrap();
    assert!(page.contains(r#""classes":["0","1","2","3","4","5"]"#) && page.contains("and 6 classes"));
    fails(
        &dcgan(&["play", "classes", "--with", "plain"], folder.path()),
        2,
        &["plain/checkpoint.safetensors: ", "28×28×1 of 6 classes"],
    );
}

#[test]
fn what_makes_no_page_is_refused_in_a_line() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    succeeds(&dcgan(&quick(set.path(), &["--steps", "1", "--out", "run"]), folder.path()));
    std::fs::write(folder.path().join("letter.html"), "<html>a letter</html>").unwrap();
    for (args, part) in [
        (&["play", "nowhere"][..], "nowhere"),
        (&["play", "run", "--out", "page.png"], "this command writes .html"),
        (&["play", "run", "--out", "letter.html"], "there is another file of that name"),
        (&["play", "run", "--out", "no/such/page.html"], "no/such"),
        (&["play", "run", "--with", "letter.html"], "letter.html"),
    ] {
        let refused = dcgan(args, folder.path());
        fails(&refused, 2, &[part]);
    }
    assert_eq!("<html>a letter</html>", std::fs::read_to_string(folder.path().join("letter.html")).unwrap());
}
