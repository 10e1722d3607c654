"""What a session may spend: time, trainings, or iterations of training."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, Self

from lossgp.common.echo import quoted

Unit = Literal["seconds", "trainings", "iterations"]

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_TIME = r"(?P<time>\d+(?:\.\d+)?)\s*(?P<unit>[smhd]?)"
_COUNT = r"(?P<count>\d(?:_?\d)*)[-\s]?(?P<what>training|iteration)s?"
FORMS = "a time as 90s, 3m or 1.5h, or a number as 200-trainings or 50000-iterations"


@dataclass(frozen=True)
class Budget:
    """What may be spent: seconds on the clock, trainings, or iterations that trainings run."""

    amount: float
    unit: Unit

    @classmethod
    def of(cls, given: Budget | float | str) -> Budget:
        """Return the budget that a user has written: seconds, or text (see `parse`).

        Raises:
            ValueError: it is no budget, or nothing may be spent.
        """
        if isinstance(given, Budget):
            return given
        if isinstance(given, str):
            return cls.parse(given)
        if not isinstance(given, int | float) or not 0 < given < math.inf:
            raise ValueError(f"budget is {given!r}; it must be more than 0 seconds, or {FORMS}")
        return cls(float(given), "seconds")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the budget of a text: 90s, 3m, 1.5h, 200-trainings, 50000-iterations.

        A bare number counts seconds.

        Raises:
            ValueError: it is no budget, or nothing may be spent.
        """
        match = re.fullmatch(f"{_TIME}|{_COUNT}", text.strip().lower(), re.ASCII)
        if match is None:
            raise ValueError(f"{quoted(text, 60)} is no budget; write {FORMS}")
        if match["time"]:
            amount, unit = float(match["time"]) * _SECONDS[match["unit"]], "seconds"
        else:
            amount, unit = float(match["count"]), f"{match['what']}s"
        if not 0 < amount < math.inf:
            raise ValueError(f"{quoted(text, 60)} is no budget: it must be more than 0, and finite")
        return cls(amount, unit)  # type: ignore[arg-type]

    def __str__(self) -> str:
        return f"{self.amount:g} s" if self.unit == "seconds" else f"{self.amount:.0f} {self.unit}"
