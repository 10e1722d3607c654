"""Settings of what is varied, and of what a search starts with."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from .seed_losses import SeedLoss, fitting, seed_losses
from .setting_part import Part, Rate

GenomeKind = Literal["single", "pair"]


class GenomeSettings(Part):
    """What is varied: one tree, or two; and what the first generation starts with."""

    genome: GenomeKind = Field(
        default="single",
        description="single: one loss serves D and G, with the label flipped for G; "
        "pair: a loss for each",
    )
    crossover_between: Rate = Field(
        default=0.2,
        description="of pairs: how often D's tree is crossed with a G's, or G's with a D's",
    )
    seed_losses: tuple[SeedLoss, ...] = Field(
        default=(),
        description="known losses and formulas, or a file of them, that start in the first "
        "generation",
    )

    @field_validator("seed_losses", mode="before")
    @classmethod
    def _as_seeds(cls, value: object) -> object:
        return seed_losses(value)

    @field_validator("seed_losses")
    @classmethod
    def _fit(cls, value: tuple[SeedLoss, ...], info: ValidationInfo) -> tuple[SeedLoss, ...]:
        known = info.data  # the fields before this one that are right
        if {"genome", "population"} <= known.keys():
            fitting(value, known["genome"], known["population"])
        return value
