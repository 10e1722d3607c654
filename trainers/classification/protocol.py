"""The options of the classification protocols."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from ..content import Content
from ..protocol import Protocol


class ClassificationProtocol(Protocol):
    """A classifier with one output for each class.

    `epochs` passes over the training part in batches of `batch`; `width` channels in the first
    convolution, or units in a hidden layer; Adam's settings. `split` is the seed of the random,
    stratified split into a training and a held-out part: another one shows whether a loss that
    was found on this split is good on the next.
    """

    epochs: int = Field(default=30, ge=1, le=100_000)
    batch: int = Field(default=64, ge=2, le=65_536)
    width: int = Field(default=16, ge=1, le=1024)
    learning_rate: float = Field(default=1e-3, gt=0)
    beta1: float = Field(default=0.9, ge=0, lt=1)
    beta2: float = Field(default=0.999, ge=0, lt=1)
    epsilon: float = Field(default=1e-7, gt=0)
    split: int = Field(default=0, ge=0, lt=2**32)

    @property
    @abstractmethod
    def subject(self) -> str:
        """What is classified, in a few words."""

    def describe(self) -> str:
        """One line for people."""
        return (
            f"{self.subject}, split {self.split}, width {self.width}, batch {self.batch}, "
            f"{self.epochs} epochs, Adam {self.learning_rate:g}"
        )


class DigitsClassification(ClassificationProtocol):
    """scikit-learn's 8 x 8 digits: 1,297 to learn from, 500 held out; a convolutional network."""

    PAPER: ClassVar[str] = (
        "Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits (the data)"
    )

    name: Literal["digits-classify"] = "digits-classify"
    epochs: int = Field(default=20, ge=1, le=100_000)
    learning_rate: float = Field(default=3e-3, gt=0)

    @property
    def subject(self) -> str:
        """What is classified."""
        return "classifier of digits 8x8 (1297 to learn, 500 held out)"


class BreastCancerClassification(ClassificationProtocol):
    """scikit-learn's breast cancer data: 30 measures of 569 tumours, 200 of them held out.

    The Wisconsin diagnostic data (Wolberg et al. 1995). As in scikit-learn, class 1 is benign.
    """

    PAPER: ClassVar[str] = "Wolberg et al. 1995, Breast Cancer Wisconsin (Diagnostic) (the data)"

    name: Literal["breast-cancer"] = "breast-cancer"
    batch: int = Field(default=32, ge=2, le=65_536)

    @property
    def subject(self) -> str:
        """What is classified."""
        return "classifier of breast tumours (369 to learn, 200 held out)"


class MnistClassification(ClassificationProtocol):
    """MNIST, or any labelled images, with a convolutional network.

    `data` is a folder that holds MNIST, or one file of labelled images (`.npz`); without it MNIST
    is looked for where data sets lie. From one file a stratified part is held out. `train_size`
    and `test_size` take a stratified part only (all to learn from; 10,000, or a fifth of one
    file, held out). `content` is filled in from the data: the hash holds it, and not the path.
    """

    UNHASHED: ClassVar[frozenset[str]] = frozenset({"data"})
    PAPER: ClassVar[str] = (
        "LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition (the data)"
    )

    name: Literal["mnist-classify"] = "mnist-classify"
    epochs: int = Field(default=1, ge=1, le=100_000)
    data: str | None = None
    train_size: int | None = Field(default=None, ge=2)
    test_size: int | None = Field(default=None, ge=2)
    content: Content = ""

    @property
    def subject(self) -> str:
        """What is classified."""
        images = "MNIST" if self.data is None else f"the images in {Path(self.data).name!r}"
        train, test = (size or "the rest" for size in (self.train_size, self.test_size))
        return f"classifier of {images} ({train} to learn, {test} held out)"
