"""From whom the best candidate of a run descends, laid out from left to right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lossgp.search import Individual

GENERATIONS = 4
"""How many steps back a picture goes: beyond it the boxes could not be read."""


@dataclass(frozen=True)
class Ancestor:
    """One candidate in the picture: column (0 is the farthest back), and height in [0, 1]."""

    individual: Individual
    column: int
    height: float


@dataclass(frozen=True)
class Lineage:
    """The best and its ancestors.

    Attributes:
        ancestors: by name, the best included; empty where nothing was scored.
        left_out: how many lie more than `GENERATIONS` steps back.
    """

    ancestors: Mapping[str, Ancestor]
    left_out: int

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return 1 + max((one.column for one in self.ancestors.values()), default=0)


def lineage(individuals: Sequence[Individual]) -> Lineage:
    """Return the ancestors of the first individual, the best, within a few steps."""
    if not individuals:
        return Lineage({}, 0)
    by_name = {one.candidate.name: one for one in individuals}
    steps = _steps(by_name, individuals[0])
    near = {name: step for name, step in steps.items() if step < GENERATIONS}
    last = max(near.values())
    found = {}
    for step in range(last + 1):
        column = sorted((name for name, own in near.items() if own == step), key=_by_age(by_name))
        for row, name in enumerate(column):
            height = 1 - (row + 0.5) / len(column)
            found[name] = Ancestor(by_name[name], last - step, height)
    return Lineage(found, len(steps) - len(near))


def _by_age(by_name: Mapping[str, Individual]) -> Callable[[str], tuple[int, int]]:
    """Return a sorting key for names: the eldest first."""

    def key(name: str) -> tuple[int, int]:
        candidate = by_name[name].candidate
        return candidate.generation, candidate.slot

    return key


def _steps(by_name: Mapping[str, Individual], best: Individual) -> dict[str, int]:
    """Return the best and its ancestors, each with the longest way to it.

    A candidate's parents are older than it, so that there are no circles; a parent that is
    younger, in a store that was edited, is left out.
    """
    steps = {best.candidate.name: 0}
    waiting = [best.candidate.name]
    while waiting:
        # The youngest first: when its turn comes, all ways to it are known.
        child = max(waiting, key=_by_age(by_name))
        waiting.remove(child)
        candidate = by_name[child].candidate
        for name in candidate.parents:
            if name not in by_name or by_name[name].candidate.generation >= candidate.generation:
                continue
            if name not in steps:
                waiting.append(name)
            steps[name] = max(steps.get(name, 0), steps[child] + 1)
    return steps
