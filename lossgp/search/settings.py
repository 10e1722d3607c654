"""The settings of a search, and the eight configurations of the GANetic paper."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from lossgp.trainers import DEFAULT_PROTOCOL

from .confirmation_settings import ConfirmationSettings
from .genome_settings import GenomeSettings
from .racing_settings import RacingSettings
from .setting_part import Part, Rate
from .variation_settings import VariationSettings

# Names of the operator table that a search may use; the table itself is imported late,
# so that reading a configuration does not import SymPy.
_SETS = ("paper", "extended")


class GrammarSettings(Part):
    """What trees are drawn of, and how large they may be."""

    operators: str | tuple[str, ...] = Field(default="paper", description="a set's name, or names")
    constants: tuple[float, float] = Field(
        default=(-5.0, 5.0), description="range of drawn constants"
    )
    min_height: int = Field(default=2, ge=1, le=10)
    max_height: int = Field(default=6, ge=1, le=10, description="of drawn trees and subtrees")
    max_size: int = Field(default=100, ge=5, le=400, description="nodes of any tree")
    max_depth: int | None = Field(
        default=None, ge=1, le=400, description="height of any tree; by default no limit"
    )
    max_nesting: int | None = Field(
        default=None,
        ge=0,
        le=400,
        description="functions inside another of their kind, such as exp in exp; by default no "
        "limit",
    )

    @field_validator("operators")
    @classmethod
    def _known_operators(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if isinstance(value, str) and value in _SETS:
            return value
        from lossgp.expressions import EXTENDED

        chosen = (value,) if isinstance(value, str) else value
        unknown = [name for name in chosen if name not in EXTENDED]
        if unknown or not chosen:
            raise ValueError(
                f"{', '.join(map(repr, unknown)) or 'an empty list'}: must be one of the sets "
                f"{', '.join(_SETS)}, or operators among {', '.join(EXTENDED)}"
            )
        if not {"add", "sub", "mul", "div", "max", "min", "aq"} & set(chosen):
            raise ValueError("at least one operator must take two operands")
        return chosen

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        low, high = self.constants
        if not low < high:
            raise ValueError(f"constants: the range [{low}, {high}] is empty")
        if self.min_height > self.max_height:
            raise ValueError(
                f"min_height is {self.min_height}, more than max_height {self.max_height}"
            )
        if self.max_depth is not None and self.max_depth < self.min_height:
            raise ValueError(
                f"max_depth is {self.max_depth}, less than min_height {self.min_height}"
            )
        return self

    @property
    def operator_names(self) -> tuple[str, ...]:
        """The operators that trees are drawn of."""
        from lossgp.expressions import SETS

        return SETS[self.operators] if isinstance(self.operators, str) else self.operators


class ScreeningSettings(Part):
    """What is not worth a training."""

    equivalence: Literal["structure", "value", "gradient"] = Field(
        default="gradient", description="when two candidates count as the same"
    )
    calibration: bool = Field(
        default=False,
        description="reject candidates whose optimal discriminator is constant, or whose "
        "generator is pushed the wrong way",
    )


class ScoringSettings(Part):
    """How a candidate is trained, and what its trainings come to."""

    normalise: bool = Field(
        default=False,
        description="train every loss times what makes its slopes 1 in size, so that no factor is "
        "a learning rate",
    )
    fitness: Literal["mean+std", "mean", "worst", "median", "posterior"] = Field(
        default="mean+std",
        description="what is minimised, over the seeds' metric; posterior: what all trainings of "
        "the run together say of a loss",
    )
    std_weight: float = Field(
        default=1.0,
        ge=0,
        le=100,
        description='standard deviations that "mean+std" adds to the mean',
    )
    min_d_auc: float | None = Field(
        default=None,
        ge=0.5,
        le=1,
        description="rule out losses whose D tells real from generated less well: mean area under "
        "the ROC, turned round if below 1/2",
    )
    min_d_acc: Rate | None = Field(
        default=None, description="rule out losses whose D is less accurate at the threshold 1/2"
    )
    failed: Literal["count", "exclude", "reject"] = Field(
        default="count",
        description="dead or diverged seeds: count as they are, leave out, or rule out",
    )

    @property
    def is_joint(self) -> bool:
        """Whether what a loss comes to depends on the trainings of all."""
        return self.fitness == "posterior"

    @property
    def limits(self) -> str:
        """The limits on the discriminator in words; empty where there are none."""
        limits = {"D AUC": self.min_d_auc, "D acc.": self.min_d_acc}
        known = [f"{title} below {value:g}" for title, value in limits.items() if value is not None]
        return " or ".join(known)

    @property
    def rule(self) -> str:
        """The rule of fitness in words, such as "mean+2*std"."""
        if self.fitness == "mean+std" and self.std_weight != 1:
            return f"mean+{self.std_weight:g}*std"
        return self.fitness


class SurrogateSettings(Part):
    """Which of many drawn candidates are worth a training, as a model of earlier ones says."""

    surrogate: Literal["none", "forest"] = Field(
        default="none",
        description="what predicts the trainings of a loss from its slopes, so that the most "
        "promising of a pool are trained",
    )
    pool: int = Field(
        default=50, ge=2, le=1000, description="candidates drawn for each that is trained"
    )
    explore: Rate = Field(
        default=0.2, description="part of a generation that is left to chance, and controls it"
    )
    learn_from: tuple[str, ...] = Field(
        default=(), description='earlier runs that the surrogate learns from, or "all"'
    )

    @field_validator("learn_from", mode="before")
    @classmethod
    def _as_names(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _has_learner(self) -> Self:
        if self.learn_from and self.surrogate == "none":
            raise ValueError('learn_from needs a surrogate that learns: set surrogate = "forest"')
        return self


# pydantic takes the fields of the last base first.
class SearchSettings(
    ConfirmationSettings,
    SurrogateSettings,
    RacingSettings,
    ScoringSettings,
    ScreeningSettings,
    GrammarSettings,
    GenomeSettings,
    VariationSettings,
):
    """What a search draws, varies and keeps.

    The defaults are the GANetic paper's (section 4.1 and table B, configuration 4), but that
    there are 3 generations for 50, and that hopeless candidates cost less: see `give_up_after`
    and `promoted`, which the presets turn off.
    """

    @model_validator(mode="after")
    def _comparable(self) -> Self:
        if self.racing == "posterior" and self.fitness != "posterior":
            raise ValueError(
                'racing "posterior" gives losses different numbers of seeds, and fitness '
                f'"{self.fitness}" does not compare them: set fitness = "posterior", or racing = '
                '"fixed"'
            )
        if self.fitness == "posterior" and self.failed == "exclude":
            raise ValueError(
                'fitness "posterior" counts failed seeds: failed is "exclude"; it must be "count" '
                'or "reject"'
            )
        return self


def _configuration(
    subtree: float, node: float, archive: float, selection: str
) -> dict[str, object]:
    return {
        "subtree_mutation": subtree,
        "node_mutation": node,
        "archive_probability": archive,
        "archive_crossover": archive,
        "selection": selection,
        "tournament_size": 3,
        "give_up_after": 0,
        "promoted": 1.0,
    }


# What is to find more than luck: a protocol on which good losses live, a model that chooses what to
# train, trainings where they decide most, and fresh seeds.
_QUICK: dict[str, object] = {
    "protocol": DEFAULT_PROTOCOL,
    "seeds": 6,
    "population": 16,
    "generations": 3,
    "calibration": True,
    "surrogate": "forest",
    "racing": "posterior",
    "fitness": "posterior",
    "extra": 0.3,
    "final": 12,
    "confirm": 6,
}

# `plain` is the paper's configuration 4, with less spent on hopeless losses.
# GANetic paper, table B: M_ST, M_N, p_A = Cr_A, selection.
PRESETS: dict[str, dict[str, object]] = {
    "quick": _QUICK,
    "plain": {},
    "ganetic-1": _configuration(0.3, 0.0, 0.0, "tournament"),
    "ganetic-2": _configuration(0.3, 0.0, 0.5, "tournament"),
    "ganetic-3": _configuration(0.3, 0.0, 0.0, "best"),
    "ganetic-4": _configuration(0.3, 0.0, 0.5, "best"),
    "ganetic-5": _configuration(0.2, 0.1, 0.0, "tournament"),
    "ganetic-6": _configuration(0.2, 0.1, 0.5, "tournament"),
    "ganetic-7": _configuration(0.2, 0.1, 0.0, "best"),
    "ganetic-8": _configuration(0.2, 0.1, 0.5, "best"),
}
