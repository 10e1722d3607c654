"""Whether training settles or circles: local stability, and the Dirac-GAN that shows it."""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass

import numpy as np

from lossgp.expressions import Loss, LossPair

from .game import COURSE, Game
from .jets import Array
from .ranges import sigmoid
from .sides import Side

_BESIDE = 1e-6  # how close to a score its slopes are compared
_EDGE = 28.0  # beyond this score a probability is 0 or 1: D* has run to an end


@dataclass(frozen=True)
class Stability:
    """The game near its equilibrium p_gen = p_data. [Nagarajan & Kolter 2017; Mescheder 2018]

    Attributes:
        score: s*, where φ₁' + φ₀' = 0; NaN where there is none, or none inside D's range.
        prediction: σ(s*), which is D*(1/2).
        restoring: κ = φ₁''(s*) + φ₀''(s*); it must be positive for D to settle. ∞ where D rests
            at a corner of its loss, a kink or a pole; 0 at the edge of a flat stretch.
        frequency: ω = sqrt(φ₀'(s*)·(−ψ'(s*))), the Dirac-GAN's turns per unit of time; NaN
            where D and G do not oppose each other, or where φ₀'·ψ' jumps.
        is_smooth: whether neither D's slope nor φ₀'·ψ' jumps at s*.
        critical_r1: the weight γ = 2ω of the R1 penalty from which on nothing oscillates.
        is_settled: s* exists, κ > 0 and φ₀'(s*) ≠ 0: with a regulariser the game converges.
    """

    score: float
    prediction: float
    restoring: float
    frequency: float
    is_smooth: bool = True

    @property
    def critical_r1(self) -> float:
        """γ = 2ω."""
        return 2.0 * self.frequency

    @property
    def is_settled(self) -> bool:
        """Tell whether the equilibrium can be approached at all."""
        return self.restoring > 0 and self.frequency > 0

    def eigenvalues(self, r1: float = 0.0) -> tuple[complex, complex]:
        """Return −γ/2 ± sqrt(γ²/4 − ω²), the Dirac-GAN's eigenvalues under R1 of weight γ."""
        if math.isnan(self.frequency):
            return complex(math.nan, math.nan), complex(math.nan, math.nan)
        root = cmath.sqrt(r1 * r1 / 4.0 - self.frequency**2)
        return -r1 / 2.0 + root, -r1 / 2.0 - root


@np.errstate(all="ignore")  # infinities are answers here
def stability(loss: Loss | LossPair | Game, *, epsilon: float = 0.0) -> Stability:
    """Return the local stability of a loss; ε is sent to 0 unless it is given."""
    game = Game.of(loss, epsilon=epsilon)
    best = game.course
    middle = COURSE // 2
    s = float(best.score[middle])
    sigmoid_link = game.sides.real.link == "sigmoid"
    if not math.isfinite(s) or (sigmoid_link and abs(s) > _EDGE):
        return Stability(math.nan, float(sigmoid(np.array(s))), math.nan, math.nan)
    s = s if abs(s) > 1e-15 else 0.0  # rounding of the search
    if not math.isnan(best.limit[middle]):  # a pole or a jump
        return Stability(s, float(sigmoid(np.array(s))), math.inf, math.nan, is_smooth=False)
    one, zero, psi = (jet.part(middle) for jet in (*game.along(best), game.generator_along(best)))
    kappa = 2.0 * float(best.bend[middle])  # the bend is (φ₁'' + φ₀'')/2, as η = 1/2
    if not math.isfinite(kappa):
        kappa = float(one.curvature + zero.curvature)
    opposing = -float(zero.slope) * float(psi.slope)  # ω² = −φ₀'·ψ' [Mescheder 2018]
    smooth = True
    if not best.smooth[middle] or _is_at_corner(game, s):
        held, beside = _beside_corner(game, s)
        smooth = held is None and not math.isnan(beside)
        if not smooth:
            kappa, opposing = kappa if held is None else held, beside
    return Stability(
        s,
        float(sigmoid(np.array(s))),
        kappa,
        math.sqrt(abs(opposing)) if opposing >= 0 else math.nan,
        smooth,
    )


