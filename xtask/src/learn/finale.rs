//! The final: a program of the reader's exercises that pass, which trains the project's networks.
//!
//! It is a package of its own in `learning/.final`, made anew each time: its `main.rs` includes the
//! files that pass, and puts their functions into a table. So a file that does not compile, or is
//! not solved, breaks nothing: the project's operator is in its place. The checks decide.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{ExitCode, Stdio};

use anyhow::{Context, Result, ensure};

use super::folder::Folder;
use super::info::Entry;
use crate::console::{cargo, say};

/// The package that is made.
const PACKAGE: &str = ".final";

/// An exercise whose functions are operators of the networks.
struct Operator {
    exercise: &'static str,
    /// Its field in the table of `exercises::given`.
    field: &'static str,
    /// What the field holds, if it is more than one function.
    group: Option<&'static str>,
    functions: &'static [&'static str],
}

const OPERATORS: [Operator; 12] = [
    group("04_leaky", "leaky", "Leaky", &["forward", "backward"]),
    group("05_product", "product", "Product", &["product", "da", "db"]),
    group("06_verdict", "verdict", "Verdict", &["loss", "gradient"]),
    single("07_conv", "conv", &["conv"]),
    group("08_conv_gradients", "conv_gradients", "ConvolveGradients", &["dx", "dw"]),
    single("09_transposed", "transposed", &["enlarge"]),
    group("11_batch_norm", "batch_norm", "BatchNorm", &["statistics", "forward"]),
    group("12_batch_norm_back", "batch_norm_back", "BatchNormBack", &["dshift", "dscale", "dx"]),
    group("13_one_picture", "one_picture", "OnePicture", &["update", "normalise"]),
    single("14_adam", "adam", &["update"]),
    group("16_step", "step", "Halves", &["generator_gradients", "discriminator_gradients"]),
    group("18_faster", "faster", "Faster", &["rows", "tiles", "threads"]),
];

const fn single(exercise: &'static str, field: &'static str, functions: &'static [&'static str]) -> Operator {
    Operator { exercise, field, group: None, functions }
}

const fn group(
    exercise: &'static str,
    field: &'static str,
    name: &'static str,
    functions: &'static [&'static str],
) -> Operator {
    Operator { exercise, field, group: Some(name), functions }
}

/// Checks the operators, makes the program of those that pass, and runs it with `args`.
///
/// # Errors
/// If a file cannot be written, or cargo cannot be started.
pub(super) fn run(root: &Path, folder: &Folder, entries: &[Entry], args: &[&str]) -> Result<ExitCode> {
    program_of(root, folder, entries, &|_| true, args)
}

/// Measures the functions of one exercise.
///
/// # Errors
/// If it is none that multiplies; and as [`run`].
pub(super) fn bench(root: &Path, folder: &Folder, entries: &[Entry], exercise: &str) -> Result<ExitCode> {
    let names = ["05_product", "07_conv", "08_conv_gradients", "09_transposed", "18_faster"];
    ensure!(names.contains(&exercise), "--bench measures {}", names.join(", "));
    program_of(root, folder, entries, &|operator| operator.exercise == exercise, &["--bench"])
}

