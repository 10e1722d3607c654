"""MNIST at 14 x 14 pixels with perceptrons: real images, and cheap enough for a search."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ..datasets import DataSet, load_from
from ..gan.file_protocols import FileProtocol
from ..gan.files import FileTrainer
from ..preparation import announce
from .perceptron import PerceptronProtocol


class Mnist14Protocol(PerceptronProtocol, FileProtocol):
    """MNIST at half its size, 14 x 14 pixels, with perceptrons: seconds a training.

    The images are MNIST's, as they lie on this machine (`lossgp data list`); each pixel is the mean
    of four. `samples` generated images against all real ones for FID and KID, on the features of
    a classifier that was trained on these small images, where no other network is asked for.
    """

    VERSION: ClassVar[int] = 1

    name: Literal["mnist-14"] = "mnist-14"
    width: int = Field(default=256, ge=1, le=4096)
    samples: int = Field(default=2000, ge=2, le=100_000)
    metrics: tuple[str, ...] = ("fid", "kid")

    @property
    def side(self) -> int:
        """Pixels along an image's side."""
        return 14

    def describe(self) -> str:
        """One line for people."""
        size = "" if self.train_size is None else f"{self.train_size} images of "
        return (
            f"{size}MNIST at 14x14, perceptrons of {self.layers} x {self.width}, "
            f"batch {self.batch}, {self.iterations} iterations, Adam {self.learning_rate:g}, "
            f"FID of {self.samples} images on {self.features} features"
        )


class Mnist14Trainer(FileTrainer):
    """Trains the `mnist-14` protocol."""

    protocol_type = Mnist14Protocol
    protocol: Mnist14Protocol

    def read_images(self) -> DataSet:
        """MNIST's images at half their size."""
        announce("reading images")
        (found,) = load_from(self.protocol.data, "mnist")
        name = f"{found.name} at 14x14"
        return DataSet(name, halved(found.images), found.labels, found.classes, found.notes)


def halved(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images (n, c, 28, 28) as (n, c, 14, 14): means of 2 x 2 pixels, halves rounded up.

    In whole numbers, so that the same images come out everywhere, and with them the same hash.
    Images of any other size stay as they are.
    """
    n, c, height, width = images.shape
    if (height, width) != (28, 28):
        return images
    blocks = images.reshape(n, c, 14, 2, 14, 2).astype(np.uint16)
    means: NDArray[np.uint8] = ((blocks.sum((3, 5)) + 2) // 4).astype(np.uint8)
    return means
