"""Names of runs: each is a folder beside the store's own files, which no run may be called."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lossgp.common.echo import quoted

from .errors import RunsError
from .place import ANOMALY, BASELINES, CHECKPOINTS, RELIABILITY, SCORES, STUDIES, SWEEPS
from .schema import FILE_NAME

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TAKEN = frozenset({ANOMALY, BASELINES, CHECKPOINTS, RELIABILITY, SCORES, STUDIES, SWEEPS})


def is_name(text: str) -> bool:
    """Tell whether a run may be stored under this name (it need not be free)."""
    return _NAME.fullmatch(text) is not None


def checked_name(name: str) -> str:
    """Return ``name`` if it can name a run (and so a folder), else raise :class:`RunsError`."""
    if not is_name(name):
        raise RunsError(
            f"run name {quoted(name)}: a name is 1 to 64 letters, digits, '.', '_' or '-', and "
            "starts with a letter or a digit; choose another"
        )
    return name


def is_reserved(name: str) -> bool:
    """Tell whether lossgp keeps files of its own under this name in a runs directory."""
    folded = name.casefold()
    return folded in _TAKEN or folded.startswith(FILE_NAME)


def new_name(name: str, known: Iterable[str] = ()) -> str:
    """Return ``name`` if a new run may have it, else raise :class:`RunsError`.

    SQLite writes files of its own beside ``lossgp.db`` (``-journal``, ``-wal``, ``-shm``); a
    folder in their place would keep the store from opening. Many file systems take names that
    differ in case alone for one name, so they are refused everywhere: a runs directory can
    then be copied to any machine.

    Args:
        name: the name to be.
        known: the names of the runs that there are; ``name`` itself may be among them.
    """
    if is_reserved(checked_name(name)):
        raise RunsError(
            f"run name '{name}': lossgp keeps files of its own under this name in a runs "
            "directory; choose another"
        )
    for other in known:
        if other != name and other.casefold() == name.casefold():
            raise RunsError(
                f"run name '{name}' differs from that of run '{other}' in capital letters only, "
                "which many file systems do not tell apart; choose another"
            )
    return name
