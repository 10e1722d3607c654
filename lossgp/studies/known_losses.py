"""The known losses that a search is compared with: trained first, complete or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lossgp.expressions import LossPair, zoo
from lossgp.results.result import Yardstick
from lossgp.runs.trials import Trials
from lossgp.search import Score
from lossgp.trainers import Outcome


@dataclass
class KnownLosses:
    """The yardsticks of a run that have all their trainings.

    Attributes:
        names: of the configuration.
        seeds: on which each is trained.
        score: what outcomes come to.
        known: those that are complete, by their index in the configuration.
    """

    names: Sequence[str]
    seeds: Sequence[int]
    score: Callable[[Sequence[Outcome]], Score]
    known: dict[int, Yardstick] = field(default_factory=dict)

    @property
    def pairs(self) -> list[LossPair]:
        """What is trained."""
        return [LossPair.of(zoo.entry(name).loss) for name in self.names]

    @property
    def complete(self) -> tuple[Yardstick, ...]:
        """Those that are complete, in the order of the configuration."""
        return tuple(self.known[index] for index in sorted(self.known))

    def know(self, index: int, outcomes: Sequence[Outcome]) -> None:
        """Take in a known loss whose trainings are there."""
        found = Yardstick(
            self.names[index], self.pairs[index], self.score(outcomes), tuple(outcomes)
        )
        self.known[index] = found

    def recall(self, trials: Trials) -> None:
        """Take in the known losses that had all their trainings before this session.

        One of which a failure was to be tried again is not complete where the search is
        interrupted first; what it had come to still holds.
        """
        for index, outcomes in enumerate(trials.so_far(self.pairs, self.seeds)):
            if index not in self.known and len(outcomes) == len(self.seeds):
                self.know(index, outcomes)
