//! `cargo xtask check arm`: the engine and the program on 64-bit ARM, in an emulator.
//!
//! Three tools are needed: a compiler with the standard library of the target, a linker, and QEMU.
//! Where one is missing, the check says so and ends. The program is linked statically, because an
//! emulated program that finds its dynamic loader in one folder and its C library in another hangs
//! when it starts a thread.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, ensure};

use crate::console::{cargo, say};

const TARGET: &str = "aarch64-unknown-linux-gnu";
const LINKER: &str = "aarch64-linux-gnu-gcc";
const EMULATORS: [&str; 2] = ["qemu-aarch64-static", "qemu-aarch64"];

/// How to get the tools.
const WAY_OUT: &str = "`rustup target add aarch64-unknown-linux-gnu` and, on Debian, \
     `apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static`";

/// Settings of the build: only what computes is optimised, and nothing is debugged.
const PROFILE: [&str; 3] =
    ["profile.dev.opt-level=0", "profile.dev.package.tensor.opt-level=2", "profile.dev.debug=false"];

/// The training whose bits are compared: two steps of a narrow network.
const TRAINING: [&str; 8] = ["train-mnist", "--steps", "2", "--width", "32", "--batch-size", "16", "--threads"];

/// The tools, if all of them are there.
struct Tools {
    rustc: PathBuf,
    emulator: &'static str,
}

impl Tools {
    /// Looks for the tools; the error names the one that is missing.
    fn find() -> Result<Self, String> {
        let named = env::var_os("RUSTC").map(PathBuf::from);
        // The compiler in use first, then the one that the system brings along.
        let compilers = [named, Some("rustc".into()), Some("/usr/bin/rustc".into())];
        let rustc = compilers.into_iter().flatten().find(|rustc| has_target(rustc));
        let rustc = rustc.ok_or(format!("no compiler has the standard library of {TARGET}"))?;
        if !answers(LINKER) {
            return Err(format!("there is no {LINKER}"));
        }
        let emulator = EMULATORS.into_iter().find(|name| answers(name));
        let emulator = emulator.ok_or(format!("there is no {}", EMULATORS[0]))?;
        Ok(Self { rustc, emulator })
    }

    /// Cargo that builds for the target, into a folder of its own. Tests that it runs are limited
    /// to `isa`.
    fn cargo(&self, root: &Path, isa: &str, args: &[&str]) -> Result<()> {
        let mut cargo = cargo();
        cargo.current_dir(root).args(args).args(["--target", TARGET, "--target-dir", "target/arm"]);
        cargo.args(PROFILE.iter().flat_map(|setting| ["--config", setting]));
        cargo.env("RUSTC", &self.rustc).env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", LINKER);
        cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS", "-C target-feature=+crt-static");
        cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", self.emulator).env("TENSOR_ISA", isa);
        run(cargo)
    }

    /// A run of the program in the emulator.
    fn dcgan(&self, root: &Path, args: &[&str], out: &Path) -> Result<()> {
        let mut program = Command::new(self.emulator);
        program.current_dir(root).arg(format!("target/arm/{TARGET}/debug/dcgan")).args(args).arg("--out").arg(out);
        run(program)
    }
}

/// Tests the engine on every instruction set, and then trains: the bits must be the same from run
/// to run and for any number of threads.
pub(crate) fn check(root: &Path) -> Result<()> {
    let tools = match Tools::find() {
        Ok(tools) => tools,
        Err(missing) => {
            say(&format!("64-bit ARM is NOT checked: {missing}. The tools come with {WAY_OUT}.\n"));
            return Ok(());
        }
    };
    for isa in ["portable", "neon"] {
        say(&format!("\nthe engine's tests with {isa}, by {}\n", tools.emulator));
        // The tests would start themselves again for each set, which an emulated program cannot. So
        // the set is named.
        tools.cargo(root, isa, &["test", "--quiet", "--package", "tensor", "--lib"])?;
    }
    tools.cargo(root, "neon", &["build", "--package", "cli", "--bin", "dcgan"])?;
    let runs = root.join("target/arm/runs");
    if runs.exists() {
        fs::remove_dir_all(&runs).context("target/arm/runs")?;
    }
    let mut first: Option<Vec<u8>> = None;
    for (name, threads) in [("one", "1"), ("again", "1"), ("two", "2")] {
        let run = runs.join(name);
        tools.dcgan(root, &[&TRAINING[..], &[threads]].concat(), &run)?;
        let checkpoint = fs::read(run.join("checkpoint.safetensors")).context("the checkpoint of the run")?;
        match &first {
            None => first = Some(checkpoint),
            Some(first) => ensure!(*first == checkpoint, "{threads} threads, run `{name}`: other bits than run `one`"),
        }
    }
    tools.dcgan(root, &["generate", "target/arm/runs/one"], &runs.join("digits.png"))
}

/// Whether `rustc` has the standard library of the target.
fn has_target(rustc: &Path) -> bool {
    let output = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    output.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}

/// Whether there is a program of this name that tells its version.
fn answers(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Waits for `command`, which must succeed.
fn run(mut command: Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{}", command.get_program().display()))?;
    ensure!(status.success(), "{command:?}: {status}");
    Ok(())
}
