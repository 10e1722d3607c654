"""Everything the analysis knows of one loss, as one record and as a table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossgp.expressions import Link, Loss, LossPair

from .calibration import Calibration, calibration
from .divergence import Divergence, divergence
from .game import Game
from .gradients import GradientHealth, gradient_health
from .ranges import logit
from .stability import Stability, stability
from .stationary import Shape, Shapes, shapes_of
from .telling import digits, minimum_text, range_text, smoothing_text, tails_text, turns_text
from .turns import StationaryPoint

_TRENDS = {
    "rising": "rising", "falling": "falling", "constant": "constant", "neither": "not monotone"
}  # fmt: skip
_BENDS = {
    "convex": "convex", "concave": "concave", "straight": "straight",
    "neither": "bends both ways",
}  # fmt: skip


@dataclass(frozen=True)
class Analysis:
    """What a loss will do.

    Attributes:
        loss: the loss or pair.
        epsilon: the ε that was used; 0 is the limit.
        shapes: minima, maxima, trend and bounds of each side.
        calibration: what D converges to.
        divergence: what G minimises with its own loss.
        minimax: what G would minimise by maximising D's loss.
        gradients: the health of G's gradient.
        stability: the game near its equilibrium.
    """

    loss: Loss | LossPair
    epsilon: float
    shapes: Shapes
    calibration: Calibration
    divergence: Divergence
    minimax: Divergence
    gradients: GradientHealth
    stability: Stability

    @property
    def link(self) -> Link:
        """What D says: probabilities ("sigmoid") or raw scores ("identity")."""
        d = self.loss.discriminator if isinstance(self.loss, LossPair) else self.loss
        return d.link

    @property
    def scores(self) -> tuple[float, float, float]:
        """The optimal discriminator's scores for η = 0, 1/2 and 1."""
        c = self.calibration
        zero, half, one = (float(logit(np.array(v))) for v in (c.at_zero, c.at_half, c.at_one))
        return zero, half, one

    @property
    def unit(self) -> float:
        """The size of the loss's gradients if they are smaller than BCE's, else 1."""
        sizes = (self.gradients.rate, self.gradients.strength, 1.0)
        return min(size for size in sizes if size > 0)

    def to_json(self) -> dict[str, Any]:
        """Return all numbers as plain data; what is not finite becomes a text such as "inf"."""
        c, g, s = self.calibration, self.gradients, self.stability
        out = {
            "format": "lossgp.analysis",
            "version": 1,
            "loss": self.loss.text(),
            "epsilon": self.epsilon,
            "shapes": {side: _shape_json(shape) for side, shape in _named_shapes(self.shapes)},
            "calibration": {
                "kind": c.kind, "at_zero": c.at_zero, "at_half": c.at_half, "at_one": c.at_one,
                "smoothing": c.smoothing,
                "jumps": [{"eta": j.eta, "before": j.before, "behind": j.behind} for j in c.jumps],
                "eta": c.eta.tolist(),
                "prediction": c.prediction.tolist(), "bayes_risk": c.bayes_risk.tolist(),
                "weight": c.weight.tolist(),
            },
            "divergence": _divergence_json(self.divergence),
            "minimax": _divergence_json(self.minimax),
            "gradients": {
                "pull": list(g.pull), "saturation": list(g.saturation), "turns": list(g.turns),
                "largest": g.largest, "explodes": g.explodes, "rate": g.rate,
                "strength": g.strength,
            },
            "stability": {
                "score": s.score, "prediction": s.prediction, "restoring": s.restoring,
                "frequency": s.frequency, "critical_r1": s.critical_r1,
                "is_smooth": s.is_smooth, "is_settled": s.is_settled,
                "eigenvalues": [[v.real, v.imag] for v in s.eigenvalues()],
            },
        }  # fmt: skip
        plain: dict[str, Any] = _plain(out)
        return plain

    def rows(self) -> Iterator[tuple[str, str]]:
        """Yield the lines of the table: what is measured, and its value in few digits."""
        yield from self._shape_rows()
        c, d, g, s = self.calibration, self.divergence, self.gradients, self.stability
        unit = self.unit
        mirrored = c.kind == "mirrored"
        yield "Optimal discriminator", f"{c.kind}: high on generated" if mirrored else c.kind
        ends = ", ".join(digits(v) for v in (c.at_zero, c.at_half, c.at_one))
        scores = f" (scores {', '.join(map(digits, self.scores))})"
        yield "D*(0), D*(1/2), D*(1)", ends + (scores if self.link == "identity" else "")
        yield "Equivalent label smoothing α", smoothing_text(c)
        yield "Bayes risk at η = 1/2", digits(float(c.bayes_risk[len(c.eta) // 2]), unit)
        yield "Divergence of G", d.name
        leaning = f", {d.leaning}" if d.leaning != "unknown" else ""
        yield "Tails (L, R)", tails_text(d) + leaning
        yield "Divergence, minimax G", self.minimax.name
        where = " (at −s)" if mirrored else ""
        yield "G's pull at s = −8, −4, 0", ", ".join(digits(v, unit) for v in g.pull) + where
        yield "Saturation at s = −4, −8", ", ".join(digits(v) for v in g.saturation) + where
        yield (
            "Largest pull, |s| ≤ 8",
            digits(g.largest, unit) + (": explodes" if g.explodes else ""),
        )
        yield "Pull changes its sign at", turns_text(g.turns, self.shapes.generator)
        yield "Learning rate relative to BCE", f"× {digits(g.rate, unit)}"
        yield "Equilibrium s*, curvature κ", f"{digits(s.score)}, {digits(s.restoring, unit)}"
        yield (
            "ω (eigenvalues ±iω), critical R1",
            f"{digits(s.frequency, unit)}, {digits(s.critical_r1, unit)}",
        )

    def _shape_rows(self) -> Iterator[tuple[str, str]]:
        """Yield the lines about minima, range, monotony and convexity of D's sides and of G's."""
        one, zero, g = self.shapes.real, self.shapes.fake, self.shapes.generator
        yield "Minimum, real samples", minimum_text(one, self.unit)
        yield "Minimum, generated samples", minimum_text(zero, self.unit)
        flipped = "as for real samples (label flipped)"
        yield "Minimum, G's loss", flipped if g is one else minimum_text(g, self.unit)
        yield "Range, real samples", range_text(one, self.unit)
        yield "Range, generated samples", range_text(zero, self.unit)
        yield "Monotony (real; generated)", f"{_TRENDS[one.trend]}; {_TRENDS[zero.trend]}"
        yield "Convexity (real; generated)", f"{_BENDS[one.bend]}; {_BENDS[zero.bend]}"


def analyse(loss: Loss | LossPair, *, epsilon: float = 0.0, closed_form: bool = False) -> Analysis:
    """Return everything the analysis knows of a loss; without plots, and in milliseconds.

    Args:
        loss: the loss or pair.
        epsilon: ε of the protected operators; 0 (the default) is the limit. A loss that has
            no limit is taken with the ε that is trained.
        closed_form: also look for the stationary points as formulas, which takes seconds.
    """
    game = Game.of(loss, epsilon=epsilon)
    shapes = game.shapes
    if closed_form:
        shapes = shapes_of(game.sides, survey=game.survey, closed_form=True)
    return Analysis(
        loss,
        game.epsilon,
        shapes,
        calibration(game),
        divergence(game),
        divergence(game, "minimax"),
        gradient_health(game, shape=shapes.generator),
        stability(game),
    )


def _named_shapes(shapes: Shapes) -> tuple[tuple[str, Shape], ...]:
    return ("real", shapes.real), ("fake", shapes.fake), ("generator", shapes.generator)


def _shape_json(shape: Shape) -> dict[str, Any]:
    return {
        "trend": shape.trend, "bend": shape.bend, "is_complete": shape.is_complete,
        "at_lower": shape.at_lower, "at_upper": shape.at_upper,
        "points": [_point_json(point) for point in shape.points],
    }  # fmt: skip


def _point_json(point: StationaryPoint) -> dict[str, Any]:
    form = point.closed_form
    return {
        "kind": point.kind, "place": point.place, "at": point.at, "value": point.value,
        "curvature": point.curvature, "low": point.low, "high": point.high,
        "closed_form": None if form is None else {
            "text": form.text, "latex": form.latex, "constants": dict(form.constants)},
    }  # fmt: skip


def _divergence_json(d: Divergence) -> dict[str, Any]:
    return {
        "name": d.name, "left": d.left, "right": d.right, "leaning": d.leaning,
        "is_convex": d.is_convex, "u": d.u.tolist(), "f": d.f.tolist(),
        "second": d.second.tolist(),
    }  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
