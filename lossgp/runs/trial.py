"""One loss with its seeds: which trainings it has, and which it wants next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from lossgp.trainers import Outcome, Status


class Trainable(Protocol):
    """What a trial needs of a loss: its identity, its text, its data."""

    def key(self) -> str:
        """Return the identity of what is trained."""

    def text(self) -> str:
        """Return the loss as people read it."""

    def to_json(self) -> dict[str, object]:
        """Return the loss as plain data."""


@dataclass
class Trial:
    """One loss with its seeds, in order; `give_up` failed ones end it."""

    loss: Trainable
    seeds: tuple[int, ...]
    give_up: int
    known: dict[int, Outcome]
    submitted: set[int] = field(default_factory=set)

    def outcomes(self) -> list[Outcome]:
        """Return the outcomes in the order of the seeds, up to giving up or a gap.

        They depend on the results alone, not on the order in which trainings finish, nor on
        what other runs have added to the memo.
        """
        found: list[Outcome] = []
        failures = 0
        for seed in self.seeds:
            if seed not in self.known or (self.give_up and failures >= self.give_up):
                break
            found.append(self.known[seed])
            failures += self.known[seed].status is not Status.OK
        return found

    def wanted(self) -> list[int]:
        """Return the seeds to be trained next: one by one while giving up is possible."""
        found = self.outcomes()
        failures = sum(o.status is not Status.OK for o in found)
        if len(found) == len(self.seeds) or (self.give_up and failures >= self.give_up):
            return []
        rest = [s for s in self.seeds[len(found) :] if s not in self.known]
        return [s for s in (rest[:1] if self.give_up else rest) if s not in self.submitted]

    @property
    def running(self) -> set[int]:
        """The seeds that are under way."""
        return self.submitted - self.known.keys()

    @property
    def missing(self) -> int:
        """How many trainings there may still be."""
        return len(self.to_come)

    @property
    def to_come(self) -> list[int]:
        """The seeds that may still be trained, or are under way."""
        if not self.wanted() and not self.running:
            return []
        return [seed for seed in self.seeds if seed not in self.known]
