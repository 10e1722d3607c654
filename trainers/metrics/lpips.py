"""LPIPS between generated images: how far apart are they, to a network's eye?"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ..errors import TrainerError
from ..extractors.extractor import as_rgb
from ..extractors.present import hub_checkpoints
from .importing import explained
from .pairs import random_pairs

SMALLEST = 64  # pixels: AlexNet's least
BACKBONE = "alexnet-owt-7be5be79.pth"


def fake_distance(images: Tensor, seed: int) -> float:
    """The mean LPIPS of 1000 random pairs of images (n, c, h, w) in [-1, 1]; higher is better.

    Zhang et al. 2018 with AlexNet, by torchmetrics; as a measure of diversity, so between
    generated images. Smaller images are enlarged to 64 pixels.

    Raises `TrainerError` where torchvision or AlexNet's weights are missing; none are downloaded.
    """
    network = _network()
    first, second = random_pairs(_scaled(as_rgb(images)).clamp(-1, 1), seed, "lpips")
    with torch.inference_mode():
        parts = [
            network(a, b)
            for a, b in zip(torch.split(first, 50), torch.split(second, 50), strict=True)
        ]
    return float(torch.stack(parts).double().mean())


def require_lpips() -> None:
    """Raise `TrainerError` unless torchvision is installed and AlexNet's weights are at hand."""
    if find_spec("torchvision") is None:
        raise TrainerError(
            "LPIPS needs torchvision, which is not installed; install the one that belongs to "
            "this torch"
        )
    if not (hub_checkpoints() / BACKBONE).is_file():
        raise TrainerError(
            f"LPIPS needs AlexNet's weights, {BACKBONE} in {str(hub_checkpoints())!r}; get them "
            "with: python -c \"import torchvision; torchvision.models.alexnet(weights='DEFAULT')\""
        )


@cache
def _network() -> Any:
    require_lpips()
    with explained("LPIPS"):
        from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

        return LearnedPerceptualImagePatchSimilarity(net_type="alex")


def _scaled(images: Tensor) -> Tensor:
    smaller = min(images.shape[2:])
    if smaller >= SMALLEST:
        return images
    size = [round(side * SMALLEST / smaller) for side in images.shape[2:]]
    return F.interpolate(images, size, mode="bilinear", antialias=True)
