"""The one exception of this room."""

from __future__ import annotations


class RunsError(Exception):
    """A runs directory or an engine that cannot do what was asked.

    The message is one line for people: what is wrong, its value, what is allowed, what to do.
    """
