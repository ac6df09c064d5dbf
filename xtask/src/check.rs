//! `cargo xtask check`: everything that a change must pass, and all that CI runs.
//!
//! The steps run from the fastest to the slowest, and the first failure ends the check with the
//! command that repeats it. All of them build in the dev profile, so that each reuses what the one
//! before it built.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::console::{cargo, complain, say};
use crate::tree::Tree;
use crate::{arm, exchange, page, promises, rules, web};

/// One step: a name to ask for it by, and what it does.
#[derive(Debug)]
struct Step {
    name: &'static str,
    work: Work,
    /// Generates code or runs it, and so takes minutes when nothing is built yet.
    slow: bool,
    /// Where it runs, from the root: the exercises are a workspace of their own.
    folder: &'static str,
}

#[derive(Debug)]
enum Work {
    /// The house rules.
    Rules,
    /// The commands that the documents and the book show.
    Promises,
    /// A step that is written in a module of its own.
    Own(fn(&Path) -> Result<()>),
    /// Cargo with these arguments.
    Cargo(Vec<String>),
}

impl Step {
    fn cargo(name: &'static str, slow: bool, args: &[&str]) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Self { name, work: Work::Cargo(args), slow, folder: "" }
    }

    fn own(name: &'static str, check: fn(&Path) -> Result<()>) -> Self {
        Self { name, work: Work::Own(check), slow: true, folder: "" }
    }

    /// Cargo in the folder of the exercises.
    fn learn(slow: bool, args: &[&str]) -> Self {
        Self { folder: "exercises", ..Self::cargo("learn", slow, args) }
    }

    /// What a user types to run this step alone.
    fn command(&self) -> String {
        let typed = |args: &[String]| args.join(" ").replace('*', "'*'");
        match &self.work {
            Work::Cargo(args) if args[0] == "doc" => {
                format!("RUSTDOCFLAGS='-D warnings' cargo {}", typed(args))
            }
            Work::Cargo(args) if !self.folder.is_empty() => format!("cd {} && cargo {}", self.folder, typed(args)),
            Work::Cargo(args) => format!("cargo {}", typed(args)),
            Work::Rules | Work::Promises | Work::Own(_) => format!("cargo xtask check {}", self.name),
        }
    }

    fn run(&self, root: &Path, tree: &Tree) -> Result<()> {
        let complaints = match &self.work {
            Work::Rules => rules::complaints(tree),
            Work::Promises => promises::complaints(root, tree)?,
            Work::Own(check) => return check(root),
            Work::Cargo(args) => {
                let mut cargo = cargo();
                if args[0] == "doc" {
                    cargo.env("RUSTDOCFLAGS", "-D warnings");
                }
                let status = cargo
                    .args(args)
                    .current_dir(root.join(self.folder))
                    .status()
                    .context("cargo could not be started")?;
                ensure!(status.success(), "cargo {}: {status}", args[0]);
                return Ok(());
            }
        };
        if !complaints.is_empty() {
            bail!("{} to mend:\n{}", complaints.len(), complaints.join("\n"));
        }
        Ok(())
    }
}

