"""Which f-divergence the generator minimises when D is optimal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lossgp.expressions import Loss, LossPair

from .game import COURSE, FAR, TAILS, Game
from .jets import Array
from .optimum import Optimum
from .small_arrays import increments, indices, spread

Generator = Literal["own", "flipped", "minimax"]

_SNAP = 0.02
_STILL = "no divergence: D* is constant"
_ENDLESS = "no divergence: D's loss has no lower bound"
_AWAY = "no divergence: G is pushed off the data"
_MIXED = "no divergence: G is pushed off at some ratios"

# Where the tails are read: log u = ±80 and ±100, or nearer, down to ±7 and ±9, where D* is not
# smooth so far out or its score beyond 24, where 1 − p has lost its digits.
_OUTWARD = range(len(FAR) - 2, -1, -2)
_LEFT = (*((TAILS.start + k + 1, TAILS.start + k) for k in _OUTWARD), (0, 10))
_RIGHT = (
    *((TAILS.start + len(FAR) + k, TAILS.start + len(FAR) + k + 1) for k in _OUTWARD),
    (COURSE - 11, COURSE - 1),
)
_LAST_SCORE = 24.5
_CELLS, _PARTS, _ROUNDS = 24, 32, 3  # of the course, at most, are cut in 32, three times

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
    ("least-squares", 1.0, -1.0),  # (p − y)² with the label flipped
)


@dataclass(frozen=True)
class Divergence:
    """The divergence ∫ p_gen·f(p_data/p_gen) that G minimises against the optimal D.

    Attributes:
        u: p_data / p_gen, shape (n,), evenly spaced in log u.
        f: f(u) with f(1) = f'(1) = 0, shape (n,), jumps of D* included; NaN where D* and with
            it G's loss are infinite.
        second: f''(u), shape (n,); 0 where D* does not move.
        left, right: tails L and R: f'' ~ u^(−L) as u → 0, ~ u^(R−3) as u → ∞; NaN where f''
            vanishes.
        name: the known divergence with the same tails, such as "Jensen-Shannon-like"; else
            "tails (L, R)"; or a few words where f'' vanishes for extreme ratios or everywhere,
            or is negative ("no divergence: ...").
        is_convex: whether f'' ≥ 0, and > 0 somewhere: G gains by moving towards the data.
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
        """ "mode-seeking", "mode-covering" or "balanced", by the larger tail; or "unknown"."""
        if not self.is_convex or math.isnan(self.left) or math.isnan(self.right):
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
            label; "flipped": G minimises D's loss under the label of real samples, whatever
            its own is; "minimax": G maximises D's loss. [Nowozin 2016]
        epsilon: ε of the protected operators; 0 is the limit.
    """
    if generator not in ("own", "flipped", "minimax"):
        raise ValueError(
            f"the generator is {generator!r}; it must be 'own', 'flipped' or 'minimax'"
        )
    game = Game.of(loss, epsilon=epsilon)
    best = game.course
    everywhere = _second(game, best, generator)
    second = everywhere[:COURSE]
    left, right = -_exponent(best, everywhere, _LEFT), 3.0 + _exponent(best, everywhere, _RIGHT)
    log_u = best.log_u[:COURSE]
    u = np.exp(log_u)
    gain = second * u * u  # −dh/dlog u: what G gains by moving towards the data
    noise = 1e-9 * np.abs(gain).max()
    gains = bool((gain > noise).any())
    loses = bool((gain < -noise).any()) or (gains and _leaps(game, best, generator))
    still = spread(best.prediction[:COURSE]) < 1e-9
    if still:
        endless = (best.limit[:COURSE] == -math.inf).all()
        name, gains = _ENDLESS if endless else _STILL, False
        left, right = math.nan, math.nan
    elif loses:
        name = _MIXED if gains else _AWAY
    else:
        name = _name(left, right) if gains else _rough_name(game, best, generator)
    f = _integrated(game, best, generator, second)
    return Divergence(u, f, second, left, right, name, gains and not loses)


@np.errstate(all="ignore")  # infinities are answers here
def second_derivative(
    loss: Loss | LossPair | Game, u: Array, generator: Generator = "own", *, epsilon: float = 0.0
) -> Array:
    """Return f''(u) = −h'(u)/u with h(u) = l_G(D*(u)), of the shape of u > 0."""
    game = Game.of(loss, epsilon=epsilon)
    return _second(game, game.optimum(np.log(np.atleast_1d(u))), generator)


