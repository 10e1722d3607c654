"""InceptionV3 as FID's authors used it, by torch-fidelity, from weights that are at hand."""

from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import TrainerError
from .extractor import Extractor, as_rgb
from .present import INCEPTION_HELP, inception_weights

WEIGHTS_SHA256 = "6726825d"  # its first digits stand in the official file's name


class InceptionV3(Extractor):
    """Images (n, 1 or 3, h, w) in [-1, 1] to 2048 pooled features and 1008 logits.

    The network of TensorFlow's 2015 release, with its way to resize to 299 pixels (Heusel et al.
    2017); logits without the bias, as the Inception Score is measured (Salimans et al. 2016).
    """

    name = "inception-v3 (torch-fidelity weights)"
    width = 2048
    classes = 1008
    batch = 32

    def __init__(self, network: Any, device: str) -> None:
        self.network, self.device = network.to(device), device

    def embed(self, images: Tensor) -> Tensor:
        """Features (batch, 2048)."""
        pixels = as_rgb(images).add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8)
        features: Tensor = self.network(pixels)[0]
        return features

    def classify(self, features: Tensor) -> Tensor:
        """Logits (n, 1008) of features (n, 2048)."""
        weight: Tensor = self.network.fc.weight
        return features @ weight.T


def inception(device: str = "cpu") -> InceptionV3:
    """The network with its weights, in evaluation; nothing is downloaded.

    Raises `TrainerError` where the weights or a package are missing or do not work.
    """
    path = inception_weights()
    if path is None:
        raise TrainerError(INCEPTION_HELP)
    _check(path)
    try:
        extractor = import_module("torch_fidelity.feature_extractor_inceptionv3")
    except (ImportError, RuntimeError, OSError) as error:
        # torchvision's wheel for CUDA beside a CPU torch fails with RuntimeError.
        trouble = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TrainerError(
            f"torch-fidelity cannot be imported ({trouble}); install torch-fidelity, and the "
            f"torchvision that belongs to torch {torch.__version__}"
        ) from error
    network = extractor.FeatureExtractorInceptionV3(
        "inception-v3-compat",
        ["2048", "logits_unbiased"],
        feature_extractor_weights_path=str(path),
    )
    return InceptionV3(network.eval().requires_grad_(False), device)


def _check(path: Path) -> None:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if not found.startswith(WEIGHTS_SHA256):
        raise TrainerError(
            f"{str(path)!r} does not hold InceptionV3's weights (sha256 {found[:8]}…, not "
            f"{WEIGHTS_SHA256}…); download the file again"
        )
