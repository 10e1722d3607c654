"""Images to train on."""

from __future__ import annotations

import torch
from torch import Tensor


def digits() -> tuple[Tensor, Tensor]:
    """scikit-learn's handwritten digits (UCI "Optical Recognition of Handwritten Digits", test).

    Images (1797, 1, 8, 8), float32 in [-1, 1] (17 grey levels), and labels (1797,), int64. They
    come with scikit-learn: nothing is downloaded.
    """
    from sklearn.datasets import load_digits  # about a second to import: only where it is needed

    data = load_digits()
    images = torch.from_numpy(data.images).to(torch.float32).sub_(8).div_(8).unsqueeze(1)
    return images, torch.from_numpy(data.target).to(torch.int64)
