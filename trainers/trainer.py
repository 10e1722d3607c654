"""What every trainer offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Self

from .criterion import Criterion
from .outcome import Outcome
from .protocol import Protocol


class Trainer(ABC):
    """Trains one model with one loss and one seed, and measures it.

    A new recipe is one file with a subclass, and one entry point in the group `lossgp.trainers`.
    A subclass sets `protocol_type`; its constructor must stay cheap and must not import torch,
    because the process that leads a search only asks for the protocol.

    The promise to keep: `train` depends on (protocol, criterion, seed, kind of device) alone, to
    the bit: not on what was trained before, on other processes, or on the number of threads; and
    each seed means the same random numbers (initial weights, data order, latents, dropout) for
    every criterion, so that comparisons are paired.
    """

    protocol_type: ClassVar[type[Protocol]]

    def __init__(self, protocol: Protocol, device: str = "cpu") -> None:
        self.protocol = protocol
        self.device = device

    @classmethod
    def create(cls, options: Mapping[str, object] | None = None, device: str = "cpu") -> Self:
        """A trainer with these protocol options on this device ("cpu", "cuda", "cuda:0", ...).

        Raises pydantic's `ValidationError` on a bad option.
        """
        return cls(cls.protocol_type.model_validate(dict(options or {})), device)

    @abstractmethod
    def prepare(self) -> None:
        """Make ready what all trainings share (data, features, reference statistics).

        Idempotent, and safe when several processes call it at once.
        """

    @abstractmethod
    def train(self, criterion: Criterion, seed: int) -> Outcome:
        """Train one model and measure it; a dead or diverged training is an outcome, not an error.

        What the criterion itself raises passes through.
        """

    @abstractmethod
    def reference(self) -> Mapping[str, float]:
        """The scale of the metrics: at least `fid_floor` (real against real) and `fid_ceiling`.

        `fid_ceiling` is the FID with which a training is counted that gave none.
        """
