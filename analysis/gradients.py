"""Whether the generator gets a usable gradient: saturation, sign, explosion, scale."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lossgp.expressions import Loss, LossPair, zoo

from .brackets import zeros
from .game import Game
from .jets import Array

_SCORES = np.linspace(-8.0, 8.0, 161)
_WEIGHT_SCORES = np.linspace(-16.0, 16.0, 257)
_WEIGHTS = np.exp(-(_WEIGHT_SCORES**2) / 8.0)  # s ~ N(0, 2²), not normalised
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
    """

    pull: tuple[float, float, float]
    saturation: tuple[float, float]
    turns: tuple[float, ...]
    largest: float
    explodes: bool
    rate: float


@np.errstate(all="ignore")  # infinities are answers here
def gradient_health(loss: Loss | LossPair | Game, *, epsilon: float = 0.0) -> GradientHealth:
    """Return how the generator's gradient behaves, ε being sent to 0 unless it is given."""
    game = Game.of(loss, epsilon=epsilon)
    own = game.sides.generator.on_scores(_SCORES).slope
    slope = -own[::-1] if game.is_mirrored else own
    size = np.abs(slope)
    largest = float(np.max(np.where(np.isnan(size), np.inf, size)))
    pulls = tuple(float(slope[i]) for i in (0, 40, 80))
    with np.errstate(all="ignore"):
        shares = [float(size[i] / largest) if largest > 0 else 0.0 for i in (40, 0)]
    return GradientHealth(
        pull=(pulls[0], pulls[1], pulls[2]),
        saturation=(shares[0], shares[1]),
        turns=_turns(game, own),
        largest=largest,
        explodes=not math.isfinite(largest) or largest > EXPLODES * max(abs(pulls[2]), 1e-3),
        rate=learning_rate(game),
    )


@np.errstate(all="ignore")  # infinities are answers here
def learning_rate(loss: Loss | LossPair | Game, *, epsilon: float = 0.0) -> float:
    """Return the learning-rate multiplier relative to BCE; see `GradientHealth.rate`."""
    game = Game.of(loss, epsilon=epsilon)
    return _size(game) / _size_of_bce()


def _size(game: Game) -> float:
    one, zero = game.sides.on_scores(_WEIGHT_SCORES)
    with np.errstate(all="ignore"):
        squares = one.slope**2 + zero.slope**2
        mean = float(np.sum(_WEIGHTS * squares) / (2.0 * np.sum(_WEIGHTS)))
    return math.sqrt(mean) if mean >= 0 else math.inf


@functools.cache
def _size_of_bce() -> float:
    return _size(Game.of(zoo.entry("bce").loss))


def _turns(game: Game, slope: Array) -> tuple[float, ...]:
    """Return where the slope, given at _SCORES, changes its sign."""
    sign = np.sign(np.where(np.isfinite(slope), slope, 0.0))
    moving = np.flatnonzero(sign)
    change = np.flatnonzero(sign[moving][:-1] != sign[moving][1:])
    if not len(change):
        return ()
    left, right = moving[change], moving[change + 1]

    def slopes(s: Array, _which: NDArray[np.intp]) -> tuple[Array, Array]:
        out = game.sides.generator.on_scores(s)
        return out.slope, out.curvature

    s, _, _, _ = zeros(slopes, _SCORES[left], _SCORES[right], sign[right] > 0)
    identity = game.sides.generator.link == "identity"
    return tuple(float(v) for v in (s if identity else 1.0 / (1.0 + np.exp(-s))))
