#!/usr/bin/env python3
"""Measures this project's training step beside TensorFlow's, PyTorch's and candle's, on this machine.

    python3 benches/compare/run.py                  MNIST and CIFAR, all cores
    python3 benches/compare/run.py --models mnist --threads 1 --isa avx2
    python3 benches/compare/run.py --check          only that the peers compute the same thing

Installs the peers into a virtual environment, checks each against the fixtures, then runs ours and theirs in
turn, one process at a time, as often as there are rounds. Prints medians and ratios, and keeps every single
measurement in benches/record/<cpu>/<date>.json. README.md beside this file says what is compared.
"""

import argparse
import datetime
import json
import os
import platform
import re
import shlex
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FIXTURES = ROOT / "tests" / "golden"

OURS = "dcgan"
SPEED = "cargo run --quiet --release --package cli -- speed --json"
PEERS = {
    "tensorflow": ["peer_tensorflow.py"],
    "tensorflow-xla": ["peer_tensorflow.py", "--xla"],
    "torch": ["peer_torch.py"],
    "torch-channels-last": ["peer_torch.py", "--channels-last"],
    "torch-compile": ["peer_torch.py", "--channels-last", "--compile"],
    "candle": [],
}

# The keys of images per second in everybody's JSON.
SAMPLING = ("sampling_batch_1", "sampling_batch_64")

# Settings of libraries beneath the peers. None is inherited, so that a machine's own cannot slow a peer down.
MEDDLERS = ("ATEN_", "DNNL_", "GOMP_", "KMP_", "LD_PRELOAD", "MALLOC_", "MKL_", "OMP_", "ONEDNN_", "OPENBLAS_")
MEDDLERS += ("PYTORCH_", "RAYON_", "TF_", "TORCH", "XLA_")

