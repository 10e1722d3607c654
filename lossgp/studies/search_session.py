"""A search under way: its generations are asked for, trained, told and committed."""

from __future__ import annotations

import math
from bisect import insort
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lossgp.config import EvolveConfig
from lossgp.expressions import LossPair, zoo
from lossgp.results.individuals import individual_json
from lossgp.results.progress import Progress
from lossgp.results.result import Result, Yardstick
from lossgp.runs import Generation, Run, Store
from lossgp.runs.trials import Trials
from lossgp.search import Candidate, Individual, Score, Search, algorithm, score
from lossgp.trainers import Outcome

from .stored_generations import differs, has_failed, restored

if TYPE_CHECKING:
    from lossgp.results.result import Ended
    from lossgp.search import Generation as Asked
    from lossgp.trainers import Trainer


@dataclass
class SearchSession:
    """The state of a search, from its beginning or its resumption to its end.

    Attributes:
        config, store, run, trainer: what is searched for, and where.
        workers: how many trainings run at once, for the estimate of what is left.
        retry_failed: whether complete generations with failed trainings are trained again.
        on_generation, on_progress: who is told.
        trials: what trains; set before `search`.
        reference: the scale of the metrics; set before `search`.
        warnings: what a user should know of the data.
        individuals: every scored candidate, best first.
        known: the yardsticks that are complete, by their place in the configuration.
        committed: the generations that the store has and this session has not reached.
        generation: how many are complete.
        stage, total, done: what is being trained, how many trainings this has, and how many of
            them are behind it: trained now or before, or spared.
        trained_count, trained_seconds: of the trainings of this session.
    """

    config: EvolveConfig
    store: Store
    run: Run
    trainer: Trainer
    workers: int
    retry_failed: bool = False
    on_generation: Callable[[Result], None] | None = None
    on_progress: Callable[[Progress], None] | None = None
    trials: Trials = field(init=False)
    reference: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    individuals: list[Individual] = field(default_factory=list)
    known: dict[int, Yardstick] = field(default_factory=dict)
    rejects: Counter[str] = field(default_factory=Counter)
    committed: deque[Generation] = field(default_factory=deque)
    generation: int = 0
    stage: str = "preparing"
    total: int = 0
    done: int = 0
    trained_count: int = 0
    trained_seconds: float = 0.0

    @property
    def seeds(self) -> range:
        """The seeds of every candidate; the same in all runs, so that the memo serves."""
        return range(self.config.seeds)

    def search(self) -> None:
        """Run all generations; those that are only read come first, for they take no time."""
        search = algorithm(self.config.algorithm)(self.config.search, self.config.seed)
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
        asked = search.ask()
        self.rejects.update(asked.rejects)
        stored = self.committed.popleft() if self.committed else None
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
            self.add(scored)
        search.tell(scored)
        self.commit(search, scored, asked.rejects)

    def restored(self, asked: Asked, stored: Generation) -> list[Individual]:
        """Return what was asked for with the scores that were committed."""
        goal = self.trainer.objective
        return restored(asked.candidates, stored, self.run, self.trials, goal)

    def train_generation(self, asked: Asked) -> list[Individual]:
        """Return the candidates scored, in order: all by the first seed, the best by all."""
        candidates = asked.candidates
        others = self.promoted_count(len(candidates)) * (len(self.seeds) - 1)
        self.begin("generation", len(candidates) + others)
        first = self.train(candidates, self.seeds[:1], later=others)
        chosen = self.promoted(candidates, first)
        scored = {
            index: Individual(candidates[index], self.score(first[index]), tuple(first[index]))
            for index in range(len(candidates))
            if index not in chosen
        }
        self.add(scored.values())

        def complete(place: int, outcomes: list[Outcome]) -> None:
            index = chosen[place]
            scored[index] = Individual(candidates[index], self.score(outcomes), tuple(outcomes))
            self.add([scored[index]])

        self.train([candidates[index] for index in chosen], self.seeds, complete)
        return [scored[i] for i in range(len(candidates))]

    def train(
        self,
        candidates: Sequence[Candidate],
        seeds: Sequence[int],
        on_complete: Callable[[int, list[Outcome]], None] | None = None,
        later: int = 0,
    ) -> list[list[Outcome]]:
        """Train candidates, each until it has failed too often; `later` more follow."""
        return self.trials.run(
            [c.pair for c in candidates],
            seeds,
            give_up_after=self.config.search.give_up_after,
            on_start=lambda missing: self.left(missing + later),
            on_outcome=lambda outcome, missing: self.trained(outcome, missing + later),
            on_complete=on_complete,
        )

    def promoted_count(self, candidates: int) -> int:
        """Return how many candidates of a generation are worth all seeds."""
        return math.ceil(self.config.search.promoted * candidates)

    def promoted(
        self, candidates: Sequence[Candidate], first: Sequence[Sequence[Outcome]]
    ) -> list[int]:
        """Return the indices of the candidates that are worth the other seeds."""
        scores = [self.score(own, seeds=1) for own in first]
        order = sorted(range(len(candidates)), key=lambda i: (scores[i].mean, i))
        return sorted(order[: self.promoted_count(len(candidates))])

    def train_yardsticks(self) -> None:
        """Train the known losses under the run's protocol and seeds, giving none up."""
        pairs = self.yardstick_pairs
        self.begin("yardsticks", len(pairs) * len(self.seeds))
        self.trials.run(
            pairs,
            self.seeds,
            on_start=self.left,
            on_outcome=self.trained,
            on_complete=self.know,
        )

    @property
    def yardstick_pairs(self) -> list[LossPair]:
        """The known losses of the configuration."""
        return [LossPair.of(zoo.entry(name).loss) for name in self.config.yardsticks]

    def know(self, index: int, outcomes: Sequence[Outcome]) -> None:
        """Take in a known loss whose trainings are there."""
        name, pair = self.config.yardsticks[index], self.yardstick_pairs[index]
        self.known[index] = Yardstick(name, pair, self.score(outcomes), tuple(outcomes))

    def recall(self) -> None:
        """Take in the known losses that had all their trainings before this session.

        One of which a failure was to be tried again is not complete where the search is
        interrupted first; what it had come to still holds.
        """
        for index, outcomes in enumerate(self.trials.so_far(self.yardstick_pairs, self.seeds)):
            if index not in self.known and len(outcomes) == len(self.seeds):
                self.know(index, outcomes)

    def score(self, outcomes: Sequence[Outcome], seeds: int | None = None) -> Score:
        """Return the score of outcomes under the run's settings; of all its seeds, or fewer."""
        objective = self.trainer.objective
        ceiling = objective.ceiling_of(self.reference)
        return score(outcomes, seeds or len(self.seeds), ceiling, self.config.search, objective)

    def add(self, scored: Iterable[Individual]) -> None:
        """Take in scored candidates, each at its place in the order."""
        for individual in scored:
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
        if self.on_generation:
            self.on_generation(self.result())

    def begin(self, stage: str, total: int) -> None:
        """Start counting the trainings of a stage."""
        self.stage, self.total = stage, total

    def left(self, missing: int) -> None:
        """Show how far the stage is when so many trainings may follow.

        Its total stands from the start: what was trained before, and what is spared because a
        loss failed, is behind it like what is trained now.
        """
        self.done = self.total - missing
        self.report(self.stage, self.done, self.total)

    def trained(self, outcome: Outcome, missing: int) -> None:
        """Count a training."""
        self.trained_count += 1
        self.trained_seconds += outcome.seconds
        self.left(missing)

    def stopping(self, out_of_time: bool) -> None:
        """Note that no more trainings start; whatever ends the process now, this is known."""
        self.store.set_status(self.run, "interrupted")
        self.report("time is up" if out_of_time else "stopping", 0, 0)

    def preparing(self, activity: str, done: int, total: int) -> None:
        """Show what is made ready before the first training."""
        self.report("preparing", done, total, activity)

    def report(self, stage: str, done: int, total: int, activity: str = "") -> None:
        """Show progress."""
        if self.on_progress is None:
            return
        training = stage in ("yardsticks", "generation")
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
                self._remaining(total - done) if training else None,
                self.trainer.objective,
                activity,
                self.warnings,
            )
        )

    def _remaining(self, here: int) -> float | None:
        if not self.trained_count:
            return None
        each = self.trained_seconds / self.trained_count / self.workers
        search = self.config.search
        later = search.generations - self.generation - (self.stage == "generation")
        per_generation = search.population + self.promoted_count(search.population) * (
            len(self.seeds) - 1
        )
        return each * (here + later * per_generation)

    def result(self, ended: Ended = "") -> Result:
        """Return what there is so far, and what ended the search before its time, if so."""
        if ended and self.reference:
            self.recall()
        return Result(
            self.run.name,
            self.run.directory,
            self.config,
            tuple(self.individuals),
            tuple(self.known[index] for index in sorted(self.known)),
            self.generation,
            dict(sorted(self.rejects.items())),
            dict(self.reference),
            self.trainer.protocol.describe(),
            self.trainer.objective,
            self.run.device,
            self.warnings,
            ended,
        )
