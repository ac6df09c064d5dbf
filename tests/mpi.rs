//! Several processes under `mpirun`: the same bits as one, and what happens when one of them is
//! gone.
//!
//! `cargo xtask check mpi` runs this where `mpirun` is installed. With `LONG_TESTS=1` it kills
//! twenty runs instead of two, makes the longer comparisons, and, as root, puts two ranks into
//! network namespaces of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tests::process::{assert_same, bits, dcgan, fails, program, quick, succeeds, text};
use tests::{toy_set, write_toy_half};

/// Whether the long tests are asked for.
fn is_long() -> bool {
    std::env::var_os("LONG_TESTS").is_some()
}

/// `mpirun -n ranks` before the program, ready for more options.
fn mpirun(ranks: usize, options: &[&str]) -> Command {
    let mut command = Command::new("mpirun");
    command.env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    command.args(["--oversubscribe", "-n", &ranks.to_string()]).args(options).arg(program().get_program());
    command
}

/// Runs a training on so many ranks to its end.
fn train(ranks: usize, args: &[&str], folder: &Path) -> Output {
    mpirun(ranks, &[]).args(args).current_dir(folder).output().expect("mpirun starts")
}

/// Arguments of a run of `steps` small steps in 4 shards.
fn shared<'a>(data: &'a Path, out: &'a str, steps: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let own = ["--shards", "4", "--steps", steps, "--sample-every", "3", "--threads", "1", "--out", out];
    quick(data, &[&own[..], more].concat())
}

type Bits = BTreeMap<PathBuf, Vec<u8>>;

#[test]
fn any_number_of_ranks_and_threads_leaves_the_same_run() {
    let (data, place) = (toy_set(24), tempfile::tempdir().unwrap());
    for recipe in ["article", "swift"] {
        let run = |ranks: usize, threads: &str| -> Bits {
            let out = format!("{recipe}-{ranks}-{threads}");
            let more = ["--recipe", recipe, "--checkpoint-every", "4", "--keep", "1", "--evaluate-every", "5"];
            let mut args = shared(data.path(), &out, "9", &more[..6]);
            let at = args.iter().position(|arg| *arg == "--threads").unwrap() + 1;
            args[at] = threads;
            let output = match ranks {
                1 => dcgan(&args, place.path()),
                _ => train(ranks, &args, place.path()),
            };
            assert!(output.status.success(), "{output:?}");
            bits(&place.path().join(out))
        };
        let alone = run(1, "1");
        for (ranks, threads) in [(2, "1"), (2, "2"), (4, "1")] {
            assert_same(&alone, &run(ranks, threads), &format!("{recipe}, {ranks} ranks of {threads} threads"));
        }
    }
}

#[test]
fn a_run_goes_on_with_other_ranks() {
    let (data, place) = (toy_set(24), tempfile::tempdir().unwrap());
    succeeds(&dcgan(&shared(data.path(), "whole", "9", &[]), place.path()));
    let whole = bits(&place.path().join("whole"));
    for (first, second) in [(4, 1), (2, 4), (1, 2)] {
        let out = format!("{first}-{second}");
        assert!(train(first, &shared(data.path(), &out, "5", &[]), place.path()).status.success());
        let output = train(second, &["train-mnist", "--resume", &out, "--steps", "9", "--threads", "1"], place.path());
        assert!(output.status.success(), "{output:?}");
        assert_same(&whole, &bits(&place.path().join(&out)), &format!("{first} ranks, then {second}"));
        let output = train(second, &["train-mnist", "--resume", &out, "--threads", "1"], place.path());
        assert!(output.status.success() && text(&output.stdout).contains("is finished"), "{output:?}");
    }
    let output = train(2, &["train-mnist", "--resume", "whole", "--steps", "11", "--shards", "2"], place.path());
    assert!(text(&output.stderr).contains("--shards 2: the run was started with 4"), "{output:?}");
    fails(
        &dcgan(&["train-mnist", "--resume", "whole", "--shards", "1"], place.path()),
        2,
        &["--shards 1: the run was"],
    );
}

