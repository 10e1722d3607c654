"""Counter-based random numbers: a stream depends on what it is for, and on nothing else.

There is no state to save: whatever the order in which trainings finish, and after any
interruption, the same (seed, generation, slot, purpose) gives the same numbers.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def stream(seed: int, *purpose: int | str) -> Random:
    """Return the random stream of a purpose, such as `stream(7, generation, slot, "vary")`.

    Only `random()` and `getrandbits()` are stable between Python versions; draw through
    `pick`, `chance`, `uniform`, `normal` and `cauchy`.
    """
    label = "/".join(map(str, (seed, *purpose))).encode()
    return Random(int.from_bytes(hashlib.sha256(label).digest(), "big"))


def pick(rng: Random, items: Sequence[T]) -> T:
    """Return one of the items, each equally likely."""
    return items[int(rng.random() * len(items))]


def chance(rng: Random, probability: float) -> bool:
    """Return True with this probability; always consumes one number."""
    return rng.random() < probability


def uniform(rng: Random, low: float, high: float) -> float:
    """Return a number of [low, high)."""
    return low + (high - low) * rng.random()


def normal(rng: Random) -> float:
    """Return a number of the standard normal distribution (Box and Muller 1958).

    Its last bits depend on the machine's logarithm and cosine.
    """
    radius = math.sqrt(-2 * math.log(1 - rng.random()))
    return radius * math.cos(2 * math.pi * rng.random())


def cauchy(rng: Random) -> float:
    """Return a number of the standard Cauchy distribution; of its last bits see `normal`."""
    return math.tan(math.pi * (rng.random() - 0.5))
