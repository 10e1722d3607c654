"""What each option of a sweep does by itself: its best value against the others."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lossgp.common.averages import mean

from .claims import Against, compared
from .options import shown

if TYPE_CHECKING:
    from .sweep import Cell, Sweep


@dataclass(frozen=True)
class Effect:
    """An option's best value against another one.

    Attributes:
        option, loss: which option, and under which loss.
        best: the value that is best on the seeds that did not count, most often.
        other: the value that it is compared with.
        test: over the seeds that did not choose.
    """

    option: str
    loss: str
    best: Any
    other: Any
    test: Against


def effects(sweep: Sweep) -> list[Effect]:
    """Return what each option does to the objective, for each loss.

    For each seed the best value is chosen by the mean over all other seeds and all settings of the
    other options (one at a time: the usual ones); what counts is the seed left out.
    """
    found = []
    for index, option in enumerate(sweep.options):
        for number, loss in enumerate(sweep.losses):
            table = _table(sweep, index, number)
            found += _effects_of(option.key, loss, table)
    return found


def _table(sweep: Sweep, index: int, loss: int) -> dict[Any, dict[tuple[Any, int], float]]:
    """Return the objective by the option's value, then by (setting of the others, seed)."""
    others = [
        option.values if i != index and not sweep.one_at_a_time else (usual,)
        for i, (option, usual) in enumerate(zip(sweep.options, sweep.usual, strict=True))
    ]
    table: dict[Any, dict[tuple[Any, int], float]] = {}
    for at in itertools.product(*others):
        key = (*at[:index], *at[index + 1 :])
        for value, cell in sweep.along(index, at):
            table.setdefault(value, {}).update(_seeds(cell, loss, key))
    return table


def _seeds(cell: Cell, loss: int, key: tuple[Any, ...]) -> dict[tuple[Any, int], float]:
    one = cell.comparison.losses[loss]
    counted = {(key, o.seed): cell.comparison.counted(o) for o in one.outcomes}
    return {at: value for at, value in counted.items() if value is not None}


def _effects_of(
    option: str, loss: str, table: Mapping[Any, Mapping[tuple[Any, int], float]]
) -> list[Effect]:
    shared = set.intersection(*(set(own) for own in table.values())) if table else set()
    seeds = sorted({seed for _, seed in shared})
    if len(seeds) < 2 or len(table) < 2:
        return []
    chosen = {seed: _best(table, shared, seed) for seed in seeds}
    best = Counter(chosen.values()).most_common(1)[0][0]
    found = []
    for other in table:
        if other == best:
            continue
        pairs = [
            (at[1], table[chosen[at[1]]][at], table[other][at])
            for at in sorted(shared, key=lambda one: (one[1], repr(one[0])))
        ]
        found.append(Effect(option, loss, best, other, compared(pairs, shown(other))))
    return found


def _best(
    table: Mapping[Any, Mapping[tuple[Any, int], float]], shared: set[tuple[Any, int]], seed: int
) -> Any:
    """Return the value that is best on all seeds but one."""
    left = [at for at in shared if at[1] != seed]
    return min(table, key=lambda value: mean([table[value][at] for at in left]))
