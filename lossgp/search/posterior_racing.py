"""Racing by posterior: the next training goes where it decides most among the best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from .estimates import Estimates
from .posterior import Array
from .racing import Entrant, Order
from .randomness import stream
from .settings import SearchSettings

BEST = 10
"""How many of the best the last race tells apart."""
_TRIES = 30  # draws for a second leader; where none comes up, the first is certain


@dataclass
class _Field:
    """The entrants of a round, and what is believed of them once its trainings are done.

    A training that is ordered counts as if it had met its expectation: so those of one round
    do not all go to the same entrant.

    Attributes:
        weight, centre, width: of their posteriors (see `posterior.Beliefs`): each (n, g).
        noise: of a training in each group: (g,).
        count: trainings of each entrant, done or ordered: (n,).
        open: which entrants may get another: (n,).
    """

    weight: Array
    centre: Array
    width: Array
    noise: Array
    count: NDArray[np.int64]
    open: NDArray[np.bool_]

    def draw(self, numbers: np.random.Philox) -> Array:
        """Return what the entrants may be worth, a sample of the posterior: (n,)."""
        uniform = (numbers.random_raw(2 * len(self.weight)) >> np.uint64(11)) * 2.0**-53
        which, where = uniform.reshape(2, -1)
        group = (which[:, None] >= np.cumsum(self.weight, axis=1)[:, :-1]).sum(axis=1)
        at = np.arange(len(group)), group
        return np.asarray(self.centre[at] + self.width[at] * ndtri(np.maximum(where, 2.0**-54)))

    def order(self, index: int, most: int) -> Order:
        """Take in that an entrant gets its next seed."""
        order = Order(index, int(self.count[index]))
        self.count[index] += 1
        self.open[index] &= self.count[index] < most
        self.width[index] = (self.width[index] ** -2 + self.noise**-2) ** -0.5
        return order


@final
class PosteriorRacing:
    """Each candidate gets its first seed; what else there is goes to the best, in rounds.

    Within a generation it is top-two Thompson sampling (Russo, Simple Bayesian algorithms for
    best arm identification, COLT 2016): a sample of the posterior names a leader, which is
    trained with probability 1/2; else samples are drawn until another one leads, and that is
    trained. Losses of earlier generations take part. After the last generation the ten best by
    their posterior means get seeds until they have equally many, so that they are told apart.

    Args:
        settings: how many trainings there are, and how many are decided on at once.
        seeds: how many trainings a candidate gets at most.
        seed: of the search.
    """

    equal_seeds = False

    def __init__(self, settings: SearchSettings, seeds: int, seed: int) -> None:
        self._settings = settings
        self._seeds = seeds
        self._seed = seed

    def most(self, fresh: int) -> int:
        """Return one training for each and the extra ones; without fresh ones, the final ones."""
        return fresh + self._budget(fresh)

    def decide(self, generation: int, number: int, entrants: Sequence[Entrant]) -> list[Order]:
        """Return the first seeds, and then what decides most; of the best ten, in the last race."""
        fresh = [index for index, entrant in enumerate(entrants) if entrant.fresh]
        if fresh and number == 0:
            return [Order(index, 0) for index in fresh]
        spent = (number - bool(fresh)) * self._settings.round_size
        count = min(self._settings.round_size, self._budget(len(fresh)) - spent)
        if count <= 0 or not entrants:
            return []
        field = self._field(entrants)
        if not fresh:
            return self._to_the_best(field, count)
        rng = stream(self._seed, generation, number, "racing")
        return self._between_two(field, count, np.random.Philox(key=rng.getrandbits(128)))

    def _budget(self, fresh: int) -> int:
        return math.ceil(self._settings.extra * fresh) if fresh else self._settings.final

    def _field(self, entrants: Sequence[Entrant]) -> _Field:
        estimates = Estimates.of([e.values for e in entrants])
        beliefs, limit = estimates.beliefs, self._settings.give_up_after
        count = np.array([len(e.values) for e in entrants])
        allowed = [not e.ruled_out and not 0 < limit <= e.failures for e in entrants]
        return _Field(
            beliefs.weight,
            beliefs.centre,
            beliefs.width.copy(),
            estimates.groups.noise,
            count,
            np.array(allowed) & (count < self._seeds),
        )

    def _between_two(self, field: _Field, count: int, numbers: np.random.Philox) -> list[Order]:
        orders: list[Order] = []
        while len(orders) < count and field.open.any():
            leader = self._leader(field, numbers)
            if numbers.random_raw() >> 63:
                for _ in range(_TRIES):
                    second = self._leader(field, numbers)
                    if second != leader:
                        leader = second
                        break
            orders.append(field.order(leader, self._seeds))
        return orders

    def _leader(self, field: _Field, numbers: np.random.Philox) -> int:
        return int(np.argmin(np.where(field.open, field.draw(numbers), np.inf)))

    def _to_the_best(self, field: _Field, count: int) -> list[Order]:
        mean = (field.weight * field.centre).sum(axis=1)
        best = np.argsort(mean, kind="stable")[:BEST]
        orders: list[Order] = []
        while len(orders) < count and field.open[best].any():
            left = [int(index) for index in best if field.open[index]]
            orders.append(field.order(min(left, key=lambda i: field.count[i]), self._seeds))
        return orders