#[test]
fn what_cannot_be_shared_is_refused_in_a_line() {
    let (data, place) = (toy_set(24), tempfile::tempdir().unwrap());
    fails(&dcgan(&quick(data.path(), &["--shards", "3"]), place.path()), 2, &["--shards must cut a batch of 4"]);
    let output = train(3, &shared(data.path(), "run", "3", &[]), place.path());
    let said = text(&output.stderr);
    assert!(said.contains("dcgan: --shards 4: 3 ranks cannot have equally many of 4 shards"), "{said}");
    assert!(!place.path().join("run").exists(), "a refused run leaves no folder");
}

/// One rank has another data set, one another instruction set, one no data set at all.
#[test]
fn a_rank_that_differs_is_named_before_the_first_step() {
    let place = tempfile::tempdir().unwrap();
    let data = toy_set(24);
    for (other, reason) in [
        (vec!["--data", "25"], "rank 1 (process "),
        (vec!["--data", "none"], "rank 1 (process "),
        (vec!["--isa", "portable"], "rank 1 (process "),
    ] {
        let more = place.path().join("25");
        if !more.exists() {
            std::fs::create_dir(&more).unwrap();
            write_toy_half(&more, "train", 25);
        }
        let mut args = shared(data.path(), "run", "3", &[]);
        let mut changed: Vec<&str> = args.clone();
        match other[0] {
            "--isa" => changed.extend(&other),
            _ => {
                let at = changed.iter().position(|arg| *arg == "--data").unwrap() + 1;
                changed[at] = other[1];
            }
        }
        if other[0] == "--isa" && tensor::fast::isa() == tensor::fast::Isa::Portable {
            continue;
        }
        let program = program();
        let mut command = mpirun(1, &[]);
        command.args(args.drain(..)).arg(":").args(["-n", "1"]).arg(program.get_program()).args(changed);
        let output = command.current_dir(place.path()).output().unwrap();
        let said = text(&output.stderr);
        assert!(!output.status.success() && said.contains(reason), "{other:?}: {said}");
        assert!(!place.path().join("run").exists(), "a refused run leaves no folder");
    }
}

/// A run that goes on until somebody ends it.
struct Running {
    mpirun: Child,
    ranks: Vec<u32>,
}

impl Running {
    fn start(ranks: usize, args: &[&str], folder: &Path, options: &[&str]) -> Self {
        let mut command = mpirun(ranks, options);
        command.args(args).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mpirun = command.spawn().unwrap();
        let started = Instant::now();
        let mut found = vec![];
        while found.len() < ranks && started.elapsed() < Duration::from_secs(60) {
            found = children(mpirun.id());
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(ranks, found.len(), "the ranks have started");
        Self { mpirun, ranks: found }
    }

    fn signal(&self, rank: usize, signal: &str) {
        let id = self.ranks[rank].to_string();
        Command::new("kill").args([signal, &id]).status().expect("kill");
    }

    fn end(self) -> Output {
        self.mpirun.wait_with_output().expect("it ends")
    }
}

/// The processes that the process `parent` has started, in order: `mpirun` starts rank 0 first.
fn children(parent: u32) -> Vec<u32> {
    let listed = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    let mut ids: Vec<u32> = listed.split_whitespace().filter_map(|id| id.parse().ok()).collect();
    let is_ours = |id: &u32| {
        let line = std::fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
        line.contains("train-mnist")
    };
    ids.retain(is_ours);
    ids.sort_unstable();
    ids
}

fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(120), "{what} within two minutes");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_signal_to_any_rank_ends_all_after_the_step() {
    let (data, place) = (toy_set(24), tempfile::tempdir().unwrap());
    succeeds(&dcgan(&shared(data.path(), "whole", "400", &[]), place.path()));
    for rank in [0, 1] {
        let out = format!("signal-{rank}");
        let running =
            Running::start(2, &shared(data.path(), &out, "400", &["--checkpoint-every", "3"]), place.path(), &[]);
        wait_for("a checkpoint", || place.path().join(&out).join("checkpoint.safetensors").exists());
        running.signal(rank, "-TERM");
        let output = running.end();
        let said = text(&output.stderr);
        assert!(said.contains("dcgan: saved after step") && said.contains("of 400; to go on:"), "{said}");
        succeeds(&dcgan(&["train-mnist", "--resume", &out], place.path()));
        let (whole, found) = (bits(&place.path().join("whole")), bits(&place.path().join(&out)));
        let state = |bits: &Bits| bits[Path::new("metrics.csv")].clone();
        assert!(state(&whole) == state(&found), "the log after a signal to rank {rank}");
    }
}

