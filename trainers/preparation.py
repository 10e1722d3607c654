"""What a trainer says while it makes ready what all trainings share.

A preparation can take minutes (a feature network is trained once, thousands of images are
embedded), deep below whoever shows progress. So the code that takes long announces what it does,
and who wants to know listens; where nobody listens, an announcement costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, int, int], None]
"""Takes what is done, how much of it is done, and of how much; zeros where nothing is counted."""

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell `listener` what this thread announces while the block lasts."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def announce(activity: str, done: int = 0, total: int = 0) -> None:
    """Say what is being done, as "training the feature classifier", and how far it is."""
    listener = _listener.get()
    if listener is not None:
        listener(activity, done, total)
