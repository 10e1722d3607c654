"""Labelled data in two parts: one to learn from, one to be judged on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..data import digits
from ..errors import TrainerError

if TYPE_CHECKING:
    from ..datasets import DataSet

DIGITS_HELD_OUT = 500
TUMOURS_HELD_OUT = 200
FIFTH = 5  # one file of images without a part of its own for tests: a fifth is held out


@dataclass(frozen=True)
class Part:
    """Inputs (n, ...), float32, or uint8 images; labels (n,), int64, from 0."""

    inputs: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Split:
    """The two parts of a data set; labels are below `classes` in both."""

    train: Part
    test: Part
    classes: int


def digits_split(seed: int) -> Split:
    """scikit-learn's digits, images (n, 1, 8, 8) in [-1, 1]."""
    images, labels = digits()
    return _split(images, labels, DIGITS_HELD_OUT, seed)


def tumours_split(seed: int) -> Split:
    """scikit-learn's breast cancer data, (n, 30), standardised on the part to learn from."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    labels = torch.from_numpy(data.target.astype(np.int64))
    split = _split(torch.from_numpy(data.data), labels, TUMOURS_HELD_OUT, seed)
    std, mean = torch.std_mean(split.train.inputs, 0, correction=0)
    train, test = (
        Part(((part.inputs - mean) / std).float(), part.labels)
        for part in (split.train, split.test)
    )
    return Split(train, test, split.classes)


def images_split(
    sets: tuple[DataSet, DataSet | None],
    train_size: int | None,
    test_size: int | None,
    seed: int,
) -> Split:
    """Two parts of labelled images, uint8, of the sizes asked for; None is all there are."""
    first, second = sets
    images, labels = _tensors(first)
    if second is None:
        whole = _split(images, labels, test_size or len(labels) // FIFTH, seed)
        train, test = whole.train, whole.test
    else:
        train, test = Part(images, labels), _some(Part(*_tensors(second)), test_size, seed)
    train = _some(train, train_size, seed)
    return Split(train, test, _classes(train.labels, test.labels))


def _tensors(data: DataSet) -> tuple[Tensor, Tensor]:
    assert data.labels is not None  # `read_labelled` has seen to it
    return torch.from_numpy(np.ascontiguousarray(data.images)), torch.from_numpy(data.labels.copy())


def _some(part: Part, size: int | None, seed: int) -> Part:
    """A stratified part of this size, or all."""
    if size is None or size == len(part.labels):
        return part
    if size > len(part.labels):
        raise TrainerError(f"{size} images were asked for, and there are {len(part.labels)}")
    rows, _ = _stratified(part.labels, len(part.labels) - size, seed)
    return Part(part.inputs[rows], part.labels[rows])


def _split(inputs: Tensor, labels: Tensor, held_out: int, seed: int) -> Split:
    if held_out >= len(labels):
        raise TrainerError(f"{held_out} of {len(labels)} samples cannot be held out; give fewer")
    train, test = (Part(inputs[rows], labels[rows]) for rows in _stratified(labels, held_out, seed))
    return Split(train, test, _classes(train.labels, test.labels))


def _stratified(labels: Tensor, rest: int, seed: int) -> tuple[NDArray[np.int64], ...]:
    """Row numbers of two parts in which each class has its share; `rest` in the second."""
    from sklearn.model_selection import train_test_split

    try:
        rows: list[NDArray[np.int64]] = train_test_split(
            np.arange(len(labels)), test_size=rest, stratify=labels.numpy(), random_state=seed
        )
    except ValueError as error:  # a class with one sample, or fewer samples than classes
        raise TrainerError(
            f"{len(labels)} samples cannot be split into {len(labels) - rest} and {rest}: {error}"
        ) from error
    return tuple(rows)


def _classes(train: Tensor, test: Tensor) -> int:
    """The number of classes; each must stand in both parts, and they count from 0."""
    found, held_out = (np.unique(labels.numpy()).tolist() for labels in (train, test))
    if found != held_out or found != list(range(len(found))) or len(found) < 2:
        raise TrainerError(
            f"the labels to learn are {found}, those held out {held_out}; both parts need the "
            "same classes 0, 1, ..., at least two"
        )
    return len(found)
