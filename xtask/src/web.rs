//! `cargo xtask web`: the engine as WebAssembly, `crates/web/engine.wasm`, which every page
//! carries.
//!
//! It is committed, so that a page can be made without a compiler for browsers. Two compilers can
//! build it: that of rustup, once it has the target, and that of Debian, which builds the standard
//! library along. Beside the module stands the version of the one that built it. The same version
//! gives the same bytes, on any machine: nothing in them tells where they were made, and no line
//! number of a source.
//!
//! With `--check`, nothing is written. The module is built again and compared, and Node.js, if it
//! is there, compares what it computes with the command line.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};

use crate::console::{cargo, complain, say};

const TARGET: &str = "wasm32-unknown-unknown";
const MODULE: &str = "crates/web/engine.wasm";
/// The version of the compiler that built it.
const BUILT_BY: &str = "crates/web/engine.rustc";
const USAGE: &str = "cargo xtask web [--check]";
/// What to do where there is no compiler for browsers.
const ADVICE: &str = "get one with `rustup target add wasm32-unknown-unknown`, or on Debian with \
    `apt-get install rustc-web cargo-web rust-web-src lld`";

/// A compiler that can build the module.
struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
    /// What it says of itself.
    version: String,
    /// Where the source of its standard library is, if it must be built along.
    library: Option<PathBuf>,
}

/// Builds the module, or with `--check` compares it.
pub(crate) fn main(root: &Path, args: &[&str]) -> ExitCode {
    let done = match args {
        [] => build_anew(root),
        ["--check"] => check(root),
        _ => {
            complain(&format!("usage: {USAGE}"));
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::from(1)
        }
    }
}

fn build_anew(root: &Path) -> Result<()> {
    let Some(toolchain) = toolchain(None) else { bail!("there is no compiler for browsers; {ADVICE}") };
    let module = build(root, &toolchain)?;
    fs::write(root.join(MODULE), &module).context(MODULE)?;
    fs::write(root.join(BUILT_BY), format!("{}\n", toolchain.version)).context(BUILT_BY)?;
    say(&format!("{MODULE}: {} bytes, by {}\n", module.len(), toolchain.version));
    Ok(())
}

/// Builds the module again and compares it with the committed one: its bytes if the compiler is the
/// same, and in any case what it computes.
///
/// # Errors
/// If they differ.
pub(crate) fn check(root: &Path) -> Result<()> {
    let committed = fs::read(root.join(MODULE)).context(MODULE)?;
    let built_by = fs::read_to_string(root.join(BUILT_BY)).context(BUILT_BY)?;
    let mut modules = vec![root.join(MODULE)];
    match toolchain(Some(built_by.trim())) {
        None => say(&format!("the module is not built again: there is no compiler for browsers; {ADVICE}\n")),
        Some(toolchain) => {
            let module = build(root, &toolchain)?;
            if toolchain.version == built_by.trim() {
                let reason = "is not what the sources make; build it with: cargo xtask web";
                ensure!(module == committed, "{MODULE} {reason}");
                say(&format!("the same {} bytes again, by {}\n", module.len(), toolchain.version));
            } else {
                let path = built(root);
                say(&format!("built by {}, the committed one by {}", toolchain.version, built_by));
                modules.push(path);
            }
        }
    }
    let Ok(node) = Command::new("node").arg("--version").output() else {
        say("what the module computes is not compared: there is no Node.js\n");
        return Ok(());
    };
    let status = cargo().args(["build", "--quiet", "--package", "cli", "--bin", "dcgan"]).current_dir(root).status()?;
    ensure!(status.success(), "the program could not be built");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder));
    for module in modules {
        let mut equal = Command::new("node");
        equal.arg("crates/web/tests/equal.mjs").arg(target.join("debug/dcgan")).arg(&module).current_dir(root);
        let status = equal.status()?;
        ensure!(status.success(), "{} computes something else than the command line", module.display());
        let mut worker = Command::new("node");
        worker.arg("crates/web/tests/loop.mjs").arg(&module).current_dir(root);
        let status = worker.status()?;
        ensure!(status.success(), "the worker of {} breaks a promise", module.display());
    }
    let version = String::from_utf8_lossy(&node.stdout);
    say(&format!("20 steps and 100 pictures have the bits of the command line, in Node.js {}\n", version.trim()));
    Ok(())
}

/// Where a build leaves the module.
fn built(root: &Path) -> PathBuf {
    root.join("target/web").join(TARGET).join("web/web.wasm")
}

/// Builds the module, and returns its bytes.
fn build(root: &Path, toolchain: &Toolchain) -> Result<Vec<u8>> {
    let mut build = Command::new(&toolchain.cargo);
    build.args(["rustc", "--quiet", "--locked", "--package", "web", "--lib", "--crate-type", "cdylib"]);
    build.args(["--profile", "web", "--target", TARGET, "--target-dir", "target/web"]);
    let mut flags = vec!["-Ctarget-feature=+simd128".to_owned(), "-Zlocation-detail=none".to_owned()];
    if toolchain.library.is_some() {
        build.arg("-Zbuild-std=std,panic_abort");
        flags.push("-Clinker=wasm-ld".to_owned());
    }
    flags.extend(remapped(root, toolchain).iter().map(|path| format!("--remap-path-prefix={}=", path.display())));
    // The flags that begin with Z are of a nightly compiler; this opens them in any.
    build.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", &toolchain.rustc);
    build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f")).env_remove("RUSTFLAGS");
    let status = build.current_dir(root).status().context("cargo could not be started")?;
    ensure!(status.success(), "the module could not be built: {status}");
    let path = built(root);
    fs::read(&path).with_context(|| path.display().to_string())
}

/// The folders of this machine from which sources come.
fn remapped(root: &Path, toolchain: &Toolchain) -> Vec<PathBuf> {
    let mut folders = vec![root.to_owned()];
    folders.extend(toolchain.library.clone());
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    let registries = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    let mut registries: Vec<PathBuf> = registries.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    registries.sort();
    folders.extend(registries);
    folders
}

/// A compiler for browsers: the one of version `wanted` if it is there, or else any.
fn toolchain(wanted: Option<&str>) -> Option<Toolchain> {
    let mut all: Vec<Toolchain> = [of_rustup(), of_debian()].into_iter().flatten().collect();
    let at = all.iter().position(|toolchain| Some(toolchain.version.as_str()) == wanted).unwrap_or(0);
    (at < all.len()).then(|| all.swap_remove(at))
}

/// The compiler that builds everything else, if it has the target.
fn of_rustup() -> Option<Toolchain> {
    let rustc = PathBuf::from(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let sysroot = PathBuf::from(asked(&rustc, &["--print", "sysroot"])?);
    let has_target = sysroot.join("lib/rustlib").join(TARGET).is_dir();
    let cargo = PathBuf::from(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let version = asked(&rustc, &["--version"])?;
    has_target.then_some(Toolchain { cargo, rustc, version, library: None })
}

/// Debian's compiler with the source of its standard library, and its linker.
fn of_debian() -> Option<Toolchain> {
    let rustc = PathBuf::from("/usr/bin/rustc");
    let library = Path::new(&asked(&rustc, &["--print", "sysroot"])?).join("lib/rustlib/src/rust");
    let is_complete = library.join("library/std/Cargo.toml").is_file() && Path::new("/usr/bin/wasm-ld").exists();
    let version = asked(&rustc, &["--version"])?;
    is_complete.then_some(Toolchain { cargo: "/usr/bin/cargo".into(), rustc, version, library: Some(library) })
}

/// What a compiler answers in one line.
fn asked(rustc: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new(rustc).args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