/// All steps, in the order in which they run.
fn steps(tree: &Tree) -> Result<Vec<Step>> {
    let mut steps = vec![
        Step { name: "rules", work: Work::Rules, slow: false, folder: "" },
        Step::cargo("format", false, &["fmt", "--all", "--check"]),
        Step::cargo("lints", false, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        Step::cargo("docs", false, &["doc", "--workspace", "--no-deps"]),
        Step { name: "commands", work: Work::Promises, slow: true, folder: "" },
    ];
    if tree.has("crates/book") {
        // The pages, if mdBook is there, and then the figures that must come out the same.
        steps.push(Step::cargo("book", true, &["run", "--quiet", "--package", "book"]));
        steps.push(Step::cargo("figures", true, &["run", "--quiet", "--package", "book", "--", "--figures"]));
    }
    if tree.has("crates/web") {
        steps.push(Step::own("web", web::check));
    }
    if tree.has("tests/page") {
        steps.push(Step::own("page", page::check));
    }
    if tree.has("exercises/Cargo.toml") {
        steps.push(Step::learn(false, &["fmt", "--check"]));
        steps.push(Step::learn(false, &["clippy", "--all-targets", "--", "-D", "warnings"]));
        // Not the exercises themselves, which fail until somebody has solved them.
        steps.push(Step::learn(true, &["test", "--locked", "--lib", "--test", "*"]));
        // The final is a package of its own, which needs more crates than an exercise.
        let of_the_final = |slow, args: &[&str]| Step { folder: "exercises/final", ..Step::learn(slow, args) };
        steps.push(of_the_final(false, &["fmt", "--check"]));
        steps.push(of_the_final(false, &["clippy", "--all-targets", "--", "-D", "warnings"]));
        steps.push(of_the_final(true, &["test", "--locked"]));
    }
    if tree.has("tests/exchange/check.py") {
        steps.push(Step::own("exchange", exchange::check));
    }
    if tree.files.iter().any(|file| file.path.ends_with("Cargo.toml") && file.text.contains("[[bench]]")) {
        // Without `cargo bench`'s own flag, Criterion runs every benchmark once.
        steps.push(Step::cargo("benches", true, &["test", "--bench", "*"]));
    }
    if tree.has("crates/tensor") {
        steps.push(Step::own("arm", arm::check));
    }
    if tree.has("crates/ranks") {
        steps.push(mpi(is_installed("mpirun")));
    }
    for words in promises::test_commands(tree)? {
        steps.push(Step { name: "tests", work: Work::Cargo(words[1..].to_vec()), slow: true, folder: "" });
    }
    Ok(steps)
}

/// Trainings of several processes, where there is what starts them.
fn mpi(is_installed: bool) -> Step {
    if is_installed {
        return Step::cargo("mpi", true, &["test", "--package", "tests", "--features", "mpi", "--test", "mpi"]);
    }
    Step::own("mpi", |_| {
        say("skipped: mpirun is not installed (Debian: libopenmpi-dev, openmpi-bin, libclang-dev)\n");
        Ok(())
    })
}

/// Whether the system can start `program`.
fn is_installed(program: &str) -> bool {
    std::process::Command::new(program).arg("--version").output().is_ok()
}

/// The steps that `args` ask for: all, the fast ones, or those that are named.
fn chosen(mut steps: Vec<Step>, args: &[&str]) -> Result<Vec<Step>> {
    if let Some(wrong) = args.iter().find(|arg| **arg != "--quick" && steps.iter().all(|s| s.name != **arg)) {
        let mut names: Vec<&str> = steps.iter().map(|step| step.name).collect();
        names.dedup();
        bail!("check does not know `{wrong}`; it takes --quick, or some of: {}", names.join(", "));
    }
    let quick = args.contains(&"--quick");
    let named = args.iter().any(|arg| *arg != "--quick");
    steps.retain(|step| !(quick && step.slow) && (!named || args.contains(&step.name)));
    Ok(steps)
}

/// Runs the steps that `args` ask for. Exits with 1 if one fails, with 2 if there is nothing to
/// run.
pub(crate) fn main(root: &Path, args: &[&str]) -> ExitCode {
    let plan = Tree::read(root).and_then(|tree| Ok((chosen(steps(&tree)?, args)?, tree)));
    let (steps, tree) = match plan {
        Ok(plan) => plan,
        Err(error) => {
            complain(&format!("{error:#}"));
            return ExitCode::from(2);
        }
    };
    let mut done: Vec<(&str, Duration)> = Vec::new();
    for step in &steps {
        say(&format!("\n== check {}: {}\n", step.name, step.command()));
        let start = Instant::now();
        let result = step.run(root, &tree);
        done.push((step.name, start.elapsed()));
        if let Err(error) = result {
            say(&format!(
                "{error:#}\n{}failed at {}; repeat it with\n\n    {}\n",
                summary(&done),
                step.name,
                step.command()
            ));
            return ExitCode::from(1);
        }
    }
    say(&format!("{}passed\n", summary(&done)));
    ExitCode::SUCCESS
}

/// A line for each step that ran, with its time, and the start of the last line: `check: `.
fn summary(done: &[(&str, Duration)]) -> String {
    let line = |(name, time): &(&str, Duration)| format!("{name:>10} {:6.1} s\n", time.as_secs_f64());
    format!("\n== summary\n{}check: ", done.iter().map(line).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::{Step, chosen, steps};
    use crate::tree::Tree;

    const README: (&str, &str) = ("README.md", "```sh\ncargo test --locked\n```");

    fn names(args: &[&str]) -> Result<Vec<&'static str>, String> {
        let tree = Tree::of(&[README, ("benches/Cargo.toml", "[[bench]]"), ("crates/book/Cargo.toml", "")]);
        let steps = chosen(steps(&tree).unwrap(), args).map_err(|error| error.to_string())?;
        Ok(steps.iter().map(|step| step.name).collect())
    }

    #[test]
    fn arguments_choose_the_steps() {
        let all = ["rules", "format", "lints", "docs", "commands", "book", "figures", "benches", "tests"];
        assert_eq!(names(&[]).unwrap(), all);
        assert_eq!(names(&["--quick"]).unwrap(), all[..4]);
        assert_eq!(names(&["tests", "rules"]).unwrap(), ["rules", "tests"]);
        assert!(names(&["rules", "--quik"]).unwrap_err().contains("`--quik`"));
    }

    #[test]
    fn tests_are_the_readmes_and_benches_are_those_that_exist() {
        let steps = steps(&Tree::of(&[README])).unwrap();
        assert!(steps.iter().all(|step| !["benches", "book"].contains(&step.name)));
        assert_eq!(steps[3].command(), "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps");
        assert_eq!(steps.last().unwrap().command(), "cargo test --locked");
        assert!(super::steps(&Tree::of(&[])).is_err());
    }

    #[test]
    fn exported_networks_are_checked_where_python_is() {
        let tree = Tree::of(&[README, ("tests/exchange/check.py", "")]);
        let steps = chosen(steps(&tree).unwrap(), &["exchange"]).unwrap();
        assert_eq!(steps[0].command(), "cargo xtask check exchange");
        let names = chosen(super::steps(&tree).unwrap(), &["--quick"]).unwrap();
        assert!(names.iter().all(|step| step.name != "exchange"), "it builds the program");
    }

    #[test]
    fn several_processes_are_tested_where_they_can_be_started() {
        let tree = Tree::of(&[README, ("crates/ranks/Cargo.toml", "")]);
        assert!(steps(&tree).unwrap().iter().any(|step| step.name == "mpi"));
        assert!(super::mpi(true).command().starts_with("cargo test --package tests --features mpi"));
        super::mpi(false).run("".as_ref(), &tree).unwrap();
    }

    #[test]
    fn exercises_are_checked_in_their_folder() {
        let tree = Tree::of(&[README, ("exercises/Cargo.toml", "")]);
        let steps = chosen(steps(&tree).unwrap(), &["learn"]).unwrap();
        let commands: Vec<String> = steps.iter().map(Step::command).collect();
        assert_eq!(commands.len(), 6);
        assert_eq!(commands[0], "cd exercises && cargo fmt --check");
        assert_eq!(commands[2], "cd exercises && cargo test --locked --lib --test '*'");
        assert_eq!(commands[5], "cd exercises/final && cargo test --locked");
        assert_eq!(chosen(super::steps(&tree).unwrap(), &["--quick", "learn"]).unwrap().len(), 4);
    }

    #[test]
    fn a_step_that_fails_says_so() {
        let tree = Tree::of(&[README, ("a.rs", "no lesson")]);
        let rules = &steps(&tree).unwrap()[0];
        let error = rules.run("".as_ref(), &tree).unwrap_err().to_string();
        assert!(error.contains("a.rs:1: must start"), "{error}");
        assert_eq!(rules.command(), "cargo xtask check rules");
    }
}
