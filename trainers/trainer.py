"""What every trainer offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

from .criterion import Criterion
from .objective import FID, Objective
from .outcome import Outcome
from .protocol import Protocol


class Trainer(ABC):
    """Trains one model with one loss and one seed, and measures it.

    A new recipe is one file with a subclass, and one entry point in the group `lossgp.trainers`.
    A subclass sets `protocol_type`, and `objective` where a search minimises another metric than
    FID; its constructor must stay cheap and must not import torch, because the process that leads
    a search only asks for the protocol.

    The promise to keep: `train` depends on (protocol, criterion, seed, kind of device) alone, to
    the bit: not on what was trained before, on other processes, or on the number of threads; and
    each seed means the same random numbers (initial weights, data order, latents, dropout) for
    every criterion, so that comparisons are paired.
    """

    protocol_type: ClassVar[type[Protocol]]
    objective: ClassVar[Objective] = FID
    keeps_models: ClassVar[bool] = False
    """Whether a search, too, keeps each model: they are small, and its picture shows what some
    generate."""
    seeds: ClassVar[int] = 5
    """How many trainings of a loss its comparisons should rest on."""
    time_limit: ClassVar[float] = 600.0
    """Seconds after which a training is taken for one that hangs, by default."""
    continues: ClassVar[bool] = False
    """Whether a training can be measured at a part of its length and go on (`train_part`)."""

    def __init__(self, protocol: Protocol, device: str = "cpu") -> None:
        self.protocol = protocol
        self.device = device

    @property
    def metric(self) -> str:
        """The key in `Outcome.metrics` of what a search minimises."""
        return self.objective.goal.key

    @property
    def metric_title(self) -> str:
        """What people call it."""
        return self.objective.goal.title

    @property
    def extractor_name(self) -> str:
        """The network that the metrics are measured with, for people; empty where there is none."""
        return ""

    @property
    def iterations(self) -> int | None:
        """How many iterations a full training has, once it is prepared; None: not known."""
        return None

    @property
    def measures(self) -> tuple[str, ...] | None:
        """The keys of `Outcome.metrics`; None where they are not known before a training."""
        return None

    @classmethod
    def create(cls, options: Mapping[str, object] | None = None, device: str = "cpu") -> Self:
        """A trainer with these protocol options on this device ("cpu", "cuda", "cuda:0", ...).

        Raises pydantic's `ValidationError` on a bad option.
        """
        return cls(cls.protocol_type.model_validate(dict(options or {})), device)

    def another(self, options: Mapping[str, object]) -> Trainer:
        """A trainer of this kind with other protocol options, on the same device.

        A subclass may have it share what this one has made ready: data and features that depend on
        none of the options in which they differ. It must train and measure as one that was created
        by itself, to the bit. Raises as `create` does.
        """
        return self.create(options, self.device)

    def part(self, name: str) -> Trainer:
        """Of a portfolio, the trainer of this protocol of its own; else there is none.

        Raises `KeyError`.
        """
        raise KeyError(name)

    def warnings(self) -> tuple[str, ...]:
        """What a user should know of the data before training, one printable line each."""
        return ()

    def check_memory(self) -> None:  # noqa: B027 (a trainer that is small has nothing to check)
        """Raise `TrainerError` where a training would not fit into memory.

        By default it is not asked. It is called before anything is trained.
        """

    def side_by_side(self) -> int | None:
        """How many trainings to run at once by default; None is one a core, and one on CUDA."""
        return None

    def imports(self) -> Sequence[str]:
        """Modules that `train` imports late: a worker imports them before the time limit counts."""
        return ()

    @abstractmethod
    def prepare(self) -> None:
        """Make ready what all trainings share (data, features, reference statistics).

        Idempotent, and safe when several processes call it at once.
        """

    @abstractmethod
    def train(self, criterion: Criterion, seed: int, keep: Path | None = None) -> Outcome:
        """Train one model and measure it; a dead or diverged training is an outcome, not an error.

        Where `keep` is given, the trained model is written to this file, if the trainer keeps
        models (see `trainers.gan.checkpoint`). What the criterion itself raises passes through.
        """

    def train_part(
        self,
        criterion: Criterion,
        seed: int,
        part: float,
        state: Path,
        keep: Path | None = None,
    ) -> Outcome:
        """Train one model up to a part of its length, in (0, 1], and measure it there.

        The training goes on from the file `state`, if it was put away there at an earlier part,
        and is put away there again unless it is over. The whole (`part` 1) has the outcome of
        `train`, to the bit, wherever it was measured on the way, and whether or not the file is
        there and sound: it only saves time. For trainers that say they can (`continues`).

        `Outcome.iterations` counts from the beginning of the training: what a training has cost
        is what its latest outcome says, not the sum over its parts; `seconds` are those of this
        step alone.
        """
        raise NotImplementedError(
            f"{type(self).__name__} trains whole: it cannot stop at {part:g} of a training"
        )

    def measured_again(self, path: Path, seed: int) -> Mapping[str, float]:
        """The metrics of a model that `train` kept, on other samples than it was measured on.

        Nothing where a trainer cannot. It tells how much a figure owes to its samples.
        """
        return {}

    @abstractmethod
    def reference(self) -> Mapping[str, float]:
        """The scale of the metrics: at least `<metric>_floor` and `<metric>_ceiling`.

        For FID these are `fid_floor` (real against real) and `fid_ceiling`. With the ceiling a
        training is counted that gave no value.
        """


def iterations_at(part: float, whole: int) -> int:
    """How many of `whole` iterations a part in (0, 1] of a training has: one at least.

    Raises `ValueError` on another part.
    """
    if not 0 < part <= 1:
        raise ValueError(f"the part of a training is {part:g}; it must be above 0 and at most 1")
    return max(1, round(part * whole))