def _is_at_corner(game: Game, s: float) -> bool:
    bundles = [game.sides.discriminator]
    if not game.sides.is_flipped:
        bundles.append(game.sides.generator.alone)
    corners = np.concatenate([bundle.corners_on_scores for bundle in bundles])
    return bool((np.abs(corners - s) <= _BESIDE * max(1.0, abs(s))).any())


def _beside_corner(game: Game, s: float) -> tuple[float | None, float]:
    """Return κ at a corner of D's loss, None where it has none; and ω², NaN where it jumps.

    κ is ∞ where D's slope changes its sign, and 0 where it is flat on one side.
    """
    beside = _BESIDE * max(1.0, abs(s)) * np.array([-100.0, -1.0, 1.0, 100.0])  # (4,)
    one, zero = (jet.slope for jet in game.sides.on_scores(s + beside, curved=False))
    psi = one
    if not game.sides.is_flipped:
        psi = game.sides.generator.on_scores(s + beside, curved=False).slope
    whole, opposing = one + zero, -zero * psi
    held = None
    if _jumps(whole):
        held = math.inf if whole[1] < 0 < whole[2] else 0.0
    return held, math.nan if _jumps(opposing) else float(opposing[1])


def _jumps(around: Array) -> bool:
    """Tell whether a function jumps, from two pairs of points around a place, (4,).

    From the outer pair to the inner, a hundred times as close, the difference of a smooth
    function shrinks a hundredfold; at a kink of the loss that of its slope stays, at cusps and
    poles it grows.
    """
    far, near = abs(around[3] - around[0]), abs(around[2] - around[1])
    return bool(near > 0.5 * far and near > 1e-6 * np.abs(around).max())


@dataclass(frozen=True)
class DiracGan:
    """The smallest GAN: data at 0, one generated point θ, D(x) = w·x + b. [Mescheder 2018]

    The bias b is added to the paper's model because the equilibrium of a composite loss is
    not at s = 0.
    """

    game: Game
    r1: float = 0.0

    @np.errstate(all="ignore")  # at a pole
    def velocity(self, state: Array) -> Array:
        """Return d(w, θ, b)/dt of gradient descent by both players, for states (3, …)."""
        w, theta, b = state
        fake = _slope(self.game.sides.fake, w * theta + b)
        pull = _slope(self.game.sides.generator, w * theta + b)
        real = _slope(self.game.sides.real, b)
        # D descends φ₁(b) + φ₀(wθ + b) + γ/2·w² in w and b, G descends ψ(wθ + b) in θ: (3, …)
        return np.stack([-fake * theta - self.r1 * w, -pull * w, -(real + fake)])

    def trajectory(self, start: Array, steps: int, step: float) -> Array:
        """Return the states from `start` (3,) on, shape (steps + 1, 3), by Runge-Kutta 4."""
        states = np.empty((steps + 1, 3))
        states[0] = state = np.asarray(start, dtype=np.float64)
        for i in range(steps):
            k1 = self.velocity(state)
            k2 = self.velocity(state + 0.5 * step * k1)
            k3 = self.velocity(state + 0.5 * step * k2)
            k4 = self.velocity(state + step * k3)
            state = state + step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
            states[i + 1] = state
        return states


def measured_frequency(
    loss: Loss | LossPair | Game, *, turns: int = 2, steps_a_turn: int = 100, r1: float = 0.0
) -> float:
    """Return ω as a simulated Dirac-GAN shows it, from the times between zeros of θ.

    Raises:
        ValueError: the loss has no equilibrium about which it could turn.
    """
    game = Game.of(loss)
    local = stability(game)
    if not local.is_settled:
        raise ValueError("the loss has no equilibrium to turn about; stability() says why")
    step = 2.0 * math.pi / (local.frequency * steps_a_turn)
    start = np.array([0.0, 1e-3, local.score])
    path = DiracGan(game, r1).trajectory(start, steps_a_turn * turns + steps_a_turn // 2, step)
    theta = path[:, 1]
    crossed = np.flatnonzero(theta[:-1] * theta[1:] < 0)
    times = step * (crossed + theta[crossed] / (theta[crossed] - theta[crossed + 1]))
    return float(math.pi * (len(times) - 1) / (times[-1] - times[0]))


def _slope(side: Side, s: Array) -> Array:
    return side.on_scores(np.asarray(s), curved=False).slope
