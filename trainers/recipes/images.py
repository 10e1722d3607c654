"""The GANetic paper's GANs on MNIST, Fashion-MNIST, CIFAR-10, or any folder of images."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from ..gan.file_protocols import METRICS, FileProtocol, FolderProtocol
from ..gan.files import FileTrainer, FolderTrainer
from .ganetic import ConvolutionalProtocol


class ImageProtocol(FileProtocol, ConvolutionalProtocol):
    """The paper's GAN, trained for a number of epochs on images from files."""

    epochs: int = Field(default=70, ge=1, le=100_000)

    def describe(self) -> str:
        """One line for people: what it is, its scale, and how it is measured."""
        deviations = self.deviations()
        scale = f"scaled to {deviations}" if deviations else "at full scale"
        grey = "" if self.image_channels == 1 else " colour"
        missing = [name for name in METRICS if name not in self.metrics]
        without = f", without {', '.join(missing)}" if missing else ""
        return (
            f"{self.name} {self.side}x{self.side}{grey}, {scale}; "
            f"FID of {self.samples} images on {self.features} features{without}"
        )


class MnistProtocol(ImageProtocol):
    """The search of the GANetic paper (section 4.1): its GAN on MNIST, 70 epochs of batch 512.

    The paper's FID is that of 256 images; it is measured too, as `fid_256`.
    """

    name: Literal["mnist"] = "mnist"
    batch: int = Field(default=512, ge=2, le=65536)

    @property
    def side(self) -> int:
        """Pixels along an image's side."""
        return 28


class FashionMnistProtocol(ImageProtocol):
    """The MNIST protocol on Fashion-MNIST (Xiao et al. 2017), which the paper does not use."""

    name: Literal["fashion-mnist"] = "fashion-mnist"
    batch: int = Field(default=512, ge=2, le=65536)

    @property
    def side(self) -> int:
        """Pixels along an image's side."""
        return 28


class Cifar10Protocol(ImageProtocol):
    """The paper's comparison (section 4.2, table 2): two more stages, 200 epochs of batch 128.

    D sees half batches, as in the authors' published example.
    """

    name: Literal["cifar10"] = "cifar10"
    epochs: int = Field(default=200, ge=1, le=100_000)
    batch: int = Field(default=128, ge=2, le=65536)
    half_batches: bool = True
    stages: tuple[int, ...] = (1, 2, 2, 4)

    @property
    def side(self) -> int:
        """Pixels along an image's side."""
        return 32

    @property
    def image_channels(self) -> int:
        """Three: red, green, blue."""
        return 3


class ImagesProtocol(FolderProtocol, ImageProtocol):
    """The CIFAR-10 GAN on any images: `data` is a folder of pictures, or a file with images.

    The paper's GAN with two more stages and half batches, and the options of every
    `FolderProtocol`.
    """

    name: Literal["images"] = "images"
    epochs: int = Field(default=200, ge=1, le=100_000)
    batch: int = Field(default=128, ge=2, le=65536)
    half_batches: bool = True
    stages: tuple[int, ...] = (1, 2, 2, 4)


class ImageTrainer(FileTrainer):
    """Trains the paper's GAN on the images of a data set."""

    protocol: ImageProtocol
    protocol_type: ClassVar[type[ImageProtocol]]
    time_limit = 7 * 86400.0  # at full scale a training takes hours on a processor

    @property
    def iterations(self) -> int:
        """Whole batches in an epoch, times epochs: 8,190 for the paper's search."""
        protocol = self.protocol
        count = protocol.train_size or len(self.data_set.images)
        return protocol.epochs * (count // protocol.batch)


class MnistTrainer(ImageTrainer):
    """The protocol of the paper's search."""

    protocol_type = MnistProtocol


class FashionMnistTrainer(ImageTrainer):
    """The same on Fashion-MNIST."""

    protocol_type = FashionMnistProtocol


class Cifar10Trainer(ImageTrainer):
    """The protocol of the paper's table 2."""

    protocol_type = Cifar10Protocol
    seeds = 25


class ImagesTrainer(FolderTrainer, ImageTrainer):
    """The CIFAR-10 GAN on any images."""

    protocol_type = ImagesProtocol
    protocol: ImagesProtocol
