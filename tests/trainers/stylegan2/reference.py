"""StyleGAN2 as its papers have it, slowly: one sample, one kernel tap at a time, in float64.

It shares no code with the networks, only their weights, by name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

Weights = Mapping[str, Tensor]


def correlate(x: Tensor, kernel: Tensor) -> Tensor:
    """x (c, h, w), already padded, with a kernel (o, c, k, k): (o, h - k + 1, w - k + 1)."""
    size = kernel.shape[-1]
    height, width = x.shape[1] - size + 1, x.shape[2] - size + 1
    out = x.new_zeros(len(kernel), height, width)
    for a in range(size):
        for b in range(size):
            part = x[:, a : a + height, b : b + width]
            out = out + torch.einsum("oc,chw->ohw", kernel[:, :, a, b], part)
    return out


def padded(x: Tensor, before: int, after: int) -> Tensor:
    c, h, w = x.shape
    out = x.new_zeros(c, h + before + after, w + before + after)
    out[:, before : before + h, before : before + w] = x
    return out


def with_zeros(x: Tensor) -> Tensor:
    """A zero after every pixel, but not after the last: (c, 2h - 1, 2w - 1)."""
    c, h, w = x.shape
    out = x.new_zeros(c, 2 * h - 1, 2 * w - 1)
    out[:, ::2, ::2] = x
    return out


def filtered(x: Tensor, gain: float = 1.0) -> Tensor:
    """[1, 3, 3, 1] along both axes, without padding: (c, h - 3, w - 3)."""
    rows = (x[:, :-3] + 3 * x[:, 1:-2] + 3 * x[:, 2:-1] + x[:, 3:]) / 8
    both = (rows[..., :-3] + 3 * rows[..., 1:-2] + 3 * rows[..., 2:-1] + rows[..., 3:]) / 8
    return gain * both


def upsampled(x: Tensor) -> Tensor:
    return filtered(padded(with_zeros(x), 2, 2), gain=4)


def downsampled(x: Tensor) -> Tensor:
    return filtered(padded(x, 1, 1))[:, ::2, ::2]


def leaky(x: Tensor) -> Tensor:
    return torch.where(x > 0, x, 0.2 * x) * math.sqrt(2)


def dense(weights: Weights, name: str, x: Tensor, rate: float = 1.0) -> Tensor:
    """x (i,) to (o,): every weight times rate / sqrt(i), every bias times rate."""
    weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return weight @ x * (rate / math.sqrt(len(x))) + bias * rate


def mapped(weights: Weights, z: Tensor, depth: int) -> Tensor:
    x = z / (z.square().mean() + 1e-8).sqrt()
    for i in range(depth):
        x = leaky(dense(weights, f"mapping.layers.{i}", x, rate=0.01))
    return x


def styled(weights: Weights, name: str, x: Tensor, w: Tensor, noise: Tensor, up: bool) -> Tensor:
    style = dense(weights, f"{name}.style", w)
    kernel = weights[f"{name}.weight"] / math.sqrt(9 * len(style))
    kernel = kernel * style[None, :, None, None]
    kernel = kernel / (kernel.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8).sqrt()
    if up:
        x = correlate(padded(with_zeros(x), 2, 2), kernel.flip(2, 3))
        x = filtered(padded(x, 1, 1), gain=4)
    else:
        x = correlate(padded(x, 1, 1), kernel)
    x = x + weights[f"{name}.strength"] * noise
    return leaky(x + weights[f"{name}.bias"][:, None, None])


def image(weights: Weights, size: int, styles: Tensor, noise: Tensor) -> Tensor:
    """One image (c, size, size) of styles (layers, latent) and noise (noise_size,)."""
    x, out, side, layer, at = weights["constant"][0], None, 4, 0, 0
    for block in range(size.bit_length() - 2):
        for conv in ("up", "conv") if block else ("conv",):
            part = noise[at : at + side**2].view(side, side)
            x = styled(weights, f"blocks.{block}.{conv}", x, styles[layer], part, conv == "up")
            layer, at = layer + 1, at + side**2
        name = f"blocks.{block}.to_image"
        style = dense(weights, f"{name}.style", styles[layer])
        kernel = weights[f"{name}.weight"] / math.sqrt(len(style)) * style
        added = torch.einsum("oc,chw->ohw", kernel, x) + weights[f"{name}.bias"][:, None, None]
        out = added if out is None else upsampled(out) + added
        side *= 2
    assert out is not None
    return out


def scores(weights: Weights, images: Tensor, group: int = 4) -> Tensor:
    """(n, 1); groups are neighbours, and n is a multiple of their size."""
    features = torch.stack([_features(weights, one) for one in images])  # (n, c, 4, 4)
    found = []
    for at in range(0, len(images), group):
        members = features[at : at + group]
        centred = members - members.mean(dim=0)
        deviation = (centred.square().mean(dim=0) + 1e-8).sqrt().mean()
        for x in members:
            x = torch.cat([x, deviation.expand(1, 4, 4)])
            x = leaky(_convolved(weights, "conv", padded(x, 1, 1)))
            x = leaky(dense(weights, "dense", x.flatten()))
            found.append(dense(weights, "score", x))
    return torch.stack(found)


def _features(weights: Weights, x: Tensor) -> Tensor:
    x = leaky(_convolved(weights, "from_image", x))
    block = 0
    while x.shape[-1] > 4:
        name = f"blocks.{block}"
        skip = _convolved(weights, f"{name}.skip", downsampled(x))
        x = leaky(_convolved(weights, f"{name}.first", padded(x, 1, 1)))
        x = filtered(padded(x, 2, 2))
        x = leaky(_convolved(weights, f"{name}.second", x)[:, ::2, ::2])
        x = (x + skip) / math.sqrt(2)
        block += 1
    return x


def _convolved(weights: Weights, name: str, x: Tensor) -> Tensor:
    kernel = weights[f"{name}.weight"]
    x = correlate(x, kernel / math.sqrt(kernel[0].numel()))
    bias = weights.get(f"{name}.bias")
    return x if bias is None else x + bias[:, None, None]
