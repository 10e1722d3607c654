"""What the displays of progress share: motion on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self, TypeVar

from rich.console import Console

T = TypeVar("T")

PARTS = 4
"""Plain lines: one at each of these parts of the trainings of a stage."""


ENDINGS = {
    "stopping": "finishing the running trainings (Ctrl-C again stops at once)",
    "time is up": "time is up: finishing the running trainings (Ctrl-C stops at once)",
    "budget used up": "the budget is used up",
}
"""What is said when no more trainings start, by the stage of the progress."""


class Moving(Protocol):
    """rich's live displays."""

    def start(self) -> None:
        """Show it."""

    def stop(self) -> None:
        """Take it away."""


class LiveDisplay:
    """Shows progress while it is entered as a context manager.

    Args:
        console: where; standard error by default.
    """

    moving: Moving

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or default_console()
        self._started = time.monotonic()
        self._warned: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self.moving.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.moving.stop()

    def elapsed(self) -> str:
        """Return the time since the start."""
        return clock(time.monotonic() - self._started)

    def warn(self, warnings: tuple[str, ...]) -> None:
        """Print what a user should know of the data, once, where it stays."""
        for words in warnings if warnings != self._warned else ():
            self.console.print(f"Warning: {words}", soft_wrap=True, markup=False, highlight=False)
        self._warned = warnings

    def line(self, words: str) -> None:
        """Print a plain line, with the time."""
        self.console.print(
            f"[{self.elapsed()}] {words}", soft_wrap=True, markup=False, highlight=False
        )


def default_console() -> Console:
    """Return where progress goes: standard error, and in a notebook plain lines in its output.

    rich's own notebook displays need widgets that are often not installed, and a kernel's
    FORCE_COLOR would have it move a cursor where there is none.
    """
    if in_notebook():
        return Console(file=sys.stdout, force_jupyter=False, force_terminal=False)
    return Console(file=sys.stderr, force_jupyter=False)


def in_notebook() -> bool:
    """Return whether this process is the kernel of a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


def is_wanted(progress: bool | None, callback: object | None) -> bool:
    """Return whether to show progress.

    Args:
        progress: what was asked for; None shows it where somebody looks on, at a terminal or in
            a notebook, unless there is a callback.
        callback: what is told of progress in the display's stead, if anything.
    """
    if progress is not None:
        return progress
    return callback is None and (in_notebook() or sys.stderr.isatty())


def both(first: Callable[[T], None], second: Callable[[T], None] | None) -> Callable[[T], None]:
    """Return what tells two listeners, or one where there is no second."""

    def tell(news: T) -> None:
        first(news)
        if second is not None:
            second(news)

    return tell


def clock(seconds: float) -> str:
    """Return a time as 1:02 or 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
