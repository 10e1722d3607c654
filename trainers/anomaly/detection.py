"""How well anomaly scores tell abnormal images from normal ones, and how sure that is.

AUROC and average precision are torchmetrics' (one sample), and the same statistics weighted
(bootstrap): thousands of resamples of the images in one pass over the sorted scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..metrics.importing import explained

Floats = NDArray[np.float64]

CONFIDENCE = 0.95
RESAMPLES = 1000
_AT_ONCE = 2**22  # weights in memory: 32 MB


@dataclass(frozen=True, eq=False)
class Scores:
    """Anomaly scores of held-out images: those of normal ones (n,), those of abnormal ones (m,)."""

    normal: Floats
    abnormal: Floats

    def __post_init__(self) -> None:
        for name in ("normal", "abnormal"):
            scores = np.asarray(getattr(self, name), np.float64)
            if scores.ndim != 1 or not len(scores) or not np.isfinite(scores).all():
                raise ValueError(f"the scores of {name} images must be finite, and one at least")
            object.__setattr__(self, name, scores)

    def joined(self) -> tuple[Floats, NDArray[np.bool_]]:
        """All scores, the normal ones first, and which of them are abnormal."""
        flags = np.arange(len(self.normal) + len(self.abnormal)) >= len(self.normal)
        return np.concatenate([self.normal, self.abnormal]), flags


@dataclass(frozen=True)
class Quality:
    """AUROC, and average precision (the area under the precision-recall curve, by steps)."""

    auroc: float
    average_precision: float


@dataclass(frozen=True)
class Interval:
    """A 95 % interval of a statistic."""

    low: float
    high: float


def quality(scores: Scores) -> Quality:
    """Both statistics, by torchmetrics; ties count half in the AUROC.

    Raises `TrainerError` where torchmetrics cannot be imported.
    """
    import torch

    with explained("AUROC"):
        from torchmetrics.functional.classification import binary_auroc, binary_average_precision
    values, abnormal = scores.joined()
    # Ranks keep the order, and ties; torchmetrics would pass scores above 1 through a float32
    # sigmoid, where large ones become equal.
    levels, ranks = np.unique(values, return_inverse=True)
    given = torch.from_numpy((ranks + 0.5) / len(levels))
    labels = torch.from_numpy(abnormal.astype(np.int64))
    area, precision = (
        float(measure(given, labels)) for measure in (binary_auroc, binary_average_precision)
    )
    return Quality(area, precision)


def roc_curve(scores: Scores) -> tuple[Floats, Floats]:
    """False and true positive rates, from (0, 0) to (1, 1), a point for each distinct score."""
    values, abnormal = scores.joined()
    _, place = np.unique(-values, return_inverse=True)
    levels = int(place.max()) + 1
    rates = []
    for flags in (~abnormal, abnormal):
        counts = np.bincount(place[flags], minlength=levels)
        rates.append(np.concatenate([[0.0], np.cumsum(counts) / counts.sum()]))
    return rates[0], rates[1]


def resampled(
    seeds: Sequence[Scores], resamples: int = RESAMPLES, *, over_seeds: bool = False
) -> Floats:
    """Bootstrap values of mean AUROC and average precision, (resamples, 2).

    Normal and abnormal images are resampled apart, as many of each as there are; the same
    resample serves all `seeds` (scores of the same images by several trainings), and the statistic
    is the mean over them: so its spread says what other images would change. With `over_seeds`
    the seeds are resampled, too: what other images and other trainings would change.

    The images drawn depend on their numbers alone: values of two methods on the same images are
    paired.

    Raises `ValueError` where the seeds' numbers of images differ, or there is none.
    """
    sizes = {(len(each.normal), len(each.abnormal)) for each in seeds}
    if len(sizes) != 1:
        raise ValueError(f"scores of the same images are needed, not of {sorted(sizes)}")
    ((normal, abnormal),) = sizes
    numbers, choosing = np.random.default_rng(0), np.random.default_rng(1)
    block = max(1, _AT_ONCE // (normal + abnormal))
    means = []
    for start in range(0, resamples, block):
        count = min(block, resamples - start)
        drawn = [numbers.multinomial(n, np.full(n, 1 / n), size=count) for n in (normal, abnormal)]
        weights = np.concatenate(drawn, axis=1)  # (count, n + m)
        values = np.stack([weighted(each, weights) for each in seeds])  # (seeds, count, 2)
        chosen = np.arange(len(seeds))[:, None]
        if over_seeds:
            chosen = choosing.integers(0, len(seeds), (len(seeds), count))
        means.append(values[chosen, np.arange(count)].mean(0))
    return np.concatenate(means)


def interval(values: Floats) -> Interval:
    """The 95 % percentile interval of bootstrap values (resamples,)."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return Interval(float(low), float(high))


def weighted(scores: Scores, weights: NDArray[np.int64]) -> Floats:
    """AUROC and average precision, (b, 2), of resamples.

    Args:
        scores: of n normal and m abnormal images.
        weights: how often each stands in a resample, (b, n + m), the normal ones first.
    """
    values, abnormal = scores.joined()
    order = np.argsort(-values, kind="stable")  # the highest score first
    weights, flags, values = weights[:, order], abnormal[order], values[order]
    last = np.append(np.flatnonzero(np.diff(values)), len(values) - 1)  # of each group of ties
    hits = np.cumsum(weights * flags, axis=1)[:, last].astype(np.float64)  # (b, levels)
    alarms = np.cumsum(weights * ~flags, axis=1)[:, last].astype(np.float64)
    # Trapezoids of the ROC: a tie counts half.
    before = np.concatenate([np.zeros((len(hits), 1)), hits[:, :-1]], axis=1)
    widths = np.diff(alarms, axis=1, prepend=0)
    area = (widths * (hits + before)).sum(1) / (2 * hits[:, -1] * alarms[:, -1])
    precision = hits / np.maximum(hits + alarms, 1)
    average = ((hits - before) * precision).sum(1) / hits[:, -1]
    return np.stack([area, average], axis=1)
