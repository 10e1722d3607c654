"""What somebody says of options, and what the trainings of a sweep say of it.

A claim is data: that a measure is higher or lower under one value of an option than under
others. It is judged over pairs: both values met the same seed, the same loss, and the same values
of all other options. Nothing is said on fewer pairs than a test needs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from lossgp.common.averages import mean
from lossgp.trainers.metrics import METRICS

from .options import shown
from .paired import interval, paired
from .steadiness import STABILITY

if TYPE_CHECKING:
    from .comparison import Compared
    from .sweep import Cell, Sweep

LEVEL = 0.05
LOSS = "loss"
"""Stands for an option where a claim is of losses: its values are their names."""
AGREES, DOES_NOT, OPEN = "agrees", "does not", "cannot be told"
Direction = Literal["lower", "higher", "better", "worse"]
Over = Literal["usual", "all"]


@dataclass(frozen=True)
class Claim:
    """A claim about an option that is varied, or about losses (the option `loss`).

    Attributes:
        name: in a few words.
        says: what is claimed, in short.
        source: where it is made.
        read: how it is read here, in words.
        measure: a metric, `stability`, `lost`, or another measure of a training.
        of: options and their values, of which something is said.
        than: with what it is compared: lists of values by option, each compared by itself; every
            other value of the options in `of` by default. A number is compared with as it is.
        direction: what the measure of `of` is said to be.
        over: whether the other options are as `usual`, or take `all` their values.
        best: options that take, on each side and for each seed, the value that is best on the
            other seeds: so no seed counts that has chosen.
        needs: an option without which nothing can be said, as the length of a training; the claim
            is of its largest value.
    """

    name: str
    measure: str
    of: Mapping[str, Any]
    direction: Direction
    than: Mapping[str, Sequence[Any]] | float | None = None
    says: str = ""
    source: str = ""
    read: str = ""
    over: Over = "usual"
    best: tuple[str, ...] = ()
    needs: str = ""


@dataclass(frozen=True)
class Against:
    """The test of a claim against one alternative.

    Attributes:
        than: the alternative, in words.
        value, other: means of the measure on both sides, over the pairs.
        difference: mean of (this - other).
        interval: its 95 % bootstrap interval; None of too few pairs.
        p: two-sided, of the sign-flip permutation test over the pairs.
        smallest: what p could be at least.
        pairs, seeds: how many there are, and of how many seeds.
    """

    than: str
    value: float
    other: float
    difference: float
    interval: tuple[float, float] | None
    p: float
    smallest: float
    pairs: int
    seeds: int


@dataclass(frozen=True)
class Verdict:
    """What a sweep says of a claim.

    Attributes:
        claim: the claim.
        verdict: `AGREES`, `DOES_NOT` or `OPEN`.
        why: in words, where it is not for the tests to say.
        tests: against each alternative.
    """

    claim: Claim
    verdict: str
    why: str
    tests: tuple[Against, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


class _Untold(Exception):
    """Nothing can be said, for the reason in the message."""


def judge(sweep: Sweep, claim: Claim) -> Verdict:
    """Return what a sweep says of a claim.

    It agrees if the measure differs as claimed from every alternative, each by a test at 5 %; it
    does not if it differs the other way from some (Simes 1986 for several, Biometrika 73, 751: the
    tests share a side, and so depend positively); else that cannot be told.
    """
    try:
        tests = tuple(_test(sweep, claim, than) for than in _alternatives(sweep, claim))
    except _Untold as reason:
        return Verdict(claim, OPEN, str(reason))
    sign = _sign(claim)
    if all(t.difference * sign > 0 and t.p <= LEVEL for t in tests):
        return Verdict(claim, AGREES, "", tests)
    against = sorted(t.p for t in tests if t.difference * sign < 0)
    if any(p * len(tests) / rank <= LEVEL for rank, p in enumerate(against, start=1)):
        return Verdict(claim, DOES_NOT, "", tests)
    few = max(tests, key=lambda t: t.smallest)
    if few.smallest > LEVEL:
        return Verdict(
            claim, OPEN, f"too few pairs ({few.pairs}): p is at least {few.smallest:.2g}", tests
        )
    return Verdict(claim, OPEN, "the difference is within what chance gives", tests)


def _sign(claim: Claim) -> int:
    """Return 1 where the measure is said to be higher, else -1."""
    if claim.direction in ("higher", "lower"):
        return 1 if claim.direction == "higher" else -1
    metric = METRICS.get(claim.measure)
    better = "higher" if claim.measure == STABILITY else metric.better if metric else "lower"
    return 1 if (better == "higher") == (claim.direction == "better") else -1


def _alternatives(sweep: Sweep, claim: Claim) -> list[Mapping[str, Any] | float]:
    """Return what the claim compares with, one by one.

    Raises:
        _Untold: the sweep lacks an option, a value, or the measure.
    """
    varied: dict[str, Sequence[Any]] = {option.key: option.values for option in sweep.options}
    varied[LOSS] = sweep.losses
    for key in (*claim.of, *claim.best, *([claim.needs] if claim.needs else [])):
        if key not in varied:
            raise _Untold(f"{key} is not varied")
    _there(varied, claim.of)
    if isinstance(claim.than, int | float):
        return [float(claim.than)]
    if claim.than is None:
        others = [dict(zip(claim.of, values, strict=True))
                  for values in itertools.product(*(varied[key] for key in claim.of))]  # fmt: skip
        found = [other for other in others if other != dict(claim.of)]
    else:
        found = [dict(zip(claim.than, values, strict=True))
                 for values in itertools.product(*claim.than.values())]  # fmt: skip
    for other in found:
        _there(varied, other)
    if not found:
        raise _Untold("there is nothing to compare with")
    return list(found)


def _there(varied: Mapping[str, Sequence[Any]], values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if key not in varied:
            raise _Untold(f"{key} is not varied")
        if value not in varied[key]:
            raise _Untold(f"the sweep has no {key} {shown(value)}")


def _test(sweep: Sweep, claim: Claim, than: Mapping[str, Any] | float) -> Against:
    """Return the test against one alternative.

    Raises:
        _Untold: no training on both sides has the measure.
    """
    pairs: list[tuple[int, float, float]] = []
    for at in _settings(sweep, claim):
        for number, other in _losses(sweep, claim, than):
            here = _by_seed(sweep, claim, {**at, **claim.of}, number)
            if isinstance(than, float):
                there = dict.fromkeys(here, than)
            else:
                there = _by_seed(sweep, claim, {**at, **than}, other)
            pairs += [(seed, here[seed], there[seed]) for seed in here if seed in there]
    if not pairs:
        raise _Untold(f"no training on both sides has {claim.measure}")
    return compared(pairs, _words(than))


def _losses(sweep: Sweep, claim: Claim, than: Mapping[str, Any] | float) -> list[tuple[int, int]]:
    """Return the losses on both sides of each pair: the same, where the claim is not of losses."""
    numbers = list(range(len(sweep.losses)))
    if LOSS in claim.of:
        numbers = [sweep.losses.index(claim.of[LOSS])]
    if isinstance(than, Mapping) and LOSS in than:
        return [(number, sweep.losses.index(than[LOSS])) for number in numbers]
    return [(number, number) for number in numbers]


def compared(pairs: Sequence[tuple[int, float, float]], than: str) -> Against:
    """Return the test of one or more pairs: the seed, and both figures."""
    own, other = [a for _, a, _ in pairs], [b for _, _, b in pairs]
    test = paired(own, other)
    assert test is not None  # there are pairs
    return Against(
        than,
        *(mean(own), mean(other), test.difference),
        interval([a - b for a, b in zip(own, other, strict=True)]),
        *(test.p, test.smallest, test.seeds),
        len({seed for seed, *_ in pairs}),
    )


def _settings(sweep: Sweep, claim: Claim) -> Iterator[dict[str, Any]]:
    """Return the values of the options that are alike on both sides."""
    of_claim = {*claim.of, *claim.best}
    choices = []
    for option, usual in zip(sweep.options, sweep.usual, strict=True):
        if option.key in of_claim:
            choices.append([usual])  # replaced, or chosen
        elif option.key == claim.needs:
            choices.append([max(option.values)])
        else:
            choices.append(list(option.values) if claim.over == "all" else [usual])
    for values in itertools.product(*choices):
        yield {o.key: value for o, value in zip(sweep.options, values, strict=True)}


def _by_seed(sweep: Sweep, claim: Claim, at: Mapping[str, Any], loss: int) -> dict[int, float]:
    """Return the measure of each seed under a setting; what is in `best` is chosen for each."""
    cells = []
    choices = [o.values if o.key in claim.best else (at[o.key],) for o in sweep.options]
    for values in itertools.product(*choices):
        cell = sweep.cell(values)
        if cell is not None:
            cells.append((cell, cell.comparison.losses[loss]))
    if len(cells) == 1 or not claim.best:
        return _measured(*cells[0], claim.measure) if cells else {}
    goals = [_measured(cell, one, sweep.metric) for cell, one in cells]
    measured = [_measured(cell, one, claim.measure) for cell, one in cells]
    shared = set.intersection(*(set(goal) for goal in goals)) if goals else set()
    found = {}
    for seed in sorted(shared):
        others = [s for s in shared if s != seed]
        if not others:
            continue
        best = min(range(len(cells)), key=lambda i: mean([goals[i][s] for s in others]))
        if seed in measured[best]:
            found[seed] = measured[best][seed]
    return found


def _measured(cell: Cell, loss: Compared, measure: str) -> dict[int, float]:
    found = {o.seed: cell.measured(loss, o, measure) for o in loss.outcomes}
    return {seed: value for seed, value in found.items() if value is not None}


def _words(than: Mapping[str, Any] | float) -> str:
    if isinstance(than, float):
        return shown(than)
    return ", ".join(f"{key} {shown(value)}" for key, value in than.items())
