"""Numbers, shapes and tails in few words, for tables and sentences."""

from __future__ import annotations

import math

from .calibration import Calibration
from .divergence import Divergence
from .stationary import Shape

_MANY = 8  # turns from which on a side that cannot be followed is said to oscillate


def digits(value: float, unit: float = 1.0) -> str:
    """Return a number for people: two to four figures, ∞ and – where there is none.

    Args:
        value: the number.
        unit: its usual size; what is a billionth of that is rounding, and 0.
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if abs(value) < 1e-9 * unit:
        return "0"
    if abs(value) < 1e-3:
        mantissa, _, power = f"{value:.1e}".partition("e")
        small = f"{value:.2g}" if abs(value) >= 1e-4 else f"{mantissa}e{int(power)}"
        return small.replace("-", "−")
    if abs(value) >= 1e5:
        mantissa, _, power = f"{value:.2e}".partition("e")
        return f"{mantissa}e{int(power)}".replace("-", "−")
    if abs(value) >= 1e4:
        return f"{value:.0f}".replace("-", "−")
    shown = f"{value:.4g}" if abs(value) >= 1 else f"{value:.4f}".rstrip("0").rstrip(".")
    return shown.replace("-", "−")


def span_text(low: float, high: float) -> str:
    """Return an interval, in as many digits as tell its ends apart."""
    if digits(low) != digits(high):
        return f"[{digits(low)}, {digits(high)}]"
    return f"[{low:.8g}, {high:.8g}]".replace("-", "−")


def minimum_text(shape: Shape, unit: float = 1.0) -> str:
    """Return where a side is lowest, how low, and how bent it is there; see `digits`."""
    point = shape.lowest
    if point is None:
        return "none: constant" if shape.trend == "constant" else "none found"
    where = span_text(point.low, point.high) if point.is_flat else digits(point.at)
    place = "" if point.place == "inside" else f" ({point.place})"
    if place == "" and not point.is_flat:
        place = f", curvature {digits(point.curvature, unit)}"
    more = len(shape.minima) - 1
    others = f"; {more} more" if more else ""
    if oscillates(shape):
        others = "; oscillates, so maybe lower"
    elif not shape.is_complete:
        others = "; too steep to be sure"
    return f"{where}, value {digits(point.value, unit)}{place}{others}"


def oscillates(shape: Shape) -> bool:
    """Tell whether a side goes up and down faster than the analysis can follow.

    What else it cannot follow is too steep, as exp(exp(1/p)) is at 0.
    """
    return not shape.is_complete and len(shape.points) >= _MANY


def smoothing_text(c: Calibration) -> str:
    """Return the α of one-sided label smoothing; – where D* does not rise from 0."""
    if c.kind not in ("proper", "composite", "monotone") or c.at_zero > 1e-6:
        return "–"
    return digits(c.smoothing) if c.smoothing < 1 - 1e-6 else "none: D* reaches 1"


def tails_text(d: Divergence) -> str:
    """Return L and R with two decimals; – where f'' has no tails."""
    if math.isnan(d.left) and math.isnan(d.right):
        return "–"
    left, right = (v if math.isnan(v) else round(v, 2) + 0.0 for v in (d.left, d.right))
    return f"({digits(left)}, {digits(right)})"


def turns_text(turns: tuple[float, ...], shape: Shape) -> str:
    """Return where G's pull changes its sign; the first few places where there are many."""
    if oscillates(shape):
        return f"{digits(turns[0])} and without end" if turns else "unknown: oscillates"
    return several(turns, 4) or "nowhere"


def several(values: tuple[float, ...], most: int) -> str:
    """Return numbers in a row; only the first ones where there are more than `most`."""
    shown = ", ".join(digits(v) for v in values[:most])
    return f"{shown}, … ({len(values)} places)" if len(values) > most else shown


def range_text(shape: Shape, unit: float = 1.0) -> str:
    """Return the least and the largest value of a side; see `digits`."""
    if shape.trend == "constant":
        return digits(shape.at_lower, unit)
    values = [point.value for point in shape.points if not math.isnan(point.value)]
    if not values:
        return "–"
    about = "" if shape.is_complete else "about "
    return f"{about}{digits(min(values), unit)} to {digits(max(values), unit)}"
