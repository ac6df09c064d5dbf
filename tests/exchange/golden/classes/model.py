"""A DCGAN of width 4 for images of 28×28×1, in PyTorch.

Images are NCHW in [-1, 1], points of latent space are 100 numbers uniform in [-1, 1).
The classes c are int64 numbers from 0 to 9: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9.
The padding is TensorFlow's: SAME pads behind the image where it is odd, and a transposed convolution crops there.

The discriminator always normalises by the statistics of its batch, in eval mode too: it keeps no others.
Give it real and generated images in batches of their own.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn


class BatchNorm(nn.BatchNorm2d):
    """Its running variance is over n, as that of the batch is; in PyTorch's own it is over n - 1."""

    def __init__(self, channels):
        super().__init__(channels, eps=0.001, momentum=0.01)  # the share of the new; TensorFlow's is 0.99

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        with torch.no_grad():
            variance, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance, self.momentum)
        return F.batch_norm(x, None, None, self.weight, self.bias, True, 0.0, self.eps)


def deviation(x):
    """x with one more map, the same everywhere: how much the images of the batch differ, on average."""
    s = (x.var(0, correction=0) + 1e-8).sqrt().mean()
    return torch.cat((x, s.expand(x.shape[0], 1, *x.shape[2:])), 1)


class Generator(nn.Module):
    """z [n, 100] and classes c [n] to images [n, 1, 28, 28]."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(110, 64)
        self.bn1 = BatchNorm(4)
        self.conv2d_transpose_2 = nn.ConvTranspose2d(4, 2, 4)
        self.bn2 = BatchNorm(2)
        self.conv2d_transpose_3 = nn.ConvTranspose2d(2, 1, 3, stride=2)
        self.bn3 = BatchNorm(1)
        self.conv2d_transpose_4 = nn.ConvTranspose2d(1, 1, 3, stride=2)

    def forward(self, z, c):
        x = torch.cat((z, F.one_hot(c, 10).to(z)), 1)
        x = self.dense(x).reshape(-1, 4, 4, 4)
        x = F.dropout(F.leaky_relu(self.bn1(x), 0.01), 0.2, self.training)
        x = self.conv2d_transpose_2(x)
        x = F.dropout(F.leaky_relu(self.bn2(x), 0.01), 0.2, self.training)
        x = self.conv2d_transpose_3(x)[:, :, :14, :14]  # SAME: cropped behind
        x = F.dropout(F.leaky_relu(self.bn3(x), 0.01), 0.2, self.training)
        x = self.conv2d_transpose_4(x)[:, :, :28, :28]  # SAME: cropped behind
        return torch.tanh(x)


class Discriminator(nn.Module):
    """Images [n, 1, 28, 28] and classes c [n] to logits [n, 1], large for real ones."""

    def __init__(self):
        super().__init__()
        self.conv2d_1 = nn.Conv2d(1, 1, 3, stride=2)
        self.conv2d_2 = nn.Conv2d(1, 2, 3, stride=2)
        self.bn2 = nn.BatchNorm2d(2, eps=0.001, track_running_stats=False)
        self.conv2d_3 = nn.Conv2d(2, 4, 3, stride=2, padding=1)
        self.bn3 = nn.BatchNorm2d(4, eps=0.001, track_running_stats=False)
        self.dense = nn.Linear(80, 1)
        self.projection = nn.Embedding(10, 80)

    def forward(self, x, c):
        x = self.conv2d_1(F.pad(x, (0, 1, 0, 1)))  # SAME: padded behind
        x = F.dropout(F.leaky_relu(x, 0.01), 0.2, self.training)
        x = self.conv2d_2(F.pad(x, (0, 1, 0, 1)))  # SAME: padded behind
        x = F.dropout(F.leaky_relu(self.bn2(x), 0.01), 0.2, self.training)
        x = self.conv2d_3(x)
        x = F.dropout(F.leaky_relu(self.bn3(x), 0.01), 0.2, self.training)
        x = deviation(x)
        x = x.flatten(1)
        return self.dense(x) + (self.projection(c) * x).sum(1, keepdim=True)


def cross_entropy(logits, label):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def generator_loss(g, d, z, c):
    return cross_entropy(d(g(z, c), c), 0.9)


def discriminator_loss(g, d, z, real, c):
    fake = g(z, c).detach()
    return cross_entropy(d(real, c), 0.9) + cross_entropy(d(fake, c), 0.0)


if __name__ == "__main__":
    from safetensors.torch import load_file, save_file

    here = Path(__file__).parent
    g, d = Generator(), Discriminator()
    g.load_state_dict(load_file(here / "generator.safetensors"), strict=True)
    d.load_state_dict(load_file(here / "discriminator.safetensors"), strict=True)

    with torch.no_grad():  # a row of 5 samples for each of 5 classes
        images = g.eval()(torch.rand(25, 100) * 2 - 1, torch.arange(25) // 5 % 10)
    print(images.shape, images.min().item(), images.max().item())

    g.train(), d.train()  # a step of training; the real images are yours, here they are grey
    g_adam, d_adam = (torch.optim.Adam(net.parameters(), 0.001, (0.4, 0.999), eps=1e-8) for net in (g, d))
    z, real = torch.rand(8, 100) * 2 - 1, torch.zeros(8, 1, 28, 28)
    c = torch.randint(10, (8,))  # of the real images: G is asked for the same
    g_adam.zero_grad()
    generator_loss(g, d, z, c).backward()
    g_adam.step()
    d_adam.zero_grad()
    discriminator_loss(g, d, z, real, c).backward()
    d_adam.step()

    # save_file(g.state_dict(), here / "generator.safetensors")  # and d: then `dcgan import` takes them back
