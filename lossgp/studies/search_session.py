"""A search under way: its generations are asked for, trained, told and committed."""

from __future__ import annotations

from bisect import insort
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lossgp.config import EvolveConfig
from lossgp.results.confirming import with_confirmations
from lossgp.results.individuals import individual_json
from lossgp.results.progress import Progress
from lossgp.results.result import Result
from lossgp.runs import Generation, Run, Store
from lossgp.runs.trials import Trials
from lossgp.search import (
    RACINGS,
    Individual,
    Racing,
    Score,
    Search,
    SearchSettings,
    algorithm,
    score,
)
from lossgp.trainers import Outcome

from .confirming import most_at_the_end
from .headway import TRAINING, Headway
from .heats import Heats, clear, most
from .known_losses import KnownLosses
from .lessons import teach
from .race import Race
from .session import Session
from .stored_generations import differs, has_failed, recalled, restored

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
        individuals: every scored candidate, best first.
        yardsticks: the known losses, as far as they are complete.
        racing, settings: what decides on trainings.
        committed: the generations that the store has and this session has not reached.
        generation: how many are complete.
    """

    config: EvolveConfig
    store: Store
    run: Run
    session: Session
    retry_failed: bool = False
    on_generation: Callable[[Result], None] | None = None
    on_progress: Callable[[Progress], None] | None = None
    individuals: list[Individual] = field(default_factory=list)
    yardsticks: KnownLosses = field(init=False)
    racing: Racing = field(init=False)
    settings: SearchSettings = field(init=False)
    rejects: Counter[str] = field(default_factory=Counter)
    committed: deque[Generation] = field(default_factory=deque)
    generation: int = 0

    def __post_init__(self) -> None:
        config = self.config
        self.racing = RACINGS[config.search.racing](config.search, config.seeds, config.seed)
        self.yardsticks = KnownLosses(config.yardsticks, self.seeds, self.score)
        self.session.trials.states = self.states
        self.settings = config.search
        if config.search.rungs and not self.trainer.continues:
            self.settings = config.search.model_copy(update={"rungs": ()})
            self.session.warnings += (
                f"protocol {config.protocol!r} cannot stop a training and go on: search.rungs is "
                "not used, and all are trained whole",
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
        while self.committed and not self.tries_again(self.committed[0]):
            self.one_generation(search)
        self.train_yardsticks()
        while search.generation < self.config.search.generations:
            self.one_generation(search)
        self.store.set_status(self.run, "finished")

    def tries_again(self, stored: Generation) -> bool:
        """Tell whether a complete generation is trained again."""
        return self.retry_failed and has_failed(stored)

    def one_generation(self, search: Search) -> None:
        """Ask, train, tell, and commit; what the store has is read, unless it is tried again."""
        stored = self.committed.popleft() if self.committed else None
        asked = search.ask() if stored is None else recalled(search, stored, self.run)
        self.rejects.update(asked.rejects)
        if stored is None:
            scored = self.train_generation(asked)
        elif self.tries_again(stored):
            scored = self.train_generation(asked)
            if differs(scored, stored):
                self.store.rewind(self.run, stored.generation)  # another past, another future
                self.committed.clear()
            else:
                scored = self.restored(asked, stored)
        else:
            scored = self.restored(asked, stored)
            for individual in scored:
                self.add(individual)
        search.tell(scored)
        self.commit(search, scored, asked.rejects)

    def restored(self, asked: Asked, stored: Generation) -> list[Individual]:
        """Return what was asked for with the scores that were committed."""
        goal = self.trainer.objective
        return restored(asked.candidates, stored, self.run, self.trials, goal)

    def train_generation(self, asked: Asked) -> list[Individual]:
        """Return the candidates scored, in order: those that the heats leave have a race."""
        heats = Heats(
            *(self.settings, self.trials, self.score(()), self.headway, self.tell_headway),
            settled=self.add,
        )
        race = Race(
            *(self.racing, self.config.seeds, self.trials, self.settings.give_up_after),
            *(self.score_candidate, self.headway, self.tell_headway),
            settled=lambda individual: self.add(heats.marked(individual)),
        )
        total = most(len(asked.candidates), self.settings, self.racing)
        self.headway.begin("generation", total)
        racing = heats.run(asked.candidates, total)
        raced = race.run(asked.number, [asked.candidates[index] for index in racing])
        return heats.joined(asked.candidates, racing, raced)

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

    def score_candidate(self, outcomes: Sequence[Outcome]) -> Score:
        """Return the score of a candidate; seeds that it did not get count where all get them."""
        return self.score(outcomes, None if self.racing.equal_seeds else len(outcomes))

    def add(self, individual: Individual) -> None:
        """Take in a scored candidate, where it stands in the order."""
        insort(self.individuals, individual, key=lambda i: i.order)

    def commit(self, search: Search, scored: list[Individual], rejects: dict[str, int]) -> None:
        """Store a generation, and tell whoever listens."""
        self.store.commit_generation(
            self.run,
            self.generation,
            [individual_json(i) for i in scored],
            [individual_json(i) for i in search.state()],
            rejects,
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
        self.on_progress(
            Progress(
                self.run.name,
                stage,
                self.generation + 1,
                self.config.search.generations,
                done,
                total,
                self.individuals[0] if self.individuals else None,
                dict(self.rejects),
                self._remaining() if stage in TRAINING and not activity else None,
                self.trainer.objective,
                activity,
                self.session.warnings,
            )
        )

    def _remaining(self) -> float | None:
        search = self.config.search
        later = search.generations - self.generation - (self.headway.stage == "generation")
        later *= most(search.population, self.settings, self.racing)
        return self.headway.remaining(later + most_at_the_end(search))

    def result(self, ended: Ended = "") -> Result:
        """Return what there is so far, and what ended the search before its time, if so."""
        if ended and self.reference:
            self.yardsticks.recall(self.trials)
        result = Result(
            self.run.name,
            self.run.directory,
            self.config,
            tuple(self.individuals),
            self.yardsticks.complete,
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
