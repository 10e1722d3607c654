"""The perceptual loss of a generator: how far its images are from real ones to a network's eye."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..data import as_floats
from ..extractors.feature_maps import FeatureMaps
from ..seeding import stream

MATCHINGS = ("pairs", "means")
SOME = 256  # real images that a scale is measured on, at most
AT_ONCE = 64


class PerceptualLoss:
    """The mean over a network's maps of the squared difference of generated and real, scaled.

    With `pairs` the i-th generated image is compared with the i-th real one of the batch, as a
    plain `mse(features(made), features(real))` does; which real image that is is chance. With
    g and r for features of generated and of real images its expected value is, per map,

        (|E g - E r|² + Var g + Var r) / scale

    so it asks for the mean features of real images, and *punishes generated images for differing*.
    With `means` the batch's mean features are compared (feature matching, Salimans et al. 2016,
    section 3.1), which leaves only the first term, up to sampling.

    `scales` (one for each map) make the numbers of different networks and data comparable: see
    `spreads`. Ones leave the differences as they are.
    """

    def __init__(self, maps: FeatureMaps, matching: str, scales: Tensor) -> None:
        if matching not in MATCHINGS:
            raise ValueError(f"matching is {matching!r}; it must be one of {', '.join(MATCHINGS)}")
        self._maps, self._matching, self._scales = maps, matching, scales

    def __call__(self, made: Tensor, real: Tensor) -> Tensor:
        """The loss, a scalar; generated and real images (batch, c, h, w) in [-1, 1].

        Gradients flow to `made` alone.
        """
        with torch.no_grad():
            targets = self._maps(real)
        parts = [
            self._apart(level, target)
            for level, target in zip(self._maps(made), targets, strict=True)
        ]
        return (torch.stack(parts) / self._scales).mean()

    def _apart(self, made: Tensor, real: Tensor) -> Tensor:
        if self._matching == "means":
            made, real = made.mean(0), real.mean(0)
        return (made - real).square().mean()


def spreads(maps: FeatureMaps, images: Tensor) -> Tensor:
    """The expected squared difference of two different real images, (levels,), for each map.

    Divided by it, a loss of 1 is what two real images differ by. Measured on at most 256 of the
    images (n, c, h, w), n >= 2, float32 in [-1, 1] or uint8: always the same ones. A map that is
    the same for all images has the spread 1.
    """
    chosen = torch.randperm(len(images), generator=stream(0, "perceptual scale"))[:SOME]
    sums: list[Sequence[Tensor]] = []
    with torch.no_grad():
        for rows in torch.split(chosen, AT_ONCE):
            levels = [level.double() for level in maps(as_floats(images[rows.to(images.device)]))]
            sums.append([torch.stack([x.sum(0), x.square().sum(0)]) for x in levels])
        n, found = len(chosen), []
        for parts in zip(*sums, strict=True):
            total, squares = torch.stack(list(parts)).sum(0)  # each (channels, h, w)
            variance = (squares - total.square() / n).clamp_min(0) / (n - 1)
            found.append(2 * variance.mean())
        scales = torch.stack(found)
        return torch.where(scales > 1e-12, scales, torch.ones_like(scales)).float()