/// A small generator of moments and ranks.
fn random(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

#[test]
fn a_killed_rank_is_named_and_nothing_is_lost() {
    let (data, place) = (toy_set(24), tempfile::tempdir().unwrap());
    let more = ["--checkpoint-every", "7"];
    succeeds(&dcgan(&shared(data.path(), "whole", "200", &more), place.path()));
    let whole = bits(&place.path().join("whole"));
    let mut state = 7;
    for i in 0..if is_long() { 20 } else { 2 } {
        let out = format!("killed-{i}");
        let running = Running::start(2, &shared(data.path(), &out, "200", &more), place.path(), &[]);
        let victim = random(&mut state, 2) as usize;
        wait_for("a checkpoint", || place.path().join(&out).join("checkpoint.safetensors").exists());
        std::thread::sleep(Duration::from_millis(random(&mut state, 700)));
        running.signal(victim, "-KILL");
        let killed = Instant::now();
        let output = running.end();
        let said = text(&output.stderr);
        if !output.status.success() {
            assert!(killed.elapsed() < Duration::from_secs(30), "it took {:?}", killed.elapsed());
            assert!(said.contains(&format!("dcgan: rank {victim} (process ")) && said.contains("is gone"), "{said}");
        }
        eprintln!("run {i}: rank {victim} killed, ended after {:?}", killed.elapsed());
        let ranks = [2, 1, 4][i % 3];
        let output = train(ranks, &["train-mnist", "--resume", &out, "--threads", "1"], place.path());
        assert!(output.status.success(), "{output:?}");
        assert_same(&whole, &bits(&place.path().join(&out)), &format!("killed run {i}, resumed by {ranks}"));
    }
}

#[test]
fn a_stopped_rank_is_waited_for_and_named() {
    let (data, place) = (toy_set(24), tempfile::tempdir().unwrap());
    let more = ["--checkpoint-every", "1000"];
    let running = Running::start(2, &shared(data.path(), "run", "600", &more), place.path(), &[]);
    let log = place.path().join("run/metrics.csv");
    wait_for("the first step", || std::fs::metadata(&log).is_ok_and(|log| 100 < log.len()));
    running.signal(1, "-STOP");
    std::thread::sleep(Duration::from_secs(25));
    running.signal(1, "-CONT");
    let output = running.end();
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("dcgan: waiting for rank 1 (process ") && said.contains("is heard again"), "{said}");
}

/// Two namespaces, `rank-a` and `rank-b`, with a cable between them; they are gone when it is dropped.
struct Cable;

impl Cable {
    /// Lays it, if this is root and the system has namespaces.
    fn lay() -> Option<Self> {
        let lines = [
            "netns add rank-a",
            "netns add rank-b",
            "link add rank-va type veth peer name rank-vb",
            "link set rank-va netns rank-a",
            "link set rank-vb netns rank-b",
            "-n rank-a addr add 10.77.0.1/24 dev rank-va",
            "-n rank-b addr add 10.77.0.2/24 dev rank-vb",
            "-n rank-a link set lo up",
            "-n rank-b link set lo up",
            "-n rank-a link set rank-va up",
            "-n rank-b link set rank-vb up",
        ];
        let cable = Self; // from here on, what was laid is taken away again
        lines.iter().all(|line| ip(line)).then_some(cable)
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        ip("netns del rank-a");
        ip("netns del rank-b");
    }
}

