"""The settings of racing: which trainings a candidate gets."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import Field, field_validator

from .setting_part import Part


class RacingSettings(Part):
    """Which trainings a candidate gets."""

    racing: Literal["fixed", "posterior"] = Field(
        default="fixed",
        description="who gets the seeds: the best part by the first seed, or, in rounds, those "
        "among which a training decides most",
    )
    give_up_after: int = Field(
        default=1, ge=0, description="failed seeds after which the rest is not trained; 0 never"
    )
    promoted: float = Field(
        default=0.3,
        gt=0,
        le=1,
        description="part of a generation that is trained on all seeds, the best on the first one",
    )
    rungs: tuple[float, ...] = Field(
        default=(),
        description="parts of the first training, as [0.25, 0.5], at which all are measured and "
        "the best part (promoted) goes on from each",
    )
    extra: float = Field(
        default=0.6,
        ge=0,
        le=1000,
        description="posterior racing: trainings of a generation beside each loss's first, as a "
        "multiple of the population",
    )
    final: int = Field(
        default=50,
        ge=0,
        le=100_000,
        description="posterior racing: trainings after the last generation, for the ten best",
    )
    round_size: int = Field(
        default=8, ge=1, le=10_000, description="posterior racing: trainings decided on at once"
    )

    @field_validator("rungs")
    @classmethod
    def _rungs_rise(cls, rungs: tuple[float, ...]) -> tuple[float, ...]:
        ends = (0.0, *rungs, 1.0)
        if not all(before < after for before, after in pairwise(ends)):
            raise ValueError(
                f"{list(rungs)}: give parts of a training above 0 and below 1, each more than the "
                "one before, as [0.25, 0.5]"
            )
        return rungs
