"""What a study may use, and who is told of it: the arguments that studies have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossgp.config import ConfigError
from lossgp.report.live import both, is_wanted
from lossgp.report.training_display import TrainingDisplay
from lossgp.results.progress import TrainingProgress
from lossgp.runs import Store
from lossgp.runs.memo import FAILED
from lossgp.runs.place import CHECKPOINTS, runs_directory

from .session import Session, session, spending

if TYPE_CHECKING:
    from lossgp.runs.spending import Spending
    from lossgp.trainers import Trainer

TIME_LIMIT = 7 * 86400.0
"""Seconds of one training, unless a study says otherwise."""

Tell = Callable[[TrainingProgress], None]


@dataclass
class Resources:
    """What a study may use; `compare` says what each argument means.

    Attributes:
        account: the budget, whose time runs from now.

    Raises:
        ConfigError: the budget or the time limit is wrong.
    """

    device: str
    workers: int | None
    budget: float | str | None
    time_limit: float
    retry_failed: bool
    runs_dir: Path | str | None
    progress: bool | None
    on_progress: Tell | None
    account: Spending = field(init=False)

    def __post_init__(self) -> None:
        self.account = spending(self.budget)
        if not 0 < self.time_limit < float("inf"):
            raise ConfigError(f"time_limit is {self.time_limit}; it must be more than 0 seconds")

    @property
    def directory(self) -> Path:
        """Where memo and models live."""
        return runs_directory(self.runs_dir)

    @property
    def checkpoints(self) -> Path:
        """Where trained models are kept."""
        return self.directory / CHECKPOINTS

    @property
    def scope(self) -> str:
        """What time-outs are remembered under."""
        return scope_of(self.time_limit)

    @contextmanager
    def opened(self) -> Iterator[tuple[Store, Tell]]:
        """Open the store, and show progress where that is wanted; yields both.

        Raises:
            RunsError: the runs directory cannot be used.
        """
        with ExitStack() as stack:
            store = stack.enter_context(Store.open(self.directory))
            tell = self.on_progress or _nobody
            if is_wanted(self.progress, self.on_progress):
                tell = both(stack.enter_context(TrainingDisplay()).progress, self.on_progress)
            yield store, tell

    def session(
        self,
        store: Store,
        protocol: str,
        options: Mapping[str, Any],
        trainer: Trainer,
        *,
        keep: Path | None = None,
    ) -> AbstractContextManager[Session]:
        """Return a session that trains with them; see `session`."""
        return session(
            store,
            protocol,
            options,
            trainer,
            self.account,
            scope=self.scope,
            retry=FAILED if self.retry_failed else (),
            keep=keep,
            workers=self.workers,
            time_limit=self.time_limit,
        )


def scope_of(time_limit: float) -> str:
    """Return what time-outs are remembered under: with a higher limit they are trained again.

    The colon keeps it apart from the names of runs.
    """
    return f"score:{time_limit:g}s"


def _nobody(progress: TrainingProgress) -> None:
    """Take progress where nobody listens."""