fn ip(words: &str) -> bool {
    let status = Command::new("ip").args(words.split(' ')).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// `mpirun` with a rank in each namespace. The agent takes the place of `ssh`.
fn over_the_cable(folder: &Path, args: &[&str]) -> Command {
    let agent = folder.join("agent");
    std::fs::write(&agent, "#!/bin/sh\nshift\nexec ip netns exec rank-b sh -c \"$*\"\n").unwrap();
    assert!(Command::new("chmod").arg("+x").arg(&agent).status().unwrap().success());
    let mut command = Command::new("ip");
    command.env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    command.args(["netns", "exec", "rank-a", "mpirun", "--oversubscribe", "-H", "10.77.0.1:1,10.77.0.2:1", "-n", "2"]);
    command.args(["--mca", "plm_rsh_agent"]).arg(&agent).args(["--mca", "btl", "tcp,self"]);
    for setting in ["btl_tcp_if_include", "oob_tcp_if_include"] {
        command.args(["--mca", setting, "10.77.0.0/24"]);
    }
    command.arg(program().get_program()).args(args).current_dir(folder);
    command
}

/// As two machines: with a slow cable that loses what its queue cannot hold, and with one that is cut.
#[test]
fn two_hosts_make_the_same_bits_and_a_cut_cable_ends_the_run() {
    if !is_long() {
        eprintln!("skipped: LONG_TESTS=1 puts two ranks into namespaces, which takes a minute and needs root");
        return;
    }
    let Some(_cable) = Cable::lay() else {
        eprintln!("skipped: namespaces need root");
        return;
    };
    let (data, place) = (toy_set(24), tempfile::tempdir().unwrap());
    succeeds(&dcgan(&shared(data.path(), "whole", "6", &[]), place.path()));
    let whole = bits(&place.path().join("whole"));
    for (out, weather) in [("fair", ""), ("bad", "tbf rate 20mbit burst 16kb latency 5ms")] {
        if !weather.is_empty() {
            let words = format!("netns exec rank-a tc qdisc add dev rank-va root {weather}");
            assert!(ip(&words), "tc is there");
        }
        let started = Instant::now();
        let output = over_the_cable(place.path(), &shared(data.path(), out, "6", &[])).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        eprintln!("six steps with a {out} cable: {:?}", started.elapsed());
        assert_same(&whole, &bits(&place.path().join(out)), out);
    }
    ip("netns exec rank-a tc qdisc del dev rank-va root");

    let more = ["--checkpoint-every", "2"];
    let mut command = over_the_cable(place.path(), &shared(data.path(), "cut", "100000", &more));
    let mut running = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    wait_for("a checkpoint", || place.path().join("cut/checkpoint.safetensors").exists());
    ip("-n rank-a link set rank-va down");
    let cut = Instant::now();
    let mut said = String::new();
    let mut lines = std::io::BufReader::new(running.stderr.take().unwrap());
    while !said.contains("is gone") {
        assert!(0 < std::io::BufRead::read_line(&mut lines, &mut said).unwrap(), "{said}");
    }
    eprintln!("named {:?} after the cut: {said}", cut.elapsed());
    assert!(said.contains("dcgan: rank 1 (process ") && cut.elapsed() < Duration::from_secs(30), "{said}");
    let _ = running.kill();
    let _ = running.wait();
    ip("-n rank-a link set rank-va up");
    let output = dcgan(&["train-mnist", "--resume", "cut", "--steps", "1"], place.path());
    let said = text(&output.stdout);
    assert!(output.status.success() && said.contains("is finished"), "{output:?}");
}
