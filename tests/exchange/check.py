#!/usr/bin/env python3
"""Holds exported networks against ONNX Runtime and PyTorch.

    python3 tests/exchange/check.py            everything; some 5 GB of packages, a quarter of an hour
    python3 tests/exchange/check.py --onnx     ONNX alone, small networks; what CI runs
    python3 tests/exchange/check.py --golden   makes the files in golden/ again

It builds the program, installs the packages of requirements.txt into a virtual environment, trains short runs of every
kind of network, exports them, and compares: pictures, logits, losses, gradients, and what comes back. Exit code 1 if
something differs, 3 if the packages cannot be had.
"""

import argparse
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import venv
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
INSIDE = "DCGAN_EXCHANGE_CHECK"

# Networks that are small, with every kind of layer: 4×4 → 7×7, an odd and an even SAME, grey and colour.
SMALL = {
    "mnist": ["train-mnist", "--width", "16", "--steps", "30", "--batch-size", "16"],
    "mnist-average": ["train-mnist", "--recipe", "swift", "--width", "8", "--steps", "30", "--batch-size", "16"],
    "mnist-classes": [
        "train-mnist", "--recipe", "swift", "--conditional", "--width", "16", "--steps", "30", "--batch-size", "16"
    ],
    "mnist-deviation": [
        "train-mnist", "--batch-deviation", "--hinge", "--average-images", "500", "--discriminator-rate", "0.002",
        "--width", "16", "--steps", "30", "--batch-size", "16"
    ],
    "mnist-classes-deviation": [
        "train-mnist", "--conditional", "--batch-deviation", "--width", "8", "--steps", "30", "--batch-size", "16"
    ],
    "horses": ["train-cifar", "--width", "16", "--steps", "20", "--batch-size", "16"],
    "mlp": ["train-mnist", "--model", "mlp", "--steps", "30", "--batch-size", "16"],
    "folder-64": ["train-images", "--data", "{pictures}", "--width", "16", "--steps", "10", "--batch-size", "16"],
    "folder-64-grey": [
        "train-images", "--data", "{pictures}", "--grey", "--width", "8", "--steps", "10", "--batch-size", "16"
    ],
}  # fmt: skip

# Those of the recipes, at full width.
WHOLE = {
    "mnist-article": ["train-mnist", "--steps", "2"],
    "mnist-swift": ["train-mnist", "--recipe", "swift", "--steps", "10"],
    "horses-article": ["train-cifar", "--steps", "2"],
    "horses-swift": ["train-cifar", "--recipe", "swift", "--steps", "10"],
    "folder-64-article": ["train-images", "--data", "{pictures}", "--steps", "2", "--batch-size", "16"],
    "folder-64-grey-swift": ["train-images", "--data", "{pictures}", "--grey", "--recipe", "swift", "--steps", "5"],
}

# Those whose exported files lie in golden/.
GOLDEN = {
    "mnist": ["train-mnist", "--width", "4", "--steps", "20", "--batch-size", "8"],
    "horses": ["train-cifar", "--recipe", "swift", "--width", "4", "--steps", "20", "--batch-size", "8"],
    "mlp": ["train-mnist", "--model", "mlp", "--width", "6", "--steps", "20", "--batch-size", "8"],
    "classes": [
        "train-mnist", "--conditional", "--batch-deviation", "--width", "4", "--steps", "20", "--batch-size", "8"
    ],
}  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="the runs to check, such as mnist [default: all]")
    parser.add_argument("--onnx", action="store_true", help="check ONNX alone, on small networks")
    parser.add_argument("--golden", action="store_true", help="make the files in golden/ again")
    parser.add_argument("--profile", default="release", help="Cargo's profile [default: release]")
    parser.add_argument("--venv", type=Path, help="the virtual environment [default: target/exchange-venv]")
    args = parser.parse_args()
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    folder = args.venv or target / ("exchange-onnx-venv" if args.onnx else "exchange-venv")
    if os.environ.get(INSIDE) is None:
        return install_and_start(folder, args.onnx)
    program, expected = build(args.profile, target)
    with tempfile.TemporaryDirectory() as work:
        check = Check(program, expected, Path(work), is_talkative=not args.onnx)
        if args.golden:
            for name in args.names or GOLDEN:
                check.make_golden(name, GOLDEN[name])
            return 0
        runs = SMALL if args.onnx else SMALL | WHOLE
        for name in args.names or runs:
            check.check_run(name, runs[name], with_torch=not args.onnx)
        for name in ("mnist", "mnist-average"):
            if not args.onnx and name in (args.names or runs):
                check.check_fine_tuning(name)
    return check.verdict()


