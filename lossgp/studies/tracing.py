"""What a search had found at which cost."""

from __future__ import annotations

import math

from lossgp.expressions import LossPair
from lossgp.results.confirmation import reported
from lossgp.results.cost import cost_of_scored
from lossgp.results.result import Result
from lossgp.results.study import Step
from lossgp.runs.budget import Budget
from lossgp.runs.spending import OutOfBudgetError


class Trace:
    """Listens to the generations of a search, and ends it where its budget is spent.

    The cost is that of all trainings that the search rests on, be they done now or remembered:
    so it depends neither on what else is stored nor on interruptions.

    Args:
        budget: of the run; None leaves its end to its generations.
        unit: of the costs.
        length: iterations of a full training, as which one counts whose own are not known.

    Attributes:
        steps: the incumbents so far.
        pairs: their losses, by key.
        cost: of all complete generations.
    """

    def __init__(self, budget: Budget | None, unit: str, length: int | None) -> None:
        self._budget = budget
        self._unit = unit
        self._length = length or 0
        self.steps: list[Step] = []
        self.pairs: dict[str, LossPair] = {}
        self.cost = 0

    def generation(self, result: Result) -> None:
        """Take in a complete generation.

        Raises:
            OutOfBudgetError: the budget is spent.
        """
        found = cost_of_scored((i.score, i.outcomes) for i in result.individuals)
        if self._unit == "trainings":
            self.cost = found.trainings
        else:
            self.cost = found.iterations + found.uncounted * self._length
        best = min(
            (i for i in result.individuals if i.score.is_whole and math.isfinite(i.score.fitness)),
            key=lambda i: i.order,
            default=None,
        )
        if best is not None:
            pair, searched = best.candidate.pair, reported(best.score)
            last = self.steps[-1] if self.steps else None
            if last is None or (last.key, last.searched) != (pair.key(), searched):
                self.pairs[pair.key()] = pair
                self.steps.append(Step(self.cost, best.candidate.label, pair.key(), searched))
        if self._budget is not None and self.cost >= self._budget.amount:
            raise OutOfBudgetError
