"""StyleGAN2's filter, forward and backward, in the ways in which it could be worked out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from lossgp.trainers.networks.stylegan2.filtering import TAPS, Downsample, Filter, Upsample
from lossgp.trainers.seeding import reproducible, stream

from .scale import Scale
from .timing import fresh, seconds_of

SHAPE = (16, 64, 256, 256)  # maps of the full scale's largest layers
REHEARSED = (2, 3, 8, 8)
KINDS = {"blur": Filter, "down": Downsample, "up": Upsample}
Work = Callable[[Tensor], Tensor]


def rows(scale: Scale) -> Iterator[dict[str, Any]]:
    """Milliseconds of a forward and a backward pass; what is not the first way's is said."""
    shape = SHAPE if scale.on_card else REHEARSED
    maps = torch.randn(shape, generator=stream(0, "maps")).to(scale.device)
    with reproducible():
        for kind, made in KINDS.items():
            layer = made()
            layer.fill(stream(0, "filter"))
            layer.to(scale.device)
            expected = layer(maps)
            for name, work in ways(layer, kind).items():
                fresh(scale)
                last = "channels last" in name
                layout = torch.channels_last if last else torch.contiguous_format
                x = maps.contiguous(memory_format=layout).requires_grad_(True)
                gap = float((work(x) - expected).detach().abs().max())
                milliseconds = 1e3 * seconds_of(lambda x=x, work=work: _passes(work, x), scale)
                yield {"filter": kind, "way": name, "ms": milliseconds, "agrees": gap < 1e-4}


def ways(layer: Filter, kind: str) -> dict[str, Work]:
    """How the same filter could be worked out."""
    taps = layer.taps

    def planes(x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        flat = x.reshape(n * c, 1, h, w)
        if kind == "up":
            y = F.conv_transpose2d(flat, taps, stride=2, padding=1)
        else:
            y = F.conv2d(flat, taps, stride=2 if kind == "down" else 1, padding=1)
        return y.view(n, c, *y.shape[2:])

    def shifted(x: Tensor) -> Tensor:
        if kind == "up":  # zeros between the pixels, and before and behind them
            n, c, h, w = x.shape
            x = F.pad(x.view(n, c, h, 1, w, 1), (0, 1, 0, 0, 0, 1)).view(n, c, 2 * h, 2 * w)
            x = F.pad(x, (2, 1, 2, 1))
        else:
            x = F.pad(x, (1, 1, 1, 1))
        row = [tap * float(taps.sum()) ** 0.5 / sum(TAPS) for tap in TAPS]
        step = 2 if kind == "down" else 1
        for axis in (2, 3):
            length = x.shape[axis] - 3
            parts = [tap * x.narrow(axis, k, length) for k, tap in enumerate(row)]
            x = parts[0] + parts[1] + parts[2] + parts[3]
        return x[:, :, ::step, ::step]

    return {
        "depthwise, channels last (ours)": layer,
        "depthwise, contiguous": layer,
        "planes by themselves": planes,
        "shifted maps, channels last": shifted,
        "shifted maps, contiguous": shifted,
    }


def _passes(work: Work, x: Tensor) -> None:
    torch.autograd.grad(work(x).square().sum(), x)
