"""What is known of a metric: how it is called, written and computed, and which way is better."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .sides import Sides

_HUGE = 1e9
_TURNED = "turned"


@dataclass(frozen=True)
class Metric:
    """A number of a training.

    Attributes:
        key: its key in `Outcome.metrics`, and what a user writes.
        title: for people.
        form: a format specification: ".1f" writes 12.3, ".0%" writes 80 %.
        better: which way is better.
        fine: the format in comparisons of losses, where it shows more digits.
        value: computes it from generated and real images; None for what a trainer measures
            by itself.
        least: images that each side must have.
        pixels: the least side of an image.
        needs: what else it needs, for people; "" where nothing.
        imports: the modules that computing it imports, those of this package with a dot before:
            a worker imports them before the time limit of a training counts.
        convention: how it is computed, where programs differ: it stands under tables.
        within: whether it is of generated images alone: the same of real images alone, `KEY_real`
            among the ends of the scale, then says how much images vary that are no model's.
        turned: whether a value below 1/2 is shown as its distance to 1, and said to be turned.
    """

    key: str
    title: str
    form: str = ".4g"
    better: Literal["lower", "higher"] = "lower"
    fine: str = ""
    value: Callable[[Sides], float] | None = None
    least: int = 2
    pixels: int = 1
    needs: str = ""
    imports: tuple[str, ...] = ()
    convention: str = ""
    within: bool = False
    turned: bool = False

    def text(self, value: float) -> str:
        """The value as people read it; empty where there is none (NaN)."""
        if abs(value) >= _HUGE:  # 300 digits before the point are no figure
            return format(value, ".4g")
        if self.turned and value < 0.5:
            return f"{format(1 - value, self.form)} {_TURNED}"
        return "" if math.isnan(value) else format(value, self.form).replace("%", " %")

    def spread(self, mean: float, std: float) -> str:
        """Mean ± standard deviation."""
        if self.turned:
            written, _, turned = self.text(mean).partition(" ")
            return f"{written} ± {format(std, self.form)} {turned}".rstrip()
        return f"{self.text(mean).removesuffix(' %')} ± {self.text(std)}"

    def finely(self) -> Metric:
        """The same, written as in comparisons."""
        return replace(self, form=self.fine) if self.fine else self