def install_and_start(folder, onnx_alone):
    """Starts this program again within its virtual environment, once the packages are there."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    requirements = HERE / ("requirements-onnx.txt" if onnx_alone else "requirements.txt")
    mark = folder / requirements.name
    wanted = requirements.read_text() + (HERE / "requirements-onnx.txt").read_text()
    if not mark.exists() or mark.read_text() != wanted:
        try:
            if not python.exists():
                venv.create(folder, with_pip=True, clear=True)
            pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "2"]
            done = subprocess.run([*pip, "-r", requirements], capture_output=True, text=True)
            reason = done.stderr.strip().splitlines()[-1:] if done.returncode else None
        except (OSError, subprocess.CalledProcessError) as error:
            reason = [str(error)]
        if reason is not None:
            print("the Python packages cannot be had, so nothing is checked:", *reason)
            return 3
        mark.write_text(wanted)
    return subprocess.run([python, __file__, *sys.argv[1:]], env={**os.environ, INSIDE: "1"}).returncode


def build(profile, target):
    subprocess.run(
        ["cargo", "build", "--quiet", "--profile", profile, "-p", "cli", "-p", "exchange", "--bin", "dcgan"]
        + ["--example", "expected"],
        cwd=ROOT,
        check=True,
    )
    built = target / ("debug" if profile == "dev" else profile)
    return built / "dcgan", built / "examples" / "expected"


class Check:
    def __init__(self, program, expected, work, is_talkative):
        self.program, self.expected, self.work = program, expected, work
        self.is_talkative = is_talkative
        self.comparisons = 0
        self.failures = []
        self.pictures = work / "pictures"
        write_pictures(self.pictures)
        # Where the program looks for data sets.
        (work / "datasets").symlink_to(ROOT / "datasets", target_is_directory=True)

    def verdict(self):
        print(f"{self.comparisons} comparisons, {len(self.failures) or 'no'} differences")
        for failure in self.failures:
            print(f"  {failure}")
        return 1 if self.failures else 0

    def run(self, *args):
        args = [str(arg).format(pictures=self.pictures) for arg in args]
        done = subprocess.run([self.program, *args], cwd=self.work, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"dcgan {' '.join(args)}: {done.stderr}")
        return done.stdout

    def expect(self, run):
        """What this project computes from a checkpoint."""
        from safetensors.numpy import load_file

        out = self.work / "expected.safetensors"
        subprocess.run([self.expected, self.work / run, out], check=True)
        return load_file(out)

    def bound(self, what, found, most):
        holds = found <= most  # a NaN does not
        self.comparisons += 1
        if self.is_talkative or not holds:
            print(f"  {what}: {found:.1e} (at most {most:.0e}){'' if holds else '  <-- differs'}", flush=True)
        if not holds:
            self.failures.append(f"{what}: {found:.1e}, at most {most:.0e}")

    def check_run(self, name, train, with_torch):
        print(name, flush=True)
        self.run(*train, "--out", name)
        expected = self.expect(name)
        self.run("export", name, "--onnx", f"{name}-g.onnx")
        self.run("export", name, "--onnx", f"{name}-d.onnx", "--network", "discriminator")
        self.check_generator(name, self.work / f"{name}-g.onnx", expected)
        self.check_discriminator(name, self.work / f"{name}-d.onnx", expected)
        self.check_way_back(name)
        if with_torch:
            self.check_torch(name, self.work / f"{name}-torch", expected)

    def check_generator(self, name, path, expected):
        import numpy as np

        points = np.stack([latent(seed) for seed in range(100)])
        self.bound(f"{name}: points by the words of the metadata", largest(points, expected["z"]), 0)
        asked = classes(expected, "class")
        if asked:
            count = 10
            of_seeds = np.array([class_of(seed, count) for seed in range(100)])
            self.bound(f"{name}: classes by the words of the metadata", largest(of_seeds, expected["class"]), 0)
            self.check_asking(name, path, expected, count)
        infer = session(path)
        images = infer(z=expected["z"], **asked)
        self.bound(f"{name}: images in ONNX Runtime", largest(images, expected["images"]), 1e-5)
        bytes_ = to_bytes(images)
        self.bound(f"{name}: share of other bytes", float(np.mean(bytes_ != expected["bytes"])), 1e-3)
        for n in (1, 7, 64):
            some = {key: value[:n] for key, value in asked.items()}
            self.bound(f"{name}: batch of {n}", largest(infer(z=expected["z"][:n], **some), images[:n]), 2e-6)

    def check_asking(self, name, path, expected, count):
        """The class changes the picture, is that of `generate --class`, and a number that is none is refused."""
        import numpy as np

        infer = session(path)
        z = expected["z"][:25]
        made = [infer(z=z, **{"class": np.full(25, c)}) for c in range(count)]
        same = [largest(made[0], other) == 0 for other in made[1:]]
        self.bound(f"{name}: classes with the pictures of class 0", float(sum(same)), 0)
        out = self.work / f"{name}-seven.npy"
        self.run("generate", name, "--class", "7", "--count", "25", "--out", out)
        ours = np.load(out).transpose(0, 3, 1, 2)
        self.bound(f"{name}: share of other bytes in sevens", float(np.mean(to_bytes(made[7]) != ours)), 1e-3)
        try:
            infer(z=z, **{"class": np.full(25, count)})
            refused = False
        except Exception:  # a runtime's own kind
            refused = True
        self.bound(f"{name}: classes that are none and taken", float(not refused), 0)

    def check_discriminator(self, name, path, expected):
        import numpy as np

        infer = session(path)
        scale = float(np.abs(expected["logits"]).max()) + 1
        asked = classes(expected, "real_class")
        first = lambda n: {key: value[:n] for key, value in asked.items()}
        logits = infer(images=expected["real"], **asked)
        self.bound(f"{name}: logits in ONNX Runtime", largest(logits, expected["logits"]) / scale, 1e-5)
        n = len(expected["logits_f64"])
        some = infer(images=expected["real"][:n], **first(n))
        self.bound(f"{name}: logits of a smaller batch", largest(some, expected["logits_f64"]) / scale, 1e-5)
        for n in (1, 7, 64):  # any batch is taken, and a repeated one has the same statistics
            several = np.concatenate([expected["real"][:1]] * n)
            same = {key: np.repeat(value[:1], n) for key, value in asked.items()}
            once = np.repeat(infer(images=several[:1], **first(1)), n, axis=0)
            self.bound(f"{name}: one image {n} times", largest(infer(images=several, **same), once) / scale, 1e-4)

    def check_way_back(self, name):
        """Out, in, out: the same bytes."""
        first, second = (self.work / f"{name}-torch{end}" for end in ("", "-again"))
        self.run("export", name, "--torch", first)
        self.run("import", first, "--out", f"{name}-back")
        self.run("export", f"{name}-back", "--torch", second)
        names = sorted(path.name for path in first.iterdir())
        same = names == sorted(path.name for path in second.iterdir()) and all(
            (first / file).read_bytes() == (second / file).read_bytes() for file in names
        )
        self.bound(f"{name}: files that came back changed", float(not same), 0)

    def check_torch(self, name, folder, expected):
        import torch

        model, g, d = modules(folder)
        sampler = "average" if (folder / "average.safetensors").exists() else "generator"
        average = loaded(model.Generator(), folder / f"{sampler}.safetensors").eval()
        z, real = (torch.from_numpy(expected[key]) for key in ("z", "real"))
        of_z, of_real = ([torch.from_numpy(c) for c in classes(expected, key).values()] for key in ("class", "real_class"))
        with torch.no_grad():
            images = average(z, *of_z)
            logits = d.eval()(real, *of_real)
            exact = len(expected["images_f64"])
            images64 = average.double()(z[:exact].double(), *(c[:exact] for c in of_z)).numpy()
            logits64 = d.double()(real[:exact].double(), *(c[:exact] for c in of_real)).numpy()
        scale = abs(expected["logits"]).max() + 1
        self.bound(f"{name}: images in PyTorch", largest(images.numpy(), expected["images"]), 1e-5)
        self.bound(f"{name}: logits in PyTorch", largest(logits.numpy(), expected["logits"]) / scale, 1e-5)
        self.bound(f"{name}: images in PyTorch, float64", largest(images64, expected["images_f64"]), 1e-12)
        self.bound(f"{name}: logits in PyTorch, float64", largest(logits64, expected["logits_f64"]) / scale, 1e-12)

        drop = model.F.dropout
        model.F.dropout = lambda x, p, training: x  # for the step alone
        points, real = (torch.from_numpy(expected[f"step_{key}"]) for key in ("z", "real"))
        asked = [torch.from_numpy(c) for c in classes(expected, "step_class").values()]
        for precision in (torch.float32, torch.float64):
            g.to(precision).train(), d.to(precision).train()
            z, x = points.to(precision), real.to(precision)
            losses = {
                "generator": (g, model.generator_loss(g, d, z, *asked)),
                "discriminator": (d, model.discriminator_loss(g, d, z, x, *asked)),
            }
            for role, (network, loss) in losses.items():
                self.check_gradients(f"{name}: {role}'s", role, network, loss, expected)
        model.F.dropout = drop

    def check_gradients(self, what, role, network, loss, expected):
        """In float64, each tensor is held against its own largest element. In float32, where PyTorch's own sums may
        cancel, it is held against that of the network; so is a bias before a batch norm, whose gradient is zero but for
        rounding."""
        import torch

        is_exact = loss.dtype == torch.float64
        self.bound(f"{what} loss", abs(loss.item() - expected[f"{role}_loss"].item()), 1e-5)
        gradients = torch.autograd.grad(loss, list(network.parameters()))
        names = [key for key, _ in network.named_parameters()]
        ours = [expected[f"gradient/{role}/{key}"] for key in names]
        most = max(abs(gradient).max() for gradient in ours)
        norms = [key[2:].split(".")[0] for key in names if key.startswith("bn")]
        worst = (0.0, "none")
        for key, theirs, own in zip(names, gradients, ours):
            layer = key.split(".")[0]
            is_idle = key.endswith(".bias") and not layer.startswith("bn") and followed_by_norm(layer, role, norms)
            size = abs(own).max() if is_exact and not is_idle else most
            worst = max(worst, (largest(theirs.numpy(), own) / max(size, 1e-30), key))
        kind = "float64" if is_exact else "float32"
        self.bound(f"{what} {len(names)} gradients, {kind} (worst: {worst[1]})", worst[0], 1e-5 if is_exact else 3e-5)

    def check_fine_tuning(self, name):
        """Trained further in PyTorch, imported, looked at and evaluated: as there."""
        import torch
        from safetensors.torch import save_file

        source, tuned = self.work / f"{name}-torch", self.work / f"{name}-tuned"
        shutil.copytree(source, tuned)
        model, g, d = modules(source)
        torch.manual_seed(1)
        adams = [torch.optim.Adam(network.parameters(), 0.001, (0.4, 0.999)) for network in (g, d)]
        g.train(), d.train()
        for _ in range(20):
            z, real = torch.rand(16, 100) * 2 - 1, torch.rand(16, 1, 28, 28) * 2 - 1
            for adam, loss in zip(adams, (model.generator_loss, model.discriminator_loss)):
                adam.zero_grad()
                loss(g, d, z, *([real] if loss is model.discriminator_loss else [])).backward()
                adam.step()
        save_file(g.state_dict(), tuned / "generator.safetensors")
        save_file(d.state_dict(), tuned / "discriminator.safetensors")
        if (tuned / "average.safetensors").exists():
            save_file(g.state_dict(), tuned / "average.safetensors")
        print(self.run("import", tuned, "--out", f"{name}-tuned-run"), end="")
        expected = self.expect(f"{name}-tuned-run")
        with torch.no_grad():
            images = g.eval()(torch.from_numpy(expected["z"])).numpy()
        self.bound(f"{name}: images after 20 steps in PyTorch", largest(images, expected["images"]), 1e-5)

        count = 500
        self.run("generate", f"{name}-tuned-run", "--seeds", f"0-{count - 1}", "--separate", "--out", f"{name}-ours")
        self.run("export", f"{name}-tuned-run", "--npy", f"{name}-arrays")
        theirs = self.work / f"{name}-theirs"
        theirs.mkdir()
        import numpy as np

        with torch.no_grad():
            points = torch.from_numpy(np.stack([latent(seed) for seed in range(count)]))
            for seed, image in enumerate(to_bytes(g(points).numpy())):
                write_png(theirs / f"seed-{seed:05}.png", image)
        judged = []
        for place in (f"{name}-tuned-run", theirs):
            figures = json.loads(self.run("evaluate", place, "--count", count, "--json", "--out", f"{name}-figures"))
            judged.append(numbers(figures["samples"]))
        differences = [abs(a - b) / (abs(a) + 1e-3) for a, b in zip(*judged)]
        same = len(judged[0]) == len(judged[1]) and differences
        self.bound(f"{name}: {len(differences)} figures of evaluate", max(differences) if same else float("nan"), 1e-3)
        out = self.run("train-mnist", "--resume", f"{name}-tuned-run", "--steps", "3")
        print("  " + out.splitlines()[0])

    def make_golden(self, name, train):
        """The exported files of a small run, and what the other programs make of them."""
        import torch
        from safetensors.numpy import save_file

        folder = HERE / "golden" / name
        shutil.rmtree(folder, ignore_errors=True)
        self.run(*train, "--out", name)
        # Through PyTorch, as users do: so these files are Python's.
        self.run("export", name, "--torch", folder)
        model, g, d = modules(folder)
        sampler = "average" if (folder / "average.safetensors").exists() else "generator"
        for network, file in ((g, "generator"), (d, "discriminator")):
            torch_save(network, folder / f"{file}.safetensors")
        average = loaded(model.Generator(), folder / f"{sampler}.safetensors").eval()
        if sampler == "average":
            torch_save(average, folder / "average.safetensors")
        self.run("import", folder, "--out", f"{name}-back")
        for network in ("generator", "discriminator"):
            self.run("export", f"{name}-back", "--onnx", folder / f"{network}.onnx", "--network", network)
        expected = self.expect(f"{name}-back")
        z, real = expected["z"][:3], expected["real"][:3]
        of_z, of_real = (
            {name: value[:3] for name, value in classes(expected, key).items()} for key in ("class", "real_class")
        )
        found = {
            "z": z,
            "real": real,
            "onnx_images": session(folder / "generator.onnx")(z=z, **of_z),
            "onnx_logits": session(folder / "discriminator.onnx")(images=real, **of_real),
        }
        found |= {key: expected[key][:3].astype("f4") for key in ("class", "real_class") if key in expected}
        of_z, of_real = ([torch.from_numpy(c) for c in asked.values()] for asked in (of_z, of_real))
        with torch.no_grad():
            found["torch_images"] = average.double()(torch.from_numpy(z).double(), *of_z).numpy()
            found["torch_logits"] = d.eval().double()(torch.from_numpy(real).double(), *of_real).numpy()
        save_file({key: value.copy() for key, value in found.items()}, folder / "results.safetensors")
        print(name, sum(path.stat().st_size for path in folder.iterdir()), "bytes")


def session(path):
    """The model as a function, once ONNX's own checker has nothing against it."""
    import onnx
    import onnxruntime

    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    shapes = [[d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim] for v in inferred.graph.output]
    assert shapes[0][0] == "n" and all(isinstance(extent, int) for extent in shapes[0][1:]), shapes
    assert {"n"} == {v.type.tensor_type.shape.dim[0].dim_param for v in model.graph.input}
    knows_classes = any(entry.key == "classes" for entry in model.metadata_props)
    assert knows_classes == ("class" in {v.name for v in model.graph.input}), "classes are an input and have names"
    for key in ("checkpoint_sha256", "data_licence", "made_by"):
        assert any(entry.key == key and entry.value for entry in model.metadata_props), key
    # Other writers of the format would write the same bytes.
    assert model.SerializeToString(deterministic=True) == Path(path).read_bytes(), "not canonical"
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    run = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda **inputs: run.run(None, inputs)[0]


