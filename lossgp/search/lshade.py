"""L-SHADE: success-history differential evolution of a few numbers, as ask and tell.

Tanabe & Fukunaga, "Improving the Search Performance of SHADE Using Linear Population Size
Reduction", CEC 2014; what it takes over of SHADE is in their CEC 2013 paper, and of JADE in Zhang &
Sanderson, IEEE TEVC 13, 2009. Equation numbers are those of the CEC 2014 paper.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from .randomness import cauchy, normal, pick, stream

Vector = tuple[float, ...]

_MEMORY = 6  # H, section IV
_ARCHIVE = 2.6  # r_arc
_PBEST = 0.11  # p
_LEAST = 4  # N_min: current-to-pbest needs four
_SPREAD = 0.1  # equations 1 and 2
_DIGITS = 9  # beyond them machines differ


class Lshade:
    """Minimises a cost on the box [-1, 1]^n, a batch of vectors at a time.

    The middle of the box, which is what there was before, is the first vector. A batch is a whole
    generation: what it costs decides of the next, and nothing else does.

    Args:
        dimension: n.
        population: N of the first generation; it falls to 4 in the last.
        generations: how many follow the first.
        seed: of all random numbers.

    Attributes:
        best: the vector of least cost so far, of equal ones the first.
        cost: what it costs; infinite before the first generation.
        generation: how many have been told.
    """

    def __init__(self, dimension: int, population: int, generations: int, seed: int) -> None:
        if dimension < 1 or population < _LEAST:
            raise ValueError(f"{population} vectors of {dimension} numbers; at least 4 of 1")
        self.best: Vector = (0.0,) * dimension
        self.cost = math.inf
        self.generation = 0
        self._seed = seed
        self._dimension = dimension
        self._first = population
        self._generations = generations
        self._population: list[tuple[float, Vector]] = []
        self._archive: list[Vector] = []
        self._memory = [(0.5, 0.5)] * _MEMORY  # M_CR, M_F
        self._turn = 0
        self._drawn: list[tuple[float, float]] = []
        self._asked: list[Vector] = []

    def ask(self) -> list[Vector]:
        """Return the vectors of the next generation; the same ones until `tell`."""
        if not self._asked:
            if self._population:
                self._asked = [self._child(i) for i in range(len(self._population))]
            else:
                self._asked = [self._initial(i) for i in range(self._first)]
        return self._asked

    def tell(self, costs: Sequence[float]) -> None:
        """Take in what the vectors of `ask` cost, in their order; NaN counts as infinite.

        Raises:
            ValueError: there are not as many costs as vectors.
        """
        asked = self.ask()
        if len(costs) != len(asked):
            raise ValueError(f"{len(costs)} costs for {len(asked)} vectors")
        told = [(math.inf if math.isnan(c) else c, v) for c, v in zip(costs, asked, strict=True)]
        for cost, vector in told:
            if cost < self.cost:
                self.best, self.cost = vector, cost
        if self._population:
            self._select(told)
        else:
            self._population = told
        self.generation += 1
        self._asked, self._drawn = [], []

    def _initial(self, slot: int) -> Vector:
        if slot == 0:
            return self.best
        rng = stream(self._seed, 0, slot, "initial")
        return tuple(_short(2.0 * rng.random() - 1.0) for _ in range(self._dimension))

    def _child(self, slot: int) -> Vector:
        """Return current-to-pbest/1/bin, as JADE has it (equation 3), inside the box."""
        rng = stream(self._seed, self.generation, slot, "vary")
        crossing, scale = self._rates(rng)
        self._drawn.append((crossing, scale))
        own = self._population[slot][1]
        others = [i for i in range(len(self._population)) if i != slot]
        order = sorted(range(len(self._population)), key=lambda i: (self._population[i][0], i))
        best = self._population[pick(rng, order[: max(2, round(_PBEST * len(order)))])][1]
        first = pick(rng, others)
        union = [*(self._population[i][1] for i in others if i != first), *self._archive]
        one, two = self._population[first][1], pick(rng, union)
        kept = int(rng.random() * self._dimension)
        child = []
        for j in range(self._dimension):
            value = own[j]
            if rng.random() < crossing or j == kept:
                value += scale * (best[j] - own[j]) + scale * (one[j] - two[j])
                # Back half of the way from the bound (JADE).
                value = (own[j] + math.copysign(1.0, value)) / 2 if abs(value) > 1 else value
            child.append(_short(value))
        return tuple(child)

    def _rates(self, rng: Random) -> tuple[float, float]:
        """Return CR and F of one child (equations 1 and 2)."""
        crossing, scale = pick(rng, self._memory)
        drawn = min(max(crossing + _SPREAD * normal(rng), 0.0), 1.0)
        while (factor := scale + _SPREAD * cauchy(rng)) <= 0:
            pass
        return _short(drawn), _short(min(factor, 1.0))

    def _select(self, children: Sequence[tuple[float, Vector]]) -> None:
        """Let each child take its parent's room if it is no worse, and learn from the better."""
        gains: list[float] = []
        rates: list[tuple[float, float]] = []
        for slot, (cost, vector) in enumerate(children):
            before, parent = self._population[slot]
            if cost < before:
                self._archive.append(parent)
                gains.append(before - cost if math.isfinite(before) else 1.0)
                rates.append(self._drawn[slot])
            if cost <= before:
                self._population[slot] = cost, vector
        if gains:
            # Lehmer means weighted by the gains (equations 4 to 7).
            self._memory[self._turn] = (
                _lehmer([crossing for crossing, _ in rates], gains),
                _lehmer([scale for _, scale in rates], gains),
            )
            self._turn = (self._turn + 1) % _MEMORY
        self._shrink()

    def _shrink(self) -> None:
        """Leave the best, as many as the linear reduction has (equation 10)."""
        done = min(1.0, self.generation / max(self._generations, 1))
        size = round(self._first + (_LEAST - self._first) * done)
        order = sorted(range(len(self._population)), key=lambda i: (self._population[i][0], i))
        kept = sorted(order[: max(size, _LEAST)])
        self._population = [self._population[i] for i in kept]
        rng = stream(self._seed, self.generation, "archive")
        while len(self._archive) > round(_ARCHIVE * len(self._population)):
            self._archive.pop(int(rng.random() * len(self._archive)))


def _lehmer(values: Sequence[float], weights: Sequence[float]) -> float:
    below = sum(w * x for w, x in zip(weights, values, strict=True))
    return sum(w * x * x for w, x in zip(weights, values, strict=True)) / below if below else 0.0


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
