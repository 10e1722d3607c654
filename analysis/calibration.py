"""What the discriminator converges to: D*(η), Bayes risk, label smoothing; and the screen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lossgp.expressions import Loss, LossPair

from .game import COURSE, ENDS, ETAS, INNER, Game
from .jets import Array
from .jumps import Jump
from .optimum import Optimum
from .small_arrays import increments, spread

Kind = Literal["proper", "composite", "monotone", "mirrored", "useless", "unbounded", "disordered"]

_HALF = 4.6  # log u at η = 0.99
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Calibration:
    """How a loss calibrates the discriminator. [Reid & Williamson, JMLR 2010]

    Attributes:
        eta: η = p_data / (p_data + p_gen), shape (n,).
        prediction: D*(η) as a probability, shape (n,). For the identity link it is σ(score).
        score: D*(η) as a score, shape (n,).
        bayes_risk: B(η) = min_p η·l₁(p) + (1−η)·l₀(p), shape (n,).
        weight: w(η) = −B''(η), shape (n,); 0 where D* does not move.
        at_zero, at_half, at_one: D*(0), D*(1/2), D*(1).
        jumps: where D* leaps from one minimum of its loss to another, rising in η.
        kind: "proper" where D*(η) = η; "composite" where D* rises strictly and smoothly;
            "monotone" where it rises with steps or jumps; "mirrored" where it falls, so that
            the labels change places; "useless" where it is constant; "unbounded" where it is
            constant because the loss falls without end there; else "disordered".
    """

    eta: Array
    prediction: Array
    score: Array
    bayes_risk: Array
    weight: Array
    at_zero: float
    at_half: float
    at_one: float
    kind: Kind
    jumps: tuple[Jump, ...] = ()

    @property
    def is_proper(self) -> bool:
        """Tell whether D*(η) = η."""
        return self.kind == "proper"

    @property
    def smoothing(self) -> float:
        """The real label α of one-sided label smoothing under which BCE has this D*(1)."""
        return self.at_one


@np.errstate(all="ignore")  # infinities are answers here
def calibration(
    loss: Loss | LossPair | Game, eta: Array | None = None, *, epsilon: float = 0.0
) -> Calibration:
    """Return D*(η), Bayes risk and their kind.

    Args:
        loss: a loss that tells real from generated, or a pair.
        eta: points in [0, 1], shape (n,); by default 0.02, 0.04, … 0.98.
        epsilon: ε of the protected operators; 0 is the limit.

    Raises:
        ValueError: an η lies outside [0, 1].
    """
    game = Game.of(loss, epsilon=epsilon)
    if eta is None:
        eta, best, part = ETAS, game.course, INNER
    else:
        eta = np.atleast_1d(np.asarray(eta, dtype=np.float64))
        best, part = game.optimum(_log_ratio(eta)), slice(None)
    inner = best.part(part)
    risk, weight = (out[part] for out in _risk(game, best))
    ends = game.course.prediction
    order = np.argsort(eta, kind="stable")
    smooth = inner.smooth[order] & (not game.jumps)
    kind = _kind(eta[order], inner.prediction[order], smooth)
    if kind == "useless" and (risk[(eta > 0) & (eta < 1)] == -math.inf).all():
        kind = "unbounded"
    return Calibration(
        eta, inner.prediction, inner.score, risk, weight,
        float(ends[ENDS][0]), float(ends[COURSE // 2]), float(ends[ENDS][1]), kind, game.jumps,
    )  # fmt: skip


def _log_ratio(eta: Array) -> Array:
    if not (np.all(eta >= 0) and np.all(eta <= 1)):
        raise ValueError(f"eta runs from {eta.min():g} to {eta.max():g}; it must lie in [0, 1]")
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(eta) - np.log1p(-eta), dtype=np.float64)


def optimal_discriminator(
    loss: Loss | LossPair | Game, eta: Array, *, epsilon: float = 0.0
) -> Array:
    """Return D*(η) as probabilities, of the shape of η."""
    return calibration(loss, eta, epsilon=epsilon).prediction


def _risk(game: Game, best: Optimum) -> tuple[Array, Array]:
    """Return B(η), and w(η) = (φ₁' − φ₀')² / (η·φ₁'' + (1−η)·φ₀'')."""
    a, b = best.eta, best.rest
    one, zero = game.along(best)
    with np.errstate(all="ignore"):
        risk = np.where(a > 0, a * one.value, 0.0) + np.where(b > 0, b * zero.value, 0.0)
        risk = np.where(np.isnan(best.limit), risk, best.limit)
        weight = np.where(best.smooth, (one.slope - zero.slope) ** 2 / best.bend, 0.0)
    return risk, weight


def _kind(eta: Array, prediction: Array, smooth: NDArray[np.bool_]) -> Kind:
    inside = (eta > 0) & (eta < 1)
    eta, d, smooth = eta[inside], prediction[inside], smooth[inside]
    if len(d) < 2 or spread(d) <= _TOLERANCE:
        return "useless"
    if np.abs(d - eta).max() <= _TOLERANCE:
        return "proper"
    steps = increments(d)
    if (steps >= -_TOLERANCE).all():
        return "composite" if (steps > 0).all() and smooth.all() else "monotone"
    return "mirrored" if (steps <= _TOLERANCE).all() else "disordered"


_SCREENED = np.linspace(-_HALF, _HALF, 21)
_SLACK = 1e-3


@np.errstate(all="ignore")  # infinities are answers here
def screen(loss: Loss | LossPair, *, mirrored: bool = True) -> str | None:
    """Return why this loss cannot train a GAN, or None: rung (e) of the search's screen.

    The optimal discriminator must depend on the data, in one direction; and what it says
    must pull the generator towards the data: G's loss falls as p_data/p_gen rises along D*.
    (By the theory of induced divergences, f''(u) = −h'(u)/u with h(u) = l_G(D*(u)); a G
    whose loss rises somewhere on the range of D* does not minimise a divergence.)

    Args:
        loss: a loss or pair; a loss that does not hold `y_real` is refused with a reason.
        mirrored: also accept losses whose D* falls with η: the labels change places, and
            the game is the same. The paper's own f1 and f2 are of this kind.
    """
    d = loss.discriminator if isinstance(loss, LossPair) else loss
    if not d.uses_label():
        return "the discriminator's loss does not depend on the label"
    game = Game.of(loss)
    best = game.optimum(_SCREENED)
    p = best.prediction
    if not np.isfinite(p).all():
        return "the discriminator's loss has no minimum"
    if spread(p) <= _SLACK and (best.limit == -math.inf).all():
        return "the discriminator's loss falls without end, whatever the data are"
    if spread(p) <= _SLACK:
        return f"the optimal discriminator says {p[0]:.3g} whatever the data are"
    steps = increments(p)
    rises, falls = bool((steps >= -_SLACK).all()), bool((steps <= _SLACK).all())
    if not rises and not falls:
        return "the optimal discriminator neither rises nor falls with the share of real data"
    if falls and not rises and not mirrored:
        return "the optimal discriminator falls with the share of real data"
    return _pull(game, best)


@np.errstate(all="ignore")  # infinities are answers here
def reach(loss: Loss | LossPair | Game) -> tuple[float, float]:
    """Return the range of D*, from log p_data/p_gen of −4.6 to 4.6, as probabilities.

    It holds 1/2, where discriminators begin, and is where G's loss is met; all of [0, 1] where
    D's loss has no minimum.
    """
    p = Game.of(loss).optimum(_SCREENED).prediction
    if not np.isfinite(p).all():
        return 0.0, 1.0
    return min(float(p.min()), 0.5), max(float(p.max()), 0.5)


def _pull(game: Game, best: Optimum) -> str | None:
    """Return what is wrong with the pull on the generator along D*, or None."""
    s = game.terrain.within(best.score)
    height = game.sides.generator_on_scores(s, curved=False).value
    if not np.isfinite(height).all():
        return "the generator's loss is not finite on the range of the optimal discriminator"
    span = float(spread(height))
    if span <= 1e-9 * float(np.abs(height).max()):
        return "the generator's loss is flat on the range of the optimal discriminator"
    if (increments(height) > 0.02 * span).any():
        return "the generator is pushed away from the data"
    return None
