"""A search under way: its generations are asked for, trained, told and committed."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossgp.config import EvolveConfig
from lossgp.results.confirming import with_confirmations
from lossgp.results.individuals import individual_json
from lossgp.results.progress import Progress
from lossgp.results.ranking import beside
from lossgp.results.result import Result
from lossgp.runs import Generation, Run, Store
from lossgp.runs.trials import Trials
from lossgp.search import (
    Individual,
    Score,
    Search,
    algorithm,
    racing,
    score,
)
from lossgp.trainers import Outcome

from .contest import Contest, Scored
from .headway import TRAINING, Headway
from .heats import clear
from .known_losses import KnownLosses
from .lessons import teach
from .session import Session
from .standings import Standings
from .stored_generations import differs, has_failed, has_failures, recalled, restored, updated

if TYPE_CHECKING:
    from lossgp.results.result import Ended
    from lossgp.search import Generation as Asked
    from lossgp.trainers import Trainer


@dataclass
class SearchSession:
    """The state of a search, from its beginning or its resumption to its end.

    Attributes:
        config, store, run: what is searched for, and where.
        session: what trains.
        retry_failed: whether complete generations with failed trainings are trained again.
        on_generation, on_progress: who is told.
        standings: every scored candidate, best first.
        yardsticks: the known losses, as far as they are complete.
        contest: what is trained of the candidates.
        committed: the generations that the store has and this session has not reached.
        rescored: individuals of earlier generations whose scores those have changed, as stored.
        generation: how many are complete.
    """

    config: EvolveConfig
    store: Store
    run: Run
    session: Session
    retry_failed: bool = False
    on_generation: Callable[[Result], None] | None = None
    on_progress: Callable[[Progress], None] | None = None
    standings: Standings = field(init=False)
    yardsticks: KnownLosses = field(init=False)
    contest: Contest = field(init=False)
    rejects: Counter[str] = field(default_factory=Counter)
    committed: deque[Generation] = field(default_factory=deque)
    rescored: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    generation: int = 0

    def __post_init__(self) -> None:
        config = self.config
        self.standings = Standings(config.search)
        self.yardsticks = KnownLosses(config.yardsticks, self.seeds, self.score)
        self.session.trials.states = self.states
        settings = config.search
        if config.search.rungs and not self.trainer.continues:
            settings = config.search.model_copy(update={"rungs": ()})
            self.session.warnings += (
                f"protocol {config.protocol!r} cannot stop a training and go on: search.rungs is "
                "not used, and all are trained whole",
            )
        self.contest = Contest(
            *(self.session, settings, racing(settings, config.seeds, config.seed), config.seeds),
            *(self.standings, self.score, self.tell_headway),
        )

    @property
    def states(self) -> Path:
        """Where trainings lie that were measured at a rung, until their generation is complete."""
        return self.run.directory / "states"

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
    def reference(self) -> Mapping[str, float]:
        """The scale of the metrics, once it is prepared."""
        return self.session.reference

    @property
    def seeds(self) -> range:
        """The seeds of every candidate; the same in all runs, so that the memo serves."""
        return range(self.config.seeds)

    def search(self) -> None:
        """Run all generations; those that are only read come first, for they take no time."""
        self.session.on_stopping = self.stopping
        self.report("preparing", 0, 0)
        self.session.prepare(self.preparing)
        search = algorithm(self.config.algorithm)(self.config.search, self.config.seed)
        ceiling = self.trainer.objective.ceiling_of(self.reference)
        teach(search, self.store, self.run, ceiling, self.drawing)
        self.committed = deque(self.store.generations(self.run))
        self.rescored = self.store.rescored(self.run)
        while self.committed and not self.tries_again(self.committed[0]):
            self.one_generation(search)
        self.train_yardsticks()
        while search.generation < self.config.search.generations:
            self.one_generation(search)
        self.last_race()
        self.store.set_status(self.run, "finished")

    def tries_again(self, stored: Generation) -> bool:
        """Tell whether a complete generation is trained again."""
        return self.retry_failed and has_failed(stored, self.rescored.get(stored.generation, []))

    def one_generation(self, search: Search) -> None:
        """Ask, train, tell, and commit; what the store has is read, unless it is tried again."""
        stored = self.committed.popleft() if self.committed else None
        asked = search.ask() if stored is None else recalled(search, stored, self.run)
        self.rejects.update(asked.rejects)
        if stored is None:
            scored, rescored = self.contest.generation(asked.number, asked.candidates)
        elif self.tries_again(stored):
            scored, rescored = self.contest.generation(asked.number, asked.candidates)
            if differs(scored, stored.individuals) or differs(
                rescored, self.rescored.get(stored.generation, [])
            ):
                self.store.rewind(self.run, stored.generation)  # another past, another future
                self.committed.clear()
            else:
                scored, rescored = self.restored(asked, stored)
        else:
            scored, rescored = self.restored(asked, stored)
            self.standings.take([*scored, *rescored])
            for individual in scored:
                self.standings.add(individual)
        if self.standings.is_joint:
            search.update(self.standings.named())
        search.tell(self.standings.present(scored))
        self.commit(search, scored, rescored, asked.rejects)

    def restored(self, asked: Asked, stored: Generation) -> Scored:
        """Return what was asked for, and what was raced again, with committed scores."""
        goal, rescored = self.trainer.objective, self.rescored.get(stored.generation, [])
        own = restored(asked.candidates, stored, self.run, self.trials, goal)
        return own, updated(rescored, self.standings.named(), self.run, self.trials, goal)

    def last_race(self) -> None:
        """Tell the best apart once all generations are complete, if the racing does so.

        The search does not learn of it: a run that is extended goes on as if it had not been.
        """
        if not self.contest.racing.most(0):
            return
        stored = self.store.rescored(self.run).get(self.generation)
        if stored is None or (self.retry_failed and has_failures(stored)):
            rescored = self.contest.last_race(self.generation)
            self.store.set_final(self.run, [individual_json(i) for i in rescored])
        else:
            named, goal = self.standings.named(), self.trainer.objective
            self.standings.take(updated(stored, named, self.run, self.trials, goal))

    def train_yardsticks(self) -> None:
        """Train the known losses under the run's protocol and seeds, giving none up."""
        pairs = self.yardsticks.pairs
        self.headway.begin("yardsticks", len(pairs) * len(self.seeds))
        self.trials.run(
            pairs,
            self.seeds,
            on_start=self.left,
            on_outcome=self.trained,
            on_complete=self.yardsticks.know,
        )

    def score(self, outcomes: Sequence[Outcome], seeds: int | None = None) -> Score:
        """Return the score of outcomes under the run's settings; of all its seeds, or fewer."""
        objective = self.trainer.objective
        ceiling = objective.ceiling_of(self.reference)
        return score(outcomes, seeds or len(self.seeds), ceiling, self.config.search, objective)

    def commit(
        self,
        search: Search,
        scored: Sequence[Individual],
        rescored: Sequence[Individual],
        rejects: Mapping[str, int],
    ) -> None:
        """Store a generation, and tell whoever listens."""
        self.store.commit_generation(
            self.run,
            self.generation,
            [individual_json(i) for i in scored],
            [individual_json(i) for i in search.state()],
            rejects,
            [individual_json(i) for i in rescored],
        )
        self.generation = search.generation
        clear(self.states)
        if self.on_generation:
            self.on_generation(self.result())

    def left(self, missing: int) -> None:
        """Show how far the stage is when so many trainings may follow."""
        self.headway.left(missing)
        self.tell_headway()

    def trained(self, outcome: Outcome, missing: int) -> None:
        """Count a training."""
        self.headway.trained(outcome)
        self.left(missing)

    def tell_headway(self) -> None:
        """Show how far the stage is."""
        self.report(self.headway.stage, self.headway.done, self.headway.total)

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
        later = generations - self.generation - (self.headway.stage == "generation")
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
                self.contest.remaining(later) if stage in TRAINING and not activity else None,
                self.trainer.objective,
                activity,
                self.session.warnings,
            )
        )

    def result(self, ended: Ended = "") -> Result:
        """Return what there is so far, and what ended the search before its time, if so."""
        if ended and self.reference:
            self.yardsticks.recall(self.trials)
        result = Result(
            self.run.name,
            self.run.directory,
            self.config,
            tuple(self.standings.individuals),
            beside(self.yardsticks.complete, self.standings.individuals, self.config.search),
            self.generation,
            dict(sorted(self.rejects.items())),
            dict(self.reference),
            self.trainer.protocol.describe(),
            self.trainer.objective,
            self.run.device,
            self.session.warnings,
            ended,
        )
        return with_confirmations(self.store, self.run, result)
