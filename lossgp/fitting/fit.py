"""`fit`: from a curve to ranked formulas, ready as seeds of a search."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import sympy

from lossgp.common.echo import printable
from lossgp.expressions import Loss, Seen
from lossgp.expressions.evaluate import Tape
from lossgp.expressions.formula_lists import written
from lossgp.expressions.rules import simplify
from lossgp.expressions.symbols import Y_PRED, Y_REAL, constant
from lossgp.expressions.tree import holds, make

from .curve import Curve, CurveError
from .curve_files import read
from .programs import tree_of
from .regression import EXACT, FitProgress, FitSettings, Regression
from .scaling import error, polished, scaled, shortened, without_shift

_TRIED = 2
"""Programs that are made into formulas for each that is returned."""
_COLUMNS = ((("p", "l1", "l0"), Curve.by_class), (("p", "y_real", "loss"), Curve.of))


@dataclass(frozen=True)
class Fitted:
    """A formula for a curve.

    Attributes:
        loss: the formula, its constants as short as leaves it nearly the same.
        error: root mean square residual, each point's relative to s + |l − m|: the median m of
            the curve, and the median distance s from it.
        largest: the largest residual, in units of the loss.
    """

    loss: Loss
    error: float
    largest: float

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "formula": self.loss.text(),
            "latex": self.loss.latex(),
            "size": self.loss.size,
            "error": self.error,
            "largest": self.largest,
        }


@dataclass(frozen=True)
class Fit:
    """What a fit has found.

    Attributes:
        formulas: the least sum of error and parsimony times size first.
        curve: what they are fitted to.
        generations: how many were complete.
        ended: what ended it early: "time", "interrupt", or nothing.
    """

    formulas: tuple[Fitted, ...]
    curve: Curve
    generations: int
    ended: str = ""

    @property
    def best(self) -> Loss:
        """The first formula."""
        return self.formulas[0].loss

    @property
    def losses(self) -> list[Loss]:
        """The formulas as losses, ready as `seed_losses`."""
        return [one.loss for one in self.formulas]

    def write(self, path: Path | str) -> None:
        """Write a file of formulas, which `seed_losses` reads."""
        notes = [f"fit_{n}: error {one.error:.3g}" for n, one in enumerate(self.formulas, 1)]
        named = [(f"fit_{n}", one.loss) for n, one in enumerate(self.formulas, 1)]
        Path(path).write_text(written(named, ["Fitted to a curve by lossgp", *notes]), "utf-8")


def fit(
    curve: Curve | Path | str | Mapping[str, Any] | Callable[[Any, Any], Any],
    *,
    loss: str | None = None,
    on_generation: Callable[[FitProgress], None] | None = None,
    **settings: Any,
) -> Fit:
    """Return formulas for the curve of a loss, by symbolic regression with gplearn.

    Args:
        curve: a file (`fitting.read`); columns `p`, `l1` and `l0`, or `p`, `y_real` and `loss`,
            in a mapping or a data frame; a function of arrays (y_pred, y_real); or a `Curve`.
        loss: which loss of a file that holds several.
        on_generation: called after each generation.
        settings: keys of `FitSettings`: seed, population, generations, parsimony, operators,
            constants, max_size, time_limit (seconds), best (how many formulas).

    Ctrl-C ends the search, and what its complete generations have found is returned; before there
    is one, `KeyboardInterrupt` is raised.

    Example:
        >>> found = fit(lambda p, y: (p - y) ** 2, population=200, generations=3)
        >>> found.formulas[0].error < 0.5
        True

    Raises:
        CurveError: this is no curve, a setting is wrong, or nothing was found.
    """
    checked = FitSettings.checked(**settings)
    points = _curve(curve, loss)
    search = _Search(points, checked)
    search.run(on_generation)
    found = tuple(search.formulas())
    if not found:
        raise CurveError(
            "no formula of y_pred and y_real was found; give more generations, a larger "
            "population, or --operators extended"
        )
    return Fit(found, points, search.complete, search.ended)


def _curve(given: Any, loss: str | None) -> Curve:
    if isinstance(given, (str, Path)):
        return read(given, loss)
    if loss is not None:
        raise CurveError("loss names one of a file's losses; this is no file")
    if isinstance(given, Curve):
        return given
    if callable(given):
        return Curve.from_function(given)
    columns = {str(name): given[name] for name in getattr(given, "columns", given)}
    for names, curve_of in _COLUMNS:
        if all(name in columns for name in names):
            return curve_of(*(columns[name] for name in names))
    shown = ", ".join(printable(name, 40) for name in columns)
    raise CurveError(f"the columns are {shown}; give p, l1 and l0, or p, y_real and loss")


class _Search:
    """Three regressions that go on in turns: of the whole curve, of l₁, and of l₀.

    Formulas of one class, in one variable, are found sooner; y·l₁ + (1 − y)·l₀ is a loss, too.
    """

    def __init__(self, curve: Curve, settings: FitSettings) -> None:
        self.curve = curve
        self.settings = settings
        self.complete = 0
        self.ended = ""
        self.whole = Regression(curve.whole, settings)
        self.classes = [Regression(curve.of_label(label), settings) for label in (1, 0)]

    def run(self, on_generation: Callable[[FitProgress], None] | None) -> None:
        """Search until the generations, the time or the error are used up, or Ctrl-C."""
        started, settings = time.monotonic(), self.settings
        try:
            for number in range(1, settings.generations + 1):
                for each in (self.whole, *self.classes):
                    each.step()
                self.complete = number
                whole, real, fake = (x.best[0] for x in (self.whole, *self.classes))
                seconds = time.monotonic() - started
                if on_generation:
                    of = settings.generations
                    on_generation(FitProgress(number, of, whole, real, fake, seconds))
                if whole <= EXACT:  # exact parts may yet be one small formula
                    return
                if settings.time_limit is not None and seconds >= settings.time_limit:
                    self.ended = "time" if number < settings.generations else ""
                    return
        except KeyboardInterrupt:
            if not self.complete:
                raise
            self.ended = "interrupt"

    def formulas(self) -> list[Fitted]:
        """Return distinct formulas, ranked."""
        seen = Seen("value")
        found: list[Fitted] = []
        for tree in self._trees():
            if not (holds(tree, Y_PRED) and holds(tree, Y_REAL)) or seen.find(tree) is not None:
                continue
            seen.add(tree, str(len(found)))
            short = Loss(shortened(tree, self.curve.whole)).simplified()
            if short.uses_label():
                found.append(self._fitted(short))
        found.sort(key=lambda one: (self._cost(one), one.loss.size, one.loss.text()))
        return found[: self.settings.best]

    def _trees(self) -> Iterator[sympy.Expr]:
        best = self.settings.best
        yield from islice(self._of(self.whole), _TRIED * best)
        # The best pairs of l₁ and l₀, as many as their square holds.
        real, fake = (list(islice(self._of(each), ceil(best**0.5) + 1)) for each in self.classes)
        for one in real:
            for zero in fake:
                rest = make("sub", constant(1), Y_REAL)
                yield simplify(make("add", make("mul", Y_REAL, one), make("mul", rest, zero)))

    def _of(self, regression: Regression) -> Iterator[sympy.Expr]:
        """Yield the trees of a regression's best programs, scaled and polished."""
        points = regression.points
        for program in regression.programs():
            tree = scaled(tree_of(program), points)
            if tree is not None:
                yield simplify(without_shift(polished(simplify(tree), points), points))

    def _cost(self, one: Fitted) -> float:
        return one.error + self.settings.parsimony * one.loss.size

    def _fitted(self, loss: Loss) -> Fitted:
        curve = self.curve
        values = np.asarray(Tape(loss.expr).on(curve.p, curve.y).value, dtype=np.float64)
        off = error(values, curve.loss, curve.weights)
        return Fitted(loss, off, float(np.abs(values - curve.loss).max()))
