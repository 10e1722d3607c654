"""How well a run's surrogate knew losses before they were trained, and what that has saved."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from lossgp.search import Individual, Reason, Score
from lossgp.search.prediction import Prediction, measured_log, trained_values

_LEAST = 3  # losses of which a rank correlation is told
_CONTROLS = 5  # losses left to chance from which is told what chance would have needed


@dataclass(frozen=True)
class Share:
    """How many losses there are, and how many of them came to less than the run's median."""

    losses: int
    good: int

    def __str__(self) -> str:
        return f"{self.good} of {self.losses}"


@dataclass(frozen=True)
class Guidance:
    """What a surrogate said, against what came.

    Attributes:
        correlation: Spearman's rank correlation of the predicted with the measured mean
            logarithm. Every prediction was made before its loss was trained, so it is out of
            sample; but most of these losses were chosen for being predicted good, and of a
            narrower range it is smaller than of all that were drawn. None of fewer than 3.
        compared: of how many losses it is.
        chosen: the losses that the surrogate chose.
        by_chance: those left to chance in the same generations: its control.
    """

    correlation: float | None
    compared: int
    chosen: Share
    by_chance: Share

    @property
    def needed(self) -> float | None:
        """How many losses chance would have needed for as many good ones as were chosen.

        The good ones chosen, divided by the share of good ones among those left to chance: an
        estimate, as sure as their number. None of fewer than 5, or where none of them is good.
        """
        chance = self.by_chance
        if chance.losses < _CONTROLS or not chance.good:
            return None
        return self.chosen.good * chance.losses / chance.good

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "rank_correlation": self.correlation,
            "losses": self.compared,
            "chosen": self.chosen.losses,
            "chosen_below_median": self.chosen.good,
            "by_chance": self.by_chance.losses,
            "by_chance_below_median": self.by_chance.good,
            "chance_would_need": self.needed,
        }


@dataclass(frozen=True)
class RunGuidance:
    """The guidance of a run: as a whole, and of each generation that was guided, from 0.

    Attributes:
        drawn: how many losses it chose from; those equal to others, or rejected, not counted.
    """

    whole: Guidance
    generations: Mapping[int, Guidance]
    drawn: int

    def to_json(self) -> dict[str, Any]:
        """Return plain data; generations count from 1, as people read them."""
        return {
            **self.whole.to_json(),
            "drawn": self.drawn,
            "generations": [
                {"generation": number + 1, **one.to_json()}
                for number, one in self.generations.items()
            ],
        }


def guidance(individuals: Sequence[Individual], rejects: Mapping[str, int]) -> RunGuidance | None:
    """Return how well a run was guided; None where no surrogate said anything."""
    measured = [(i, came) for i in individuals if (came := _came(i.score)) is not None]
    middle = median(came for _, came in measured) if measured else math.nan
    said = [
        (i.candidate.generation, i.candidate.prediction, came)
        for i, came in measured
        if i.candidate.prediction is not None
    ]
    if not said:
        return None
    generations = sorted({number for number, _, _ in said})
    whole = _guidance([(one, came) for _, one, came in said], middle)
    return RunGuidance(
        whole,
        {
            number: _guidance([(one, came) for at, one, came in said if at == number], middle)
            for number in generations
        },
        rejects.get(str(Reason.UNPROMISING), 0) + whole.chosen.losses,
    )


def _came(score: Score) -> float | None:
    """Return the mean logarithm of what a loss came to; None where nothing says it.

    One that was stopped at a rung comes after all whole ones, as its fitness has it.
    """
    if score.is_stopped:
        return math.log(score.fitness) if 0 < score.fitness < math.inf else None
    values = trained_values(score)
    return measured_log(values, math.inf) if values else None


def _guidance(said: Sequence[tuple[Prediction, float]], middle: float) -> Guidance:
    def share(chosen: bool) -> Share:
        found = [came for one, came in said if one.chosen is chosen]
        return Share(len(found), sum(came < middle for came in found))

    pairs = [(one.mean, came) for one, came in said]
    return Guidance(_spearman(pairs), len(pairs), share(True), share(False))


def _spearman(pairs: Sequence[tuple[float, float]]) -> float | None:
    if len(pairs) < _LEAST or any(len(set(values)) == 1 for values in zip(*pairs, strict=True)):
        return None
    from scipy.stats import spearmanr  # late: a second

    return float(spearmanr([a for a, _ in pairs], [b for _, b in pairs]).statistic)