# What holds a peer to an instruction set. candle has no such switch and sits this out.
ISA = {
    "auto": {},
    "avx2": {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"},
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", choices=["mnist", "cifar"], default=["mnist", "cifar"])
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--threads", type=at_least_one, default=os.cpu_count())
    parser.add_argument("--width", type=at_least_one, default=512, help="feature maps at 4x4; 512 is the article's")
    parser.add_argument("--isa", choices=ISA, default="auto", help="hold all to an instruction set")
    parser.add_argument("--rounds", type=at_least_one, default=5)
    parser.add_argument("--steps", type=at_least_one, default=12, help="timed steps in each round")
    parser.add_argument("--venv", type=Path, default=ROOT / "target" / "compare-venv", help="where the peers live")
    parser.add_argument("--fixtures", type=Path, default=FIXTURES, help="where the trajectories are")
    parser.add_argument("--check", action="store_true", help="check the peers and measure nothing")
    parser.add_argument("--ours", default=SPEED, help="our command; the flags of all are appended")
    args = parser.parse_args()
    if args.isa != "auto":
        args.peers = [peer for peer in args.peers if peer != "candle"]
    return args


def at_least_one(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def fail(message):
    sys.exit(f"run.py: {message}")


def run(command, env):
    return subprocess.run(command, env=env, cwd=ROOT, text=True, capture_output=True)


def output_of(command, env):
    """What `command` prints; stops if it fails."""
    done = run(command, env)
    if done.returncode != 0:
        fail(f"`{shlex.join(map(str, command))}` failed:\n{done.stderr or done.stdout}")
    return done.stdout


def environment(args):
    """For every process: what the user has, less what would steer the peers, plus what is asked for."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(MEDDLERS)}
    # What PyTorch compiled for one instruction set it would take for another, and compute NaN.
    cache = {"TORCHINDUCTOR_CACHE_DIR": str(args.venv.absolute() / f"inductor-{args.isa}")}
    return clean | cache | settings(args)


def settings(args):
    """The variables that a measurement depends on, and that its record names."""
    # No GPU is looked for, and candle's threads have no other switch.
    return {"CUDA_VISIBLE_DEVICES": "", "RAYON_NUM_THREADS": str(args.threads)} | ISA[args.isa]


def install(args, env):
    """Installs or builds the peers that are asked for. Returns the command that starts each."""
    commands = {}
    python = args.venv / "bin" / "python"
    if any(PEERS[peer] for peer in args.peers):
        if not python.exists():
            venv.create(args.venv, with_pip=True)
        print(f"installing the Python peers in {args.venv}", flush=True)
        output_of([python, "-m", "pip", "install", "--quiet", "--requirement", HERE / "requirements.txt"], env)
    for peer in args.peers:
        if PEERS[peer]:
            script, *flags = PEERS[peer]
            commands[peer] = [str(python), str(HERE / script), *flags]
        else:
            print(f"building {peer}", flush=True)
            target = ROOT / "target" / "compare-candle"
            manifest = HERE / "candle" / "Cargo.toml"
            build = ["cargo", "build", "--quiet", "--locked", "--release", "--manifest-path", manifest]
            output_of([*build, "--target-dir", target], env)
            commands[peer] = [str(target / "release" / "peer-candle")]
    return commands


def check(args, commands, env):
    """Stops unless every peer walks the fixtures' trajectories."""
    for model in args.models:
        fixture = args.fixtures / f"{model}_small.safetensors"
        if not fixture.exists():
            fail(f"{fixture} is missing: --fixtures names the directory that holds it")
        for peer, command in commands.items():
            print(f"{peer} on {fixture.name}", flush=True)
            done = run([*command, "--check", str(fixture)], env)
            print(done.stdout, end="")
            if done.returncode != 0:
                fail(f"{peer} failed the check: there is nothing to compare\n{done.stderr}")


def neighbours():
    """How many cores other programs keep busy while this one sleeps; None where the system does not tell."""

    def busy_seconds():
        user, nice, system, _idle, _wait, irq, soft, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
        return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")

    try:
        before = busy_seconds()
        time.sleep(2)
        return (busy_seconds() - before) / 2
    except OSError:
        return None


def measure(args, commands, env):
    """All measurements in the order in which they were made: each one's JSON, with model, round and contender."""
    results = []
    for turn in range(1, args.rounds + 1):
        for model in args.models:
            for contender, command in commands.items():
                flags = ["--model", model, "--threads", str(args.threads), "--width", str(args.width)]
                said = output_of([*command, *flags], env)
                result = {"model": model, "round": turn, "contender": contender} | json.loads(said)
                assert result["threads"] == args.threads, f"{contender} ran on {result['threads']} threads"
                results.append(result)
                step = result["step_seconds"]
                print(f"round {turn} of {args.rounds}, {model}, {contender}: {step:.3f} s per step", flush=True)
    return results


def medians(results, model):
    """For each contender the medians of its rounds, and the range of its step times."""
    summary = {}
    for contender in dict.fromkeys(result["contender"] for result in results):
        runs = [run for run in results if run["contender"] == contender and run["model"] == model]
        steps = [run["step_seconds"] for run in runs]
        summary[contender] = {
            "step_seconds": statistics.median(steps),
            "step_seconds_range": [min(steps), max(steps)],
            "peak_rss_bytes": statistics.median(run["peak_rss_bytes"] for run in runs),
            "images_per_second": {
                batch: statistics.median(run["images_per_second"][batch] for run in runs) for batch in SAMPLING
            },
        }
    ours = summary[OURS]
    for theirs in summary.values():
        theirs["ours_to_theirs"] = {
            "step_seconds": ours["step_seconds"] / theirs["step_seconds"],
            "peak_rss_bytes": ours["peak_rss_bytes"] / theirs["peak_rss_bytes"],
            "images_per_second": {
                batch: ours["images_per_second"][batch] / theirs["images_per_second"][batch] for batch in SAMPLING
            },
        }
    return summary


def table(args, model, summary):
    """The medians as text, with the ratio ours/theirs behind each figure."""
    head = f"{'':20} {'s/step':>7} {'×':>5}  {'(range)':16}  "
    head += f"{'images/s by 1':>13} {'×':>6}  {'by 64':>6} {'×':>6}  {'MB':>5} {'×':>5}"
    title = f"{model}, width {args.width}, batch 64, --threads {args.threads}, medians of {args.rounds} rounds"
    lines = [f"\n{title}; × is ours/theirs", head]
    for contender, row in summary.items():
        ratio = row["ours_to_theirs"]
        least, most = row["step_seconds_range"]
        one, many = (row["images_per_second"][batch] for batch in SAMPLING)
        ratio_one, ratio_many = (ratio["images_per_second"][batch] for batch in SAMPLING)
        lines.append(
            f"{contender:20} {row['step_seconds']:7.3f} {ratio['step_seconds']:5.2f}  ({least:.3f} to {most:.3f})  "
            f"{one:13.0f} {ratio_one:6.2f}  {many:6.0f} {ratio_many:6.2f}  "
            f"{row['peak_rss_bytes'] / 1e6:5.0f} {ratio['peak_rss_bytes']:5.2f}"
        )
    return "\n".join(lines)


def cpu_model():
    """The processor, by its name and by its numbers, since very different ones share a name."""
    try:
        text = Path("/proc/cpuinfo").read_text()
        name, family, model = (
            re.search(rf"^{key}\s*:\s*(.+)$", text, re.MULTILINE)[1].strip()
            for key in ("model name", "cpu family", "model")
        )
        return f"{name} (family {family}, model {model})"
    except (OSError, TypeError):
        return platform.processor() or platform.machine()


def shown(command):
    """A command as a reader of the record would type it, without this machine's paths."""
    return shlex.join(word.replace(f"{ROOT}/", "") if "bin/python" not in word else "python" for word in command)


def as_json(run):
    """JSON with a line for each entry, and for each measurement: short enough to read, and to compare in git."""

    def value(entry):
        if isinstance(entry, list) and entry:
            return "[\n  " + ",\n  ".join(map(json.dumps, entry)) + "]"
        return json.dumps(entry)

    return "{" + ",\n ".join(f"{json.dumps(key)}: {value(entry)}" for key, entry in run.items()) + "}"


def record(args, env, commands, busy, results, summaries):
    """Appends the run to the file of this CPU and day."""
    now = datetime.datetime.now(datetime.timezone.utc)
    slug = re.sub(r"[^a-z0-9]+", "-", cpu_model().lower()).strip("-")
    path = ROOT / "benches" / "record" / slug / f"{now:%Y-%m-%d}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    runs = json.loads(path.read_text()) if path.exists() else []
    runs.append({
        "date": now.isoformat(timespec="seconds"),
        "commit": output_of(["git", "rev-parse", "HEAD"], env).strip(),
        "modified_files": output_of(["git", "status", "--porcelain", "--untracked-files=no"], env).splitlines(),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "rustc": output_of(["rustc", "--version"], env).strip(),
        "cores_busy_with_others": busy,
        "threads": args.threads,
        "isa": args.isa,
        "width": args.width,
        "environment": settings(args),
        "commands": {name: shown(command) for name, command in commands.items()},
        "medians": summaries,
        "measurements": results,
    })  # fmt: skip
    path.write_text("[" + ",\n".join(map(as_json, runs)) + "]\n")
    print(f"\nrecorded in {path.relative_to(ROOT)}")


def main():
    args = arguments()
    env = environment(args)
    peers = install(args, env)
    check(args, peers, env)
    if args.check:
        return
    if args.ours == SPEED:
        output_of(["cargo", "build", "--quiet", "--release", "--package", "cli"], env)
    ours = shlex.split(args.ours) + ([] if args.isa == "auto" else ["--isa", args.isa])
    commands = {name: [*command, "--steps", str(args.steps)] for name, command in ({OURS: ours} | peers).items()}
    busy = neighbours()
    if busy is not None and 0.1 < busy:
        print(f"other programs keep {busy:.1f} cores busy: what follows is no fair measurement", flush=True)
    results = measure(args, commands, env)
    summaries = {model: medians(results, model) for model in args.models}
    for model, summary in summaries.items():
        print(table(args, model, summary))
    record(args, env, commands, busy, results, summaries)


if __name__ == "__main__":
    main()
