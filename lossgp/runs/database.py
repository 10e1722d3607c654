"""The SQLite file of a runs directory: how it is opened, to write or to read, and checked."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .beside import check_directory, check_files, emptied, log_of, traces
from .errors import RunsError
from .reading import connected, connected_to_read
from .schema import (
    FILE_NAME,
    SCHEMA_VERSION,
    check_owner,
    check_tables,
    make_tables,
    pragma,
    upgrade,
)
from .sqlite_errors import BUSY_SECONDS, damaged, translated

# A full check reads the whole file, at a few hundred MB/s; beyond this size the header, the
# rows' checksums and SQLite's own checks while reading have to do.
_CHECKED_BYTES = 128 * 2**20
# No statement of ours comes near: a scan of a million trainings takes some 10 million steps.
# A file that was made to compute for ever is given up after seconds.
MOST_STEPS = 2_000_000_000
_STEPS_A_TICK = 1_000_000


class Database:
    """An open store; every error of SQLite is one clear line of :class:`RunsError`.

    The connection is in autocommit mode (``isolation_level=None``), WAL, synchronous=FULL: what
    has returned from a commit survives a killed process and a power cut.

    Attributes:
        path: the file, for messages.
        version: its schema; below the current one only where it was opened to read.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, version: int) -> None:
        """Wrap a connection; use :func:`open_to_write` or :func:`open_to_read`."""
        self.path = path
        self.version = version
        self._connection = connection

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with translated(self.path), bounded(self._connection):
            return self._connection.execute(sql, values).fetchall()

    def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Do a statement, committed when it returns (or with its transaction).

        Returns how many rows were changed.
        """
        with translated(self.path), bounded(self._connection):
            return self._connection.execute(sql, values).rowcount

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of the block or nothing; no other writer comes between."""
        with translated(self.path), _transaction(self._connection):
            yield

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        self._connection.close()


def open_to_write(runs_dir: Path, *, create: bool) -> Database:
    """Open ``runs_dir/lossgp.db`` up to date, making directory and file if ``create``.

    Raises :class:`RunsError` where the place or the file is not usable.
    """
    check_directory(runs_dir, create=create, write=True)
    path = runs_dir / FILE_NAME
    check_files(path, create=create)
    with translated(path):
        connection = connected(path, "mode=rwc" if create else "mode=rw")
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")
            if _is_blank(connection):
                _create_tables(connection, path, create=create)
            _check(connection, path)
            _upgrade(connection)
            _use_wal(connection)
        except BaseException:
            connection.close()
            raise
    return Database(path, connection, SCHEMA_VERSION)


def open_to_read(runs_dir: Path) -> Database:
    """Open ``runs_dir/lossgp.db`` without writing to it, whatever its schema.

    It may lie on a read-only or on a full disk. Raises :class:`RunsError` where there is none,
    or where it cannot be read.
    """
    check_directory(runs_dir, create=False, write=False)
    path = runs_dir / FILE_NAME
    check_files(path, create=False)
    with translated(path):
        connection = connected_to_read(path)
        try:
            connection.execute("PRAGMA query_only = ON")
            if _is_blank(connection):
                raise RunsError(emptied(path))
            version = _check(connection, path)
        except BaseException:
            connection.close()
            raise
    return Database(path, connection, version)


@contextlib.contextmanager
def bounded(connection: sqlite3.Connection) -> Iterator[None]:
    """Give statements in the block up after ``MOST_STEPS``; Ctrl-C is heeded meanwhile."""
    ticks = 0

    def tick() -> bool:
        nonlocal ticks
        ticks += 1
        return ticks * _STEPS_A_TICK > MOST_STEPS

    connection.set_progress_handler(tick, _STEPS_A_TICK)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _is_blank(connection: sqlite3.Connection) -> bool:
    """Tell a file that holds nothing yet: new, or its creation was killed before the commit."""
    (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return objects == 0 and pragma(connection, "application_id") == 0


def _create_tables(connection: sqlite3.Connection, path: Path, *, create: bool) -> None:
    with _transaction(connection):
        if not _is_blank(connection):  # another process was first
            return
        if not create or traces(path):
            raise RunsError(emptied(path))
        make_tables(connection)


def _upgrade(connection: sqlite3.Connection) -> None:
    if pragma(connection, "user_version") == SCHEMA_VERSION:
        return
    with _transaction(connection):
        upgrade(connection)  # does nothing where another process was first


def _check(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema's version of a file that is ours, whole, and as we make it."""
    connection.execute("BEGIN")  # one state of the file, though another process upgrades it
    try:
        version = check_owner(connection, path)
        check_tables(connection, path, version)  # before anything evaluates what stands in there
        with bounded(connection):
            _check_pages(connection, path)
    finally:
        if connection.in_transaction:
            connection.execute("COMMIT")
    return version


def _check_pages(connection: sqlite3.Connection, path: Path) -> None:
    # SQLite reads the missing end of a last, cut page as zeros. (Beside a log that is not
    # empty a cut page is normal: a full disk leaves one, and the log holds what it lacks.)
    if not log_of(path) and path.stat().st_size % pragma(connection, "page_size"):
        raise RunsError(damaged(path, "its last page is cut"))
    if path.stat().st_size > _CHECKED_BYTES:
        return
    # Of runs and generations the index, too: a row that it does not find is a row lost.
    for check in ("quick_check(1)", "integrity_check(runs)", "integrity_check(generations)"):
        verdict, *_ = connection.execute(f"PRAGMA {check}").fetchone()
        if verdict != "ok":
            raise RunsError(damaged(path, " ".join(str(verdict).split())))


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
