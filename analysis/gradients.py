"""Whether the generator gets a usable gradient: saturation, sign, explosion, scale."""

from __future__ import annotations

import functools
import math
from bisect import bisect
from dataclasses import dataclass

import numpy as np

from lossgp.expressions import Loss, LossPair, zoo

from .game import Game
from .jets import Array
from .ranges import ScorePoints, sigmoid
from .sides import Bundle, Side, Sides
from .small_arrays import clipped, indices
from .stationary import Shape
from .stationary import shape as shape_of

_REACH = 8.0
_FINE = ScorePoints.of(np.linspace(-_REACH, _REACH, 4097))
_SURE, _HALF, _EVEN = 0, 1024, 2048  # where s is −8, −4 and 0 in it
_PEAKS, _CLOSER = 16, np.linspace(-1.0, 1.0, 33)  # the highest are looked at closer, thrice
_WEIGHTED = ScorePoints.of(np.linspace(-16.0, 16.0, 257))
_WEIGHTS = np.exp(-(_WEIGHTED.s**2) / 8.0)  # s ~ N(0, 2²), not normalised
EXPLODES = 1e3
"""A pull this many times that at s = 0, within |s| ≤ 8, is called exploding."""


@dataclass(frozen=True)
class GradientHealth:
    """The generator's gradient ψ'(s), ψ(s) = l_G(σ(s)), over scores −8 to 8.

    Attributes:
        pull: ψ' at s = −8, −4, 0; negative pulls the score up. Where the labels change
            places (a mirrored loss) all of this is told of the mirrored score −s.
        saturation: |ψ'| at −4 and at −8, as a share of the largest |ψ'|: near 0, rejected
            samples teach G nothing.
        turns: predictions p at which ψ' changes its sign; beyond them G is pushed back.
        largest: the largest |ψ'|.
        explodes: the largest is over 1,000 times the pull at s = 0, or infinite.
        rate: learning-rate multiplier relative to BCE, RMS(dl/ds)/RMS(dBCE/ds) over both
            labels and s ~ N(0, 2²): the loss trains as rate⁻¹·l at BCE's learning rate.
        strength: the same of G's loss alone, RMS(dψ/ds)/RMS(dBCE/ds).
    """

    pull: tuple[float, float, float]
    saturation: tuple[float, float]
    turns: tuple[float, ...]
    largest: float
    explodes: bool
    rate: float
    strength: float


@np.errstate(all="ignore")  # infinities are answers here
def gradient_health(
    loss: Loss | LossPair | Game, *, epsilon: float = 0.0, shape: Shape | None = None
) -> GradientHealth:
    """Return how the generator's gradient behaves, ε being sent to 0 unless it is given.

    Args:
        loss: the loss or pair.
        epsilon: ε of the protected operators; 0 is the limit.
        shape: the shape of G's loss, where it is known already.
    """
    game = Game.of(loss, epsilon=epsilon)
    fine = game.sides.generator_on_scores(_FINE, curved=False).slope
    slope = -fine[::-1] if game.is_mirrored else fine
    shape = shape or shape_of(game.sides.generator)
    largest = _largest(game.sides, shape, fine)
    pull = float(slope[_SURE]), float(slope[_HALF]), float(slope[_EVEN])
    told = 0 < largest < math.inf
    saturation = (abs(pull[1]) / largest, abs(pull[0]) / largest) if told else (0.0, 0.0)
    sizes = _slopes(game.sides.discriminator)
    own_sizes = sizes[:1] if game.sides.is_flipped else _slopes(game.sides.generator.alone)
    strength = _size(own_sizes) / _size_of_bce()
    return GradientHealth(
        pull=pull,
        saturation=saturation,
        turns=_turns(game.sides.generator, shape),
        largest=largest,
        explodes=not largest <= EXPLODES * max(abs(pull[2]), 1e-3 * strength) < math.inf,
        rate=_size(sizes) / _size_of_bce(),
        strength=strength,
    )