def modules(folder):
    """`model.py` of a folder, with its networks as they are there."""
    import importlib.util

    spec = importlib.util.spec_from_file_location(f"model_{folder.name}", folder / "model.py")
    model = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(model)
    generator = loaded(model.Generator(), folder / "generator.safetensors")
    return model, generator, loaded(model.Discriminator(), folder / "discriminator.safetensors")


def loaded(network, path):
    from safetensors.torch import load_file

    network.load_state_dict(load_file(path), strict=True)
    return network


def torch_save(network, path):
    from safetensors.torch import save_file

    save_file(network.state_dict(), path)


def classes(expected, key):
    """The classes that are asked for as an input of a model; none if it knows none."""
    return {"class": expected[key]} if key in expected else {}


def class_of(seed, count):
    """The class of a seed, by the words in a model's metadata."""
    return (seed * 11400714819323198485 % 2**64 >> 32) * count >> 32


def followed_by_norm(layer, role, norms):
    number = layer.split("_")[-1]
    if role == "generator":
        number = "1" if layer == "dense" else number
    return number in norms


def largest(found, expected):
    """The largest difference; NaN if the shapes differ."""
    import numpy as np

    return float(np.abs(found.astype("f8") - expected).max()) if found.shape == expected.shape else float("nan")


def numbers(value):
    """Every number in a value of JSON, in order."""
    if isinstance(value, dict):
        return [number for key in sorted(value) for number in numbers(value[key])]
    if isinstance(value, list):
        return [number for entry in value for number in numbers(entry)]
    return [value] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


