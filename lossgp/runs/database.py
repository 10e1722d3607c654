"""The SQLite file of a runs directory: its schema, how it is opened, and what can be wrong."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from .errors import RunsError

FILE_NAME = "lossgp.db"
SCHEMA_VERSION = 1
APPLICATION_ID = 0x6C_67_70_31  # "lgp1": tells our files from other SQLite files

BUSY_SECONDS = 30.0
# A full check reads the whole file, at a few hundred MB/s; beyond this size the header and
# SQLite's own checks while reading have to do.
_CHECKED_BYTES = 128 * 2**20

_TABLES = (
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


def connect(runs_dir: Path, *, create: bool) -> sqlite3.Connection:
    """Open ``runs_dir/lossgp.db``, making the directory and the file if ``create``.

    The connection is in autocommit mode (``isolation_level=None``), WAL, synchronous=FULL: what
    has returned from a commit survives a killed process and a power cut. Raises
    :class:`RunsError` where the place or the file is not usable.
    """
    _check_directory(runs_dir, create=create)
    path = runs_dir / FILE_NAME
    if not create and not path.exists():
        raise RunsError(
            f"no runs in {runs_dir}: there is no {FILE_NAME}; name another directory, or start "
            "a run there first"
        )
    with translated(path):
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors inside the block into one clear line of :class:`RunsError`."""
    try:
        yield
    except sqlite3.ProgrammingError:  # our mistake, such as use after close: show it as it is
        raise
    except sqlite3.Error as error:
        raise RunsError(_explanation(path, error)) from error


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do all of the block or nothing; no other writer comes between."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _check_directory(runs_dir: Path, *, create: bool) -> None:
    try:
        if create:
            runs_dir.mkdir(parents=True, exist_ok=True)
        is_directory = runs_dir.is_dir()
    except (FileExistsError, NotADirectoryError):
        is_directory = False
    except OSError as error:
        raise RunsError(
            f"runs directory {runs_dir} cannot be made ({error.strerror}): name one that can"
        ) from error
    if not is_directory:
        what = "is not a directory" if create or runs_dir.exists() else "does not exist"
        raise RunsError(f"runs directory {runs_dir} {what}: name another directory")
    if not os.access(runs_dir, os.R_OK | os.W_OK | os.X_OK):
        raise RunsError(
            f"runs directory {runs_dir} is not writable: change its permissions, or name another"
        )


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    if _is_blank(connection):
        _create_tables(connection, path)
    _check_owner(connection, path)
    _check_pages(connection, path)
    _use_wal(connection)


def _is_blank(connection: sqlite3.Connection) -> bool:
    """Tell a file that holds nothing yet: new, or its creation was killed before the commit."""
    (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return objects == 0 and _pragma(connection, "application_id") == 0


def _create_tables(connection: sqlite3.Connection, path: Path) -> None:
    # A run's folder is only made once the store is open, so folders beside an empty file
    # mean that there was a store, and that it was emptied.
    orphans = sorted(lock.parent.name for lock in path.parent.glob("*/.lock"))
    if orphans:
        raise RunsError(
            f"{path} is empty, but there are folders of runs beside it ({', '.join(orphans[:3])}"
            f"{', ...' if len(orphans) > 3 else ''}): restore a copy, or delete the file and "
            "the folders to start afresh"
        )
    with transaction(connection):
        if not _is_blank(connection):  # another process was first
            return
        for table in _TABLES:
            connection.execute(table)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _check_owner(connection: sqlite3.Connection, path: Path) -> None:
    if _pragma(connection, "application_id") != APPLICATION_ID:
        raise RunsError(
            f"{path} is an SQLite database of another program: name another runs directory"
        )
    version = _pragma(connection, "user_version")
    if version > SCHEMA_VERSION:
        raise RunsError(
            f"{path} was made by a newer lossgp (schema {version}; this version knows up to "
            f"{SCHEMA_VERSION}): upgrade lossgp, or name another runs directory"
        )
    if version < 1:
        raise RunsError(f"{path} has schema {version}, which never existed: restore a copy")


def _check_pages(connection: sqlite3.Connection, path: Path) -> None:
    # SQLite reads the missing end of a last, cut page as zeros. (Beside a log that is not
    # empty a cut page is normal: a full disk leaves one, and the log holds what it lacks.)
    log = path.with_name(path.name + "-wal")
    logged = log.exists() and log.stat().st_size > 0
    if not logged and path.stat().st_size % _pragma(connection, "page_size"):
        raise RunsError(_damaged(path, "its last page is cut"))
    if path.stat().st_size > _CHECKED_BYTES:
        return
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise RunsError(_damaged(path, " ".join(str(verdict).split())))


def _use_wal(connection: sqlite3.Connection) -> None:
    # Changing the mode needs the file for itself, and SQLite does not wait for it as it
    # waits for an ordinary lock. A file system without shared memory stays in rollback
    # mode, which is as durable.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    return int(value)


def _damaged(path: Path, detail: str) -> str:
    return (
        f"{path} is damaged ({detail}): restore a copy, or move it away to start afresh (what "
        "can be saved, the sqlite3 program's .recover saves)"
    )


def _explanation(path: Path, error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "")
    detail = " ".join(str(error).split())
    if name.startswith("SQLITE_NOTADB"):
        return (
            f"{path} is not a database: move it away to start afresh, or name another runs "
            "directory"
        )
    if name.startswith("SQLITE_CORRUPT"):
        return _damaged(path, detail)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return (
            f"{path} has been locked by another process for {BUSY_SECONDS:g} s: wait for it or "
            "stop it, then try again"
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return f"{path} cannot be written ({detail}): check its permissions, or name another place"
    if name.startswith("SQLITE_FULL"):
        return f"{path} cannot grow: the disk is full; make room, then resume"
    return f"{path} cannot be used ({detail}): check the disk, then try again"
