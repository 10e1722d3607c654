"""How trainings under way look: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from .progress import clock

if TYPE_CHECKING:
    from lossgp.comparison import TrainingProgress

# Plain lines: one at each of these parts of the trainings.
_PARTS = 4
_STAGES = {
    "preparing": "preparing data and metrics",
    "training": "training",
    "stopping": "finishing the running trainings (Ctrl-C again stops at once)",
}


class TrainingDisplay:
    """Shows progress while it is entered as a context manager."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(file=sys.stderr)
        self._bar = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(30),
            TextColumn("{task.fields[words]}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )
        self._task = self._bar.add_task("starting", total=None, words="")
        self._started = time.monotonic()
        self._last = ("", -1)

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def progress(self, progress: TrainingProgress) -> None:
        """Show where the trainings stand."""
        stage = _STAGES[progress.stage]
        words = f"{progress.done} of {progress.total} trainings" if progress.total else ""
        if progress.stage == "training" and not progress.total:
            stage = "all trainings are remembered"
        if progress.remaining is not None:
            words += f", about {clock(progress.remaining)} left"
        if self.console.is_terminal:
            total = progress.total or None
            self._bar.update(
                self._task, description=stage, total=total, completed=progress.done, words=words
            )
            return
        part = _PARTS * progress.done // max(progress.total, 1)
        if (progress.stage, part) != self._last:
            self._last = (progress.stage, part)
            elapsed = clock(time.monotonic() - self._started)
            line = f"[{elapsed}] {', '.join(filter(None, (stage, words)))}"
            self.console.print(line, soft_wrap=True, markup=False, highlight=False)
