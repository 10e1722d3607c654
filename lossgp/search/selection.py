"""Survivor selection on the combined population of parents and offspring."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from .candidate import Individual


def best(individuals: Sequence[Individual], n: int) -> list[Individual]:
    """Return the n fittest, best first."""
    return sorted(individuals, key=lambda i: i.order)[:n]


def tournament(
    rng: Random, individuals: Sequence[Individual], n: int, size: int
) -> list[Individual]:
    """Return n winners of tournaments, best first.

    Each tournament draws `size` of those who have not won yet; its fittest survives, so no
    individual survives twice.
    """
    pool = sorted(individuals, key=lambda i: i.order)
    # The pool is sorted, so the smallest index drawn is the fittest.
    winners = [
        pool.pop(min(int(rng.random() * len(pool)) for _ in range(size)))
        for _ in range(min(n, len(pool)))
    ]
    return sorted(winners, key=lambda i: i.order)
