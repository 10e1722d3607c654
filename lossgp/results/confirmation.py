"""What of a run holds on seeds that its search has never used."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from lossgp.common.averages import mean
from lossgp.expressions import LossPair
from lossgp.search import Score, label
from lossgp.trainers import Outcome
from lossgp.trainers.objective import Objective

from .against import Against, against, together
from .measured import score_json

CONFIRMATION_SEEDS_FROM = 1000
"""The first seed of confirmations; a search trains with seeds from 0 and has at most so many."""
MOST_SEEDS = 1000
BASELINES = ("bce_logits", "ganetic")
"""Known losses that every confirmation trains, too: BCE in its best form, and GANetic."""


@dataclass(frozen=True)
class Planned:
    """A loss of a run that is to be confirmed.

    Attributes:
        name: of the candidate in its run.
        key: of its loss: under the same name a search that was tried again may have another.
        seeds: how many fresh seeds it gets.
        asked: whether a person has asked for it; the end of a search replaces its own only.
    """

    name: str
    key: str
    seeds: int
    asked: bool


@dataclass(frozen=True)
class Plan:
    """What of a run is to be confirmed under one protocol, as the store keeps it.

    Attributes:
        trainer, options: the protocol.
        reference: the scale of its metrics.
        losses: what is to be trained beside the baselines.
    """

    trainer: str
    options: Mapping[str, Any]
    reference: Mapping[str, float]
    losses: tuple[Planned, ...]

    @property
    def seeds(self) -> int:
        """How many fresh seeds the baselines get: those of the loss that has most."""
        return max((planned.seeds for planned in self.losses), default=0)

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "trainer": self.trainer,
            "options": dict(self.options),
            "reference": dict(self.reference),
            "losses": [vars(planned) for planned in self.losses],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the plan of `to_json`'s data.

        Raises:
            KeyError, TypeError: the data is not of that form.
        """
        losses = tuple(Planned(**planned) for planned in data["losses"])
        return cls(data["trainer"], dict(data["options"]), dict(data["reference"]), losses)


def fresh_seeds(count: int) -> range:
    """Return seeds that no search uses."""
    return range(CONFIRMATION_SEEDS_FROM, CONFIRMATION_SEEDS_FROM + count)


@dataclass(frozen=True)
class Baseline:
    """A known loss on the fresh seeds."""

    name: str
    pair: LossPair
    score: Score
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Confirmed:
    """A loss of a run on fresh seeds.

    Attributes:
        name: of the candidate.
        score: over the fresh seeds, by the rules of the run.
        against: its comparison with each baseline.
    """

    name: str
    pair: LossPair
    score: Score
    outcomes: tuple[Outcome, ...]
    against: tuple[Against, ...]

    @property
    def order(self) -> tuple[float, int, str]:
        """Sorting key, as a search's: fitness, then size, then name."""
        return self.score.fitness, self.pair.size, self.name


@dataclass(frozen=True)
class Confirmation:
    """The best losses of a run, and the baselines, trained on the same fresh seeds.

    Attributes:
        trainer: the protocol's name.
        protocol: the protocol in one line.
        own: whether it is the protocol of the search.
        objective: what is measured.
        losses: those of which all trainings are there, the best first.
        baselines: the known losses of which all trainings are there.
        waiting: names of the candidates whose trainings are not all there.
    """

    trainer: str
    protocol: str
    own: bool
    objective: Objective
    losses: tuple[Confirmed, ...]
    baselines: tuple[Baseline, ...]
    waiting: tuple[str, ...] = ()

    @property
    def seeds(self) -> int:
        """How many fresh seeds the loss has that has most."""
        return max((len(loss.outcomes) for loss in self.losses), default=0)

    def better_than(self, baseline: str) -> list[Confirmed]:
        """Return the losses that are better than a baseline beyond their intervals."""
        return [
            loss
            for loss in self.losses
            for other in loss.against
            if other.name == baseline and other.verdict == "better"
        ]

    def to_json(self) -> dict[str, Any]:
        """Return plain data, without times."""
        return {
            "trainer": self.trainer,
            "protocol": self.protocol,
            "own": self.own,
            "seeds_from": CONFIRMATION_SEEDS_FROM,
            "baselines": [
                {
                    "name": b.name,
                    "formula": b.pair.text(),
                    "score": score_json(b.score, b.outcomes),
                }
                for b in self.baselines
            ],
            "losses": [
                {
                    "rank": rank,
                    "name": label(loss.name),
                    "formula": loss.pair.text(),
                    "score": score_json(loss.score, loss.outcomes),
                    "against": [other.to_json() for other in loss.against],
                }
                for rank, loss in enumerate(self.losses, 1)
            ],
            "waiting": [label(name) for name in self.waiting],
        }


def reported(score: Score) -> float:
    """Return what a search says that a loss is worth: its posterior mean, where it has one."""
    return score.mean if score.posterior is None else score.posterior.mean


def held(searched: Score, confirmed: Score) -> tuple[float, float]:
    """Return what a search said of a loss, and what fresh seeds say, as means of one kind.

    A posterior mean is a geometric one (see `search.scoring.Posterior`), where figures are above
    0; so the fresh seeds have their geometric mean then.
    """
    if searched.posterior is None or min(confirmed.values) <= 0:
        return reported(searched), confirmed.mean
    logs = [math.log(value) for value in confirmed.values]
    return reported(searched), math.exp(mean(logs))


def compared(own: Score, baselines: tuple[Baseline, ...], losses: int) -> tuple[Against, ...]:
    """Return a loss against each baseline over the seeds that both have.

    Args:
        own: the score of the loss; a seed without a figure counts as the ceiling.
        baselines: the known losses.
        losses: how many are confirmed; the intervals hold for all of them together.
    """
    confidence = together(losses)
    found = []
    for baseline in baselines:
        shared = min(len(own.values), len(baseline.score.values))
        values = own.values[:shared], baseline.score.values[:shared]
        found.append(against(baseline.name, *values, confidence))
    return tuple(found)
