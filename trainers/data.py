"""Images to train on."""

from __future__ import annotations

import torch
from torch import Tensor

from .datasets.digits import grey_levels


def digits() -> tuple[Tensor, Tensor]:
    """scikit-learn's handwritten digits (UCI "Optical Recognition of Handwritten Digits", test).

    Images (1797, 1, 8, 8), float32 in [-1, 1] (17 grey levels), and labels (1797,), int64. They
    come with scikit-learn: nothing is downloaded.
    """
    grey, labels = grey_levels()
    images = torch.from_numpy(grey).to(torch.float32).sub_(8).div_(8).unsqueeze(1)
    return images, torch.from_numpy(labels)


def as_floats(images: Tensor) -> Tensor:
    """Images as the networks see them: uint8 is scaled to [-1, 1], floats are as they are."""
    return images.float().div_(127.5).sub_(1) if images.dtype == torch.uint8 else images
