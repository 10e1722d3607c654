"""`tune`: the constants of one loss, by differential evolution on the memoised protocol."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lossgp.common.echo import quoted
from lossgp.config import ConfigError
from lossgp.expressions import LossPair
from lossgp.expressions.coefficients import coefficients_of, pair_with
from lossgp.results.against import Against, against
from lossgp.results.confirmation import fresh_seeds
from lossgp.results.progress import TrainingProgress
from lossgp.results.result import Ended
from lossgp.results.tuning import Tuning
from lossgp.search.lshade import Lshade
from lossgp.search.normalising import multiplied, multipliers
from lossgp.search.prediction import measured_log
from lossgp.trainers import DEFAULT_PROTOCOL, Outcome

from .compare import AnyLoss, entrants
from .interruption import InterruptedStudyError
from .protocols import prepared_trainer
from .resources import TIME_LIMIT, Resources, Tell
from .session import Session

DEFAULT_SEEDS, DEFAULT_CHECK = 4, 10
DEFAULT_POPULATION, DEFAULT_GENERATIONS = 10, 6
DEFAULT_SPREAD = 0.5
_SMALLEST = 0.2  # a constant below it moves as one of this size does
_DIGITS = 6  # of a constant that is tried


class TuningInterruptedError(InterruptedStudyError[Tuning]):
    """A tuning was interrupted; every training that had finished is kept.

    Attributes:
        trainings: how many were added.
        tuning: what there is so far.
    """

    def __init__(self, trainings: int, tuning: Tuning) -> None:
        super().__init__("the tuning", tuning, trainings)
        self.tuning = tuning


def tune(
    loss: AnyLoss,
    *,
    protocol: str = DEFAULT_PROTOCOL,
    options: Mapping[str, Any] | None = None,
    seeds: int = DEFAULT_SEEDS,
    check: int = DEFAULT_CHECK,
    population: int = DEFAULT_POPULATION,
    generations: int = DEFAULT_GENERATIONS,
    spread: float = DEFAULT_SPREAD,
    seed: int = 0,
    normalise: bool = False,
    device: str = "auto",
    workers: int | None = None,
    budget: float | str | None = None,
    time_limit: float = TIME_LIMIT,
    retry_failed: bool = False,
    runs_dir: Path | str | None = None,
    progress: bool | None = None,
    on_progress: Callable[[TrainingProgress], None] | None = None,
) -> Tuning:
    """Tune the constants of a loss, and compare what it has become with what it was.

    L-SHADE (`search/lshade.py`) minimises the mean logarithm of the metric over the seeds 0, 1,
    .... The constants found are then cut to as few digits as leave the score within one standard
    error. At last both losses are trained on seeds that neither this nor any search uses (1000,
    1001, ...), and compared over these. Only what the memo does not hold is trained, so that what
    was interrupted goes on where it was.

    Args:
        loss: a known name, a formula, a loss or a pair; exponents are no constants.
        protocol, options: what it is trained on.
        seeds: trainings of each trial.
        check: fresh seeds of the comparison; 0 leaves it out.
        population, generations: of trials: the first generation, and how many follow it, each
            smaller than the one before.
        spread: how far a constant may move, in parts of its size.
        seed: of the search.
        normalise: train every trial times its own multiplier, as a search with `normalise` does;
            the loss is given, and comes back, without one.
        device, workers, budget, time_limit, retry_failed, runs_dir, progress, on_progress: as
            `compare` has them.

    Raises:
        ConfigError: a number, the protocol or its options are wrong, or there is no constant.
        FormulaError: the formula cannot be read.
        RunsError: the runs directory cannot be used, or no worker can be set up.
        TuningInterruptedError: a `KeyboardInterrupt`, after the running trainings were recorded;
            it holds what there is so far.
    """
    resources = Resources(
        *(device, workers, budget, time_limit, retry_failed, runs_dir, progress, on_progress)
    )
    (entrant,) = entrants([loss])
    _check(seeds, check, population, generations, spread)
    pair, numbers = entrant.pair, coefficients_of(entrant.pair)
    if not numbers:
        raise ConfigError(f"there is no constant in {quoted(pair.text(), 120)} that could be tuned")
    prepared = prepared_trainer(protocol, options, device)
    with (
        resources.opened() as (store, tell),
        resources.session(store, protocol, options or {}, prepared) as training,
    ):
        tuner = _Tuner(training, pair, numbers, range(seeds), spread, normalise, tell)
        tuner.ended = training.get_ready(tell)
        if not tuner.ended:
            tuner.run(Lshade(len(numbers), population, generations, seed), generations)
        fresh = tuner.fresh(check) if not tuner.ended else None
        result = tuner.result(fresh)
        if tuner.ended == "interrupt":
            raise TuningInterruptedError(training.trials.recorded, result)
    return result


@dataclass
class _Tuner:
    """A tuning under way.

    Attributes:
        training: what trains.
        pair, numbers: the loss, and its constants.
        seeds: of each trial.
        spread: how far constants may move.
        normalise: whether a loss is trained times its multiplier.
        tell: takes the progress.
        logs: of each loss that was tried, by key, the logarithm of the metric of each seed.
        tuned, digits: the best so far, and of how many digits its constants are.
        history: see `Tuning`.
        ended: what ended it.
    """

    training: Session
    pair: LossPair
    numbers: list[float]
    seeds: range
    spread: float
    normalise: bool
    tell: Tell
    logs: dict[str, list[float]] = field(default_factory=dict)
    tuned: LossPair = field(init=False)
    digits: int = 0
    history: list[float] = field(default_factory=list)
    ended: Ended = ""

    def __post_init__(self) -> None:
        self.tuned = self.pair

    def run(self, search: Lshade, generations: int) -> None:
        """Search, and cut the constants short."""
        while search.generation <= generations:
            which = f"generation {search.generation + 1} of {generations + 1}"
            losses = [self.at(vector) for vector in search.ask()]
            costs = self.costs(losses, which)
            if costs is None:
                return
            search.tell(costs)
            self.history.append(search.cost)
            self.tuned = self.at(search.best)
        self.shorten()

    def at(self, vector: Sequence[float]) -> LossPair:
        """Return the loss at a place of the box; the middle is the loss itself."""
        if not any(vector):
            return self.pair
        moved = [
            number + self.spread * max(abs(number), _SMALLEST) * x
            for number, x in zip(self.numbers, vector, strict=True)
        ]
        return pair_with(self.pair, [float(f"{number:.{_DIGITS}g}") for number in moved])

    def trained(self, pair: LossPair) -> LossPair:
        """Return what of a trial is trained: the loss, times its multiplier where normalised."""
        if not self.normalise:
            return pair
        loss = pair.discriminator if pair.is_single else pair
        return LossPair.of(multiplied(loss, multipliers(loss)))

    def costs(self, losses: Sequence[LossPair], activity: str) -> list[float] | None:
        """Return the mean logarithm of each loss's metric; None where it was ended before."""
        trained = [self.trained(loss) for loss in losses]
        outcomes, self.ended = self.training.train(trained, self.seeds, self.tell, activity)
        if self.ended:
            return None
        for loss, of_loss in zip(losses, outcomes, strict=True):
            self.logs[loss.key()] = [self._log(outcome) for outcome in of_loss]
        return [self.mean(loss) for loss in losses]

    def mean(self, loss: LossPair) -> float:
        """Return the mean logarithm of a loss that was tried; infinite for another."""
        logs = self.logs.get(loss.key())
        return math.fsum(logs) / len(logs) if logs else math.inf

    def shorten(self) -> None:
        """Take the constants with the fewest digits that leave the score within its error."""
        best = self.tuned
        if best == self.pair:
            return
        logs = self.logs[best.key()]
        error = statistics.stdev(logs) / math.sqrt(len(logs)) if len(logs) > 1 else 0.0
        most = min(self.mean(best) + error, self.mean(self.pair))
        for digits in range(1, _DIGITS):
            numbers = [float(f"{number:.{digits}g}") for number in coefficients_of(best)]
            short = pair_with(best, numbers)
            costs = self.costs([short], f"constants of {digits} digit{'s' * (digits > 1)}")
            if costs is None:
                return
            if costs[0] <= most:
                self.tuned, self.digits = short, digits
                return

    def fresh(self, count: int) -> Against | None:
        """Return the tuned loss against the start on fresh seeds."""
        if not count or self.tuned == self.pair:
            return None
        both = [self.trained(self.tuned), self.trained(self.pair)]
        outcomes, self.ended = self.training.train(
            both, fresh_seeds(count), self.tell, "fresh seeds"
        )
        if self.ended:
            return None
        after, before = ([self._value(outcome) for outcome in of_loss] for of_loss in outcomes)
        return against("start", after, before)

    def result(self, fresh: Against | None) -> Tuning:
        """Return what there is."""
        trainer = self.training.trainer
        return Tuning(
            start=self.pair,
            tuned=self.tuned,
            seeds=len(self.seeds),
            history=tuple(self.history),
            before=self.mean(self.pair),
            after=self.mean(self.tuned),
            digits=self.digits,
            trials=len(self.logs),
            normalised=self.normalise,
            fresh=fresh,
            objective=trainer.objective,
            protocol=trainer.protocol.describe(),
            device=trainer.device,
            ended=self.ended,
        )

    def _log(self, outcome: Outcome) -> float:
        return measured_log([self._value(outcome)], self._ceiling)

    def _value(self, outcome: Outcome) -> float:
        metric = self.training.trainer.objective.goal.key
        return outcome.metrics.get(metric, self._ceiling)

    @property
    def _ceiling(self) -> float:
        return self.training.trainer.objective.ceiling_of(self.training.reference)


def _check(seeds: int, check: int, population: int, generations: int, spread: float) -> None:
    """Raise `ConfigError` where a number is out of range."""
    for name, value, low, high in (
        ("seeds", seeds, 1, 1000),
        ("check", check, 0, 1000),
        ("population", population, 4, 10_000),
        ("generations", generations, 0, 10_000),
    ):
        if not low <= value <= high:
            raise ConfigError(f"{name} is {value}; it must be from {low} to {high}")
    if not 0 < spread <= 10:
        raise ConfigError(f"spread is {spread}; it must be more than 0 and at most 10")
