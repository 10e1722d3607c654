"""Symbolic regression by gplearn, a generation at a time."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from pydantic import Field, ValidationError, field_validator

from lossgp.search.setting_part import Part
from lossgp.search.settings import GrammarSettings
from lossgp.trainers.mistakes import key_of, sentence

from .curve import CurveError, Points
from .programs import functions
from .scaling import shape_error

EXACT = 1e-9
"""An error at which nothing is left to be found."""
_OF_EACH_SIZE = 4


class FitSettings(Part):
    """How formulas are searched for."""

    seed: int = Field(default=0, ge=0, lt=2**31)
    population: int = Field(default=1000, ge=20, le=100_000)
    generations: int = Field(default=20, ge=1, le=10_000)
    parsimony: float = Field(
        default=0.001, ge=0, le=1, description="error that a node must be worth"
    )
    operators: str | tuple[str, ...] = "paper"
    constants: tuple[float, float] = (-5.0, 5.0)
    max_size: int = Field(default=60, ge=3, le=400)
    time_limit: float | None = Field(default=None, gt=0, description="seconds")
    best: int = Field(default=10, ge=1, le=1000, description="formulas to return")

    @field_validator("operators")
    @classmethod
    def _known(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        try:
            return GrammarSettings(operators=value).operators
        except ValidationError as error:
            raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None

    @classmethod
    def checked(cls, **given: Any) -> Self:
        """Return settings; None stands for a default.

        Raises:
            CurveError: with every mistake.
        """
        try:
            return cls.model_validate({k: v for k, v in given.items() if v is not None})
        except ValidationError as error:
            raise CurveError("; ".join(sentence(key_of(e), e) for e in error.errors())) from None

    @property
    def operator_names(self) -> tuple[str, ...]:
        """The operators that formulas are made of."""
        return GrammarSettings(operators=self.operators).operator_names


@dataclass(frozen=True)
class FitProgress:
    """Where a fit stands.

    Attributes:
        number, of: how many generations are complete, and of how many.
        whole, real, fake: the least error so far, of formulas of prediction and label, and of
            those for real and for generated samples.
        seconds: since the start.
    """

    number: int
    of: int
    whole: float
    real: float
    fake: float
    seconds: float


class Regression:
    """Programs whose shape is near to points, the nearest of each size kept.

    Attributes:
        points: what is fitted; of one label, programs are of the prediction alone.
    """

    def __init__(self, points: Points, settings: FitSettings) -> None:
        self.points = points
        self.settings = settings
        self._model: Any = None
        self._complete = 0
        self._kept: dict[int, dict[float, list[Any]]] = {}

    def step(self) -> None:
        """Add a generation, unless there is nothing left to be found."""
        if self.best[0] <= EXACT:
            return
        self._model = self._model or _model(self.settings)
        self._model.set_params(generations=self._complete + 1)
        points = self.points
        # Its warnings are of NumPy, on formulas that come to nothing.
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            self._model.fit(points.columns, points.loss, sample_weight=points.weights)
        self._complete += 1
        for program in self._model._programs[-1]:
            self._keep(program)

    @property
    def best(self) -> tuple[float, int]:
        """The least error so far, and the size of what has it; infinite where there is none."""
        both = [(min(found), size) for size, found in self._kept.items()]
        return min(both, default=(np.inf, 0))

    def programs(self) -> list[list[Any]]:
        """Return what was kept, those first whose error and size together cost least."""
        found = [(e, size, p) for size, own in self._kept.items() for e, p in own.items()]
        cost = self.settings.parsimony
        return [p for *_, p in sorted(found, key=lambda row: (row[0] + cost * row[1], row[1]))]

    def _keep(self, program: Any) -> None:
        size, error = int(program.length_), float(program.raw_fitness_)
        if size > self.settings.max_size:
            return
        own = self._kept.setdefault(size, {})
        if error in own or (len(own) >= _OF_EACH_SIZE and error >= max(own)):
            return
        own[error] = list(program.program)
        if len(own) > _OF_EACH_SIZE:
            del own[max(own)]


def _model(settings: FitSettings) -> Any:
    from gplearn.fitness import make_fitness
    from gplearn.genetic import SymbolicRegressor

    return SymbolicRegressor(
        population_size=settings.population,
        generations=1,
        warm_start=True,
        low_memory=True,
        stopping_criteria=0.0,
        const_range=settings.constants,
        init_depth=(1, 5),
        function_set=functions(settings.operator_names),
        metric=make_fitness(
            function=lambda y, y_pred, w: shape_error(y, y_pred, w),
            greater_is_better=False,
            wrap=False,
        ),
        parsimony_coefficient=settings.parsimony,
        tournament_size=max(2, settings.population // 100),
        p_crossover=0.7,
        p_subtree_mutation=0.12,
        p_hoist_mutation=0.05,
        p_point_mutation=0.12,
        random_state=settings.seed,
    )
