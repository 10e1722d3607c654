"""Whether a shortcut is sound: what the rungs of a search say of the ends of its trainings."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from lossgp.search import Individual

WHOLE = 1.0
_LEAST = 3  # losses: two are always in order, or turned round


@dataclass(frozen=True)
class RungCorrelation:
    """How two stops of the same trainings rank the losses that reached both.

    They are the better ones: those that were stopped at the first are not among them, so that
    the correlation is lower than over all losses.

    Attributes:
        part, to: of a training; `to` is 1 for its end.
        losses: how many reached both.
        spearman: Spearman's rank correlation (1904); None with fewer than three losses, or where
            one stop tells none apart.
    """

    part: float
    to: float
    losses: int
    spearman: float | None

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "part": self.part,
            "to": self.to,
            "losses": self.losses,
            "spearman": self.spearman,
        }


def rung_correlations(
    individuals: Sequence[Individual], rungs: Sequence[float]
) -> list[RungCorrelation]:
    """Return the correlation of every two stops of a search: its rungs, and the end."""
    values = [_values(individual) for individual in individuals]
    found = []
    for part, to in combinations((*rungs, WHOLE), 2):
        both = [(own[part], own[to]) for own in values if part in own and to in own]
        found.append(RungCorrelation(part, to, len(both), _spearman(both)))
    return found


def stopped_at(individuals: Sequence[Individual], rungs: Sequence[float]) -> dict[float, int]:
    """Return how many losses were stopped at each rung."""
    last = [i.score.rungs[-1].part for i in individuals if i.score.is_stopped]
    return {rung: last.count(rung) for rung in rungs}


def _values(individual: Individual) -> dict[float, float]:
    """Return what a loss came to with its first seed, by how much of it was run."""
    score = individual.score
    found = {rung.part: rung.value for rung in score.rungs}
    return found if score.is_stopped or not found else {**found, WHOLE: score.values[0]}


def _spearman(pairs: Sequence[tuple[float, float]]) -> float | None:
    if len(pairs) < _LEAST:
        return None
    from scipy.stats import spearmanr

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a constant has no ranks, which NaN says
        found = float(spearmanr([a for a, _ in pairs], [b for _, b in pairs]).statistic)
    return None if math.isnan(found) else found
