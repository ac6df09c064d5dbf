"""An MLP of width 6 for images of 28×28×1, in PyTorch.

Images are NCHW in [-1, 1], points of latent space are 100 numbers uniform in [-1, 1).
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn


class Generator(nn.Module):
    """z [n, 100] to images [n, 1, 28, 28]."""

    def __init__(self):
        super().__init__()
        self.dense_1 = nn.Linear(100, 6)
        self.dense_2 = nn.Linear(6, 784)

    def forward(self, z):
        x = self.dense_1(z)
        x = F.leaky_relu(x, 0.01)
        x = self.dense_2(x).reshape(-1, 1, 28, 28)
        return torch.tanh(x)


class Discriminator(nn.Module):
    """Images [n, 1, 28, 28] to logits [n, 1], large for real ones."""

    def __init__(self):
        super().__init__()
        self.dense_1 = nn.Linear(784, 6)
        self.dense_2 = nn.Linear(6, 1)

    def forward(self, x):
        x = self.dense_1(x.flatten(1))
        x = F.leaky_relu(x, 0.01)
        return self.dense_2(x)


def cross_entropy(logits, label):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def generator_loss(g, d, z):
    return 0.9 * cross_entropy(d(g(z)), 1.0)


def discriminator_loss(g, d, z, real):
    fake = g(z).detach()
    return 0.9 * cross_entropy(d(real), 1.0) + cross_entropy(d(fake), 0.0)


if __name__ == "__main__":
    from safetensors.torch import load_file, save_file

    here = Path(__file__).parent
    g, d = Generator(), Discriminator()
    g.load_state_dict(load_file(here / "generator.safetensors"), strict=True)
    d.load_state_dict(load_file(here / "discriminator.safetensors"), strict=True)

    with torch.no_grad():  # 25 samples
        images = g.eval()(torch.rand(25, 100) * 2 - 1)
    print(images.shape, images.min().item(), images.max().item())

    g.train(), d.train()  # a step of training; the real images are yours, here they are grey
    g_adam, d_adam = (torch.optim.Adam(net.parameters(), 0.001, (0.9, 0.999), eps=1e-8) for net in (g, d))
    z, real = torch.rand(8, 100) * 2 - 1, torch.zeros(8, 1, 28, 28)
    d_adam.zero_grad()
    discriminator_loss(g, d, z, real).backward()
    d_adam.step()
    g_adam.zero_grad()
    generator_loss(g, d, z).backward()
    g_adam.step()

    # save_file(g.state_dict(), here / "generator.safetensors")  # and d: then `dcgan import` takes them back
