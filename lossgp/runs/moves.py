"""Runs that are deleted or renamed: row and folder change as one, whatever ends the program.

The row changes in one transaction with a note of which folder is to move where. Then the folder
moves (which is one step for the file system) and the note goes. Where the program ends in
between, the next one that opens the store to write does the rest. A deleted run's folder moves
to a hidden name first, so that it is there whole or not at all.
"""

from __future__ import annotations

import contextlib
import errno
import re
import shutil
import time
from pathlib import Path

from lossgp.common.echo import quoted

from .cells import malformed
from .database import Database
from .errors import RunsError
from .lock import unsigned
from .memo import Memo
from .names import checked_name, is_reserved, new_name
from .records import Run
from .run_table import names, read, seal

_TRASH = ".deleted-"
_TARGET = re.compile(r"(\.deleted-)?[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_PATIENCE = 2.0  # seconds for another process to leave an empty folder of the new name


def delete(database: Database, name: str) -> None:
    """Remove a run that its caller has locked: its row, generations and folder.

    Its trainings stay in the memo, save those that say something of this run only. The row need
    not be readable.
    """
    number = _number(database, name)
    with database.transaction():
        database.execute("DELETE FROM generations WHERE run = ?", (number,))
        database.execute("DELETE FROM confirmations WHERE run = ?", (number,))
        database.execute("DELETE FROM lessons WHERE run = ?", (number,))
        database.execute("DELETE FROM rescored WHERE run = ?", (number,))
        database.execute("DELETE FROM runs WHERE id = ?", (number,))
        Memo(database).forget(name)
        _plan(database, name, f"{_TRASH}{name}-{time.time_ns()}")
    _finish(database, name, f"run '{name}' is deleted from the store")
    sweep(database.path.parent)


def rename(database: Database, run: Run, name: str) -> None:
    """Give a run that its caller has locked another name, and its folder with it."""
    if name == run.name:
        raise RunsError(f"run '{name}' has this name already; choose another")
    runs_dir = database.path.parent
    others = [other for other in names(database) if other != run.name]
    if name in others:
        raise RunsError(f"run name '{name}' is taken in {runs_dir}; choose another")
    new_name(name, others)
    target = runs_dir / name
    if target.exists() and not _is_same(target, run.directory):
        raise RunsError(f"there is a folder {target}, of no run: move it away, or choose another")
    with database.transaction():
        database.execute("UPDATE runs SET name = ? WHERE id = ?", (name, run.id))
        seal(database, name)
        Memo(database).rename(run.name, name)
        _plan(database, run.name, name)
    _finish(database, run.name, f"run '{run.name}' is called '{name}' in the store")


def complete(database: Database) -> None:
    """Do what programs that were killed have left undone; called when a store is opened."""
    for (source,) in database.rows("SELECT source FROM moves"):
        with contextlib.suppress(OSError, RunsError):  # it is tried again next time
            _move(database, source)
    sweep(database.path.parent)


def sweep(runs_dir: Path) -> None:
    """Remove the folders of deleted runs; what cannot go now goes next time."""
    for folder in runs_dir.glob(f"{_TRASH}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _plan(database: Database, source: str, target: str) -> None:
    # Under a name that is reserved today an older version may have put a run into the folder
    # of all checkpoints: that folder stays.
    if not is_reserved(source):
        database.execute("INSERT OR REPLACE INTO moves VALUES (?, ?)", (source, target))


def _finish(database: Database, source: str, done: str) -> None:
    try:
        _move(database, source)
    except OSError as error:
        raise RunsError(
            f"{done}, but its folder {database.path.parent / source} cannot be moved "
            f"({error.strerror}): the next command that writes there tries again"
        ) from error


def _move(database: Database, source: str) -> None:
    """Move a folder as was planned; in a transaction, so that no two processes do it."""
    runs_dir = database.path.parent
    with database.transaction():
        planned = database.rows("SELECT target FROM moves WHERE source = ?", (source,))
        if not planned:
            return
        old, new = runs_dir / checked_name(source), runs_dir / _checked_target(planned[0][0])
        if old.is_dir():
            _renamed(old, new)
            unsigned(new)
        database.execute("DELETE FROM moves WHERE source = ?", (source,))


def _renamed(old: Path, new: Path) -> None:
    # Whoever tries to start a run of the new name makes its folder for a moment.
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            old.rename(new)
            return
        except OSError as error:
            full = error.errno in (errno.ENOTEMPTY, errno.EEXIST)
            if not full or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _checked_target(name: object) -> str:
    """Return where a folder is to go; an edited store must not send it elsewhere."""
    if not _TARGET.fullmatch(str(name)):
        raise malformed("table moves: its target", f"is {quoted(name)}")
    return str(name)


def _number(database: Database, name: str) -> int:
    rows = database.rows("SELECT id FROM runs WHERE name = ?", (checked_name(name),))
    if not rows:
        read(database, name)  # raises, with the nearest names
    return int(rows[0][0])


def _is_same(one: Path, other: Path) -> bool:
    return other.exists() and one.samefile(other)
