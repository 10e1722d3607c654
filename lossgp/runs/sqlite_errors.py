"""What people are told where SQLite gives up: one line, with the file and what to do."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from lossgp.common.echo import printable

from .errors import RunsError

BUSY_SECONDS = 30.0


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors inside the block into one clear line of :class:`RunsError`."""
    try:
        yield
    except sqlite3.ProgrammingError:  # our mistake, such as use after close: show it as it is
        raise
    except UnicodeDecodeError as error:  # SQLite's own message quotes bytes of a broken schema
        raise RunsError(damaged(path, "its schema is not text")) from error
    except sqlite3.Error as error:
        raise RunsError(_explanation(path, error)) from error


def damaged(path: Path, detail: str) -> str:
    """Return what to say of a file that cannot be trusted."""
    return (
        f"{path} is damaged ({printable(detail)}): restore a copy, or move it away to start "
        "afresh (what can be saved, the sqlite3 program's .recover saves)"
    )


def _explanation(path: Path, error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "")
    detail = printable(" ".join(str(error).split()))
    if name.startswith("SQLITE_NOTADB"):
        return (
            f"{path} is not a database: move it away to start afresh, or name another runs "
            "directory"
        )
    if name.startswith("SQLITE_CORRUPT"):
        return damaged(path, detail)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return (
            f"{path} has been locked by another process for {BUSY_SECONDS:g} s: wait for it or "
            "stop it, then try again"
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return f"{path} cannot be written ({detail}): check its permissions, or name another place"
    if name.startswith("SQLITE_FULL"):
        return f"{path} cannot grow: the disk is full; make room, then resume"
    if name.startswith("SQLITE_INTERRUPT"):
        return (
            f"{path} asks for endless work: it was edited or damaged; restore a copy, or name "
            "another runs directory"
        )
    return f"{path} cannot be used ({detail}): check the disk, then try again"
