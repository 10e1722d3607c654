"""The tables of the store: how they are made, brought up to date, and recognised.

Schema 2 adds a checksum to each row, to runs their device and a note, and the table of moves.
Schema 3 adds the confirmations of runs, schema 4 what their surrogates learnt from, schema 5 the
scores that later generations have changed. Files of older schemas are read as they are; the first
command that writes brings them up to date, in one transaction. Rows of schema 1 have no checksum,
and stay so.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from .errors import RunsError

FILE_NAME = "lossgp.db"
SCHEMA_VERSION = 5
APPLICATION_ID = 0x6C_67_70_31  # "lgp1": tells our files from other SQLite files

_FIRST = (
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        config TEXT NOT NULL,
        protocol TEXT NOT NULL,
        version TEXT NOT NULL,
        status TEXT NOT NULL,
        created TEXT NOT NULL,
        updated TEXT NOT NULL
    )""",
    # The memo. One row a training; it belongs to no run, all runs share it.
    """CREATE TABLE trainings (
        candidate TEXT NOT NULL,
        protocol TEXT NOT NULL,
        device TEXT NOT NULL,
        seed INTEGER NOT NULL,
        text TEXT NOT NULL,
        outcome TEXT NOT NULL,
        finished TEXT NOT NULL,
        PRIMARY KEY (candidate, protocol, device, seed)
    ) WITHOUT ROWID""",
    """CREATE TABLE generations (
        run INTEGER NOT NULL REFERENCES runs (id),
        generation INTEGER NOT NULL,
        individuals TEXT NOT NULL,
        archive TEXT NOT NULL,
        rejects TEXT NOT NULL,
        finished TEXT NOT NULL,
        PRIMARY KEY (run, generation)
    )""",
)
_SECOND = (
    "ALTER TABLE runs ADD COLUMN device TEXT",
    "ALTER TABLE runs ADD COLUMN note TEXT",
    "ALTER TABLE runs ADD COLUMN checksum TEXT",
    "ALTER TABLE trainings ADD COLUMN checksum TEXT",
    "ALTER TABLE generations ADD COLUMN checksum TEXT",
    # Folders that are still to be moved: see `moves`.
    "CREATE TABLE moves (source TEXT PRIMARY KEY, target TEXT NOT NULL)",
)
_THIRD = (
    # What of a run was to be trained on fresh seeds, one row a protocol; the trainings
    # themselves are in the memo.
    """CREATE TABLE confirmations (
        run INTEGER NOT NULL REFERENCES runs (id),
        protocol TEXT NOT NULL,
        content TEXT NOT NULL,
        checksum TEXT,
        PRIMARY KEY (run, protocol)
    )""",
)
_FOURTH = (
    # From which trainings of earlier runs a run has learnt: a copy.
    """CREATE TABLE lessons (
        run INTEGER PRIMARY KEY REFERENCES runs (id),
        content TEXT NOT NULL,
        checksum TEXT
    )""",
)
_FIFTH = (
    # Scores that trainings of a later generation have changed.
    """CREATE TABLE rescored (
        run INTEGER NOT NULL REFERENCES runs (id),
        generation INTEGER NOT NULL,
        content TEXT NOT NULL,
        checksum TEXT,
        PRIMARY KEY (run, generation)
    )""",
)
_STEPS = (_FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH)


def make_tables(connection: sqlite3.Connection, version: int = SCHEMA_VERSION) -> None:
    """Make the tables in an empty file; the caller holds the transaction."""
    for step in _STEPS[:version]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {version}")


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring the tables up to date; the caller holds the transaction.

    A killed upgrade leaves the old schema. Programs that have the file open go on: they name
    the columns that they write, and rows without a checksum are good.
    """
    for step in _STEPS[pragma(connection, "user_version") :]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def check_owner(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema's version; raises :class:`RunsError` unless this lossgp can read it."""
    if pragma(connection, "application_id") != APPLICATION_ID:
        raise RunsError(
            f"{path} is an SQLite database of another program: name another runs directory"
        )
    version = pragma(connection, "user_version")
    if version > SCHEMA_VERSION:
        raise RunsError(
            f"{path} was made by a newer lossgp (schema {version}; this version knows up to "
            f"{SCHEMA_VERSION}): upgrade lossgp, or name another runs directory"
        )
    if version < 1:
        raise RunsError(f"{path} has schema {version}, which never existed: restore a copy")
    return version


def check_tables(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Make sure that the tables are the ones that lossgp makes, before anything is read.

    A view under a table's name can compute without end, and a trigger can change what is
    written. Raises :class:`RunsError` where there is one, or where a column is not as it was
    made.
    """
    odd = connection.execute(
        "SELECT type, name FROM sqlite_master WHERE type IN ('view', 'trigger')"
    ).fetchone()
    if odd is not None:
        raise RunsError(_edited(path, f"it holds a {odd[0]}"))
    fresh = sqlite3.connect(":memory:", isolation_level=None)
    try:
        make_tables(fresh, version)
        for name in sorted(_tables(fresh)):
            if _columns(connection, name) != _columns(fresh, name):
                raise RunsError(_edited(path, f"its table '{name}' is missing or another"))
    finally:
        fresh.close()


def pragma(connection: sqlite3.Connection, name: str) -> int:
    """Return a pragma that is a whole number."""
    (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    return int(value)


def _tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name for (name,) in rows}


def _columns(connection: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    """Return name, type, not null, default, key, and hidden (generated) of each column."""
    kind = connection.execute(
        "SELECT type, sql LIKE 'CREATE VIRTUAL%' FROM sqlite_master WHERE name = ?", (table,)
    ).fetchone()
    return [tuple(kind or ()), *connection.execute(f"PRAGMA table_xinfo({table})").fetchall()]


def _edited(path: Path, what: str) -> str:
    return (
        f"{path} was edited by another program ({what}): restore a copy, or name another runs "
        "directory"
    )
