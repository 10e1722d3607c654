"""The rates that one offspring is made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Rates:
    """What an adaptive search has drawn for one offspring.

    Attributes:
        crossover: probability of crossover.
        mutation: probability of a mutation.
        shares: how often each mutation is the one, in the order of the names; together 1.
    """

    crossover: float
    mutation: float
    shares: Mapping[str, float]

    def __post_init__(self) -> None:
        # The store sorts keys: what was read back writes the same text.
        object.__setattr__(self, "shares", dict(sorted(self.shares.items())))

    def to_json(self) -> dict[str, object]:
        """Return plain data."""
        return {
            "crossover": self.crossover,
            "mutation": self.mutation,
            "shares": dict(self.shares),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the rates of `to_json`'s data.

        Raises:
            KeyError, TypeError, ValueError: the data is not of that form.
        """
        shares = {str(name): float(share) for name, share in dict(data["shares"]).items()}
        return cls(float(data["crossover"]), float(data["mutation"]), shares)