def _second(game: Game, best: Optimum, generator: Generator) -> Array:
    if not best.smooth.any():
        return np.zeros(len(best.log_u))  # D* moves by jumps alone, or not at all
    a, b = best.eta, best.rest
    one, zero = game.along(best)
    # By stationarity a·φ₁' = −b·φ₀'; each slope is taken from the side where it is not the
    # small difference of large terms.
    with np.errstate(all="ignore"):
        real_slope = np.where(a > b, -zero.slope * b / a, one.slope)
        fake_slope = np.where(a > b, zero.slope, -one.slope * a / b)
        per_log_u = -real_slope * a / best.bend  # ds/dlog u
        if generator == "minimax":
            pull = fake_slope
        elif generator == "flipped" or game.sides.is_flipped:
            pull = -real_slope
        else:
            pull = -game.generator_along(best).slope
        second = pull * per_log_u * np.exp(-2.0 * best.log_u)
    return np.where(best.smooth & np.isfinite(second), second, 0.0)


def _exponent(best: Optimum, second: Array, pairs: tuple[tuple[int, int], ...]) -> float:
    """Return d log f'' / d log u from the first of these pairs of points that has f'' > 0."""
    for i, j in pairs:
        near, far = float(second[i]), float(second[j])
        if not (0 < near < math.inf and 0 < far < math.inf):
            continue
        if max(abs(float(best.score[i])), abs(float(best.score[j]))) <= _LAST_SCORE:
            return (math.log(far) - math.log(near)) / float(best.log_u[j] - best.log_u[i])
    return math.nan


def _integrated(game: Game, best: Optimum, generator: Generator, second: Array) -> Array:
    """Return f with f(1) = f'(1) = 0 on the course: f(u) = −u·∫₁ᵘ (h(v) − h(1))/v² dv.

    This is what two integrations of f'' = −h'(u)/u by parts come to. It needs no f'' where D*
    jumps, and there it is f all the same; where h is not smooth the course is looked at closer.
    """
    log_u = best.log_u[:COURSE]
    x, h = log_u, _reached(game, best, generator)
    if not second.any() and (h == h[0]).all() and math.isfinite(h[0]):
        return np.full(COURSE, -0.0)  # h rests
    rise = -second * np.exp(2.0 * log_u)  # dh/dlog u
    followed = all(look.followed for look in game.survey.looks)
    for _ in range(_ROUNDS if followed else 0):  # of minima without end none is the deepest
        width = increments(x)
        straight = 0.5 * width * (rise[:-1] + rise[1:])
        scale = 0.02 * width * (np.abs(rise[:-1]) + np.abs(rise[1:])) + 1e-7 * spread(h)
        rough = indices(np.abs(increments(h) - straight) > scale)[:_CELLS]
        if not len(rough):
            break
        share = np.arange(1, _PARTS) / _PARTS
        points = (x[rough, None] + width[rough, None] * share).ravel()
        closer = game.optimum(points)
        extra = -_second(game, closer, generator) * np.exp(2.0 * points)
        x = np.concatenate([x, points])
        order = np.argsort(x, kind="stable")
        x, h = x[order], np.concatenate([h, _reached(game, closer, generator)])[order]
        rise = np.concatenate([rise, extra])[order]
    gain = h - h[x == 0.0][0]
    first = gain * np.exp(-x)
    slope = (rise - gain) * np.exp(-x)
    total = _from_one(x, first, slope)
    return np.asarray(-np.exp(log_u) * total[np.searchsorted(x, log_u)], dtype=np.float64)


