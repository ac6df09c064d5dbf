"""The training step in PyTorch: stock modules, eager or compiled, NCHW or channels_last.

PyTorch pads symmetrically, and TensorFlow's SAME puts the odd row behind the picture. The usual `padding=1`
(`output_padding=1` for the transposes) puts that row in front. So this network is the recipe's mirror image:
weights and pictures are turned by half a turn on their way in, and back on their way out. It is the same
function, and PyTorch computes it without a single padded or cropped copy.

PyTorch's moving variance is Bessel-corrected and the recipe's is not. The average is linear, so its start is
scaled by the correction and the scale taken out again before the first sample; no step pays for it.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import peer

parser = peer.arguments(__doc__.splitlines()[0])
parser.add_argument("--channels-last", action="store_true", help="keep activations and kernels in NHWC")
parser.add_argument("--compile", action="store_true", help="torch.compile both networks")


class Hidden(nn.Module):
    """Batch norm, leaky ReLU, dropout: what follows every hidden layer."""

    def __init__(self, channels, keep, norm=True, moving=True):
        super().__init__()
        momentum = 1 - peer.MOMENTUM
        norms = [nn.BatchNorm2d(channels, peer.EPSILON, momentum, track_running_stats=moving)] if norm else []
        self.layers = nn.Sequential(*norms, nn.LeakyReLU(peer.SLOPE, inplace=True), nn.Dropout(1 - keep))

    def forward(self, x):
        return self.layers(x)


class Generator(nn.Module):
    def __init__(self, widths, colours, mnist, keep, memory_format):
        super().__init__()
        self.memory_format = memory_format
        self.dense = nn.Linear(peer.NOISE, 4 * 4 * widths[0])
        self.bn1 = Hidden(widths[0], keep)
        second = dict(stride=1) if mnist else dict(stride=2, padding=1)
        self.conv2d_transpose_2 = nn.ConvTranspose2d(widths[0], widths[1], 4, **second)
        self.bn2 = Hidden(widths[1], keep)
        double = dict(stride=2, padding=1, output_padding=1)
        self.conv2d_transpose_3 = nn.ConvTranspose2d(widths[1], widths[2], 3, **double)
        self.bn3 = Hidden(widths[2], keep)
        self.conv2d_transpose_4 = nn.ConvTranspose2d(widths[2], colours, 3, **double)

    def forward(self, z):
        x = self.dense(z).unflatten(1, (-1, 4, 4)).contiguous(memory_format=self.memory_format)
        x = self.bn2(self.conv2d_transpose_2(self.bn1(x)))
        x = self.bn3(self.conv2d_transpose_3(x))
        return torch.tanh(self.conv2d_transpose_4(x))


class Discriminator(nn.Module):
    def __init__(self, widths, colours, keep):
        super().__init__()
        half = dict(stride=2, padding=1)
        self.conv2d_1 = nn.Conv2d(colours, widths[0], 3, **half)
        self.bn1 = Hidden(widths[0], keep, norm=False)
        self.conv2d_2 = nn.Conv2d(widths[0], widths[1], 3, **half)
        self.bn2 = Hidden(widths[1], keep, moving=False)
        self.conv2d_3 = nn.Conv2d(widths[1], widths[2], 3, **half)
        self.bn3 = Hidden(widths[2], keep, moving=False)
        self.dense = nn.Linear(4 * 4 * widths[2], 1)

    def forward(self, x):
        x = self.bn1(self.conv2d_1(x))
        x = self.bn2(self.conv2d_2(x))
        x = self.bn3(self.conv2d_3(x))
        return self.dense(x.flatten(1))


class Gan:
    def __init__(self, parameters, model, batch, keep, args):
        self.memory_format = torch.channels_last if args.channels_last else torch.contiguous_format
        networks = load(parameters, model, keep, self.memory_format)
        self.generator, self.discriminator = networks["generator"], networks["discriminator"]
        self.adam = {network: Adam(network) for network in networks.values()}
        self.run_g, self.run_d = self.generator, self.discriminator
        if args.compile:
            self.run_g, self.run_d = torch.compile(self.generator), torch.compile(self.discriminator)

        norms = [module for module in self.generator.modules() if isinstance(module, nn.BatchNorm2d)]
        sizes = [batch * side * side for side in {"mnist": (4, 7, 14), "cifar": (4, 8, 16)}[model]]
        self.bessel = [(norm, n / (n - 1)) for norm, n in zip(norms, sizes)]
        for norm, correction in self.bessel:
            norm.running_var *= correction

    def put(self, array):
        tensor = torch.from_numpy(array)
        if tensor.ndim == 4:
            tensor = tensor.flip(1, 2).permute(0, 3, 1, 2).contiguous(memory_format=self.memory_format)
        return tensor

    def get(self, images):
        return images.permute(0, 2, 3, 1).flip(1, 2).numpy()

    def step(self, z, x):
        # Freezing D skips its weight gradients, in eager mode and in compiled graphs alike.
        self.discriminator.requires_grad_(False)
        g_loss = cross_entropy(self.run_d(self.run_g(z)), peer.SMOOTH)
        self.adam[self.generator].update(g_loss)
        self.discriminator.requires_grad_(True)

        with torch.no_grad():
            fake = self.run_g(z)
        d_loss = cross_entropy(self.run_d(x), peer.SMOOTH) + cross_entropy(self.run_d(fake), 0.0)
        self.adam[self.discriminator].update(d_loss)
        return g_loss.item(), d_loss.item()

    def sample(self, z):
        if self.generator.training:
            self.generator.eval()
            for norm, correction in self.bessel:
                norm.running_var /= correction
        with torch.inference_mode():
            return self.run_g(z)

    def moving_variances(self):
        return {f"bn{i}": (norm.running_var / c).numpy() for i, (norm, c) in enumerate(self.bessel, 1)}


def load(parameters, model, keep, memory_format):
    """Both networks, as wide as `parameters`, which are in TensorFlow's layouts; kernels turn by half a turn."""

    def width(path):
        return len(parameters[f"{path}/bias"])

    g_widths = [len(parameters["generator/bn1/gamma"]), *(width(f"generator/conv2d_transpose_{i}") for i in (2, 3))]
    d_widths = [width(f"discriminator/conv2d_{i}") for i in (1, 2, 3)]
    colours = peer.IMAGE[model][2]
    networks = nn.ModuleDict({
        "generator": Generator(g_widths, colours, model == "mnist", keep, memory_format),
        "discriminator": Discriminator(d_widths, colours, keep),
    })  # fmt: skip

    names = {
        "kernel": "weight", "gamma": "layers.0.weight", "beta": "layers.0.bias",
        "moving_mean": "layers.0.running_mean", "moving_variance": "layers.0.running_var",
    }  # fmt: skip
    state = {}
    for path, array in parameters.items():
        network, layer, name = path.split("/")
        array = torch.from_numpy(array)
        if path == "generator/dense/kernel":
            array = turned_maps(array.T)
        elif path == "generator/dense/bias":
            array = turned_maps(array)
        elif path == "discriminator/dense/kernel":
            array = turned_maps(array).T
        elif name == "kernel":
            array = array.flip(0, 1).permute(3, 2, 0, 1)
        state[f"{network}.{layer}.{names.get(name, name)}"] = array
    # PyTorch counts batches, and nobody reads the count.
    state |= {key: value for key, value in networks.state_dict().items() if key.endswith("num_batches_tracked")}
    networks.load_state_dict(state)
    return networks.to(memory_format=memory_format)


def turned_maps(rows):
    """Rows that are the 4×4 maps of a dense layer: from (y, x, channel) to (channel, y, x), turned by half a turn."""
    maps = rows.unflatten(0, (4, 4, -1)).flip(0, 1)
    return maps.movedim(2, 0).flatten(0, 2)


def cross_entropy(logits, label):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


class Adam:
    """PyTorch's fused Adam. TensorFlow adds epsilon before the second moment's correction, hence the division."""

    def __init__(self, network):
        betas = (peer.BETA1, peer.BETA2)
        self.steps = 0
        self.optimizer = torch.optim.Adam(network.parameters(), peer.LEARNING_RATE, betas, fused=True)

    def update(self, loss):
        self.steps += 1
        self.optimizer.param_groups[0]["eps"] = peer.ADAM_EPSILON / (1 - peer.BETA2**self.steps) ** 0.5
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


if __name__ == "__main__":
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    peer.main(Gan, args, {"torch": torch.__version__, "numpy": np.__version__})
