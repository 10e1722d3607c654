"""Loss, gradients and second derivative of any number of losses, as arrays and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lossgp.expressions import EPSILON, Link, Loss, LossPair

from .jets import Array, Jet
from .ranges import logit, sigmoid
from .sides import Side, Sides

SCORE_SPAN = 8.0
"""Scores are shown on [−8, 8]: p from 0.0003 to 0.9997."""


@dataclass(frozen=True)
class Curve:
    """One side of a loss on a grid; all arrays of shape (n,).

    Attributes:
        loss: the value.
        slope: its derivative with respect to the loss's own variable (the prediction, or the
            score under the identity link).
        score_slope: its derivative with respect to the score (the logit).
        curvature: the second derivative with respect to the own variable.
        score_curvature: the second derivative with respect to the score.
    """

    loss: Array
    slope: Array
    score_slope: Array
    curvature: Array
    score_curvature: Array


@dataclass(frozen=True)
class Curves:
    """The sides of one loss on a common grid.

    Attributes:
        variable: the loss's own variable (n,): p for the sigmoid link, s for the identity.
        prediction: p = σ(s), shape (n,).
        score: s, shape (n,); infinite at p = 0 and 1.
        real, fake: D's loss on real and on generated samples.
        generator: G's loss on generated samples.
    """

    variable: Array
    prediction: Array
    score: Array
    real: Curve
    fake: Curve
    generator: Curve


@np.errstate(all="ignore")  # infinities are answers here
def curves(
    loss: Loss | LossPair, variable: Array | None = None, *, epsilon: float = EPSILON
) -> Curves:
    """Return the curves of a loss.

    Args:
        loss: the loss, or a pair.
        variable: points of the loss's own variable, shape (n,); by default 513 points of
            [0, 1] for the sigmoid link, of [−8, 8] for the identity link.
        epsilon: ε of the protected operators; the default is what is trained, 0 the limit.

    Raises:
        ValueError: a point lies outside [0, 1] under the sigmoid link.
    """
    sides = Sides.of(loss, epsilon=epsilon)
    identity = sides.real.link == "identity"
    if variable is None:
        span = (-SCORE_SPAN, SCORE_SPAN) if identity else (0.0, 1.0)
        variable = np.linspace(*span, 513)
    x = np.atleast_1d(np.asarray(variable, dtype=np.float64))
    if not identity and not (np.all(x >= 0) and np.all(x <= 1)):
        raise ValueError(
            f"predictions run from {x.min():g} to {x.max():g}; under the sigmoid link they lie "
            "in [0, 1]"
        )
    p, s = (sigmoid(x), x) if identity else (x, logit(x))
    real, fake, generator = (_curve(side, p, s) for side in sides.players.values())
    return Curves(x, p, s, real, fake, generator)


def _curve(side: Side, p: Array, s: Array) -> Curve:
    identity = side.link == "identity"
    jet = side.jet(s if identity else p)
    jet = jet if identity else _ends_as_limits(side, jet, p)
    if identity:
        return Curve(jet.value, jet.slope, jet.slope, jet.curvature, jet.curvature)
    q = 1.0 - p
    with np.errstate(all="ignore"):
        link = p * q
        score_slope = jet.slope * link
        bend = jet.curvature * link * link + jet.slope * link * (q - p)
    inner = _inward(p)
    edge = inner != p  # 0·∞ at an end: take the limit
    if edge.any():
        near = side.jet(inner)
        width = inner * (1.0 - inner)
        with np.errstate(all="ignore"):
            score_slope = np.where(edge, near.slope * width, score_slope)
            tail = near.curvature * width**2 + near.slope * width * (1.0 - 2.0 * inner)
            bend = np.where(edge, tail, bend)
    return Curve(jet.value, jet.slope, score_slope, jet.curvature, bend)


def _inward(p: Array) -> Array:
    """Return p with 0 and 1 moved inside, to where float64 still tells them apart."""
    return np.clip(p, 1e-150, 1.0 - 2.0**-52)


def _ends_as_limits(side: Side, jet: Jet, p: Array) -> Jet:
    """Return the jet with what is undefined at 0 or 1 read off just inside."""
    parts = (jet.value, jet.slope, jet.curvature)
    if not any(np.isnan(part).any() for part in parts):
        return jet
    near = side.jet(_inward(p))
    inside = [
        np.where(np.abs(part) > 1e60, np.copysign(np.inf, part), part)
        for part in (near.value, near.slope, near.curvature)
    ]
    return Jet(*(np.where(np.isnan(a), b, a) for a, b in zip(parts, inside, strict=True)))


def write_csv(
    losses: Mapping[str, Loss | LossPair],
    path: Path | str,
    span: tuple[float, float] | None = None,
) -> None:
    """Write the curves of losses as a long table: one row a loss, side and point.

    Columns: loss, side, variable, prediction, score, value, slope, score_slope, curvature,
    score_curvature.

    Args:
        losses: losses or pairs by name.
        path: the file to write.
        span: first and last point, of scores where some loss is one of scores, else of
            predictions; by default each loss has 513 points of its own variable's range.

    Raises:
        ValueError: the span is empty, or leaves [0, 1] for predictions.
    """
    raw = any(link_of(loss) == "identity" for loss in losses.values())
    points = None if span is None else points_of(span, raw)
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["loss", "side", "variable", "prediction", "score", "value", "slope",
             "score_slope", "curvature", "score_curvature"]
        )  # fmt: skip
        for name, loss in losses.items():
            squashed = points is not None and raw and link_of(loss) == "sigmoid"
            table = curves(loss, sigmoid(points) if points is not None and squashed else points)
            for side in ("real", "fake", "generator"):
                c: Curve = getattr(table, side)
                columns = (
                    table.variable, table.prediction, table.score,
                    c.loss, c.slope, c.score_slope, c.curvature, c.score_curvature,
                )  # fmt: skip
                for row in zip(*(column.tolist() for column in columns), strict=True):
                    writer.writerow([name, side, *row])


def points_of(span: tuple[float, float], raw: bool, number: int = 513) -> Array:
    """Return evenly spaced points of a span of scores (`raw`) or predictions.

    Raises:
        ValueError: the span is empty, or leaves [0, 1] for predictions.
    """
    low, high = span
    if not (low < high and np.isfinite(span).all()):
        raise ValueError(f"the range is {low:g} to {high:g}; its first number must be the smaller")
    if not raw and not (low >= 0 and high <= 1):
        raise ValueError(f"the range is {low:g} to {high:g}; predictions lie in [0, 1]")
    return np.linspace(low, high, number)


def link_of(loss: Loss | LossPair) -> Link:
    """Return what D says: probabilities ("sigmoid") or raw scores ("identity")."""
    return loss.discriminator.link if isinstance(loss, LossPair) else loss.link
