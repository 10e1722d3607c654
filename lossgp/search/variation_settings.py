"""Settings of how generations follow each other."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .setting_part import Part, Rate


class VariationSettings(Part):
    """How generations follow each other: the rates of the GANetic paper's operators."""

    population: int = Field(default=10, ge=2, le=10_000, description="individuals, n")
    generations: int = Field(
        default=3, ge=1, le=100_000, description="rounds, the first one included"
    )
    crossover: Rate = Field(default=0.7, description="rate of crossover, Cr")
    subtree_mutation: Rate = Field(default=0.3, description="rate of subtree mutation, M_ST")
    node_mutation: Rate = Field(default=0.0, description="rate of node mutation, M_N")
    archive_probability: Rate = Field(
        default=0.5, description="chance that a loser enters the archive, p_A"
    )
    archive_crossover: Rate = Field(
        default=0.5, description="chance that the mate comes from the archive, Cr_A"
    )
    crossover_kind: Literal["subtree", "size-fair"] = Field(
        default="subtree", description="any two subtrees, or those of a like size"
    )
    hoist_mutation: Rate = Field(default=0.0, description="rate of a subtree becoming the tree")
    shrink_mutation: Rate = Field(default=0.0, description="rate of a subtree becoming a leaf")
    insertion: Rate = Field(default=0.0, description="rate of an operator being put in")
    constant_mutation: Rate = Field(default=0.0, description="rate of noise on the constants")
    constant_scale: float = Field(
        default=0.1,
        gt=0,
        le=10,
        description="standard deviation of that noise, in parts of the constant",
    )
    simplification: Rate = Field(
        default=0.0, description="rate of simplifying what other operators have made"
    )
    adaptation: Literal["none", "success-history"] = Field(
        default="none", description="how gp adapts the rates of crossover and mutations"
    )
    memory_size: int = Field(
        default=6, ge=1, le=1_000, description="entries of the success history, H of SHADE"
    )
    success_margin: float = Field(
        default=1.0,
        ge=0,
        le=100,
        description="standard errors by which a success must be better than its parent",
    )
    selection: Literal["best", "tournament"] = "best"
    tournament_size: int = Field(
        default=3, ge=1, description="k_t of the tournament; the sample of regularised evolution"
    )
    lifetime: int = Field(
        default=2,
        ge=1,
        le=100_000,
        description="generations that an individual of regularised evolution lives",
    )
    patience: int = Field(
        default=3,
        ge=0,
        description="generations without a better loss after which hill-climb restarts; 0 never",
    )
