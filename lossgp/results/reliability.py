"""How far scores can tell losses apart: intraclass correlations, after Shrout and Fleiss (1979).

The model is their case 1, one-way random effects: the figure of loss i with seed j is

    x_ij = mu + b_i + w_ij,   var(b) = between, var(w) = within,

and the reliability of a mean over k seeds is ICC(1, k) = between / (between + within / k). With
n seeds of each loss the mean squares BMS (of the losses' means, times n) and WMS (within losses)
give within = WMS and between = (BMS - WMS) / n; it is taken as 0 where that is negative.

What is no mean, as a median, is measured as it is: seeds are dealt into groups of k, the
statistic of each group is one x_ij, and its ICC(1, 1) is the reliability over k seeds. Beyond the
groups that there are seeds for, it goes on by the Spearman-Brown formula.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FEWEST_LOSSES, FEWEST_SEEDS = 6, 4
"""Of fewer nothing is estimated: a half would be of two losses, or of one seed."""
TARGET = 0.8
CONFIDENCE = 0.95
_DEALS = 20  # ways to deal seeds into groups, or into the half that chooses and the one that counts
RESAMPLES = 1000
_TRIMMED = 0.25  # of the seeds at each end


@dataclass(frozen=True)
class Statistic:
    """How the figures of several seeds become one score.

    Attributes:
        key, title: for files, and for people.
        of: takes the figures (losses, seeds) and which trainings are dead to what is averaged.
        combine: takes figures (..., k) to scores (...); None is their mean.
    """

    key: str
    title: str
    of: Callable[[Array, NDArray[np.bool_]], Array]
    combine: Callable[[Array], Array] | None = None


def _as_they_are(values: Array, dead: NDArray[np.bool_]) -> Array:
    return values


def _logs(values: Array, dead: NDArray[np.bool_]) -> Array:
    return np.log(values)


def _living_apart(values: Array, dead: NDArray[np.bool_]) -> Array:
    """Return logs in which all dead trainings of all losses have one figure, their mean.

    The mean over seeds is then (1 - d) L + d D: the mean log L of the living, the share d of dead
    ones, and what a dead one counts, D. How a training is dead says nothing of its loss.
    """
    logs = np.log(values)
    return np.where(dead, logs[dead].mean(), logs) if dead.any() else logs


def _trimmed(values: Array) -> Array:
    cut = int(_TRIMMED * values.shape[-1])
    return np.asarray(np.sort(values, -1)[..., cut : values.shape[-1] - cut].mean(-1))


def _median(values: Array) -> Array:
    return np.asarray(np.median(values, -1))


STATISTICS = (
    Statistic("mean", "mean", _as_they_are),
    Statistic("median", "median", _as_they_are, _median),
    Statistic("log_mean", "mean of logs", _logs),
    Statistic("living", "living and share of dead", _living_apart),
    Statistic("trimmed", f"trimmed mean ({_TRIMMED:.0%})", _as_they_are, _trimmed),
)


@dataclass(frozen=True)
class Curve:
    """The reliability of a score over the number of seeds.

    Attributes:
        icc: over 1, 2, ... seeds.
        low, high: 95 % bootstrap interval of each, over losses.
        measured: up to how many seeds the statistic was measured; beyond it follows the
            Spearman-Brown formula. Of means it is exact for all.
        needed: seeds for a reliability of 0.8; None where no number is enough.
    """

    icc: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    measured: int
    needed: int | None


@dataclass(frozen=True)
class _Deal:
    """Seeds dealt into groups of one size: what the statistic of the groups comes to.

    Attributes:
        means: of each loss's groups, (losses,).
        variances: among each loss's groups, (losses,).
        groups: how many.
        order: what losses are chosen by, from seeds that are in no group; None takes all.
    """

    means: Array
    variances: Array
    groups: int
    order: Array | None


def icc(between: float, within: float, k: float = 1.0) -> float:
    """Return ICC(1, k) for variance components; 0 where nothing varies between."""
    return between / (between + within / k) if between > 0 else 0.0


def components(values: Array) -> tuple[float, float]:
    """Return the variances between and within losses of figures (losses, seeds).

    Both are unbiased; that between may be negative.
    """
    deal = _Deal(values.mean(1), values.var(1, ddof=1), values.shape[1], None)
    between, within = _pooled([deal], np.arange(len(values))[None])
    return float(between[0]), float(within[0])


def reliability(
    values: Array,
    dead: NDArray[np.bool_],
    statistic: Statistic,
    *,
    good: bool = False,
    seeds: int | None = None,
    resamples: int = RESAMPLES,
) -> Curve | None:
    """Return the reliability of a statistic among losses.

    Args:
        values: figures above 0, lower is better, (losses, seeds).
        dead: which trainings did not take off, (losses, seeds).
        statistic: what is made of several seeds.
        good: only among the better half of the losses. Half of the seeds choose it, by the mean
            of logs, and the others count, many times over: so luck that helps a loss into the
            half does not count in it.
        seeds: how many to go to; as many as there are by default.
        resamples: of the bootstrap.

    Returns:
        The curve; None for fewer than `FEWEST_LOSSES` or `FEWEST_SEEDS`.
    """
    losses, count = values.shape
    if losses < FEWEST_LOSSES or count < FEWEST_SEEDS:
        return None
    figures, order = statistic.of(values, dead), np.log(values)
    rng = np.random.default_rng(0)
    rows = np.concatenate([np.arange(losses)[None], rng.integers(losses, size=(resamples, losses))])
    dealt = count // 2 if good else count
    largest = 1 if statistic.combine is None else max(1, dealt // 2)
    at = {}  # by the size of groups: between and within of each row
    for size in range(1, largest + 1):
        deals = _deals(figures, order, statistic, size, good)
        at[size] = _pooled(deals, rows)
    last = seeds or count
    curves = np.array([_reliable(at, k) for k in range(1, last + 1)])  # (seeds, rows)
    low, high = np.quantile(curves[:, 1:], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=1)
    return Curve(
        tuple(curves[:, 0].tolist()),
        tuple(low.tolist()),
        tuple(high.tolist()),
        last if statistic.combine is None else min(largest, last),
        _needed(at),
    )


def _deals(
    figures: Array, order: Array, statistic: Statistic, size: int, good: bool
) -> list[_Deal]:
    """Return the statistic of groups of `size` seeds, dealt in many ways."""
    count = figures.shape[1]
    rng = np.random.default_rng(1)
    once = size == 1 and not good
    deals = []
    for _ in range(1 if once else _DEALS):
        shuffled = rng.permutation(count)
        halves = (shuffled[: count // 2], shuffled[count // 2 :])
        for counting, choosing in (halves, halves[::-1]) if good else ((shuffled, None),):
            groups = len(counting) // size
            dealt = figures[:, counting[: groups * size]].reshape(len(figures), groups, size)
            scores = (statistic.combine or _mean)(dealt)  # (losses, groups)
            by = None if choosing is None else order[:, choosing].mean(1)
            deals.append(_Deal(scores.mean(1), scores.var(1, ddof=1), groups, by))
    return deals


def _mean(values: Array) -> Array:
    return np.asarray(values.mean(-1))


def _pooled(deals: Sequence[_Deal], rows: NDArray[np.intp]) -> tuple[Array, Array]:
    """Return between and within, (rows,), for each row of indices of losses, over all deals."""
    between, within = np.zeros(len(rows)), np.zeros(len(rows))
    for deal in deals:
        taken = rows
        if deal.order is not None:
            best = np.argsort(deal.order[rows], axis=1, kind="stable")
            taken = np.take_along_axis(rows, best[:, : rows.shape[1] // 2], axis=1)
        noise = deal.variances[taken].mean(1)
        within += noise
        between += deal.means[taken].var(1, ddof=1) - noise / deal.groups
    return between / len(deals), within / len(deals)


def _reliable(at: dict[int, tuple[Array, Array]], k: int) -> Array:
    """Return ICC(1, k) of each row, from the largest groups of at most k seeds."""
    size = min(k, max(at))
    between, within = at[size]
    signal = np.maximum(between, 0.0)
    total = signal + np.maximum(within, 0.0) * size / k
    return np.divide(signal, total, out=np.zeros_like(total), where=total > 0)


def _needed(at: dict[int, tuple[Array, Array]]) -> int | None:
    """Return the seeds for `TARGET`."""
    for size in at:
        if _reliable(at, size)[0] >= TARGET:
            return size
    size = max(at)
    between, within = at[size][0][0], at[size][1][0]
    if between <= 0:
        return None
    return int(np.ceil(size * within / between * TARGET / (1 - TARGET) - 1e-9))
