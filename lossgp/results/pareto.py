"""The Pareto archive of a run: what no other loss beats in mean, spread and size at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from lossgp.search import Individual

AIMS = ("mean", "spread", "size")
"""What a loss of the archive may be chosen by, as in RUN@size."""


def pareto(individuals: Iterable[Individual]) -> list[Individual]:
    """Return the non-dominated losses over mean score, its spread, and size, by their mean.

    One loss dominates another if it is at least as good in all three and better in one; of losses
    that are equal in all three the first by name stays. Only losses that were trained on all
    seeds count, of which at least one ended well, and none that was ruled out: a dead generator
    has no spread at all.
    """
    found: list[Individual] = []
    # What comes later in this order cannot dominate what came before.
    for one in sorted(filter(_counts, individuals), key=lambda i: (_aims(i), i.candidate.name)):
        if not any(all(a <= b for a, b in zip(_aims(o), _aims(one), strict=True)) for o in found):
            found.append(one)
    return found


def chosen(archive: Sequence[Individual], aim: str) -> Individual:
    """Return the archive's loss that is best by one aim.

    By the mean it is the best. By spread or size it is the one of least spread, or of least size,
    among those whose mean is within one spread of the best: a smaller loss that is worse than
    that is no find. Ties go to the better mean, then to the name.

    Args:
        archive: what `pareto` returns; not empty.
        aim: one of `AIMS`.
    """
    best = archive[0]
    if aim == "mean":
        return best
    near = [i for i in archive if i.score.mean <= best.score.mean + best.score.std]
    return min(near, key=lambda i: (_aims(i)[AIMS.index(aim)], i.score.mean, i.candidate.name))


def _counts(individual: Individual) -> bool:
    score = individual.score
    ended_well = score.failures < len(score.values)
    return score.is_whole and ended_well and math.isfinite(score.fitness)


def _aims(individual: Individual) -> tuple[float, float, int]:
    """Return mean, spread and size: smaller is better in each."""
    score = individual.score
    return score.mean, score.std, individual.candidate.size
