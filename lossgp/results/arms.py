"""Tests between the arms of a study: nothing here assumes a normal distribution."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from lossgp.common.averages import mean

from .against import CONFIDENCE, FEWEST, expanded
from .study import Reached, Study

_RESAMPLES = 9999
Interval = tuple[float, float]


@dataclass(frozen=True)
class ArmTest:
    """An arm against the baseline, by the confirmed scores of their runs; lower is better.

    Attributes:
        arm: its name.
        ratio: of the geometric means of their scores; None where one is not above 0.
        ratio_interval: its bootstrap interval, over the runs of both; None for too few.
        p: two-sided p-value of the Mann-Whitney test (1947), exact without ties.
        p_adjusted: p, adjusted for the number of arms (Holm 1979, Scand. J. Stat. 6, 65).
        a12: the chance that a run of the arm ends better than one of the baseline, ties half
            (Vargha & Delaney 2000, J. Educ. Behav. Stat. 25, 101, equation 14).
        speedup: the baseline's restricted mean cost to the target over the arm's; None without a
            target.
        speedup_interval: its bootstrap interval.
    """

    arm: str
    ratio: float | None
    ratio_interval: Interval | None
    p: float
    p_adjusted: float
    a12: float
    speedup: float | None
    speedup_interval: Interval | None


@dataclass(frozen=True)
class Share:
    """What a part of a search carries, by switching it off.

    Attributes:
        part: its name.
        ratio: the score without it over that of the whole search, of geometric means.
        ratio_interval: its bootstrap interval.
        share: log(ratio) over that of the search without any part: of all that the parts gain
            together, how much is lost without this one. Shares need not add up to 1, as parts
            may help or replace each other. None where the parts together gain nothing.
    """

    part: str
    ratio: float | None
    ratio_interval: Interval | None
    share: float | None


def reached(study: Study, arm: str) -> Reached:
    """Return at which cost the runs of an arm had a loss as good as the target."""
    costs = tuple(study.cost_to_target(member) for member in study.of(arm))
    counted = [study.horizon if cost is None else cost for cost in costs]
    known = [math.inf if cost is None else cost for cost in costs]
    middle = median(known) if known else math.inf
    return Reached(
        costs,
        middle if math.isfinite(middle) else None,
        mean(counted) if counted else study.horizon,
        interval_of(lambda values: values.mean(axis=-1), counted),
    )


def arm_tests(study: Study) -> list[ArmTest]:
    """Return each arm against the baseline, in their order; those without runs are left out."""
    base = study.final(study.baseline)
    arms = [arm for arm in study.arms if arm != study.baseline and study.final(arm)]
    if not base:
        return []
    values = [_mann_whitney(study.final(arm), base) for arm in arms]
    adjusted = holm(values)
    found = []
    for arm, p, p_adjusted in zip(arms, values, adjusted, strict=True):
        own = study.final(arm)
        ratio, interval = ratio_of(own, base)
        speedup = speedup_interval = None
        if study.target_score is not None:
            costs = [
                [study.horizon if c is None else c for c in reached(study, name).costs]
                for name in (study.baseline, arm)
            ]
            speedup = mean(costs[0]) / mean(costs[1])
            speedup_interval = interval_of(
                lambda x, y: x.mean(axis=-1) / y.mean(axis=-1), costs[0], costs[1]
            )
        found.append(
            ArmTest(arm, ratio, interval, p, p_adjusted, a12(own, base), speedup, speedup_interval)
        )
    return found


def shares(study: Study) -> list[Share]:
    """Return what each part of an ablation carries; none where the study is no ablation."""
    lacking = {part: arm for arm, part in (study.ablated or {}).items()}
    if "" not in lacking or not (whole := study.final(lacking[""])):
        return []
    bare, _ = ratio_of(study.final(lacking["all"]), whole) if "all" in lacking else (None, None)
    found = []
    for part, arm in lacking.items():
        if not part or not (scores := study.final(arm)):
            continue
        ratio, interval = ratio_of(scores, whole)
        share = None
        if part != "all" and ratio is not None and bare is not None and bare > 1:
            share = math.log(ratio) / math.log(bare)
        found.append(Share(part, ratio, interval, share))
    return found


def a12(own: Sequence[float], other: Sequence[float]) -> float:
    """Return the chance that one of the first is lower than one of the others, ties half."""
    wins = sum((a < b) + 0.5 * (a == b) for a in own for b in other)
    return wins / (len(own) * len(other))


def holm(values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number (Holm 1979), in the order that was given."""
    adjusted = [0.0] * len(values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(values)), key=lambda i: values[i])):
        largest = max(largest, min(1.0, values[index] * (len(values) - rank)))
        adjusted[index] = largest
    return adjusted


def ratio_of(own: Sequence[float], other: Sequence[float]) -> tuple[float | None, Interval | None]:
    """Return the ratio of geometric means with its interval; None where a value is not above 0."""
    if not own or not other or min(*own, *other) <= 0:
        return None, None
    logs = [[math.log(value) for value in values] for values in (own, other)]
    interval = interval_of(lambda x, y: x.mean(axis=-1) - y.mean(axis=-1), logs[0], logs[1])
    ratio = math.exp(mean(logs[0]) - mean(logs[1]))
    return ratio, interval and (math.exp(interval[0]), math.exp(interval[1]))


def _mann_whitney(own: Sequence[float], other: Sequence[float]) -> float:
    from scipy.stats import mannwhitneyu

    if len({*own, *other}) == 1:
        return 1.0
    return float(mannwhitneyu(own, other, alternative="two-sided").pvalue)


def interval_of(
    statistic: Callable[..., NDArray[np.float64]], *samples: Sequence[float]
) -> Interval | None:
    """Return the bootstrap interval of a statistic of independent samples of runs.

    Percentiles, at the level that corrects for few runs (see `against.expanded`). None for
    fewer than `FEWEST` in a sample. Its random numbers are fixed.
    """
    from scipy.stats import bootstrap

    fewest = min(map(len, samples))
    if fewest < FEWEST:
        return None
    found = bootstrap(
        [np.asarray(sample, float) for sample in samples],
        lambda *drawn, axis: statistic(*drawn),
        vectorized=True,
        n_resamples=_RESAMPLES,
        confidence_level=expanded(CONFIDENCE, fewest),
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(found.low), float(found.high)
