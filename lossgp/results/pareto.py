"""The Pareto archive of a run: what no other loss beats in mean, spread and size at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

from lossgp.search import Individual, Score

AIMS = ("mean", "spread", "size")
"""What a loss of the archive may be chosen by, as in RUN@size."""

Scores = Callable[[Individual], Score]
_searched: Scores = attrgetter("score")


def pareto(individuals: Iterable[Individual], score: Scores = _searched) -> list[Individual]:
    """Return the non-dominated losses over mean score, its spread, and size, by their mean.

    One loss dominates another if it is at least as good in all three and better in one; of losses
    that are equal in all three the first by name stays. Only losses that were trained on all
    seeds count, of which at least one ended well, and none that was ruled out: a dead generator
    has no spread at all. Where seeds are shared out by a racing, it takes two trainings.

    Args:
        individuals: what is compared, measured on the same seeds.
        score: returns the score that counts; by default that of the search.
    """
    found: list[Individual] = []
    counted = [i for i in individuals if _counts(score(i))]
    # One training has no spread, which is not to be the least spread of all.
    enough = min(2, max((len(score(i).trained) for i in counted), default=0))
    # What comes later in this order cannot dominate what came before.
    for one in sorted(
        (i for i in counted if len(score(i).trained) >= enough),
        key=lambda i: (_aims(i, score), i.candidate.name),
    ):
        aims = _aims(one, score)
        if not any(all(a <= b for a, b in zip(_aims(o, score), aims, strict=True)) for o in found):
            found.append(one)
    return found


def chosen(archive: Sequence[Individual], aim: str, score: Scores = _searched) -> Individual:
    """Return the archive's loss that is best by one aim.

    By the mean it is the best. By spread or size it is the one of least spread, or of least size,
    among those whose mean is within one spread of the best: a smaller loss that is worse than
    that is no find. Ties go to the better mean, then to the name.

    Args:
        archive: what `pareto` returns; not empty.
        aim: one of `AIMS`.
        score: as of `pareto`.
    """
    best = archive[0]
    if aim == "mean":
        return best
    limit = mean_of(score(best)) + score(best).std
    near = [i for i in archive if mean_of(score(i)) <= limit]
    wanted = AIMS.index(aim)
    return min(near, key=lambda i: (_aims(i, score)[wanted], mean_of(score(i)), i.candidate.name))


def mean_of(score: Score) -> float:
    """Return the mean that is compared: that of the posterior where losses are ranked by it."""
    return score.mean if score.posterior is None else score.posterior.mean


def _counts(score: Score) -> bool:
    ended_well = score.failures < len(score.values)
    return score.is_whole and ended_well and math.isfinite(score.fitness)


def _aims(individual: Individual, score: Scores) -> tuple[float, float, int]:
    """Return mean, spread and size: smaller is better in each."""
    found = score(individual)
    return mean_of(found), found.std, individual.candidate.size
