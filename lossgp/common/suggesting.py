"""What a user may have meant by a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from .echo import printable


def suggestion(
    written: str, known: Iterable[str], *, never: Iterable[tuple[str, str]] = ()
) -> str | None:
    """Return the known name nearest to what was written, or None if none is near.

    Args:
        written: the unknown name; case and the choice of ``-`` or ``_`` do not count.
        known: the names that exist.
        never: pairs (written, known) that look alike and mean different things.
    """
    forbidden = {b for a, b in never if a == written}
    folded = {_folded(name): name for name in known if name not in forbidden}
    near = difflib.get_close_matches(_folded(written)[:100], list(folded), n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """Return `` (did you mean 'digits'?)``, to follow the unknown name in a message, or nothing."""
    near = suggestion(written, known)
    return f" (did you mean '{printable(near)}'?)" if near else ""


def _folded(name: str) -> str:
    return name.casefold().replace("-", "_")
