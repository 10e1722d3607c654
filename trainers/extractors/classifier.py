"""The feature network of any labelled data set: a small classifier, trained once and kept."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ..cache import cache_directory
from ..data import as_floats
from ..errors import TrainerError
from ..initial import glorot, initialise
from ..preparation import announce
from ..seeding import reproducible, stream
from .extractor import Extractor, levels
from .weights import Facts, digest, load_or_train

FEATURES = 64  # few enough that 256 images still fix a covariance
SHIFT = 1  # pixels; shifts make up for little data
LARGEST = 64  # pixels; larger images are made smaller first
# With the data's digest, shape and classes everything that fixes the network.
RECIPE: dict[str, int | float | str] = {
    "version": 1,
    "layers": "conv 32, conv /2 doubling to 128 until 8 pixels, conv; norm, relu; dense 64, k",
    "optimiser": "Adam, linear to 0",
    "rate": 1e-3,
    "steps": 500,
    "batch": 128,
    "held out": 0.1,
    "seed": 0,
}


class ImageClassifier(nn.Module, Extractor):
    """Images (n, c, h, w) in [-1, 1] to `classes` logits, through 64 features (after the ReLU).

    `accuracy` is measured on a tenth of the data that it was not trained on.
    """

    width = FEATURES
    accuracy: float = float("nan")

    def __init__(self, shape: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        self.shape, self.classes = shape, classes
        height, width = (min(side, LARGEST) for side in shape[1:])
        stem = 1 if max(height, width) < 16 else 2
        layers = _convolution(shape[0], 32, stem)
        height, width, maps = -(-height // stem), -(-width // stem), 32
        while max(height, width) > 8:
            layers += _convolution(maps, min(2 * maps, 128), 2)
            height, width, maps = (height + 1) // 2, (width + 1) // 2, min(2 * maps, 128)
        layers += _convolution(maps, max(maps, 64), 1)
        layers += [nn.Flatten(), nn.Linear(max(maps, 64) * height * width, FEATURES), nn.ReLU()]
        self.trunk = nn.Sequential(*layers)
        self.head = nn.Linear(FEATURES, classes)

    def draw(self, numbers: torch.Generator) -> None:
        """Initial weights: Glorot's, and batch norms that do nothing yet."""
        glorot(self, numbers)
        for layer in self.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.reset_parameters()

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, k)."""
        return self.classify(self.embed(images))

    def maps(self, images: Tensor) -> tuple[Tensor, ...]:
        """What each convolution gives, after its ReLU: maps of 32 to 128 channels."""
        ends = [number for number, layer in enumerate(self.trunk) if isinstance(layer, nn.ReLU)]
        return levels(self.trunk, self._seen(images), ends[:-1])  # the last are the features

    def embed(self, images: Tensor) -> Tensor:
        """Features (batch, 64)."""
        features: Tensor = self.trunk(self._seen(images))
        return features

    def _seen(self, images: Tensor) -> Tensor:
        """Images as the network takes them, made smaller where they are large."""
        if tuple(images.shape[1:]) != self.shape:
            raise ValueError(
                f"{self.name} takes images {self.shape}, not {tuple(images.shape[1:])}"
            )
        if max(self.shape[1:]) > LARGEST:
            size = [min(side, LARGEST) for side in self.shape[1:]]
            images = F.interpolate(images, size, mode="bilinear", antialias=True)
        return images

    def classify(self, features: Tensor) -> Tensor:
        """Logits (n, k) of features (n, 64)."""
        logits: Tensor = self.head(features)
        return logits

    def describe(self) -> str:
        """The name, and the accuracy on images that it was not trained on."""
        return f"{self.name}, {self.accuracy:.1%} right on held-out images"


def _convolution(channels: int, maps: int, stride: int) -> list[nn.Module]:
    convolution = nn.Conv2d(channels, maps, 3, stride=stride, padding=1)
    return [convolution, nn.BatchNorm2d(maps), nn.ReLU()]


def classifier(
    dataset_name: str,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    digest_of_data: str,
    directory: Path | None = None,
) -> ImageClassifier:
    """A classifier of these images, on the CPU, in evaluation: from the cache, or trained.

    `images` are uint8 (n, c, h, w) with c 1 or 3 and sides of at least 8, `labels` (n,) any
    integers; `digest_of_data` names the data's content. The name of what is returned ends in the
    first digits of a hash of recipe and data, the same on every machine.

    Raises `TrainerError` where the data cannot be learned from (one class, too few or too small
    images), or where the cache directory cannot be written.
    """
    _check(dataset_name, images, labels)
    known, targets = np.unique(labels, return_inverse=True)
    shape = (images.shape[1], images.shape[2], images.shape[3])
    key = digest({**RECIPE, "data": digest_of_data, "shape": list(shape), "classes": len(known)})
    slug = re.sub(r"[^a-z0-9]+", "-", dataset_name.lower()).strip("-")[:40] or "images"
    path = (directory or cache_directory()) / f"classifier-{slug}-{key[:16]}.safetensors"
    network = _blank(shape, len(known))
    network.name = f"classifier of {dataset_name} (sha {key[:8]})"
    pixels, classes = torch.from_numpy(images), torch.from_numpy(targets.astype(np.int64))
    facts = load_or_train(network, path, lambda: _train(network, pixels, classes))
    network.accuracy = float(facts["accuracy"])
    return network


def _blank(shape: tuple[int, int, int], classes: int) -> ImageClassifier:
    with torch.device("meta"):
        network = ImageClassifier(shape, classes)
    initialise(network, "cpu", stream(int(RECIPE["seed"]), "classifier: init"))
    return network.eval().requires_grad_(False)


def _check(name: str, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
    trouble = None
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1] not in (1, 3):
        trouble = f"its images are {images.dtype} {images.shape}, not uint8 (n, 1 or 3, h, w)"
    elif min(images.shape[2:]) < 8:
        trouble = f"its images are {images.shape[3]} x {images.shape[2]} pixels, smaller than 8 x 8"
    elif labels.shape != images.shape[:1]:
        trouble = f"it has {len(images)} images and labels of shape {labels.shape}"
    elif len(np.unique(labels)) < 2:
        trouble = "it has a single class"
    elif len(images) < 20:
        trouble = f"it has {len(images)} images, fewer than 20"
    if trouble:
        raise TrainerError(
            f"no classifier can be trained on {name!r}: {trouble}; choose another extractor"
        )


def _train(network: ImageClassifier, images: Tensor, labels: Tensor) -> Facts:
    """Fit nine tenths of the images (n, c, h, w), uint8, and count what is right on the rest."""
    seed, steps, rate = int(RECIPE["seed"]), int(RECIPE["steps"]), float(RECIPE["rate"])
    shuffled = torch.randperm(len(images), generator=stream(seed, "classifier: held out"))
    held = max(2, round(float(RECIPE["held out"]) * len(images)))
    test, fit = shuffled[:held], shuffled[held:]
    order = stream(seed, "classifier: order")
    with reproducible():
        network.train().requires_grad_(True)
        optimiser = torch.optim.Adam(network.parameters(), lr=rate, fused=True)
        decay = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, steps)
        for step in range(steps):
            if step % 10 == 0:
                announce("training the feature classifier", step, steps)
            rows = fit[torch.randint(len(fit), (int(RECIPE["batch"]),), generator=order)]
            down, right = torch.randint(2 * SHIFT + 1, (2,), generator=order).tolist()
            batch = _shifted(as_floats(images[rows]), down, right)
            optimiser.zero_grad()
            loss = F.cross_entropy(network(batch), labels[rows])
            torch.autograd.backward(loss)
            optimiser.step()
            decay.step()
        network.eval().requires_grad_(False)
        parts = zip(torch.split(images[test], 256), torch.split(labels[test], 256), strict=True)
        right = sum(int((network(as_floats(x)).argmax(1) == y).sum()) for x, y in parts)
    return {"accuracy": repr(right / held)}


def _shifted(images: Tensor, down: int, right: int) -> Tensor:
    """Images moved by at most `SHIFT` pixels, their edges repeated."""
    height, width = images.shape[2:]
    padded = F.pad(images, (SHIFT,) * 4, mode="replicate")
    return padded[:, :, down : down + height, right : right + width]
