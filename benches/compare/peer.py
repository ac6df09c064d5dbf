"""What the Python peers share: the recipe's numbers, its weights, the clock, the check and the JSON line.

A peer is a class `Gan` with these methods, which `main` calls:

    Gan(parameters, model, batch, keep, args)  from arrays in TensorFlow's layouts; `keep` is dropout's
    put(array)                                 an NHWC or [N, 100] array as the framework's own tensor
    step(z, x) -> (g_loss, d_loss)             one training step; has finished when it returns
    sample(z) -> images                        the generator with moving statistics and no dropout
    get(images) -> NHWC array                  what `sample` made, for comparison
    moving_variances() -> {name: array}        of the generator's three batch norms

One step updates G, then D, each with its own forward pass on the same z and x. Real and fake pictures pass
through D separately, and the fake ones that D learns from come from the updated G. Both passes of G move
its statistics, and both variances, the batch's and the moving one, are the population's.
"""

import argparse
import json
import platform
import resource
import statistics
import sys
import time

import numpy as np

NOISE = 100
SLOPE = 0.01
KEEP = 0.8
SMOOTH = 0.9
EPSILON = 1e-3
MOMENTUM = 0.99
LEARNING_RATE, BETA1, BETA2, ADAM_EPSILON = 1e-3, 0.4, 0.999, 1e-8

IMAGE = {"mnist": (28, 28, 1), "cifar": (32, 32, 3)}

# Steps that nobody times: they compile graphs, choose kernels and fill the allocator's pools.
WARM_UP = 3

# How far float32 may be from the fixture's float64: losses and images absolutely, variances relatively.
# The image's room is wide because of biases that batch norm cancels in training: Adam turns the rounding
# noise of their gradients into real steps, and only a moving mean feels those.
LOSS_TOLERANCE = 1e-5
VARIANCE_TOLERANCE = 1e-5
SAMPLE_TOLERANCE = 5e-3


def initial_parameters(model, width):
    """All weights by their paths: Glorot uniform kernels, everything else at its neutral value."""
    rng = np.random.default_rng(1)
    channels = IMAGE[model][2]
    parameters = {}

    def layer(path, *shape, inputs, outputs):
        receptive = int(np.prod(shape[:-2]))
        limit = np.sqrt(6 / (receptive * (inputs + outputs)))
        parameters[f"{path}/kernel"] = rng.uniform(-limit, limit, shape).astype(np.float32)
        parameters[f"{path}/bias"] = np.zeros(outputs, np.float32)

    def norm(path, size, moving):
        values = {"gamma": 1, "beta": 0} | ({"moving_mean": 0, "moving_variance": 1} if moving else {})
        for name, value in values.items():
            parameters[f"{path}/{name}"] = np.full(size, value, np.float32)

    g, d = "generator", "discriminator"
    half, quarter, maps = width // 2, width // 4, 4 * 4 * width
    layer(f"{g}/dense", NOISE, maps, inputs=NOISE, outputs=maps)
    norm(f"{g}/bn1", width, moving=True)
    for i, k, inputs, outputs in [(2, 4, width, half), (3, 3, half, quarter), (4, 3, quarter, channels)]:
        layer(f"{g}/conv2d_transpose_{i}", k, k, outputs, inputs, inputs=inputs, outputs=outputs)
        if i < 4:
            norm(f"{g}/bn{i}", outputs, moving=True)
    for i, inputs, outputs in [(1, channels, quarter), (2, quarter, half), (3, half, width)]:
        layer(f"{d}/conv2d_{i}", 3, 3, inputs, outputs, inputs=inputs, outputs=outputs)
        if i > 1:
            norm(f"{d}/bn{i}", outputs, moving=False)
    layer(f"{d}/dense", maps, 1, inputs=maps, outputs=1)
    return parameters


