"""The scores of a run, estimated together: what each loss is worth, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from . import posterior
from .candidate import Individual
from .posterior import Beliefs, Groups, Sums
from .scoring import Posterior, Score

_DIGITS = 9  # an estimate's last bits differ between processors, and nobody needs them


@dataclass(frozen=True)
class Estimates:
    """What the trainings of some losses say of each of them (see `posterior`).

    Attributes:
        is_log: whether the model's scale is the logarithm of the metric; else it is the metric.
        sums, groups, beliefs: the trainings, what they say of all losses, and of each.
    """

    is_log: bool
    sums: Sums
    groups: Groups
    beliefs: Beliefs

    @classmethod
    def of(
        cls,
        samples: Sequence[Sequence[float]],
        priors: Mapping[int, tuple[float, float]] | None = None,
    ) -> Self:
        """Return the estimates of losses, each with one or more values of the metric.

        Args:
            samples: the values of each loss.
            priors: by a loss's index, mean and standard deviation of the logarithm, as something
                else predicts it; without a logarithm they are left out.
        """
        is_log = all(value > 0 for each in samples for value in each)
        sums = Sums.of([np.log(each) for each in samples] if is_log else samples)
        groups = posterior.fit(sums)
        prior = None
        if priors and is_log:
            prior = np.full(len(samples), np.nan), np.full(len(samples), np.nan)
            for index, (mean, sd) in priors.items():
                prior[0][index], prior[1][index] = mean, sd
        return cls(is_log, sums, groups, posterior.beliefs(sums, groups, prior))

    def posteriors(self) -> list[Posterior]:
        """Return what each loss is worth, on the metric's own scale."""
        low, high = posterior.interval(self.beliefs)
        best = self.beliefs.best()
        return [
            self._on_the_scale(*cells)
            for cells in zip(self.beliefs.mean, low, high, best, strict=True)
        ]

    def of_others(self, samples: Sequence[Sequence[float]]) -> list[Posterior]:
        """Return what losses are worth that are none of these: by their own trainings alone."""
        logs = self.is_log and all(value > 0 for each in samples for value in each)
        if not samples or logs != self.is_log:
            return []
        sums = Sums.of([np.log(each) for each in samples] if logs else samples)
        found = posterior.measured(sums, self.groups)
        low, high = posterior.interval(found)
        return [
            self._on_the_scale(*cells, math.nan)
            for cells in zip(found.mean, low, high, strict=True)
        ]

    def reliability(self, indices: Sequence[int]) -> float:
        """Return which part of the differences between some of the losses is theirs, not luck."""
        own = self.beliefs
        chosen = np.asarray(indices, int)
        return posterior.reliability(
            Beliefs(own.weight[chosen], own.centre[chosen], own.width[chosen])
        )

    def _on_the_scale(self, mean: float, low: float, high: float, best: float) -> Posterior:
        ends = [math.exp(v) if self.is_log else v for v in (mean, low, high)]
        return Posterior(*(float(f"{value:.{_DIGITS}g}") for value in (*ends, best)))


def estimated(individuals: Sequence[Individual]) -> list[Individual]:
    """Return individuals with their posteriors, by which they are ranked, in their order.

    One that is ruled out stays so, and one without a whole training stays as it is.
    """
    trained = [i for i in individuals if i.score.trained]
    if not trained:
        return list(individuals)
    found = Estimates.of([i.score.trained for i in trained]).posteriors()
    own = {i.candidate.name: p for i, p in zip(trained, found, strict=True)}
    return [
        Individual(i.candidate, _ranked(i.score, own[i.candidate.name]), i.outcomes)
        if i.candidate.name in own
        else i
        for i in individuals
    ]


def _ranked(score: Score, own: Posterior) -> Score:
    fitness = score.fitness if math.isinf(score.fitness) else own.mean
    return replace(score, fitness=fitness, posterior=own)


def compared(scores: Sequence[Score], others: Sequence[Score]) -> list[Score]:
    """Return the scores of known losses beside a run's: with what their trainings say alone.

    Args:
        scores: of the run's losses, which tell how noisy a training is.
        others: of the known losses.
    """
    trained = [s.trained for s in scores if s.trained]
    if not trained:
        return list(others)
    found = Estimates.of(trained).of_others([s.trained for s in others])
    return [_ranked(s, own) for s, own in zip(others, found, strict=True)] or list(others)
