"""The feature network of scikit-learn's 8 x 8 digits: a small classifier, trained once."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..cache import cache_directory
from ..data import digits
from ..initial import initialise
from ..preparation import announce
from ..seeding import reproducible, stream
from .extractor import Extractor, levels
from .weights import Facts, digest, load_or_train

FEATURES = 64
# Everything that fixes the network; its hash names the file, so a new recipe is a new file.
RECIPE = {
    "version": 1,
    "data": "scikit-learn digits",
    "layers": "conv 1-32 3x3, relu, conv 32-64 3x3 /2, relu, dense 64, relu, dense 10",
    "optimiser": "Adam 2e-3",
    "steps": 300,
    "batch": 128,
    "seed": 0,
}


class DigitClassifier(nn.Module, Extractor):
    """Images (n, 1, 8, 8) to 10 logits, through 64 features (after the ReLU)."""

    name = "classifier of digits"
    width = FEATURES
    classes = 10

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(64 * 4 * 4, FEATURES),
            nn.ReLU(),
        )
        self.head = nn.Linear(FEATURES, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, 10)."""
        logits: Tensor = self.head(self.trunk(images))
        return logits

    @torch.inference_mode()
    def features(self, images: Tensor) -> Tensor:
        """Features (n, 64), float32: what FID and KID are measured on."""
        # Not padded to whole batches: the figures of version 1 were measured so.
        return torch.cat([self.trunk(part) for part in torch.split(images.cpu(), 256)])

    def maps(self, images: Tensor) -> tuple[Tensor, ...]:
        """What both convolutions give, after their ReLUs: (batch, 32, 8, 8), (batch, 64, 4, 4)."""
        return levels(self.trunk, images, (1, 3))

    def embed(self, images: Tensor) -> Tensor:
        """Features (batch, 64)."""
        features: Tensor = self.trunk(images)
        return features

    def classify(self, features: Tensor) -> Tensor:
        """Logits (n, 10) of features (n, 64)."""
        logits: Tensor = self.head(features)
        return logits


class EnlargedDigitClassifier(Extractor):
    """The digits' classifier for enlarged ones, grey (n, 1, side, side): it sees means of blocks.

    `side` is a multiple of 8. What is finer than an eighth of the image it does not see.
    """

    name = "classifier of digits, on means of 8 x 8 blocks"
    width = FEATURES
    classes = 10

    def __init__(self, network: DigitClassifier) -> None:
        self._network = network

    def features(self, images: Tensor) -> Tensor:
        """Features (n, 64), float32, on the CPU."""
        parts = [self._shrunk(part.cpu().float()) for part in torch.split(images, self.batch)]
        return self._network.features(torch.cat(parts))

    def embed(self, images: Tensor) -> Tensor:
        """Features (batch, 64)."""
        return self._network.embed(self._shrunk(images))

    def classify(self, features: Tensor) -> Tensor:
        """Logits (n, 10) of features (n, 64)."""
        return self._network.classify(features)

    def _shrunk(self, images: Tensor) -> Tensor:
        return F.avg_pool2d(images, images.shape[-1] // 8)  # (n, 1, 8, 8)


def digit_classifier(directory: Path | None = None) -> DigitClassifier:
    """The feature network, on the CPU, in evaluation: from the cache, or trained (seconds).

    Several processes may call it at once: one trains, the others wait and load. A file that is
    damaged, or not what it should be, is replaced. Raises `TrainerError` where the directory
    cannot be written.
    """
    path = (directory or cache_directory()) / f"digit-classifier-{digest(RECIPE)[:16]}.safetensors"
    network = _blank()
    load_or_train(network, path, lambda: _train(network))
    return network


def _blank() -> DigitClassifier:
    with torch.device("meta"):
        network = DigitClassifier()
    initialise(network, "cpu", stream(int(str(RECIPE["seed"])), "digit classifier: init"))
    return network.eval().requires_grad_(False)


def _train(network: DigitClassifier) -> Facts:
    """Fit all 1,797 digits, always to the same weights on one machine."""
    steps, batch = int(str(RECIPE["steps"])), int(str(RECIPE["batch"]))
    order = stream(int(str(RECIPE["seed"])), "digit classifier: order")
    images, labels = digits()
    with reproducible():
        network.requires_grad_(True)
        optimiser = torch.optim.Adam(network.parameters(), lr=2e-3, fused=True)
        for step in range(steps):
            if step % 50 == 0:
                announce("training the feature classifier", step, steps)
            rows = torch.randint(len(images), (batch,), generator=order)
            optimiser.zero_grad()
            torch.autograd.backward(F.cross_entropy(network(images[rows]), labels[rows]))
            optimiser.step()
    network.requires_grad_(False)
    return {}
