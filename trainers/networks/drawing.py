"""Initial weights from a stream, for networks of convolutions, batch norms and the like."""

from __future__ import annotations

import math

import torch
from torch import nn

from .spectral_norm import draw_vector


def draw_layers(network: nn.Module, numbers: torch.Generator) -> None:
    """Fill every layer inside as PyTorch does by default, from `numbers`, layer by layer.

    Weights and biases of convolutions and dense layers are uniform within 1 / sqrt(fan-in); batch
    norms begin as the identity; singular vectors of spectral norms are random directions; other
    parameters (such as the strength of injected noise) are zero.
    """
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.reset_parameters()
            elif isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
                _draw_weights(layer, numbers)
            else:
                for parameter in layer.parameters(recurse=False):
                    parameter.zero_()


def _draw_weights(layer: nn.Conv2d | nn.ConvTranspose2d | nn.Linear, n: torch.Generator) -> None:
    bound = 1 / math.sqrt(layer.weight[0].numel())
    for name, tensor in (*layer.named_parameters(recurse=False), *layer.named_buffers()):
        if name == "u":
            draw_vector(tensor, n)
        else:
            tensor.uniform_(-bound, bound, generator=n)
