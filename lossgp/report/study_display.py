"""How a running study looks: its runs one after the other, each as a search looks."""

from __future__ import annotations

from rich.console import Console

from lossgp.common.echo import printable
from lossgp.results.progress import Progress, StudyProgress, TrainingProgress

from .live import PARTS, clock
from .search_display import Display


class StudyDisplay(Display):
    """A line for each run that begins, and below it how far the run is."""

    def __init__(self, console: Console | None = None) -> None:
        super().__init__(console)
        self._begun: tuple[int, str, int] | None = None
        self._shown: tuple[str, int] | None = None

    def progress(self, progress: Progress | StudyProgress) -> None:
        """Show where a study, or a run, stands."""
        if isinstance(progress, Progress):
            super().progress(progress)
            return
        if progress.search is not None:
            self._run(progress)
            super().progress(progress.search)
        elif progress.confirming is not None:
            self._confirming(progress.confirming)

    def _run(self, progress: StudyProgress) -> None:
        now = (progress.member, progress.arm, progress.seed)
        if now == self._begun:
            return
        self._begun = now
        words = f"run {progress.member} of {progress.members}: {printable(progress.arm, 40)}, "
        words += f"seed {progress.seed}"
        if progress.remaining is not None:
            words += f"; about {clock(progress.remaining)} left of all runs"
        self.line(words)

    def _confirming(self, progress: TrainingProgress) -> None:
        part = PARTS * progress.done // max(progress.total, 1)
        if (step := (progress.stage, part)) == self._shown:
            return
        self._shown = step
        words = "incumbents on fresh seeds"
        if progress.stage not in ("preparing", "training"):
            words += f": {progress.stage}"
        elif progress.total and not progress.activity:
            words += f", {progress.done:,} of {progress.total:,} trainings"
        elif progress.activity:
            words = progress.activity
        if progress.remaining is not None:
            words += f", about {clock(progress.remaining)} left"
        self.line(words)
