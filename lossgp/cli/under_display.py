"""A study under a display: Ctrl-C ends it, and what there is by then is shown first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from .hints import after_interruption
from .interrupts import interrupts

if TYPE_CHECKING:
    from lossgp.report.live import LiveDisplay
    from lossgp.studies.interruption import InterruptedStudyError

D = TypeVar("D", bound="LiveDisplay")
T = TypeVar("T")


def same_command(stop: InterruptedStudyError[Any]) -> str:
    """Return how to go on by the command that was given."""
    if stop.trainings is None:
        return after_interruption()
    return after_interruption(f"{stop.trainings} new trainings are")


@contextmanager
def under_display(
    display: D,
    study: Callable[[D], T],
    words: Callable[[InterruptedStudyError[Any]], str] = same_command,
) -> Iterator[tuple[T, bool]]:
    """Run a study while a display shows how far it is; the block shows what it has come to.

    An interruption that has ended the study goes on after the block.

    Args:
        display: where progress goes.
        study: what is run; it is given the display.
        words: what is said of an interruption, on how to go on.

    Yields:
        What the study has come to, and whether it was interrupted.
    """
    from lossgp.studies.interruption import InterruptedStudyError

    interruption: InterruptedStudyError[Any] | None = None
    with display:
        try:
            found = study(display)
        except InterruptedStudyError as stop:
            interrupts.words = partial(words, stop)
            found, interruption = stop.so_far, stop
    yield found, interruption is not None
    if interruption is not None:
        raise interruption
