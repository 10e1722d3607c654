"""Which f-divergence the generator minimises when D is optimal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lossgp.expressions import Loss, LossPair

from .game import COURSE, TAILS, Game, Optimum
from .jets import Array
from .sides import sigmoid

Generator = Literal["own", "minimax"]

_SNAP = 0.02

# Name, L, R of known divergences [Shannon 2020, arXiv 2009.00757; the rest by f'' itself].
_KNOWN = (
    ("Jensen-Shannon", 1.0, 1.0),
    ("non-saturating", 2.0, 0.0),
    ("KL", 1.0, 2.0),
    ("reverse KL", 2.0, 1.0),
    ("Pearson chi-squared", 0.0, 3.0),
    ("Neyman chi-squared", 3.0, 0.0),
    ("squared Hellinger", 1.5, 1.5),
    ("triangular (Le Cam)", 0.0, 0.0),
    ("least squares, flipped label", 1.0, -1.0),
)


@dataclass(frozen=True)
class Divergence:
    """The divergence ∫ p_gen·f(p_data/p_gen) that G minimises against the optimal D.

    Attributes:
        u: p_data / p_gen, shape (n,), evenly spaced in log u.
        f: f(u) with f(1) = f'(1) = 0, shape (n,).
        second: f''(u), shape (n,); 0 where D* does not move.
        left, right: tails L and R: f'' ~ u^(−L) as u → 0, ~ u^(R−3) as u → ∞; NaN where f''
            vanishes.
        name: the known divergence with the same tails, such as "Jensen-Shannon-like"; else
            "tails (L, R)"; or a few words where f''
            vanishes for extreme ratios or everywhere.
        is_convex: whether f'' ≥ 0: G always gains by moving towards the data.
    """

    u: Array
    f: Array
    second: Array
    left: float
    right: float
    name: str
    is_convex: bool

    @property
    def leaning(self) -> str:
        """ "mode-seeking", "mode-covering" or "balanced", by the larger tail."""
        if math.isnan(self.left) or math.isnan(self.right):
            return "unknown"
        if abs(self.left - self.right) < 0.25:
            return "balanced"
        return "mode-seeking" if self.left > self.right else "mode-covering"


@np.errstate(all="ignore")  # infinities are answers here
def divergence(
    loss: Loss | LossPair | Game, generator: Generator = "own", *, epsilon: float = 0.0
) -> Divergence:
    """Return the divergence of a loss.

    Args:
        loss: a loss or pair.
        generator: "own": G minimises its own loss, which for a single loss is the flipped
            label; "minimax": G maximises D's loss. [Nowozin 2016]
        epsilon: ε of the protected operators; 0 is the limit.
    """
    if generator not in ("own", "minimax"):
        raise ValueError(f"the generator is {generator!r}; it must be 'own' or 'minimax'")
    game = Game.of(loss, epsilon=epsilon)
    best = game.course
    second = _second(game, best, generator)
    tails, second = second[TAILS], second[:COURSE]
    left = -_exponent(tails[0], tails[1])
    right = 3.0 + _exponent(tails[2], tails[3])
    log_u = best.log_u[:COURSE]
    u = np.exp(log_u)
    name = _name(left, right) if (second > 0).any() else _rough_name(game, best)
    convex = bool((second >= -1e-9 * np.abs(second).max()).all()) and bool(np.any(second > 0))
    return Divergence(u, _integrated(log_u, second), second, left, right, name, convex)


@np.errstate(all="ignore")  # infinities are answers here
def second_derivative(
    loss: Loss | LossPair | Game, u: Array, generator: Generator = "own", *, epsilon: float = 0.0
) -> Array:
    """Return f''(u) = −h'(u)/u with h(u) = l_G(D*(u)), of the shape of u > 0."""
    game = Game.of(loss, epsilon=epsilon)
    return _second(game, game.optimum(np.log(np.atleast_1d(u))), generator)


def _second(game: Game, best: Optimum, generator: Generator) -> Array:
    a, b = sigmoid(best.log_u), sigmoid(-best.log_u)
    one, zero = game.along(best)
    # By stationarity a·φ₁' = −b·φ₀'; each slope is taken from the side where it is not the
    # small difference of large terms.
    with np.errstate(all="ignore"):
        real_slope = np.where(a > b, -zero.slope * b / a, one.slope)
        fake_slope = np.where(a > b, zero.slope, -one.slope * a / b)
        per_log_u = -real_slope * a / best.bend  # ds/dlog u
        if generator == "minimax":
            pull = fake_slope
        elif game.sides.generator == game.sides.real:
            pull = -real_slope
        else:
            pull = -game.generator_along(best).slope
        second = pull * per_log_u * np.exp(-2.0 * best.log_u)
    return np.where(best.smooth & np.isfinite(second), second, 0.0)


def _exponent(near: float, far: float) -> float:
    """Return d log f'' / d log u between two points that are 2 apart in log u."""
    if not (near > 0 and far > 0 and math.isfinite(near) and math.isfinite(far)):
        return math.nan
    return (math.log(far) - math.log(near)) / 2.0


def _integrated(log_u: Array, second: Array) -> Array:
    """Return f with f(1) = f'(1) = 0: f(u) = u·∫₁ᵘ f'' dv − ∫₁ᵘ v·f'' dv."""
    u = np.exp(log_u)
    first = _from_one(log_u, second * u)
    moment = _from_one(log_u, second * u * u)
    return u * first - moment


def _from_one(x: Array, y: Array) -> Array:
    """Return ∫ y dx from x = 0, the middle of the grid: trapezoids corrected to fourth order."""
    step = x[1] - x[0]
    slope = np.gradient(y, step, edge_order=2)
    cells = 0.5 * step * (y[:-1] + y[1:]) + step * step / 12.0 * (slope[:-1] - slope[1:])
    total = np.concatenate([[0.0], np.cumsum(cells)])
    return np.asarray(total - total[len(x) // 2], dtype=np.float64)


def _rough_name(game: Game, best: Optimum) -> str:
    """Return the name where D* is a step: f is no smooth divergence.

    A step between two values measures the total variation; a score that runs to infinity
    measures nothing until a constraint stops it.
    """
    score = best.score[:COURSE]
    if np.ptp(best.prediction[:COURSE]) < 1e-9:
        return "none"
    endless = not np.isfinite(score).any(where=np.abs(best.log_u[:COURSE]) > 1e-9)
    if endless and game.sides.real.link == "identity":
        return "integral metric of a constrained critic"
    return "total-variation-like: D* is a step"


def _name(left: float, right: float) -> str:
    if math.isnan(left) or math.isnan(right):
        ends = "below" if math.isnan(left) else "above"
        both = math.isnan(left) and math.isnan(right)
        return f"blind to extreme ratios, {'on both sides' if both else ends}"
    for name, known_left, known_right in _KNOWN:
        if abs(left - known_left) < _SNAP and abs(right - known_right) < _SNAP:
            return f"{name}-like"
    return f"tails ({round(left, 2) + 0.0:.2f}, {round(right, 2) + 0.0:.2f})"