@np.errstate(all="ignore")  # infinities are answers here
def learning_rate(loss: Loss | LossPair | Game, *, epsilon: float = 0.0) -> float:
    """Return the learning-rate multiplier relative to BCE; see `GradientHealth.rate`."""
    game = Game.of(loss, epsilon=epsilon)
    return _size(_slopes(game.sides.discriminator)) / _size_of_bce()


def _slopes(bundle: Bundle) -> Array:
    """Return the slopes of sides at the scores of `_WEIGHTS`, shape (sides, n)."""
    return np.array([jet.slope for jet in bundle.on_scores(_WEIGHTED, curved=False)])


def _size(slopes: Array) -> float:
    """Return the RMS of slopes of sides over s ~ N(0, 2²), from `_slopes`."""
    with np.errstate(all="ignore"):
        mean = float(np.sum(_WEIGHTS * slopes**2) / (len(slopes) * np.sum(_WEIGHTS)))
    return math.sqrt(mean) if mean >= 0 else math.inf


@functools.cache
def _size_of_bce() -> float:
    return _size(_slopes(Game.of(zoo.entry("bce").loss).sides.discriminator))


def _largest(sides: Sides, shape: Shape, fine: Array) -> float:
    """Return the largest |ψ'| for |s| ≤ 8; ∞ where a pole lies there, or a cusp.

    The highest points of a fine grid are looked at closer: a loss may oscillate, or be steep in
    a narrow place.

    Args:
        sides: of the game.
        shape: of G's loss.
        fine: ψ' on the fine grid.
    """
    low, high = _range(sides.generator)
    if any(p.place in ("pole", "cusp") and low < p.at < high for p in shape.points):
        return math.inf
    x, step = _FINE.s, float(_FINE.s[1] - _FINE.s[0])
    slope, best = fine, 0.0
    for looks_left in reversed(range(4)):
        size = np.abs(slope)
        size[np.isnan(size)] = np.inf
        best = max(best, float(size.max()))
        if best == math.inf or not looks_left:
            break
        peaks = _apart(x, size, step)  # (≤ 16,), each looked at by 33 points
        x = clipped((peaks[:, None] + step * _CLOSER).ravel(), -_REACH, _REACH)
        step /= 16.0
        slope = sides.generator_on_scores(x, curved=False).slope
    return best


def _apart(x: Array, size: Array, step: float) -> Array:
    """Return the highest points, a step apart or more, the highest first, shape (≤ 16,).

    Of neighbours, which belong to one peak, the highest is enough.
    """
    number = 4 * _PEAKS
    high = np.arange(len(x))
    if len(x) > number:
        high = indices(size >= np.partition(size, -number)[-number])
    points = x[high[np.argsort(-size[high], kind="stable")[:number]]]
    apart: list[float] = []
    rising: list[float] = []  # the same ones, of which only the nearest two need be compared
    for point in points.tolist():
        i = bisect(rising, point)
        if i and point - rising[i - 1] <= step:
            continue
        if i < len(rising) and rising[i] - point <= step:
            continue
        rising.insert(i, point)
        apart.append(point)
        if len(apart) == _PEAKS:
            break
    return np.array(apart)


def _range(side: Side) -> tuple[float, float]:
    """Return the scores of −8 to 8 in the side's own variable."""
    low, high = (-_REACH, _REACH)
    if side.link == "identity":
        return low, high
    p = sigmoid(np.array([low, high]))
    return float(p[0]), float(p[1])


def _turns(side: Side, shape: Shape) -> tuple[float, ...]:
    """Return the inner turns of G's loss that lie within scores of −8 to 8."""
    low, high = _range(side)
    inner = [point.at for point in shape.points if point.place not in ("lower end", "upper end")]
    # A pole that is a minimum and a maximum, as 1/p is at 0, is passed in one direction.
    return tuple(at for at in inner if low < at < high and inner.count(at) == 1)
