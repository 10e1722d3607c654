"""The rows of runs: read one by one, so that a broken one hides no other."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lossgp.common.echo import printable, quoted
from lossgp.common.suggesting import suggestion

from . import lesson_table
from .cells import (
    LONGEST,
    check,
    checksum,
    decode_mapping,
    decode_text,
    decode_time,
    encode,
    malformed,
)
from .cells import now as time_now
from .database import Database
from .device import device_type
from .errors import RunsError
from .names import checked_name, new_name
from .records import Run, RunStatus, Unreadable

_FIRST = "id, name, config, protocol, version, status, created, updated"
_CELLS = f"{_FIRST}, device, note"


def create(
    database: Database,
    name: str,
    config: Mapping[str, Any],
    protocol_hash: str,
    version: str,
    device: str | None,
    lessons: str | None = None,
) -> None:
    """Record a new run with its lessons; raises if its name is taken or not allowed."""
    now, kind = time_now(), device_type(device) if device else None
    with database.transaction():
        # A folder under this name that still has to move would take the new run's with it.
        pending = [source for (source,) in database.rows("SELECT source FROM moves")]
        if name in pending:
            raise RunsError(
                f"run name '{name}': the folder of a run that was called so is still to be moved "
                "away; try again, or choose another name"
            )
        new_name(name, names(database))
        cells = (name, encode(config), protocol_hash, version, "running", now, now, kind, "")
        try:
            database.execute(
                f"INSERT INTO runs ({_CELLS.removeprefix('id, ')}) VALUES ({_marks(9)})", cells
            )
        except RunsError as error:
            if isinstance(error.__cause__, sqlite3.IntegrityError):
                raise RunsError(
                    f"run name '{name}' is taken in {database.path.parent}: resume that run, or "
                    "choose another name"
                ) from None
            raise
        seal(database, name)
        if lessons is not None:
            ((number,),) = database.rows("SELECT id FROM runs WHERE name = ?", (name,))
            lesson_table.put(database, number, lessons)


def names(database: Database) -> list[str]:
    """Return the names of all runs that have one, the newest first."""
    rows = database.rows("SELECT name FROM runs ORDER BY id DESC")
    return [name for (name,) in rows if isinstance(name, str)]


def read(database: Database, name: str) -> Run:
    """Return a run; raises, with the nearest names, if there is none."""
    rows = _rows(database, "WHERE name = ?", name) if name.isascii() else []
    if not rows:
        raise RunsError(_unknown(database, name))
    return _run(rows[0], database.path.parent)


def read_all(database: Database) -> list[Run | Unreadable]:
    """Return all runs, oldest first; those whose row cannot be read say why."""
    found: list[Run | Unreadable] = []
    for row in _rows(database, "ORDER BY id"):
        try:
            found.append(_run(row, database.path.parent))
        except RunsError as error:
            found.append(Unreadable(printable(row[1], 64), str(error)))
    return found


def update(database: Database, run: Run, **cells: str) -> None:
    """Change cells of a run's row, its time, and its checksum."""
    changed = {**cells, "updated": time_now()}
    with database.transaction():
        database.execute(
            f"UPDATE runs SET {', '.join(f'{column} = ?' for column in changed)} WHERE id = ?",
            (*changed.values(), run.id),
        )
        seal(database, cells.get("name", run.name))


def seal(database: Database, name: str) -> None:
    """Write the checksum of a run's row; the caller holds the transaction."""
    (row,) = _rows(database, "WHERE name = ?", name)
    database.execute("UPDATE runs SET checksum = ? WHERE id = ?", (checksum(*row[:10]), row[0]))


def _rows(database: Database, where: str, *values: object) -> list[tuple[Any, ...]]:
    cells = f"{_FIRST}, NULL, NULL, NULL" if database.version < 2 else f"{_CELLS}, checksum"
    return database.rows(f"SELECT {cells} FROM runs {where}", values)


def _run(row: tuple[Any, ...], runs_dir: Path) -> Run:
    number, name, config, protocol, version, status, created, updated, device, note, stored = row
    where = f"table runs, run {printable(repr(name), 64)}: its"
    checked = checked_name(decode_text(name, where + " name"))
    found = Run(
        id=number,
        name=checked,
        config=decode_mapping(config, where + " config"),
        protocol_hash=decode_text(protocol, where + " protocol"),
        version=decode_text(version, where + " version"),
        status=_status(status, where + " status"),
        created=decode_time(created, where + " created"),
        updated=decode_time(updated, where + " updated"),
        directory=runs_dir / checked,
        device=None if device is None else decode_text(device, where + " device"),
        note="" if note is None else decode_text(note, where + " note"),
    )
    check(stored, row[:10], where + " row")
    return found


def _status(text: object, where: str) -> RunStatus:
    try:
        return RunStatus(decode_text(text, where))
    except ValueError:
        allowed = ", ".join(RunStatus)
        raise malformed(where, f"is {quoted(text, LONGEST)}, not one of {allowed}") from None


def _unknown(database: Database, name: str) -> str:
    known, shown = names(database), printable(repr(name))
    runs_dir = database.path.parent
    if not known:
        return f"no run called {shown}: {runs_dir} holds no runs yet; start one"
    near = suggestion(name, known)
    more = ", ..." if len(known) > 5 else ""
    return (
        f"no run called {shown} in {runs_dir}: "
        + (f"did you mean '{printable(near)}'? " if near else "")
        + f"it holds {', '.join(printable(n, 64) for n in known[:5])}{more}"
    )


def _marks(count: int) -> str:
    return ", ".join("?" * count)
