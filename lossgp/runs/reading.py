"""Opening a store to read it where nothing can be written: an archive, a full disk."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from .beside import log_of
from .errors import RunsError
from .sqlite_errors import BUSY_SECONDS

# What SQLite says where it would have to write a file beside the database, and cannot.
_CANNOT_WRITE = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_FULL", "SQLITE_IOERR")


def connected(path: Path, parameters: str) -> sqlite3.Connection:
    """Connect to a file; ``parameters`` are those of SQLite's URIs, as ``mode=rw``."""
    uri = f"{path.absolute().as_uri()}?{parameters}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    # What is no text is found, and named, where its row is read.
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    return connection


def connected_to_read(path: Path) -> sqlite3.Connection:
    """Connect to a store in the first way that works, and write nothing to it.

    SQLite reads a file in WAL mode through two files beside it, which it makes. Where it may,
    it also takes them away again. Where it cannot make them, and the log is empty, nobody is
    writing, and the file can be read as one that never changes. A log with content is of a
    writer that was killed: then a copy of both is read.

    Raises :class:`sqlite3.Error` or :class:`RunsError` where no way works.
    """
    ways: list[Callable[[], sqlite3.Connection]] = []
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        ways.append(lambda: _tried(path, "mode=rw"))
    ways.append(lambda: _tried(path, "mode=ro"))
    ways.append(lambda: _copied(path) if log_of(path) else _tried(path, "mode=ro&immutable=1"))
    for way in ways[:-1]:
        try:
            return way()
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith(_CANNOT_WRITE):
                raise
    return ways[-1]()


def _tried(path: Path, parameters: str) -> sqlite3.Connection:
    connection = connected(path, parameters)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _copied(path: Path) -> sqlite3.Connection:
    """Return a connection to a copy in memory of the file and of its log."""
    try:
        with tempfile.TemporaryDirectory(prefix="lossgp-") as folder:
            copy = Path(folder) / path.name
            shutil.copyfile(path, copy)
            if log := log_of(path):
                shutil.copyfile(log, copy.with_name(log.name))
            on_disk = connected(copy, "mode=rw")
            try:
                in_memory = connected(Path(folder) / "memory", "mode=memory")
                on_disk.backup(in_memory)
            finally:
                on_disk.close()
    except OSError as error:
        raise RunsError(
            f"{path} has a log beside it, and no copy of both can be made to read them "
            f"({error.strerror}): make room in {tempfile.gettempdir()}, or copy the runs "
            "directory to a disk that can be written"
        ) from error
    return in_memory
