"""What every study trains with: a store, a trainer, an engine, and an account of what it costs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossgp.config import ConfigError
from lossgp.results.progress import TrainingProgress
from lossgp.runs import Engine, Store, make_engine
from lossgp.runs.budget import Budget
from lossgp.runs.portfolio_trials import PortfolioTrials
from lossgp.runs.spending import OutOfBudgetError, Spending
from lossgp.runs.trial import Trainable
from lossgp.runs.trials import Trials
from lossgp.trainers import Outcome, Status
from lossgp.trainers.portfolio import PortfolioTrainer
from lossgp.trainers.preparation import Listener, listening

from .headway import Headway

if TYPE_CHECKING:
    from lossgp.results.result import Ended
    from lossgp.trainers import Trainer


def spending(budget: Budget | float | str | None) -> Spending:
    """Return a new account, whose time runs from now.

    Args:
        budget: seconds, or text as 3m, 200-trainings or 50000-iterations; None is no limit.

    Raises:
        ConfigError: it is no budget.
    """
    try:
        return Spending(None if budget is None else Budget.of(budget))
    except ValueError as error:
        raise ConfigError(str(error)) from None


def attempt(work: Callable[[], object]) -> Ended:
    """Do the work of a study, and return what ended it before its time, if anything."""
    try:
        work()
    except OutOfBudgetError:
        return "budget"
    except KeyboardInterrupt:
        return "interrupt"
    return ""


class Session:
    """One protocol under way: made ready once, trained with, and ended by Ctrl-C or a budget.

    Args:
        store, engine, trainer: where outcomes are kept, what trains, and how.
        spending: the account; several sessions may share one.
        scope: what time-outs and crashes are remembered under.
        retry: how trainings ended that are done once more, if they were recorded before this.
        keep: the directory in which trained models are kept; by default none is.

    Attributes:
        warnings: what a user should know of the data.
        reference: the scale of the metrics; empty before `prepare`.
        trials: what trains, through the memo.
        headway: counts trainings, and estimates what is left.
        on_stopping: called when no more trainings start, with why (see `Trials`).
    """

    def __init__(
        self,
        store: Store,
        engine: Engine,
        trainer: Trainer,
        spending: Spending,
        *,
        scope: str,
        retry: Collection[Status] = (),
        keep: Path | None = None,
    ) -> None:
        self.store = store
        self.engine = engine
        self.trainer = trainer
        self.spending = spending
        self.warnings = trainer.warnings()
        self.reference: dict[str, float] = {}
        self.headway = Headway(engine.workers)
        self.on_stopping: Callable[[str], None] | None = None
        settings: dict[str, Any] = {
            **{"scope": scope, "retry": retry, "spending": spending, "keep": keep},
            "on_stopping": self._stopping,
        }
        self.trials = (
            PortfolioTrials(store, engine, trainer, **settings)
            if isinstance(trainer, PortfolioTrainer)
            else Trials(
                *(store, engine, trainer.protocol.hash(), trainer.device),
                metric=trainer.metric,
                **settings,
            )
        )

    def prepare(self, listener: Listener) -> None:
        """Make ready what all trainings share, and tell of it.

        Raises:
            ConfigError: the budget is in iterations, and the protocol does not say how many a
                training has.
        """
        trainer, budget = self.trainer, self.spending.budget
        with listening(listener):
            trainer.prepare()
            self.reference = dict(trainer.reference())
        length = trainer.iterations
        if length is None and budget is not None and budget.unit == "iterations":
            raise ConfigError(
                f"the budget is {budget}, and protocol {trainer.protocol.name!r} does not say how "
                "many a training has; give it in trainings or as a time"
            )
        self.trials.length = length or 0
        if isinstance(self.trials, PortfolioTrials):
            known = "training the known losses of the scale"
            self.reference |= self.trials.calibrate(
                self.reference, lambda done, total: listener(known, done, total)
            )

    def get_ready(self, tell: Callable[[TrainingProgress], None]) -> Ended:
        """Tell of the warnings and `prepare`; return what ended it: a portfolio trains here."""
        tell(TrainingProgress("preparing", warnings=self.warnings))

        def listener(activity: str, done: int, total: int) -> None:
            tell(TrainingProgress("preparing", done, total, activity=activity))

        return attempt(lambda: self.prepare(listener))

    def train(
        self,
        losses: Sequence[Trainable],
        seeds: Sequence[int],
        tell: Callable[[TrainingProgress], None],
        activity: str = "",
    ) -> tuple[list[list[Outcome]], Ended]:
        """Train each loss with each seed, and tell how far it is.

        Args:
            losses, seeds: what is trained.
            tell: takes the progress.
            activity: what these trainings are part of.

        Returns:
            The outcomes of each loss in the order of the seeds, fewer where it ended before its
            time; and what ended it.
        """
        headway = self.headway

        def begin(missing: int) -> None:
            headway.begin("training", missing)
            tell(TrainingProgress("training", 0, missing, activity=activity))

        def trained(outcome: Outcome, missing: int) -> None:
            if outcome.status is Status.OK:  # those that stop early say little of the others
                headway.trained(outcome)
            headway.left(missing)
            left = headway.remaining(later=0)
            tell(TrainingProgress("training", headway.done, headway.total, left, activity))

        self.on_stopping = lambda why: tell(TrainingProgress(why))
        ended = attempt(lambda: self.trials.run(losses, seeds, on_start=begin, on_outcome=trained))
        return self.trials.so_far(losses, seeds), ended

    def _stopping(self, why: str) -> None:
        if self.on_stopping is not None:
            self.on_stopping(why)


@contextmanager
def session(
    store: Store,
    protocol: str,
    options: Mapping[str, Any],
    trainer: Trainer,
    account: Spending,
    *,
    scope: str,
    retry: Collection[Status] = (),
    keep: Path | None = None,
    workers: int | None = None,
    time_limit: float | None = None,
    memory_limit: int | None = None,
) -> Iterator[Session]:
    """Open a session, with an engine that is closed with it.

    Args:
        store: where outcomes are kept.
        protocol, options: as they were given: workers make their own trainer of them.
        trainer: the one of this process.
        account: what the session may spend.
        scope, retry, keep: see `Session`.
        workers, time_limit, memory_limit: see `make_engine`.

    Raises:
        RunsError: the engine cannot be set up.
    """
    with make_engine(
        protocol,
        options,
        trainer,
        workers=workers,
        time_limit=time_limit,
        memory_limit=memory_limit,
    ) as engine:
        yield Session(store, engine, trainer, account, scope=scope, retry=retry, keep=keep)
