"""How a running search looks: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from lossgp.common.echo import printable
from lossgp.results.formulas import short
from lossgp.results.progress import Progress
from lossgp.results.result import Result
from lossgp.search import Individual
from lossgp.trainers.objective import Objective

from .live import ENDINGS, PARTS, LiveDisplay, clock
from .table import figures


class Display(LiveDisplay):
    """A panel with the best loss and the trees that were not trained."""

    def __init__(self, console: Console | None = None) -> None:
        super().__init__(console)
        self.moving = self._live = Live(console=self.console, refresh_per_second=4, transient=True)
        self._last: tuple[str, str, int, int] = ("", "", 0, -1)

    def progress(self, progress: Progress) -> None:
        """Show where a run stands."""
        self.warn(progress.warnings)
        if self.console.is_terminal:
            self._live.update(self._panel(progress), refresh=True)
            return
        drawing = progress.stage == "generation" and progress.activity
        part = 0 if drawing else PARTS * progress.done // max(progress.total, 1)
        doing = progress.activity or progress.protocol
        step = (progress.stage, doing, progress.generation, part)
        if step != self._last:
            self._last = step
            self._plain(progress)

    def generation(self, result: Result) -> None:
        """Leave one line for a complete generation."""
        best = result.best
        if best is None:
            return
        line = Text(
            f"generation {result.generations} of {result.config.search.generations}: "
            f"best {_figure(best, result.objective)}  {short(best.candidate.loss, 90)}"
        )
        (self._live.console if self.console.is_terminal else self.console).print(
            line, soft_wrap=True
        )

    def _plain(self, progress: Progress) -> None:
        words = [_stage(progress), *filter(None, [_count(progress)])]
        if progress.best is not None and progress.stage not in ENDINGS:
            words.append(f"best {_figure(progress.best, progress.objective)}")
        if progress.remaining is not None:
            words.append(f"about {clock(progress.remaining)} left")
        self.line(", ".join(words))

    def _panel(self, progress: Progress) -> Group:
        head = Table.grid(padding=(0, 2))
        left = "" if progress.remaining is None else f"about {clock(progress.remaining)} left"
        head.add_row(
            Text(_stage(progress), style="bold"),
            ProgressBar(total=max(progress.total, 1), completed=progress.done, width=30),
            _count(progress),
            self.elapsed(),
            left,
        )
        lines = []
        if progress.best is not None:
            figure = _figure(progress.best, progress.objective)
            lines.append(Text(f"best  {figure}  {short(progress.best.candidate.loss, 70)}"))
        if progress.rejects:
            total = sum(progress.rejects.values())
            reasons = ", ".join(f"{n} {reason}" for reason, n in progress.rejects.items())
            lines.append(Text(f"not trained  {total}: {reasons}", style="dim"))
        return Group(head, *lines)


def _figure(best: Individual, objective: Objective) -> str:
    return f"{objective.goal.title} {figures(best.score, objective)[0]}"


def _count(progress: Progress) -> str:
    """Return how many trainings, or steps of a preparation, are done; empty if uncounted."""
    if not progress.total:
        return ""
    if progress.activity and progress.stage == "generation":
        return f"{100 * progress.done // progress.total} %" if progress.done else ""
    count = f"{progress.done:,} of {progress.total:,}"
    return count if progress.activity else f"{count} trainings"


def _stage(progress: Progress) -> str:
    if progress.stage == "preparing":
        return progress.activity or "preparing data and metrics"
    if progress.stage in ENDINGS:
        return ENDINGS[progress.stage]
    if progress.stage == "yardsticks":
        return "known losses"
    if progress.stage == "confirming":
        return f"confirming on fresh seeds ({printable(progress.protocol, 40)})"
    of = f" of {progress.generations}" if progress.generations else ""
    words = f"generation {progress.generation}{of}"
    return f"{words}: {progress.activity}" if progress.activity else words
