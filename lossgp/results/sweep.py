"""What a sweep has found: one protocol under several settings of its options, cell by cell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from lossgp.common.averages import mean
from lossgp.common.echo import shortened

from .comparison import Compared, Comparison
from .cost import Cost, cost
from .frames import comparison_rows, dataframe
from .notebooks import html
from .options import Varied
from .paired import interval
from .steadiness import LOST, STABILITY, lost_share, stability, steadiness

if TYPE_CHECKING:
    from pandas import DataFrame

    from lossgp.trainers import Outcome
    from lossgp.trainers.objective import Objective

    from .claims import Verdict

FORMAT, VERSION = "lossgp.sweep", 1
SHARE, SETTLING = "share_of_ceiling", "settling"
"""Measures of a training: the objective as a part of its ceiling, and from which part of the
training on the critic's estimate stays where it ends."""


@dataclass(frozen=True)
class Cell:
    """One setting, with the trainings of all losses under it.

    Attributes:
        values: of the varied options, in their order.
        comparison: the losses, trained under this setting's protocol with the sweep's seeds.
        extra: what was measured of kept models afterwards, by (loss, seed).
    """

    values: tuple[Any, ...]
    comparison: Comparison
    extra: Mapping[tuple[str, int], Mapping[str, float]] = field(default_factory=dict)

    def measured(self, loss: Compared, outcome: Outcome, key: str) -> float | None:
        """Return what a training has of a metric; None where it has none.

        The objective of a lost training is its own figure where it has one, else the ceiling.
        Beside metrics there are `STABILITY` (see `steadiness`), `LOST` (1 or 0), `SHARE`, and what
        was measured of kept models.
        """
        if key == self.comparison.metric:
            return self.comparison.counted(outcome)
        if key == SHARE:
            value, ceiling = self.comparison.counted(outcome), self.comparison.ceiling
            return None if value is None or not ceiling else value / ceiling
        if key == STABILITY:
            return steadiness(outcome)
        if key == LOST:
            return lost_share([outcome])
        own = self.extra.get((loss.name, outcome.seed), {})
        return own.get(key, outcome.metrics.get(key))

    def values_of(self, loss: Compared, key: str) -> list[float]:
        """Return a metric of all trainings that have it, lost ones as `measured` counts them."""
        found = [self.measured(loss, o, key) for o in loss.outcomes]
        return [value for value in found if value is not None]

    def average(self, loss: Compared, key: str) -> float | None:
        """Return the mean of a metric over all trainings; of `STABILITY` the index of the seeds."""
        if key == STABILITY:
            return stability(loss.outcomes, self.comparison.metric)
        found = self.values_of(loss, key)
        return mean(found) if found else None

    def interval(self, loss: Compared, key: str) -> tuple[float, float] | None:
        """Return the 95 % interval of `average`; None of too few seeds."""
        return interval(self.values_of(loss, key))


