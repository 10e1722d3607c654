"""One writer a run: a lock that the kernel drops with the process, however it ends."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from lossgp.trainers.whole_files import written_whole

from .errors import RunsError

_LOCK = ".lock"
# Who holds the lock stands in a file of its own: some versions of filelock truncate the
# lock file when a second process merely tries.
_WRITER = ".writer"


@contextlib.contextmanager
def writing(directory: Path) -> Iterator[None]:
    """Hold the only right to write the run in ``directory``, which is made if missing.

    Raises :class:`RunsError` at once when another process (or another block in this one)
    holds it, saying who.
    """
    import filelock

    lock = filelock.FileLock(directory / _LOCK, thread_local=False)
    made = not directory.exists()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise RunsError(
            f"run '{directory.name}' is being written by {_holder(directory)}; wait or stop it"
        ) from None
    except OSError as error:
        raise RunsError(
            f"run '{directory.name}' cannot be locked in {directory} ({error.strerror}): check "
            "the permissions, or use a runs directory on a local disk"
        ) from error
    try:
        _sign(directory)
        yield
    finally:
        (directory / _WRITER).unlink(missing_ok=True)
        if made:
            _remove_if_unused(directory)
        lock.release()


def _sign(directory: Path) -> None:
    writer = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with written_whole(directory / _WRITER) as new:
        new.write_text(json.dumps(writer), encoding="utf-8")


def _remove_if_unused(directory: Path) -> None:
    """Leave no folder behind for a name that came to nothing, such as a misspelt one."""
    with contextlib.suppress(OSError):
        if [entry.name for entry in directory.iterdir()] == [_LOCK]:
            (directory / _LOCK).unlink()
            directory.rmdir()


def _holder(directory: Path) -> str:
    try:
        writer = json.loads((directory / _WRITER).read_text(encoding="utf-8"))
        return f"process {writer['pid']} on {writer['host']} since {writer['since']}"
    except (OSError, ValueError, KeyError, TypeError):  # it has not signed yet
        return "another process"
