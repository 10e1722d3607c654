"""What a run has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lossgp.common.echo import quoted
from lossgp.expressions import LossPair
from lossgp.runs.memo import FAILED
from lossgp.search import Individual, Score, label
from lossgp.trainers import Outcome, Status
from lossgp.trainers.objective import FID, Objective

from .adaptation import adapted
from .confirmation import Confirmation, Confirmed, held
from .cost import Cost, cost_of_scored
from .formulas import short
from .frames import dataframe, result_rows
from .guidance import RunGuidance, guidance
from .individuals import individual_json
from .measured import score_json
from .notebooks import html
from .pareto import AIMS, chosen, pareto
from .shortcuts import RungCorrelation, rung_correlations

if TYPE_CHECKING:
    from pandas import DataFrame

    from lossgp.config import EvolveConfig


Ended = Literal["", "budget", "interrupt"]
"""What ended a search before its time: nothing, its budget, or Ctrl-C."""


@dataclass(frozen=True)
class Yardstick:
    """A known loss, trained under the protocol and the seeds of the run, with its trainings."""

    name: str
    pair: LossPair
    score: Score
    outcomes: tuple[Outcome, ...] = ()

    @property
    def lost(self) -> str:
        """How many seeds did not end well, and how they ended; empty where all did.

        Then nothing should be measured by it: a lost seed counts with a figure of its own, or
        with the ceiling.
        """
        if not self.score.failures:
            return ""
        ways = ", ".join(s for s in self.score.statuses if s != Status.OK)
        return f"{self.score.failures} of {len(self.score.values)} seeds {ways}"


@dataclass(frozen=True, repr=False)
class Result:
    """What a run has found.

    Attributes:
        name, directory: of the run.
        config: its configuration.
        individuals: every scored candidate, best first: those that were confirmed under the
            run's protocol by their confirmed score, then the others by that of the search.
        yardsticks: the known losses it is compared with.
        generations: how many generations are complete.
        rejects: how many trees were not trained, by reason.
        reference: the scale of the trainer's metrics, as `fid_floor` and `fid_ceiling`.
        protocol: the protocol in one line.
        objective: what was minimised.
        device: the type of device of the trainings, "cpu" or "cuda"; None where it is not known.
        warnings: what `lossgp data check` warns of in the data; empty in a run that is loaded.
        ended: what ended the search before its time, if it was just now.
        files: what `evolve` has written; empty in a run that is loaded.
        confirmations: what was trained on fresh seeds, under the run's own protocol first.
    """

    name: str
    directory: Path
    config: EvolveConfig
    individuals: tuple[Individual, ...]
    yardsticks: tuple[Yardstick, ...]
    generations: int
    rejects: Mapping[str, int]
    reference: Mapping[str, float]
    protocol: str
    objective: Objective = FID
    device: str | None = None
    warnings: tuple[str, ...] = ()
    ended: Ended = ""
    files: tuple[Path, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()

    @property
    def best(self) -> Individual | None:
        """The best candidate, if any was scored."""
        return self.individuals[0] if self.individuals else None

    @property
    def searched_best(self) -> Individual | None:
        """The candidate that the search took for the best, whatever confirmation says."""
        return min(self.individuals, key=lambda i: i.order, default=None)

    @property
    def confirmation(self) -> Confirmation | None:
        """The confirmation under the run's own protocol, if a loss has one."""
        return next((c for c in self.confirmations if c.own and c.losses), None)

    def confirmed(self, individual: Individual) -> Confirmed | None:
        """Return what a candidate came to on fresh seeds under the run's own protocol."""
        losses = self.confirmation.losses if self.confirmation else ()
        return next((one for one in losses if one.name == individual.candidate.name), None)

    def score(self, individual: Individual) -> Score:
        """Return what is known of a candidate: its confirmed score, else that of the search."""
        found = self.confirmed(individual)
        return found.score if found else individual.score

    @property
    def finished(self) -> bool:
        """Whether all generations of the configuration are complete."""
        return self.generations >= self.config.search.generations

    @property
    def failed(self) -> int:
        """How many trainings crashed, timed out or raised: they may end otherwise."""
        scores = [i.score for i in self.individuals] + [y.score for y in self.yardsticks]
        stopped = [score.rungs[-1].status for score in scores if score.is_stopped]
        found = sum(n for score in scores for how, n in score.statuses.items() if how in FAILED)
        return found + sum(how in FAILED for how in stopped)

    @property
    def rung_correlations(self) -> list[RungCorrelation]:
        """How the rungs of the search rank losses, against each other and the end."""
        return rung_correlations(self.individuals, self.config.search.rungs)

    @property
    def cost(self) -> Cost:
        """What the trainings of its candidates have cost."""
        return cost_of_scored((i.score, i.outcomes) for i in self.individuals)

    @property
    def known_cost(self) -> Cost:
        """What the trainings of its known losses have cost."""
        return cost_of_scored((y.score, y.outcomes) for y in self.yardsticks)

    @property
    def ranked(self) -> list[tuple[int | None, Individual]]:
        """All candidates with their ranks, best first.

        Ranks are for the losses of complete generations: another has None, for its generation
        may yet end otherwise, and the store does not hold it.
        """
        found: list[tuple[int | None, Individual]] = []
        rank = 0
        for individual in self.individuals:
            complete = individual.candidate.generation < self.generations
            rank += complete
            found.append((rank if complete else None, individual))
        return found

    @property
    def pareto(self) -> list[Individual]:
        """The non-dominated losses; see `pareto.pareto`.

        Where losses were confirmed, those alone are compared: luck on the seeds of the search
        is not set against fresh seeds.
        """
        return pareto(self.comparable, self.score)

    @property
    def comparable(self) -> list[Individual]:
        """The losses that were confirmed; where there are none, those of complete generations."""
        complete = [i for rank, i in self.ranked if rank is not None]
        return [i for i in complete if self.confirmed(i)] or complete

    def chosen(self, aim: str) -> Individual | None:
        """Return the loss of RUN@aim, of which `pareto.AIMS` has the aims; None if there is none.

        Raises:
            ValueError: there is no such aim.
        """
        if aim not in AIMS:
            raise ValueError(f"the aim is {quoted(aim)}; it must be one of {', '.join(AIMS)}")
        return chosen(archive, aim, self.score) if (archive := self.pareto) else None

    @cached_property
    def guidance(self) -> RunGuidance | None:
        """How well the surrogate knew losses before they were trained; None without one."""
        return guidance(self.individuals, self.rejects)

    def __repr__(self) -> str:
        of = self.config.search.generations
        words = f"<Result {self.name!r}: {self.generations} of {of} generations"
        words += f", {len(self.individuals)} losses"
        if self.best is not None:
            goal, score = self.objective.goal, self.score(self.best)
            formula = short(self.best.candidate.loss, 60)
            words += f", best {goal.title} {goal.spread(score.mean, score.std)}: {formula}"
        return f"{words}>"

    def _repr_html_(self) -> str | None:
        return html(self)

    def to_dataframe(self) -> DataFrame:
        """Return the losses as a pandas data frame, a row each (see `frames.result_rows`).

        Raises:
            ImportError: pandas is not installed.
        """
        return dataframe(result_rows(self))

    def to_json(self) -> dict[str, Any]:
        """Return plain data, without times or paths: equal runs give equal data.

        A seed that gave no figure has None in its place; see `measured.score_json`.
        """
        rates = [generation.to_json() for generation in adapted(self.individuals)]
        rungs = [found.to_json() for found in self.rung_correlations]
        return {
            "run": self.name,
            "finished": self.finished,
            "generations": self.generations,
            "protocol": self.protocol,
            "device": self.device,
            "config": self.config.model_dump(mode="json"),
            "reference": dict(self.reference),
            "cost": {**self.cost.to_json(), "known_losses": self.known_cost.to_json()},
            **({"rungs": rungs} if rungs else {}),
            "yardsticks": [
                {
                    "name": y.name,
                    "formula": y.pair.text(),
                    "score": score_json(y.score, y.outcomes),
                    "seeds_lost": y.score.failures,
                }
                for y in self.yardsticks
            ],
            "losses": [
                {
                    "rank": rank,
                    **individual_json(i),
                    **_labels(i),
                    "score": score_json(i.score, i.outcomes),
                    **self._confirmed_json(i),
                }
                for rank, i in self.ranked
            ],
            "pareto": [i.candidate.label for i in self.pareto],
            "rejects": dict(self.rejects),
            **({} if self.guidance is None else {"surrogate": self.guidance.to_json()}),
            **({"adaptation": rates} if rates else {}),
            **(
                {"confirmations": [c.to_json() for c in self.confirmations]}
                if self.confirmations
                else {}
            ),
            **self._winner_json(),
        }

    def _winner_json(self) -> dict[str, Any]:
        """Return what the search said of its winner, and what fresh seeds say (winner's curse)."""
        winner = self.searched_best
        confirmed = self.confirmed(winner) if winner is not None else None
        if winner is None or confirmed is None:
            return {}
        then, now = held(winner.score, confirmed.score)
        found = {"name": winner.candidate.label, "searched": then, "confirmed": now}
        return {"winner": found | {"ratio": now / then if then > 0 else None}}

    def _confirmed_json(self, individual: Individual) -> dict[str, Any]:
        found = self.confirmed(individual)
        return {"confirmed": score_json(found.score, found.outcomes)} if found else {}


def _labels(individual: Individual) -> dict[str, Any]:
    """Return the names that people read in place of those that are stored."""
    candidate = individual.candidate
    return {"name": candidate.label, "parents": [label(name) for name in candidate.parents]}
