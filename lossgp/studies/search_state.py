"""What a search has come to so far, and who is told of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lossgp.config import EvolveConfig
from lossgp.results.confirming import with_confirmations
from lossgp.results.progress import Progress
from lossgp.results.ranking import beside
from lossgp.results.result import Result
from lossgp.runs import Run, Store
from lossgp.runs.trials import Trials
from lossgp.search import Racing, Score, SearchSettings, racing, score
from lossgp.search.rungs import places
from lossgp.trainers import Outcome

from .confirming import most_at_the_end
from .headway import TRAINING, Headway
from .known_losses import KnownLosses
from .session import Session
from .standings import Standings

if TYPE_CHECKING:
    from lossgp.results.result import Ended
    from lossgp.trainers import Trainer


@dataclass
class SearchState:
    """The state of a search, from its beginning or its resumption to its end.

    Attributes:
        config, store, run: what is searched for, and where.
        session: what trains.
        on_progress: who is told.
        settings, racing: the rules of heats and races. Without a trainer that can stop a training
            and go on there are no rungs.
        standings: every scored candidate, best first.
        yardsticks: the known losses, as far as they are complete.
        rejects: how many candidates were not trained, by why.
        generation: how many are complete.
    """

    config: EvolveConfig
    store: Store
    run: Run
    session: Session
    on_progress: Callable[[Progress], None] | None = None
    settings: SearchSettings = field(init=False)
    racing: Racing = field(init=False)
    standings: Standings = field(init=False)
    yardsticks: KnownLosses = field(init=False)
    rejects: Counter[str] = field(default_factory=Counter)
    generation: int = 0

    def __post_init__(self) -> None:
        config = self.config
        self.settings = config.search
        self.standings = Standings(config.search)
        self.yardsticks = KnownLosses(config.yardsticks, self.seeds, self.score)
        self.trials.states = self.states
        if config.search.rungs and not self.trainer.continues:
            self.settings = config.search.model_copy(update={"rungs": ()})
            self.session.warnings += (
                f"protocol {config.protocol!r} cannot stop a training and go on: search.rungs is "
                "not used, and all are trained whole",
            )
        self.racing = racing(self.settings, config.seeds, config.seed)

    @property
    def trainer(self) -> Trainer:
        """How candidates are trained."""
        return self.session.trainer

    @property
    def trials(self) -> Trials:
        """What trains, once it is prepared."""
        return self.session.trials

    @property
    def headway(self) -> Headway:
        """What counts trainings, and estimates what is left."""
        return self.session.headway

    @property
    def states(self) -> Path:
        """Where trainings lie that were measured at a rung, until their generation is complete."""
        return self.run.directory / "states"

    @property
    def seeds(self) -> range:
        """The seeds of every candidate; the same in all runs, so that the memo serves."""
        return range(self.config.seeds)

    @property
    def ceiling(self) -> float:
        """What a training counts with that gave no value."""
        return self.trainer.objective.ceiling_of(self.session.reference)

    def score(self, outcomes: Sequence[Outcome], seeds: int | None = None) -> Score:
        """Return the score of outcomes under the run's settings; of all its seeds, or fewer."""
        objective = self.trainer.objective
        return score(
            outcomes, seeds or len(self.seeds), self.ceiling, self.config.search, objective
        )

    def most(self, candidates: int) -> int:
        """Return how many trainings a generation may take, those to a rung counted each."""
        *running, left = places(candidates, self.settings.promoted, len(self.settings.rungs))
        return sum(running) + self.racing.most(left)

    def left(self, missing: int) -> None:
        """Show how far the stage is when so many trainings may follow."""
        self.headway.left(missing)
        self.report(self.headway.stage, self.headway.done, self.headway.total)

    def trained(self, outcome: Outcome, missing: int) -> None:
        """Count a training."""
        self.headway.trained(outcome)
        self.left(missing)

    def stopping(self, why: str) -> None:
        """Note that no more trainings start; whatever ends the process now, this is known."""
        self.store.set_status(self.run, "interrupted")
        self.report(why, 0, 0)

    def preparing(self, activity: str, done: int, total: int) -> None:
        """Show what is made ready before the first training."""
        self.report("preparing", done, total, activity)

    def drawing(self, done: int, total: int) -> None:
        """Show how far a pool of candidates is drawn."""
        self.report("generation", done, total, "drawing candidates")

    def report(self, stage: str, done: int, total: int, activity: str = "") -> None:
        """Show progress."""
        if self.on_progress is None:
            return
        generations = self.config.search.generations
        self.on_progress(
            Progress(
                self.run.name,
                stage,
                min(self.generation + 1, generations),
                generations,
                done,
                total,
                self.standings.best,
                dict(self.rejects),
                self._remaining() if stage in TRAINING and not activity else None,
                self.trainer.objective,
                activity,
                self.session.warnings,
            )
        )

    def _remaining(self) -> float | None:
        """Return the estimated seconds of the search; None as long as there is no basis."""
        stage, settings = self.headway.stage, self.settings
        generations = settings.generations - self.generation - (stage == "generation")
        last = 0 if stage == "last race" else self.racing.most(0)
        later = generations * self.most(settings.population) + last + most_at_the_end(settings)
        return self.headway.remaining(later)

    def result(self, ended: Ended = "") -> Result:
        """Return what there is so far, and what ended the search before its time, if so."""
        reference: Mapping[str, float] = self.session.reference
        if ended and reference:
            self.yardsticks.recall(self.trials)
        result = Result(
            self.run.name,
            self.run.directory,
            self.config,
            tuple(self.standings.individuals),
            beside(self.yardsticks.complete, self.standings.individuals, self.config.search),
            self.generation,
            dict(sorted(self.rejects.items())),
            dict(reference),
            self.trainer.protocol.describe(),
            self.trainer.objective,
            self.run.device,
            self.session.warnings,
            ended,
        )
        return with_confirmations(self.store, self.run, result)
