"""The trainings of one comparison, and how far they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lossgp.expressions import LossPair
from lossgp.results.progress import TrainingProgress
from lossgp.runs import Engine, Store
from lossgp.runs.trials import FAILED, OutOfTimeError, Trials
from lossgp.trainers import Outcome, Status

if TYPE_CHECKING:
    from lossgp.trainers import Trainer


def nobody(progress: TrainingProgress) -> None:
    """Take progress where nobody listens."""


class ComparisonSession:
    """The trainings of one comparison.

    Attributes:
        interrupted: whether a `KeyboardInterrupt` has ended them.
    """

    def __init__(
        self,
        store: Store,
        engine: Engine,
        prepared: Trainer,
        seeds: tuple[int, ...],
        tell: Callable[[TrainingProgress], None],
        time_limit: float,
        deadline: float | None,
        keep: Path,
        retry_failed: bool,
    ) -> None:
        self._engine = engine
        self._seeds = seeds
        self._tell = tell
        self._seconds: list[float] = []
        self._total = 0
        self.interrupted = False
        self._trials = Trials(
            store,
            engine,
            prepared.protocol.hash(),
            prepared.device,
            metric=prepared.metric,
            # Time-outs are remembered under this limit: with a higher one they are trained
            # again. The colon keeps it apart from the names of runs.
            scope=f"score:{time_limit:g}s",
            retry=FAILED if retry_failed else (),
            deadline=deadline,
            on_stopping=self._stopping,
            keep=keep,
        )

    @property
    def trained(self) -> int:
        """How many trainings were added to the memo."""
        return self._trials.recorded

    def train(self, pairs: Sequence[LossPair]) -> list[list[Outcome]]:
        """Return the outcomes of each loss, in the order of the seeds.

        There are fewer where the time was up, or where it was `interrupted`.
        """
        try:
            return self._trials.run(
                pairs, self._seeds, on_start=self._begin, on_outcome=self._trained
            )
        except OutOfTimeError:
            pass
        except KeyboardInterrupt:
            self.interrupted = True
        return self._trials.so_far(pairs, self._seeds)

    def _begin(self, missing: int) -> None:
        self._total = missing
        self._tell(TrainingProgress("training", 0, missing))

    def _trained(self, outcome: Outcome, missing: int) -> None:
        if outcome.status is Status.OK:  # those that stop early say little of the others
            self._seconds.append(outcome.seconds)
        remaining = None
        if self._seconds:
            each = sum(self._seconds) / len(self._seconds)
            remaining = each * missing / self._engine.workers
        done = self._total - missing
        self._tell(TrainingProgress("training", done, self._total, remaining))

    def _stopping(self, out_of_time: bool) -> None:
        self._tell(TrainingProgress("time is up" if out_of_time else "stopping"))
