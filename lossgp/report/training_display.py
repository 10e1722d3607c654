"""How trainings under way look: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from lossgp.results.progress import TrainingProgress

from .live import ENDINGS, PARTS, LiveDisplay, clock

_STAGES = {
    "preparing": "preparing data and metrics",
    "training": "training",
    **ENDINGS,
}


class TrainingDisplay(LiveDisplay):
    """A bar with the number of trainings."""

    def __init__(self, console: Console | None = None) -> None:
        super().__init__(console)
        self.moving = self._bar = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(30),
            TextColumn("{task.fields[words]}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )
        self._task = self._bar.add_task("starting", total=None, words="")
        self._last = ("", "", -1)

    def progress(self, progress: TrainingProgress) -> None:
        """Show where the trainings stand."""
        self.warn(progress.warnings or self._warned)
        training = progress.stage == "training"
        stage = progress.activity or _STAGES[progress.stage]
        words = f"{progress.done:,} of {progress.total:,}" if progress.total else ""
        if progress.total and (training or not progress.activity):
            words += " trainings"
        if training and not progress.total:
            what = f"{progress.activity}: " if progress.activity else ""
            stage = f"{what}all trainings are remembered"
        if progress.remaining is not None:
            words += f", about {clock(progress.remaining)} left"
        if self.console.is_terminal:
            total = progress.total or None
            self._bar.update(
                self._task, description=stage, total=total, completed=progress.done, words=words
            )
            return
        part = PARTS * progress.done // max(progress.total, 1)
        step = (progress.stage, progress.activity, part)
        if step != self._last:
            self._last = step
            self.line(", ".join(filter(None, (stage, words))))
