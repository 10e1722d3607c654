"""Searches compared over run seeds: what each had found at which cost, and what of it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lossgp.common.averages import mean
from lossgp.trainers.objective import Objective


@dataclass(frozen=True)
class Step:
    """The incumbent of a search from one cost on, until the next step.

    Attributes:
        cost: of all trainings up to the end of the generation that found it.
        name: the candidate's label in its run.
        key: of its loss.
        searched: the mean metric that the search has seen.
    """

    cost: int
    name: str
    key: str
    searched: float


@dataclass(frozen=True)
class Member:
    """One run of a study.

    Attributes:
        arm, seed: which configuration, and the seed of its search.
        run: the name under which it is stored.
        steps: its incumbents, by cost; each is better than the one before, as the search sees it.
        cost: of all its complete generations.
    """

    arm: str
    seed: int
    run: str
    steps: tuple[Step, ...]
    cost: int

    def incumbent(self, cost: float) -> Step | None:
        """Return the best loss at a cost, by the search; None before the first generation."""
        return next((step for step in reversed(self.steps) if step.cost <= cost), None)


@dataclass(frozen=True)
class Reached:
    """At which cost the runs of an arm had a loss as good as the target.

    Attributes:
        costs: of each run, in the order of the seeds; None where it never had (it is censored
            at the horizon).
        median: of the costs; None where half of the runs or more never had.
        restricted: the restricted mean cost, each run counted up to the horizon at most (Royston
            & Parmar 2013, BMC Med. Res. Methodol. 13, 152); with equal horizons it needs no model.
        interval: its bootstrap interval over the runs; None for too few.
    """

    costs: tuple[float | None, ...]
    median: float | None
    restricted: float
    interval: tuple[float, float] | None

    @property
    def count(self) -> int:
        """How many runs had."""
        return sum(cost is not None for cost in self.costs)


@dataclass(frozen=True)
class Study:
    """What a study has found.

    Attributes:
        name: of the study.
        protocol: under which all is trained, in one line.
        objective: what was minimised.
        unit: of all costs, "iterations" or "trainings".
        costs: those at which incumbents are confirmed; the last is the horizon.
        arms: their names, in order.
        baseline: the arm that others are tested against.
        members: the runs that are there, arm by arm.
        seeds: how many runs an arm is to have.
        fresh: the figures of losses on the fresh seeds, by their keys; an incumbent that lacks
            them is not confirmed yet.
        confirm: on how many fresh seeds.
        target: the known loss whose confirmed score is to be reached, and its key; or None.
        ablated: of an ablation, the part that each arm lacks; "" for the whole, and "all" for the
            arm that lacks every one.
        budgets: what a run of an arm may cost, where that is less than the horizon.
    """

    name: str
    protocol: str
    objective: Objective
    unit: str
    costs: tuple[float, ...]
    arms: tuple[str, ...]
    baseline: str
    members: tuple[Member, ...]
    seeds: int
    fresh: Mapping[str, tuple[float, ...]]
    confirm: int
    target: tuple[str, str] | None = None
    ablated: Mapping[str, str] | None = None
    budgets: Mapping[str, float] = field(default_factory=dict)

    @property
    def horizon(self) -> float:
        """The cost up to which the arms are compared."""
        return self.costs[-1]

    @property
    def doubling(self) -> bool:
        """Whether each of the costs is twice the one before."""
        pairs = zip(self.costs, self.costs[1:], strict=False)
        return len(self.costs) > 2 and all(after == 2 * before for before, after in pairs)

    @property
    def missing(self) -> int:
        """How many runs and confirmations are still to be done."""
        runs = len(self.arms) * self.seeds - len(self.members)
        return runs + len(self.unconfirmed)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The keys of the incumbents that are to be confirmed, the target's first."""
        keys = [] if self.target is None else [self.target[1]]
        keys += [
            step.key
            for member in self.members
            for cost in self.costs
            if (step := member.incumbent(cost)) is not None
        ]
        return tuple(dict.fromkeys(keys))

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """Those of the `wanted` whose trainings are not all there."""
        return tuple(key for key in self.wanted if key not in self.fresh)

    @property
    def target_score(self) -> float | None:
        """The target's mean on the fresh seeds, once it is there."""
        return None if self.target is None else self.confirmed_of(self.target[1])

    def of(self, arm: str) -> list[Member]:
        """Return the runs of an arm, in the order of their seeds."""
        return [member for member in self.members if member.arm == arm]

    def confirmed_of(self, key: str) -> float | None:
        """Return the mean of a loss on the fresh seeds, if it is confirmed."""
        values = self.fresh.get(key)
        return mean(values) if values else None

    def searched(self, member: Member, cost: float) -> float | None:
        """Return what the search of a run showed at a cost."""
        step = member.incumbent(cost)
        return None if step is None else step.searched

    def confirmed(self, member: Member, cost: float) -> float | None:
        """Return what a run's incumbent at a cost comes to on fresh seeds."""
        step = member.incumbent(cost)
        return None if step is None else self.confirmed_of(step.key)

    def final(self, arm: str) -> list[float]:
        """Return the confirmed scores of an arm's runs at the horizon, where they are there."""
        found = [self.confirmed(member, self.horizon) for member in self.of(arm)]
        return [value for value in found if value is not None]

    def cost_to_target(self, member: Member) -> float | None:
        """Return the first of the costs at which a run's incumbent is as good as the target.

        Both by their means on the same fresh seeds; None where it never is.
        """
        target = self.target_score
        return None if target is None else self.cost_to(target, member)

    def cost_to(self, score: float, member: Member) -> float | None:
        """Return the first of the costs at which a run's incumbent is confirmed at a score."""
        for cost in self.costs:
            found = self.confirmed(member, cost)
            if found is not None and found <= score:
                return cost
        return None


SPACINGS = ("equal", "doubling")


def grid(horizon: float, points: int, spacing: str = "equal") -> tuple[float, ...]:
    """Return costs up to the horizon: in equal steps, or each twice the one before."""
    if spacing == "doubling":
        return tuple(horizon / 2 ** (points - 1 - number) for number in range(points))
    return tuple(horizon * (number + 1) / points for number in range(points))


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the lower quartile, the median and the upper quartile of one or more values."""
    low, middle, high = np.percentile(values, [25, 50, 75])
    return float(low), float(middle), float(high)
