"""The options of GANs that learn from images in files."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from ..content import Content
from .image_protocol import ImageGanProtocol

Patterns = Annotated[
    tuple[str, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str) else given)
]
"""Patterns for the names of files; one may stand alone."""

METRICS = ("fid", "kid", "fid_256", "precision", "recall", "density", "coverage")


class FileProtocol(ImageGanProtocol):
    """A GAN trained on images from files.

    `train_size` takes a fixed random part of the images. `data` is the folder or file to read them
    from; by default they are looked for where people keep them (see `lossgp data list`). Only the
    images count: `content`, their SHA-256, is filled in and part of the hash, and where they lie
    is not. `features` is the network of the metrics: `inception`, a `classifier` trained on the
    whole labelled data set, `efficientnet`, or `auto`: the first of them that can be had.
    """

    UNHASHED: ClassVar[frozenset[str]] = frozenset({"data"})
    READ: ClassVar[frozenset[str]] = frozenset({"data"})
    """Options that say which images are read (`FileTrainer.read_images`)."""

    train_size: int | None = Field(default=None, ge=2)
    data: str | None = None
    content: Content = ""
    features: Literal["auto", "inception", "classifier", "efficientnet"] = "auto"
    samples: int = Field(default=10_000, ge=2, le=100_000)
    metrics: tuple[str, ...] = METRICS

    @property
    def is_pinned(self) -> bool:
        """Whether nothing is left to be filled in that only the images or the machine tell."""
        return bool(self.content) and self.features != "auto"


class FolderProtocol(FileProtocol):
    """A GAN trained on any images: `data` is a folder of pictures, or a file with images.

    A data set in its published layout is named before its path, as `busi:FOLDER` and
    `dicom,window=lung:FOLDER` (see `lossgp data list`); `histology-crops` needs no path. Images are
    brought to `size` x `size` pixels with 1 or 3 `channels`; `crop` takes their centre square, or
    nothing of a picture is lost (`none`: it is squeezed). With `flip` real images are mirrored at
    random. Of a folder, `include` and `exclude` are patterns for files, as `benign/*` and
    `*_mask*`; `labels` `none` leaves labels out. What these choose is in `content`, and so in the
    hash.
    """

    UNHASHED: ClassVar[frozenset[str]] = FileProtocol.UNHASHED | {"include", "exclude", "labels"}
    READ: ClassVar[frozenset[str]] = UNHASHED | {"size", "channels", "crop"}

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