/// The program of those operators that are wanted and pass, run with `args`.
fn program_of(
    root: &Path,
    folder: &Folder,
    entries: &[Entry],
    wanted: &dyn Fn(&Operator) -> bool,
    args: &[&str],
) -> Result<ExitCode> {
    let learning = folder.path();
    let mut passed = Vec::new();
    for operator in OPERATORS.iter().filter(|operator| wanted(operator)) {
        if entries.iter().any(|entry| entry.name == operator.exercise) {
            let passes = passes(learning, operator.exercise)?;
            say(&format!("{:20} {}\n", operator.exercise, if passes { "passes" } else { "does not pass yet" }));
            if passes {
                passed.push(operator);
            }
        }
    }
    let of_the_project = |name: &str| fs::read(root.join(name)).with_context(|| format!("{name} cannot be read"));
    folder.write(&format!("{PACKAGE}/src/main.rs"), program(&passed).as_bytes())?;
    folder.write(&format!("{PACKAGE}/Cargo.toml"), manifest(&of_the_project("Cargo.toml")?).as_bytes())?;
    folder.write(&format!("{PACKAGE}/Cargo.lock"), &of_the_project("Cargo.lock")?)?;
    let package = learning.join(PACKAGE);
    let mut run = cargo();
    run.args(["run", "--release", "--quiet", "--"]).arg(root);
    // Cargo runs in the package, so that it finds the settings of the copy.
    run.arg(next_free(learning)).args(args).current_dir(&package);
    let status = run.status().context("cargo could not be started")?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Whether the check of an exercise passes; one that does not compile does not.
fn passes(learning: &Path, exercise: &str) -> Result<bool> {
    let mut test = cargo();
    test.args(["test", "--quiet", "--bin", exercise]).current_dir(learning).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(test.status().context("cargo could not be started")?.success())
}

/// `learning/runs/final-1`, `final-2` and so on: the first that is not there.
fn next_free(learning: &Path) -> std::path::PathBuf {
    let path = |number: usize| learning.join("runs").join(format!("final-{number}"));
    (1..).map(path).find(|path| !path.exists()).expect("some number is free")
}

/// The text of the program.
fn program(passed: &[&Operator]) -> String {
    let mut text = "//! Made by `cargo xtask learn --final`: the operators that pass, in one program.\n".to_owned();
    for Operator { exercise, .. } in passed {
        let _ = write!(
            text,
            "\n#[allow(warnings, clippy::all)]\n#[path = \"../../exercises/{exercise}.rs\"]\nmod e{exercise};\n"
        );
    }
    text.push_str("\nfn main() -> std::process::ExitCode {\n");
    text.push_str("    #[allow(unused_mut)]\n    let mut kernels = exercises::given::Kernels::default();\n");
    for Operator { exercise, field, group, functions } in passed {
        let value = match group {
            None => format!("e{exercise}::{}", functions[0]),
            Some(name) => {
                let fields: Vec<String> =
                    functions.iter().map(|function| format!("{function}: e{exercise}::{function}")).collect();
                format!("exercises::given::{name} {{ {} }}", fields.join(", "))
            }
        };
        let _ = writeln!(text, "    kernels.{field} = Some({value});");
    }
    text.push_str("    finale::main(&kernels)\n}\n");
    text
}

/// The manifest of the program. Its release profile is the project's, so that what one has built
/// the other uses.
fn manifest(project: &[u8]) -> String {
    let project = String::from_utf8_lossy(project);
    let mut manifest = "[package]\nname = \"final\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
                        [dependencies]\nexercises = { path = \"../../exercises\" }\n\
                        finale = { path = \"../../exercises/final\" }\n"
        .to_owned();
    // All that an exercise may use.
    for used in ["data", "dcgan", "nn", "tensor"] {
        let _ = writeln!(manifest, "{used} = {{ path = \"../../crates/{used}\" }}");
    }
    manifest.push_str("rayon = \"1.12\"\n\n[workspace]\n\n");
    let mut is_profile = false;
    for line in project.lines() {
        if line.starts_with('[') {
            is_profile = line.starts_with("[profile.release");
        }
        if is_profile && !line.starts_with('#') && !line.is_empty() {
            manifest.push_str(line);
            manifest.push('\n');
        }
    }
    manifest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_has_what_passes_and_nothing_else() {
        let program = program(&[&OPERATORS[3], &OPERATORS[4]]);
        assert!(program.contains("#[path = \"../../exercises/07_conv.rs\"]\nmod e07_conv;"), "{program}");
        assert!(program.contains("    kernels.conv = Some(e07_conv::conv);\n"), "{program}");
        let both = "ConvolveGradients { dx: e08_conv_gradients::dx, dw: e08_conv_gradients::dw }";
        assert!(program.contains(both), "{program}");
        assert_eq!(program.matches("#[path").count(), 2);
    }

    #[test]
    fn the_manifest_has_the_release_profile_of_the_project() {
        let project = b"[workspace]\nx = 1\n[profile.release]\nlto = \"off\"\n# why\n[profile.release.package.nn]\ny = 2\n[profile.dev]\nz = 3\n";
        let manifest = manifest(project);
        assert!(
            manifest
                .ends_with("[workspace]\n\n[profile.release]\nlto = \"off\"\n[profile.release.package.nn]\ny = 2\n"),
            "{manifest}"
        );
    }
}
