"""What is measured of kept trainings afterwards: their images, and how their curves settle."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lossgp.results.sweep import SETTLING, Cell
from lossgp.trainers import TrainerError, trainer
from lossgp.trainers.gan.checkpoint import read

if TYPE_CHECKING:
    Images = NDArray[np.uint8]

_IMAGES = 64
_NEAR = 0.1  # of the curve's largest size: so near the final level it has settled
_END = 0.1  # of the curve: what its final level is the mean of


def contrast(images: Images) -> float:
    """Return the mean standard deviation of the pixels of an image, in [0, 1]; (n, c, h, w)."""
    return float(images.reshape(len(images), -1).std(1).mean() / 255)


def sharpness(images: Images) -> float:
    """Return the mean absolute difference of neighbouring pixels, in [0, 1]."""
    whole = images.astype(np.float64)
    steps = [np.abs(np.diff(whole, axis=axis)).mean() for axis in (2, 3) if whole.shape[axis] > 1]
    return float(np.mean(steps) / 255) if steps else 0.0


def colour(images: Images) -> float:
    """Return the mean standard deviation of a pixel's channels, in [0, 1]: 0 is grey."""
    return float(images.astype(np.float64).std(1).mean() / 255)


OF_IMAGES: Mapping[str, Callable[[Images], float]] = {
    "contrast": contrast,
    "sharpness": sharpness,
    "colour": colour,
}
"""Measures of generated images, by name."""
MEASURES = (*OF_IMAGES, SETTLING)


def settling(iterations: Sequence[float], curve: Sequence[float]) -> float | None:
    """Return from which part of the training on a curve stays near where it ends, in (0, 1].

    Near is within a tenth of the curve's largest size; where it ends is the mean of its last tenth.
    None of a curve that is not finite, or has fewer than three points.
    """
    values = np.asarray(curve, dtype=np.float64)
    if len(values) < 3 or not np.isfinite(values).all():
        return None
    last = max(1, math.ceil(_END * len(values)))
    far = np.abs(values - values[-last:].mean()) > _NEAR * np.abs(values).max()
    beyond = np.flatnonzero(far)
    first = 0 if not len(beyond) else min(int(beyond[-1]) + 1, len(values) - 1)
    return float(iterations[first] / iterations[-1])


def measured(cells: Sequence[Cell], wanted: Collection[str]) -> tuple[Cell, ...]:
    """Return the cells with what is wanted of their kept trainings, where it can be had.

    Args:
        cells: those of a sweep.
        wanted: names of `MEASURES`; others are ignored.
    """
    own = [name for name in MEASURES if name in wanted]
    return (
        tuple(replace(cell, extra=_of_cell(cell, own)) for cell in cells) if own else tuple(cells)
    )


def _of_cell(cell: Cell, wanted: Sequence[str]) -> dict[tuple[str, int], dict[str, float]]:
    comparison = cell.comparison
    made: Any = trainer(comparison.trainer, comparison.protocol.model_dump(), comparison.device)
    found = {}
    for loss in comparison.losses:
        for outcome in loss.outcomes:
            path = comparison.checkpoint(loss, outcome.seed)
            if path is not None and outcome.metrics:
                found[loss.name, outcome.seed] = _of_model(made, path, wanted)
    return found


def _of_model(made: Any, path: Path, wanted: Sequence[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    try:
        if SETTLING in wanted:
            history = read(path).history
            curve = history.get("wasserstein")
            value = settling(history["iteration"], curve) if curve else None
            found |= {} if value is None else {SETTLING: value}
        names = [name for name in wanted if name in OF_IMAGES]
        if names and hasattr(made, "generate"):
            images = made.generate(path, _IMAGES, seed=0)
            if images.ndim == 4:  # of a toy problem these are points
                for name in names:
                    if name != "colour" or images.shape[1] == 3:
                        found[name] = OF_IMAGES[name](images)
    except TrainerError:  # a damaged file has nothing to measure
        return {}
    return found
