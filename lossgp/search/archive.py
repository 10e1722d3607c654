"""The external archive: losers of the selection, kept as mates for later crossovers."""

from __future__ import annotations

from random import Random

from .candidate import Individual
from .randomness import chance


class Archive:
    """At most `capacity` individuals that did not survive (GANetic paper, section 3)."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.members: list[Individual] = []

    def offer(self, rng: Random, loser: Individual, probability: float) -> bool:
        """Take a loser in with this probability; a full archive gives up a random member.

        Returns:
            Whether it was taken in.
        """
        if not chance(rng, probability):
            return False
        if len(self.members) < self.capacity:
            self.members.append(loser)
        else:
            self.members[int(rng.random() * self.capacity)] = loser
        return True

    def __len__(self) -> int:
        return len(self.members)
