"""The protocols of the GANetic paper's image experiments, and one for any images."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from .content import Content
from .convolutional import ConvolutionalProtocol
from .gan_protocol import GanProtocol

Patterns = Annotated[
    tuple[str, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str) else given)
]
"""Patterns for the names of files; one may stand alone."""

METRICS = ("fid", "kid", "fid_256", "precision", "recall", "density", "coverage")


class FileProtocol(GanProtocol):
    """A GAN trained on images from files.

    `train_size` takes a fixed random part of the images. `data` is the folder or file to read them
    from; by default they are looked for where people keep them (see `lossgp data list`). Only the
    images count: `content`, their SHA-256, is filled in and part of the hash, and where they lie
    is not. `features` is the network of the metrics: `inception`, a `classifier` trained on the
    whole labelled data set, `efficientnet`, or `auto`: the first of them that can be had.
    """

    UNHASHED: ClassVar[frozenset[str]] = frozenset({"data"})

    train_size: int | None = Field(default=None, ge=2)
    data: str | None = None
    content: Content = ""
    features: Literal["auto", "inception", "classifier", "efficientnet"] = "auto"
    samples: int = Field(default=10_000, ge=2, le=100_000)
    metrics: tuple[str, ...] = METRICS


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


class ImagesProtocol(ImageProtocol):
    """The CIFAR-10 GAN on any images: `data` is a folder of pictures, or a file with images.

    They are brought to `size` x `size` pixels with 1 or 3 `channels`; `crop` takes their centre
    square, or nothing of a picture is lost (`none`: it is squeezed). With `flip` real images are
    mirrored at random. Of a folder, `include` and `exclude` are patterns for files, as
    `benign/*` and `*_mask*`; `labels` `none` leaves labels out. What these choose is in `content`,
    and so in the hash.
    """

    UNHASHED: ClassVar[frozenset[str]] = ImageProtocol.UNHASHED | {"include", "exclude", "labels"}

    name: Literal["images"] = "images"
    epochs: int = Field(default=200, ge=1, le=100_000)
    batch: int = Field(default=128, ge=2, le=65536)
    half_batches: bool = True
    stages: tuple[int, ...] = (1, 2, 2, 4)
    size: int = Field(default=64, ge=8, le=512)
    channels: Literal[1, 3] = 3
    crop: Literal["center", "none"] = "center"
    flip: bool = False
    include: Patterns = ()
    exclude: Patterns = ()
    labels: Literal["auto", "none"] = "auto"

    @property
    def side(self) -> int:
        """Pixels along an image's side."""
        return self.size

    @property
    def image_channels(self) -> int:
        """1 for grey images, 3 for colour."""
        return self.channels

    @property
    def mirrored(self) -> bool:
        """Whether real images are mirrored at random."""
        return self.flip
