"""What a study of reliability has found: its settings, their trainings, and what these can tell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossgp.trainers import Outcome, Status
from lossgp.trainers.objective import Objective

from .comparison import Compared
from .cost import Cost, cost
from .noise import Noise, noise
from .notebooks import html
from .reliability import STATISTICS, Curve, reliability

FORMAT, VERSION = "lossgp.reliability", 1
NEAR_DEAD = 0.5
"""A training counts as dead where it ended so, or where its figure is at least this part of the
ceiling, which is what a generator of constant output has."""
_LEAST = 1e-4  # of the ceiling: what a figure of 0 counts in logs
_AMONG = {"all": False, "good half": True}


@dataclass(frozen=True, repr=False)
class Setting:
    """One setting of a protocol, with the trainings of all losses under it.

    Attributes:
        label: what differs from the other settings, or the protocol's name.
        options: of the protocol.
        protocol, protocol_hash: what a training means, in one line and as its identity.
        objective, ceiling: what is measured, and what a lost training counts as.
        seeds: trainings of each loss.
        losses: with their trainings; those that lack some are left out of the figures.
        again: of some generators, what they measured on several samples.
    """

    label: str
    options: Mapping[str, Any]
    protocol: str
    protocol_hash: str
    objective: Objective
    ceiling: float
    seeds: int
    losses: tuple[Compared, ...]
    again: tuple[tuple[float, ...], ...] = ()

    @property
    def complete(self) -> list[Compared]:
        """The losses with all their trainings."""
        return [loss for loss in self.losses if len(loss.outcomes) == self.seeds]

    @property
    def missing(self) -> int:
        """How many trainings are still to be done; 0 unless a budget or Ctrl-C ended it."""
        return sum(self.seeds - len(loss.outcomes) for loss in self.losses)

    @property
    def cost(self) -> Cost:
        """What its trainings have cost."""
        return cost(outcome for loss in self.losses for outcome in loss.outcomes)

    @property
    def length(self) -> float | None:
        """Mean iterations of a training; None where they are not known."""
        counted = self.cost.trainings - self.cost.uncounted
        return self.cost.iterations / counted if counted else None

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """What each training counts, (complete losses, seeds)."""
        rows = [[self._figure(o) for o in loss.outcomes] for loss in self.complete]
        return np.array(rows, dtype=np.float64).reshape(-1, self.seeds)

    @cached_property
    def dead(self) -> NDArray[np.bool_]:
        """Which trainings did not take off, (complete losses, seeds)."""
        ended = [[o.status is not Status.OK for o in loss.outcomes] for loss in self.complete]
        lost = np.array(ended, dtype=np.bool_).reshape(-1, self.seeds)
        return lost | (self.values >= NEAR_DEAD * self.ceiling)

    @cached_property
    def curves(self) -> dict[tuple[str, str], Curve]:
        """Reliabilities by the statistic's key and "all" or "good half"; none of too few losses."""
        curves = {}
        for statistic in STATISTICS:
            for among, good in _AMONG.items():
                curve = reliability(self.values, self.dead, statistic, good=good)
                if curve is not None:
                    curves[statistic.key, among] = curve
        return curves

    @cached_property
    def noises(self) -> dict[str, Noise]:
        """Where noise comes from, among all and in the good half (by the mean of logs).

        The half is that of all seeds: its noise is not what it was chosen by.
        """
        order = np.argsort(np.log(self.values).mean(1), kind="stable")
        good = np.sort(order[: max(1, len(order) // 2)])
        kinds = {
            "all": noise(self.values, self.dead, self.again),
            "good half": noise(self.values[good], self.dead[good], self.again),
        }
        return {among: one for among, one in kinds.items() if one is not None}

    def price(self, statistic: str) -> float | None:
        """Return the iterations a loss for a reliability of 0.8 among the good half, if any."""
        curve = self.curves.get((statistic, "good half"))
        if curve is None or curve.needed is None or self.length is None:
            return None
        return curve.needed * self.length

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "label": self.label,
            "options": dict(self.options),
            "protocol": self.protocol,
            "protocol_hash": self.protocol_hash,
            "ceiling": self.ceiling,
            "cost": self.cost.to_json(),
            "length": self.length,
            "missing": self.missing,
            "reliability": [
                {"statistic": key, "among": among, **asdict(curve)}
                for (key, among), curve in self.curves.items()
            ],
            "noise": {among: one.to_json() for among, one in self.noises.items()},
            "losses": [
                {
                    "name": loss.name,
                    "formula": loss.pair.text(),
                    "note": loss.note,
                    "seeds": [o.seed for o in loss.outcomes],
                    "figures": [o.metrics.get(self.objective.goal.key) for o in loss.outcomes],
                    "statuses": [str(o.status) for o in loss.outcomes],
                    "iterations": [o.iterations for o in loss.outcomes],
                }
                for loss in self.losses
            ],
        }

    def _figure(self, outcome: Outcome) -> float:
        value = outcome.metrics.get(self.objective.goal.key, self.ceiling)
        return max(value, _LEAST * self.ceiling)


@dataclass(frozen=True, repr=False)
class Reliability:
    """How far scores under the settings of a protocol can tell losses apart.

    Attributes:
        trainer: name of the protocol.
        device: where it was trained.
        seeds: trainings of each loss.
        identity: what tells this study from others: settings and losses, not the seeds.
        settings: in the order asked for.
        left_out: those that a budget or Ctrl-C left no time for.
        warnings: what `lossgp data check` warns of in the data.
    """

    trainer: str
    device: str
    seeds: int
    identity: str
    settings: tuple[Setting, ...]
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        done = sum(len(loss.outcomes) for s in self.settings for loss in s.losses)
        asked = sum(len(s.losses) for s in self.settings) * self.seeds
        return (
            f"<Reliability of {self.trainer}: {len(self.settings)} settings, {done} of {asked} "
            "trainings>"
        )

    def _repr_html_(self) -> str | None:
        return html(self)

    @property
    def missing(self) -> int:
        """How many trainings are still to be done."""
        return sum(setting.missing for setting in self.settings)

    @property
    def cheapest(self) -> tuple[Setting, str, float] | None:
        """The setting, statistic and iterations a loss of the cheapest 0.8 in the good half."""
        priced = [
            (setting, statistic.key, price)
            for setting in self.settings
            for statistic in STATISTICS
            if (price := setting.price(statistic.key)) is not None
        ]
        return min(priced, key=lambda one: one[2], default=None)

    def to_json(self) -> dict[str, Any]:
        """Return plain data: every training, and what was estimated from them."""
        cheapest = self.cheapest
        return {
            "format": FORMAT,
            "version": VERSION,
            "identity": self.identity,
            "trainer": self.trainer,
            "device": self.device,
            "seeds": self.seeds,
            "left_out": list(self.left_out),
            "cheapest": None
            if cheapest is None
            else {
                "setting": cheapest[0].label,
                "statistic": cheapest[1],
                "iterations": cheapest[2],
            },
            "settings": [setting.to_json() for setting in self.settings],
        }


def identity(protocols: list[str], losses: list[str]) -> str:
    """Return 12 hex digits for the hashes of settings and the keys of losses."""
    return hashlib.sha256(json.dumps([protocols, losses]).encode()).hexdigest()[:12]