def to_bytes(images):
    import numpy as np

    return np.floor((np.clip(images, -1, 1) + 1) * 127.5 + 0.5).astype("u1")


def latent(seed):
    """The point of a seed, by the words in a model's metadata."""
    import numpy as np

    key = struct.unpack("<8I", struct.pack("<Q8s16x", seed, b"picture "))
    words = [word for block in range(7) for word in chacha8(key, block)]
    return np.array([(word >> 8) / 2**23 - 1 for word in words[:100]], "f4")


def chacha8(key, block):
    start = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574, *key, block, 0, 0, 0]
    x = start[:]

    def quarter(a, b, c, d):
        for i, j, k, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[i] = (x[i] + x[j]) & 0xFFFFFFFF
            mixed = x[k] ^ x[i]
            x[k] = (mixed << turn | mixed >> (32 - turn)) & 0xFFFFFFFF

    for _ in range(4):
        for i in range(4):
            quarter(i, i + 4, i + 8, i + 12)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return [(a + b) & 0xFFFFFFFF for a, b in zip(x, start)]


def write_png(path, image):
    """An image [c, h, w] of bytes."""
    channels, height, width = image.shape
    rows = b"".join(b"\0" + row.tobytes() for row in image.transpose(1, 2, 0))
    header = struct.pack(">2I5B", width, height, 8, {1: 0, 3: 2}[channels], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def write_pictures(folder):
    """Coloured pictures of 64×64, no two alike."""
    import numpy as np

    folder.mkdir()
    random = np.random.default_rng(1)
    y, x = np.mgrid[:64, :64]
    for i in range(80):
        waves = [np.sin(x * a + y * b + c) for a, b, c in random.uniform(0, 0.5, (3, 3))]
        write_png(folder / f"{i:03}.png", ((np.stack(waves) + 1) * 127.5).astype("u1"))


if __name__ == "__main__":
    sys.exit(main())
