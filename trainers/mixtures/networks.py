"""Perceptrons for GANs in the plane: several side by side, in one pass."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..networks import SLOPE, DiscriminatorNetwork, GeneratorNetwork


class Layers(nn.Module):
    """Dense layers of k networks side by side, whose weights have nothing in common.

    Each is one batched product: on one core eight networks of 64 units take about as long as two
    alone, for there an iteration is mostly what starting an operation costs.
    """

    def __init__(self, k: int, sizes: Sequence[int]) -> None:
        super().__init__()
        pairs = list(pairwise(sizes))
        self.weights = nn.ParameterList(torch.empty(k, *pair) for pair in pairs)
        self.biases = nn.ParameterList(torch.empty(k, 1, after) for _, after in pairs)

    def forward(self, inputs: Tensor, slope: float) -> Tensor:
        """What the last layer gives (k, batch, out) for inputs (k, batch, in).

        LeakyReLU of this slope is between two layers.
        """
        values = inputs
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = torch.baddbmm(bias, F.leaky_relu(values, slope) if number else values, weight)
        return values

    def draw(self, numbers: torch.Generator) -> None:
        """Glorot-uniform weights and zero biases, as of all networks here, from this stream."""
        with torch.no_grad():
            for weight, bias in zip(self.weights, self.biases, strict=True):
                limit = math.sqrt(6 / sum(weight.shape[1:]))
                weight.uniform_(-limit, limit, generator=numbers)
                bias.zero_()


class PointGenerator(GeneratorNetwork):
    """Dense layers with ReLU, and one to the two coordinates; k generators side by side."""

    def __init__(self, k: int, latent: int, width: int, layers: int) -> None:
        super().__init__()
        self.k = k
        self.layers = Layers(k, [latent, *[width] * layers, 2])

    def draw(self, numbers: torch.Generator) -> None:
        """Initial weights, of all replicas."""
        self.layers.draw(numbers)

    def forward(self, latents: Tensor) -> Tensor:
        """Points (batch, k, 2) for latents (batch, k latent): each generator has its own."""
        own = latents.view(len(latents), self.k, -1).transpose(0, 1)  # (k, batch, latent)
        points: Tensor = self.layers(own, 0.0)  # (k, batch, 2)
        return points.transpose(0, 1)


class PointDiscriminator(DiscriminatorNetwork):
    """Dense layers with LeakyReLU, and one to the score; k discriminators side by side."""

    features = 0  # nothing is dropped: points are drawn anew, and cannot be learnt by heart

    def __init__(self, k: int, width: int, layers: int) -> None:
        super().__init__()
        self.outputs = k
        self.layers = Layers(k, [2, *[width] * layers, 1])

    def draw(self, numbers: torch.Generator) -> None:
        """Initial weights, of all replicas."""
        self.layers.draw(numbers)

    def forward(self, points: Tensor, keep: Tensor | None = None) -> Tensor:
        """Scores (k batch, 1) of points (batch, k, 2): all of the first discriminator first.

        `keep` (batch, 0) is that of the training loop, and not used.
        """
        scores: Tensor = self.layers(points.transpose(0, 1), SLOPE)  # (k, batch, 1)
        return scores.reshape(-1, 1)