def check(path, make):
    """Three steps from a fixture's weights, beside the losses that it holds. True if all of it agrees."""
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        fixture = {name: file.get_tensor(name) for name in file.keys()}
        model = file.metadata()["kind"]
    parameters = {name.removeprefix("init/"): value for name, value in fixture.items() if name.startswith("init/")}
    gan = make(parameters, model, len(fixture["input/z/0"]), keep=1.0)
    agree = True

    def compare(what, got, expected, tolerance, relative=False):
        nonlocal agree
        got, expected = np.asarray(got, np.float64), np.asarray(expected, np.float64)
        assert got.shape == expected.shape, f"{what}: {got.shape} is not {expected.shape}"
        error = np.max(np.abs(got - expected) / (np.abs(expected) if relative else 1))
        fine = bool(error <= tolerance)
        agree &= fine
        print(f"  {what:28} off by {error:.1e}, allowed {tolerance:.0e}: {'agrees' if fine else 'DIFFERS'}")

    for step in range(3):
        losses = gan.step(gan.put(fixture[f"input/z/{step}"]), gan.put(fixture[f"input/x/{step}"]))
        print(f"  step {step}: generator {losses[0]:.7f}, discriminator {losses[1]:.7f}")
        compare(f"losses of step {step}", losses, fixture[f"f64/loss/{step}"], LOSS_TOLERANCE)
    for name, variance in gan.moving_variances().items():
        expected = fixture[f"f64/final/generator/{name}/moving_variance"]
        compare(f"moving variance of {name}", variance, expected, VARIANCE_TOLERANCE, relative=True)
    compare("sample", gan.get(gan.sample(gan.put(fixture["input/z/0"]))), fixture["f64/sample"], SAMPLE_TOLERANCE)
    return agree


def seconds(call, times):
    """How long each of `times` calls takes."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return taken


def measure(make, args):
    """The measurements of one run, as the JSON line holds them."""
    rng = np.random.default_rng(2)
    gan = make(initial_parameters(args.model, args.width), args.model, args.batch, keep=KEEP)

    def noise(batch):
        return gan.put(rng.uniform(-1, 1, (batch, NOISE)).astype(np.float32))

    z, x = noise(args.batch), gan.put(rng.uniform(-1, 1, (args.batch, *IMAGE[args.model])).astype(np.float32))
    seconds(lambda: gan.step(z, x), WARM_UP)
    cpu = time.process_time()
    steps = seconds(lambda: gan.step(z, x), args.steps)
    cpu = time.process_time() - cpu
    losses = gan.step(z, x)
    assert np.all(np.isfinite(losses)), f"the losses are {losses}"
    # The peak of training alone: the samples come after it.
    peak_rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

    images_per_second = {}
    for batch, calls in [(1, 100), (64, 20)]:
        z = noise(batch)
        seconds(lambda: gan.sample(z), WARM_UP)
        images_per_second[f"sampling_batch_{batch}"] = batch / statistics.median(seconds(lambda: gan.sample(z), calls))
    return {
        "model": args.model,
        "batch": args.batch,
        "threads": args.threads,
        "steps": args.steps,
        "step_seconds": statistics.median(steps),
        "fastest_step_seconds": min(steps),
        "cpu_seconds_per_step": cpu / args.steps,
        "images_per_second": images_per_second,
        "peak_rss_bytes": peak_rss,
        "losses": [float(loss) for loss in losses],
    }


def arguments(description):
    """The parser that a peer adds its own options to."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--model", choices=IMAGE, default="mnist")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=12, help="timed steps, after %d more" % WARM_UP)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--width", type=int, default=512, help="feature maps at 4x4; 128 is the recipe `swift`'s")
    parser.add_argument("--check", metavar="FIXTURE", help="compare three steps with a trajectory file instead")
    return parser


def main(gan, args, versions):
    """Checks or measures the peer whose class is `gan`."""

    def make(parameters, model, batch, keep):
        return gan(parameters, model, batch, keep, args)

    if args.check:
        sys.exit(0 if check(args.check, make) else 1)
    print(json.dumps(measure(make, args) | {"versions": {"python": platform.python_version()} | versions}))
