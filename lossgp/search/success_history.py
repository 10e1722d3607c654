"""Success-history adaptation of rates (SHADE) and of the shares of operators (SaDE)."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from .candidate import Individual
from .mutations import BY_NAME, MUTATIONS, rates
from .randomness import cauchy, normal, pick
from .rates import Rates
from .scoring import NOT_TRAINED, Score
from .settings import SearchSettings

_SPREAD = 0.1  # of the rates around their memory, SHADE's equations 5 and 6
_INTERVAL = 2 * 1.96  # standard deviations within a posterior's interval of 95 %, if normal
_FLOOR = 0.01  # added to each success rate, SaDE's equation 14: no operator dies


@dataclass(frozen=True)
class Trial:
    """An offspring that was scored: its rates, its mutations, its gain over the parent, or 0."""

    rates: Rates
    mutations: tuple[str, ...]
    gain: float


class SuccessHistory:
    """Memories of the rates that have made better offspring.

    Each offspring draws one of `memory_size` entries (M_CR, M_MR), and from it a crossover rate,
    normal around M_CR and cut to [0, 1], and a mutation rate, Cauchy around M_MR, drawn again
    where it is not positive and cut to 1. After a generation with successes one entry, in turns,
    becomes the Lehmer mean of their rates, weighted by their gains.

    Which mutation is the one is drawn in proportion to its successes among its uses, over the
    last `memory_size` generations. Mutations without a rate in the settings are never drawn; the
    settings' rates are where everything begins.

    Tanabe & Fukunaga, "Success-History Based Parameter Adaptation for Differential Evolution",
    CEC 2013, equations 5 to 9, with the Lehmer mean for both rates as in their L-SHADE (CEC
    2014), equation 7; Qin, Huang & Suganthan, "Differential Evolution Algorithm With Strategy
    Adaptation", IEEE TEVC 13, 2009, equations 13 and 14. Instead of a success in any improvement,
    an improvement beyond the noise of the scores: see `gains`.
    """

    def __init__(self, settings: SearchSettings) -> None:
        first = rates(settings)
        none = math.prod(1 - rate for rate in first) if any(first) else 1.0
        self.entries = [(settings.crossover, 1 - none)] * settings.memory_size
        self.turn = 0
        self._on = {m.name: r / sum(first) for m, r in zip(MUTATIONS, first, strict=True) if r}
        self._window = deque[tuple[Counter[str], Counter[str]]](maxlen=settings.memory_size)

    @property
    def shares(self) -> dict[str, float]:
        """How often each mutation is drawn, by name; together 1."""
        used, good = Counter[str](), Counter[str]()
        for uses, successes in self._window:
            used.update(uses)
            good.update(successes)
        if not sum(good.values()):
            return dict(self._on)
        overall = sum(good.values()) / sum(used.values())
        # One that was not used is as good as any.
        rate = {n: _FLOOR + (good[n] / used[n] if used[n] else overall) for n in self._on}
        return {name: r / sum(rate.values()) for name, r in rate.items()}

    def draw(self, rng: Random) -> Rates:
        """Return the rates of one offspring."""
        crossing, mutating = pick(rng, self.entries)
        crossover = min(max(crossing + _SPREAD * normal(rng), 0.0), 1.0)
        while (mutation := mutating + _SPREAD * cauchy(rng)) <= 0:
            pass
        shares = {name: _short(share) for name, share in self.shares.items()}
        return Rates(_short(crossover), _short(min(mutation, 1.0)), shares)

    def learn(self, trials: Sequence[Trial]) -> None:
        """Take in the offspring of a generation."""
        good = [t for t in trials if t.gain > 0]
        used = Counter(name for t in trials for name in t.mutations)
        self._window.append((used, Counter(name for t in good for name in t.mutations)))
        if good:
            weights = [t.gain for t in good]
            self.entries[self.turn] = (
                _lehmer([t.rates.crossover for t in good], weights),
                _lehmer([t.rates.mutation for t in good], weights),
            )
            self.turn = (self.turn + 1) % len(self.entries)


def trials(scored: Sequence[Individual], parents: dict[str, Score], margin: float) -> list[Trial]:
    """Return what offspring came to; those whose parent is not known are left out."""
    born = [i for i in scored if i.candidate.rates and i.candidate.parents[0] in parents]
    pairs = [(parents[i.candidate.parents[0]], i.score) for i in born]
    return [
        Trial(i.candidate.rates, mutations_of(i.candidate.origin), gain)
        for i, gain in zip(born, gains(pairs, margin), strict=True)
        if i.candidate.rates
    ]


def mutations_of(origin: str) -> tuple[str, ...]:
    """Return the mutations that a candidate's origin names, such as "node mutation of D"."""
    parts = [part.partition(" of ")[0] for part in origin.split(" + ")]
    return tuple(part for part in parts if part in BY_NAME)


def gains(pairs: Sequence[tuple[Score, Score]], margin: float) -> list[float]:
    """Return by how much each offspring is fitter than its parent; 0 within the noise.

    The noise is `margin` standard errors of the difference of the two means, or of their
    posteriors where losses are ranked by those: then a fitness is a posterior mean. A score of one
    training has no spread of its own, and takes the root mean square of the others'; where
    nothing was trained twice, every improvement counts. An offspring of a parent that was ruled
    out, or stopped at a rung, counts as much as the best of the others.

    Args:
        pairs: the scores of parent and offspring.
        margin: standard errors that an improvement must exceed.
    """
    every = [score for pair in pairs for score in pair]
    spreads = [s.std**2 for s in every if trained(s) > 1 and math.isfinite(s.std)]
    pooled = sum(spreads) / len(spreads) if spreads else 0.0
    found = []
    for parent, child in pairs:
        gain = _whole_fitness(parent) - _whole_fitness(child)
        error = math.sqrt(_variance(parent, pooled) + _variance(child, pooled))
        found.append(gain if gain > margin * error else 0.0)
    finite = [gain for gain in found if math.isfinite(gain) and gain > 0]
    return [gain if math.isfinite(gain) else max(finite, default=1.0) for gain in found]


def trained(score: Score) -> int:
    """Return how many seeds were trained."""
    return len(score.values) - score.statuses.get(NOT_TRAINED, 0)


def _whole_fitness(score: Score) -> float:
    """Return the fitness; that of one which was stopped at a rung ranks it, and is no measure."""
    return math.inf if score.is_stopped else score.fitness


def _variance(score: Score, pooled: float) -> float:
    """Return the variance of a score's mean, or of its posterior where it has one."""
    if score.posterior is not None:
        return ((score.posterior.high - score.posterior.low) / _INTERVAL) ** 2
    count = trained(score)
    return (score.std**2 if count > 1 else pooled) / max(count, 1)


def _lehmer(values: Sequence[float], weights: Sequence[float]) -> float:
    """Return the weighted Lehmer mean Σ w·x² / Σ w·x; 0 where all values are."""
    below = sum(w * x for w, x in zip(weights, values, strict=True))
    return sum(w * x * x for w, x in zip(weights, values, strict=True)) / below if below else 0.0


def _short(value: float) -> float:
    """Return a number without the digits in which machines differ."""
    return float(f"{value:.6g}")
