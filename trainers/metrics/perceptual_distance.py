"""How far apart generated images are to a network's eye, by LPIPS' formula without its weights."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ..extractors import Extractor
from .pairs import random_pairs


def fake_perceptual_distance(images: Tensor, extractor: Extractor, seed: int) -> float:
    """The mean distance in 1000 random pairs of images (n, c, h, w) in [-1, 1]; higher is better.

    The distance is that of Zhang et al. 2018, equation 1, with all weights one: at each pixel of
    a feature map both images' channels are scaled to length 1; their squared difference is summed
    over channels, averaged over pixels, and summed over the maps. It is not LPIPS, whose weights
    were learned from people's judgement for other networks: figures of the two, or of two
    extractors, cannot be compared. NaN where the extractor shows no maps.
    """
    first, second = random_pairs(torch.arange(len(images)), seed, "perceptual distance")
    rows = torch.tensor(
        sorted({*first.tolist(), *second.tolist()})
    )  # of 10,000 images 2,000 are met at most
    with torch.inference_mode():
        maps = _directions(images[rows], extractor)
        if not maps:
            return math.nan
        places = zip(torch.searchsorted(rows, first), torch.searchsorted(rows, second), strict=True)
        return float(torch.stack([_distance(maps, int(a), int(b)) for a, b in places]).mean())


def _distance(maps: Sequence[Tensor], a: int, b: int) -> Tensor:
    apart = [(level[a] - level[b]).square().sum(0).mean() for level in maps]
    return torch.stack(apart).double().sum()


def _directions(images: Tensor, extractor: Extractor) -> list[Tensor]:
    """The maps of all images, each (n, channels, h, w), of length 1 over channels; on the CPU."""
    parts: list[list[Tensor]] = []
    for part in torch.split(images, extractor.batch):
        # Filled up, so that the last bits of an image's maps do not depend on how many there are.
        missing = extractor.batch - len(part)
        padded = torch.cat([part, part.new_zeros(missing, *part.shape[1:])])
        maps = extractor.maps(padded.to(extractor.device))
        parts.append([_unit(level[: len(part)].float()).cpu() for level in maps])
    return [torch.cat(levels) for levels in zip(*parts, strict=True)]


def _unit(maps: Tensor) -> Tensor:
    lengths = maps.square().sum(1, keepdim=True).sqrt()
    return maps / lengths.add(1e-10)
