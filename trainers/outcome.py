"""What one training came to: the unit that is memoised and committed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

_KEYS = {"seed", "status", "metrics", "seconds", "reason"}
_OPTIONAL = {"iterations"}  # outcomes of older versions lack them


class Status(StrEnum):
    """How a training ended."""

    OK = "ok"
    """It ran to its end, and the generator's output varies."""
    DEAD = "dead"
    """The output is constant: one image for every latent, or one class for every sample.

    A GAN is stopped early; it is measured all the same.
    """
    DIVERGED = "diverged"
    """A loss, a weight or an output was not finite; there is nothing to measure."""
    TIMEOUT = "timeout"
    """The engine stopped it at its time limit."""
    CRASHED = "crashed"
    """The process died, or used more memory than allowed."""
    ERROR = "error"
    """The trainer or the loss raised."""


@dataclass(frozen=True)
class Outcome:
    """One training: (candidate, protocol, seed).

    `seed` is at least 0; `metrics` holds finite floats only (of GANs `fid`, `kid`, `d_acc`,
    `d_acc_real`, `d_acc_fake`, `d_auc`, `spread` and more; of classifiers `error`, `accuracy`,
    `auroc`) and is empty where the training gave none; `seconds` is wall-clock time; `reason` is
    one line for people where `status` is not ok.

    `iterations` is what the training cost: its iterations (of classifiers, optimiser steps) from
    its beginning to where it was measured or ended, fewer than planned where it was stopped early.
    It is None where that is not known: the process died, or an older version wrote the outcome.

    Two outcomes of the same training differ in `seconds` alone (see `same_result`).

    Raises `ValueError` on anything else.
    """

    seed: int
    status: Status
    metrics: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    reason: str | None = None
    iterations: int | None = None

    def __post_init__(self) -> None:
        _require(type(self.seed) is int and self.seed >= 0, "seed", self.seed, "an integer >= 0")
        object.__setattr__(self, "status", _status(self.status))
        _require(_finite(self.seconds) and self.seconds >= 0, "seconds", self.seconds, ">= 0")
        _require(isinstance(self.metrics, Mapping), "metrics", self.metrics, "a mapping")
        for name, value in self.metrics.items():
            _require(isinstance(name, str), "metric name", name, "text")
            _require(_finite(value), f"metric {name!r}", value, "a finite number")
        _require(self.reason is None or isinstance(self.reason, str), "reason", self.reason, "text")
        count = self.iterations
        counted = count is None or (type(count) is int and count >= 0)
        _require(counted, "iterations", count, "an integer >= 0, or None")
        # A copy, with exact floats: a caller's dict cannot change it, and 1 and 1.0 store alike.
        object.__setattr__(self, "metrics", {k: float(v) for k, v in self.metrics.items()})
        object.__setattr__(self, "seconds", float(self.seconds))

    def same_result(self, other: Outcome) -> bool:
        """Whether both are the same training's result, to the bit.

        Times are not compared, nor what it cost, which an older version did not write down.
        """
        return self._result() == other._result()

    def to_json(self) -> dict[str, Any]:
        """A JSON object; `from_json` gives back an equal outcome, floats to the bit."""
        counted = {} if self.iterations is None else {"iterations": self.iterations}
        return {
            "seed": self.seed,
            "status": self.status.value,
            "metrics": dict(self.metrics),
            "seconds": self.seconds,
            "reason": self.reason,
            **counted,
        }

    @classmethod
    def from_json(cls, d: Mapping[str, Any]) -> Self:
        """The outcome that `to_json` wrote; raises `ValueError` naming what is wrong."""
        if not isinstance(d, Mapping) or set(d) - _OPTIONAL != _KEYS:
            found = sorted(map(str, d)) if isinstance(d, Mapping) else type(d).__name__
            raise ValueError(
                f"an outcome must have exactly the keys {sorted(_KEYS)}, and may have "
                f"{sorted(_OPTIONAL)}; it has {found}"
            )
        return cls(**d)

    def _result(self) -> tuple[object, ...]:
        return (self.seed, self.status, dict(self.metrics), self.reason)


def _status(value: object) -> Status:
    try:
        return Status(value)  # type: ignore[arg-type]
    except ValueError:
        allowed = ", ".join(Status)
        raise ValueError(f"outcome: status is {value!r}; it must be one of {allowed}") from None


def _finite(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)  # type: ignore[arg-type]


def _require(condition: bool, name: str, value: object, allowed: str) -> None:
    if not condition:
        raise ValueError(f"outcome: {name} is {value!r}; it must be {allowed}")