def _from_one(x: Array, y: Array, slope: Array) -> Array:
    """Return ∫ y dx from x = 0, a point, by trapezoids that the slopes correct.

    Where a cell's neighbours are as wide their values and slopes help: exact to degree 7.
    """
    width = increments(x)
    cells = 0.5 * width * (y[:-1] + y[1:]) + width * width / 12.0 * (slope[:-1] - slope[1:])
    inner = width[1:-1]
    slack = 1e-8 + 1e-5 * inner
    even = (np.abs(width[:-2] - inner) <= slack) & (np.abs(width[2:] - inner) <= slack)
    k = indices(even)[:, None] + np.arange(4)
    w = width[k[:, 1]]
    cells[k[:, 1]] = w * (y[k] @ _OF_VALUES) + w * w * (slope[k] @ _OF_SLOPES)
    total = np.concatenate([[0.0], np.cumsum(cells)])
    return np.asarray(total - total[x == 0.0], dtype=np.float64)


def _quadrature() -> tuple[Array, Array]:
    """Return weights of values and slopes at −1, 0, 1, 2 for ∫ from 0 to 1, exact to degree 7."""
    nodes, degree = np.array([-1.0, 0.0, 1.0, 2.0]), np.arange(8)[:, None]
    slopes = np.where(degree > 0, degree * nodes ** np.maximum(degree - 1, 0), 0.0)
    weights = np.linalg.solve(np.hstack([nodes**degree, slopes]), 1.0 / (degree[:, 0] + 1.0))
    return weights[:4], weights[4:]


_OF_VALUES, _OF_SLOPES = _quadrature()


def _reached(game: Game, best: Optimum, generator: Generator) -> Array:
    """Return h(u) along an optimum; NaN where D* runs to infinity and h with it."""
    height = _heights(game, best, generator)
    score = best.score[: len(height)]
    shapes = game.shapes
    shape = {"minimax": shapes.fake, "own": shapes.generator}.get(generator, shapes.real)
    endless = (score == -math.inf) & math.isinf(shape.at_lower)
    endless |= (score == math.inf) & math.isinf(shape.at_upper)
    return np.where(endless, np.nan, height)


def _heights(game: Game, best: Optimum, generator: Generator) -> Array:
    """Return h(u) = l_G(D*(u)), scores cut to the game's grid; the evenly spaced of the course."""
    which = slice(COURSE) if best is game.course else slice(None)
    if generator == "own":
        return game.generator_along(best).value[which]
    one, zero = game.along(best)
    return -zero.value[which] if generator == "minimax" else one.value[which]


def _leaps(game: Game, best: Optimum, generator: Generator) -> bool:
    """Tell whether h rises where D* jumps: there G is pushed off, and no f'' shows it."""
    if generator == "flipped" or game.sides.is_flipped:
        return False  # the more real data, the lower their loss under the optimal D
    height = _heights(game, best, generator)
    rises = increments(height)
    return bool((rises > 1e-3 * spread(height)).any())


def _rough_name(game: Game, best: Optimum, generator: Generator) -> str:
    """Return the name where f'' vanishes: D* is a step, or G's loss is flat along it.

    A step between two values measures the total variation; where G's loss runs to infinity with
    the score it measures nothing until a constraint stops it.
    """
    score = best.score[:COURSE]
    height = _heights(game, best, generator)
    drop = float(height[0] - height[-1])
    if not abs(drop) > 1e-9 * np.abs(height).max():
        return "no divergence: G's loss is flat along D*"
    if drop < 0:
        return _AWAY
    endless = not np.isfinite(score).any(where=np.abs(best.log_u[:COURSE]) > 1e-9)
    if endless and np.isnan(_reached(game, best, generator)).any():
        return "integral metric of a constrained critic"
    return "total-variation-like: D* moves in steps"


def _name(left: float, right: float) -> str:
    if math.isnan(left) or math.isnan(right):
        both = math.isnan(left) and math.isnan(right)
        which = "extreme" if both else "small" if math.isnan(left) else "large"
        return f"blind to {which} p_data/p_gen"
    for name, known_left, known_right in _KNOWN:
        if abs(left - known_left) < _SNAP and abs(right - known_right) < _SNAP:
            return f"{name}-like"
    written = (f"{round(v, 2) + 0.0:g}" for v in (left, right))
    return f"tails ({', '.join(written)})".replace("-", "−")
