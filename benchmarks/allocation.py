"""Who should get the next training: `python -m benchmarks.allocation`.

Made-up losses, half of them hopeless, the others a little better or worse than each other on the
log scale; trainings are normal about them, or bimodal: a seed takes off or stays near dead. Eight
generations of ten new losses each, nothing bred. Today's scheme (first seed for all, all three for
the best three, ranked by mean + std) against posterior racing, at the same cost and at twice it.

Of the ten best by what each scheme reports: `reliability` is the squared correlation of reported
log score and truth (1 is perfect, 0 is luck), pooled over the worlds; `ICC` the variance of the
truth over that and the error; `regret` how much worse the winner is than the best loss; `curse` how
much better the winner is reported than it is (all in per cent of the metric); `seeds` how many it
has.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import click
import numpy as np
from numpy.typing import NDArray

from lossgp.search import Entrant, FixedRacing, Racing, SearchSettings
from lossgp.search.estimates import Estimates
from lossgp.search.posterior_racing import PosteriorRacing

GENERATIONS, POPULATION, BEST, MOST = 8, 10, 10, 16
GOOD, HOPELESS, NEAR_DEAD = math.log(360), math.log(1000), math.log(900)
Array = NDArray[np.float64]


@dataclass
class World:
    """Losses with their worth on the log scale, and the trainings that they would have."""

    worth: Array
    values: Array  # (losses, MOST)

    @classmethod
    def of(cls, number: int, spread: float, noise: float, bimodal: bool) -> World:
        rng = np.random.default_rng(number)
        count = GENERATIONS * POPULATION
        bad = rng.random(count) < 0.5
        worth = np.where(bad, rng.normal(HOPELESS, 0.1, count), rng.normal(GOOD, spread, count))
        draws = rng.standard_normal((count, MOST))
        scale = np.where(bad, 0.1, noise)[:, None]
        if bimodal:
            # With probability q near dead; q and the step give the noise asked for.
            step = NEAR_DEAD - GOOD
            q = (1 - math.sqrt(max(0.0, 1 - 4 * (noise**2 - 0.15**2) / step**2))) / 2
            dead = rng.random((count, MOST)) < q
            draws = np.where(bad[:, None], draws, (dead - q) * step / noise + draws * 0.15 / noise)
        return cls(worth, np.exp(worth[:, None] + scale * draws))


@dataclass
class Told:
    """What a scheme reports: its ten best, best first, their log scores, their seeds, its cost."""

    best: list[int]
    log: Array
    seeds: float
    cost: int


def raced(world: World, racing: Racing) -> list[tuple[float, ...]]:
    """Return the values that each loss has got in all generations and the last race."""
    got: list[tuple[float, ...]] = []
    for generation in range(GENERATIONS + 1):
        if generation < GENERATIONS:
            got += [()] * POPULATION
        fresh = range(generation * POPULATION, len(got))
        number = 0
        while True:
            field = [Entrant(str(i), v, 0, i in fresh) for i, v in enumerate(got)]
            if isinstance(racing, FixedRacing):
                orders = racing.decide(generation, number, field[fresh.start :]) if fresh else []
                start = fresh.start
            else:
                orders, start = racing.decide(generation, number, field), 0
            if not orders:
                break
            for order in orders:
                index = order.entrant + start
                got[index] += (float(world.values[index, order.seed]),)
            number += 1
    return got


def fixed(world: World, _: int, seeds: int = 3) -> Told:
    """Today's scheme."""
    got = raced(world, FixedRacing(SearchSettings(), seeds, 0))
    whole = [i for i, values in enumerate(got) if len(values) == seeds]
    best = sorted(whole, key=lambda i: np.mean(got[i]) + np.std(got[i], ddof=1))[:BEST]
    return Told(best, np.log([np.mean(got[i]) for i in best]), seeds, sum(map(len, got)))


def posterior(extra: float, final: int) -> Callable[[World, int], Told]:
    """Posterior racing with these settings."""

    def told(world: World, number: int) -> Told:
        settings = SearchSettings(racing="posterior", fitness="posterior", extra=extra, final=final)
        got = raced(world, PosteriorRacing(settings, MOST, number))
        mean = Estimates.of(got).beliefs.mean
        best = [int(i) for i in np.argsort(mean, kind="stable")[:BEST]]
        seeds = float(np.mean([len(got[i]) for i in best]))
        return Told(best, mean[best], seeds, sum(map(len, got)))

    return told


SCHEMES: dict[str, Callable[[World, int], Told]] = {
    "fixed, 3 seeds": fixed,
    "posterior, same cost": posterior(0.4, 16),
    "fixed, 8 seeds": lambda world, number: fixed(world, number, 8),
    "posterior, defaults": posterior(0.6, 50),
    "posterior, twice": posterior(0.8, 112),
}


@click.command()
@click.option("--worlds", default=5, show_default=True, help="made-up searches of each kind")
def main(worlds: int) -> None:
    print("noise spread       scheme                cost  seeds  reliability   ICC  regret   curse")
    for bimodal in (False, True):
        for noise in (0.3, 0.5, 0.7):
            for spread in (0.1, 0.2, 0.3):
                if bimodal and (noise == 0.7 or spread != 0.2):
                    continue  # a step from 360 to 900 has no such noise
                for name, scheme in SCHEMES.items():
                    line = measured(scheme, worlds, spread, noise, bimodal)
                    kind = "bimodal" if bimodal else ""
                    print(f"{noise:5.1f} {spread:6.1f} {kind:7} {name:21} {line}", flush=True)


def measured(
    scheme: Callable[[World, int], Told], worlds: int, spread: float, noise: float, bimodal: bool
) -> str:
    """Return the figures of a scheme over several worlds in one line."""
    covariance, of_truth, of_told, error, regret, curse, cost, seeds = np.mean(
        [_figures(scheme, World.of(n, spread, noise, bimodal), n) for n in range(worlds)], axis=0
    )
    reliable = max(covariance, 0) ** 2 / (of_truth * of_told) if of_told > 0 else 0.0
    agreement = of_truth / (of_truth + error)
    return (
        f"{cost:4.0f} {seeds:6.1f} {reliable:12.2f} {agreement:5.2f} {math.expm1(regret):7.0%} "
        f"{-math.expm1(curse):7.0%}"
    )


def _figures(scheme: Callable[[World, int], Told], world: World, number: int) -> Array:
    told = scheme(world, number)
    truth = world.worth[told.best]
    both = np.cov(truth, told.log, bias=True)
    return np.array([
        both[0, 1], both[0, 0], both[1, 1], np.var(told.log - truth),
        truth[0] - world.worth.min(), told.log[0] - truth[0], told.cost, told.seeds,
    ])  # fmt: skip


if __name__ == "__main__":
    main()