@dataclass(frozen=True, repr=False)
class Sweep:
    """Losses trained under several settings of one protocol, with the same seeds.

    Attributes:
        trainer: the protocol's name.
        options: those that are varied.
        one_at_a_time: whether each is varied alone around the defaults; else it is a full grid.
        cells: the settings in order.
        seeds: those asked for in each cell, in the order of the cells.
        title, paper: what people call it, and where the claims are from, or "".
        verdicts: on the claims about it.
        warnings: what `lossgp data check` warns of in the data.
    """

    trainer: str
    options: tuple[Varied, ...]
    one_at_a_time: bool
    cells: tuple[Cell, ...]
    title: str = ""
    paper: str = ""
    verdicts: tuple[Verdict, ...] = ()
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        names = ", ".join(f"{o.key} {len(o.values)}" for o in self.options)
        total = self.done + self.missing
        return (
            f"<Sweep of {self.trainer} over {shortened(names)}: {len(self.cells)} settings, "
            f"{self.done} of {total} trainings>"
        )

    def _repr_html_(self) -> str | None:
        return html(self)

    def to_dataframe(self) -> DataFrame:
        """Return the trainings as a pandas data frame, a row each, with the options' values.

        Raises:
            ImportError: pandas is not installed.
        """
        return dataframe(self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a training: the options, loss, seed, status, every metric, seconds."""
        return [
            {**self.named(cell), **row, **cell.extra.get((row["loss"], row["seed"]), {})}
            for cell in self.cells
            for row in comparison_rows(cell.comparison)
        ]

    @property
    def objective(self) -> Objective:
        """What is measured; lower is better."""
        return self.cells[0].comparison.objective

    @property
    def metric(self) -> str:
        """The objective's key."""
        return self.objective.goal.key

    @property
    def losses(self) -> tuple[str, ...]:
        """The names of the losses."""
        return tuple(loss.name for loss in self.cells[0].comparison.losses)

    @property
    def usual(self) -> tuple[Any, ...]:
        """The setting at which each option is looked at by itself."""
        return tuple(option.usual for option in self.options)

    @property
    def done(self) -> int:
        """How many trainings there are."""
        return sum(len(loss.outcomes) for cell in self.cells for loss in cell.comparison.losses)

    @property
    def missing(self) -> int:
        """How many trainings are still to be done; 0 unless it ended before its time."""
        return sum(cell.comparison.missing for cell in self.cells)

    @property
    def cost(self) -> Cost:
        """What its trainings have cost, whenever they were done."""
        every = (o for c in self.cells for loss in c.comparison.losses for o in loss.outcomes)
        return cost(every)

    @property
    def seeds(self) -> tuple[int, ...]:
        """How many seeds the cells are to have, from the fewest to the most."""
        return tuple(sorted({len(cell.comparison.seeds) for cell in self.cells}))

    def named(self, cell: Cell) -> dict[str, Any]:
        """Return the values of the varied options of a cell by their names."""
        return {o.key: value for o, value in zip(self.options, cell.values, strict=True)}

    def cell(self, values: Sequence[Any]) -> Cell | None:
        """Return the cell with these values; None where the sweep has none."""
        return next((c for c in self.cells if c.values == tuple(values)), None)

    def along(self, option: int, at: Sequence[Any] | None = None) -> list[tuple[Any, Cell]]:
        """Return the cells that differ in one option alone, with its values, in their order.

        Args:
            option: its index.
            at: values of all options; the other ones count. The `usual` ones by default.
        """
        fixed = tuple(self.usual if at is None else at)
        found = []
        for value in dict.fromkeys((*self.options[option].values, fixed[option])):
            cell = self.cell((*fixed[:option], value, *fixed[option + 1 :]))
            if cell is not None:
                found.append((value, cell))
        return found

    def metrics(self) -> list[str]:
        """Return the metrics that some training has, the objective first, then by name."""
        keys = {key for cell in self.cells for key in cell.comparison.metrics()}
        more = {key for cell in self.cells for extra in cell.extra.values() for key in extra}
        return [self.metric, *sorted((keys | more) - {self.metric})]

    def best(self, loss: int = 0) -> Cell | None:
        """Return the cell whose mean objective over all trainings of a loss is the lowest.

        Only those count whose trainings are all there; None where none is.
        """
        whole = [
            (value, number)
            for number, cell in enumerate(self.cells)
            for one in [cell.comparison.losses[loss]]
            if len(one.outcomes) == len(cell.comparison.seeds)
            and (value := cell.comparison.summary(one).counted) is not None
        ]
        return self.cells[min(whole)[1]] if whole else None

    @property
    def identity(self) -> str:
        """What tells this sweep from others: its settings and losses, not the seeds."""
        losses = [(one.name, one.pair.key()) for one in self.cells[0].comparison.losses]
        return identity([c.comparison.protocol.hash() for c in self.cells], losses)

    def to_json(self) -> dict[str, Any]:
        """Return plain data: every training of every cell, the figures, and the verdicts."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "identity": self.identity,
            "title": self.title,
            "paper": self.paper,
            "trainer": self.trainer,
            "design": "one at a time" if self.one_at_a_time else "grid",
            "options": [asdict(option) for option in self.options],
            "metric": self.metric,
            "cost": self.cost.to_json(),
            "missing": self.missing,
            "cells": [self._cell_json(cell) for cell in self.cells],
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
        }

    def _cell_json(self, cell: Cell) -> dict[str, Any]:
        found = cell.comparison.to_json()
        for one, loss in zip(found["losses"], cell.comparison.losses, strict=True):
            one["stability"] = cell.average(loss, STABILITY)
            one["lost_share"] = cell.average(loss, LOST)
            for outcome in one["outcomes"]:
                if extra := cell.extra.get((loss.name, outcome["seed"])):
                    outcome["of_model"] = dict(extra)
        kept = ("protocol", "protocol_hash", "description", "extractor", "device", "reference")
        return {
            "values": self.named(cell),
            **{key: found[key] for key in (*kept, "seeds", "losses")},
        }


def identity(protocols: Sequence[str], losses: Sequence[tuple[str, str]]) -> str:
    """Return 12 hex digits for the settings' protocol hashes and the (name, key) of each loss."""
    content = json.dumps([list(protocols), [list(loss) for loss in losses]])
    return hashlib.sha256(content.encode()).hexdigest()[:12]
