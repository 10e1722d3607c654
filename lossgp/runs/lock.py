"""One writer a run: a lock that the kernel drops with the process, however it ends."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from lossgp.common.echo import printable
from lossgp.trainers.whole_files import written_whole

from .errors import RunsError

_LOCK = ".lock"
# Who holds the lock stands in a file of its own: some versions of filelock truncate the
# lock file when a second process merely tries.
_WRITER = ".writer"


# Whoever asks whether a run is being written holds its lock for a moment (see `is_held`).
_PATIENCE = 0.25


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
        lock.acquire(timeout=_PATIENCE, poll_interval=0.02)
    except filelock.Timeout:
        raise RunsError(
            f"run '{directory.name}' is being written by {_holder(directory)}; wait or stop it"
        ) from None
    except OSError as error:
        raise RunsError(_unlockable(directory, error)) from error
    try:
        try:
            _sign(directory)
        except OSError as error:
            raise RunsError(_unlockable(directory, error)) from error
        yield
    finally:
        unsigned(directory)
        if made:
            _remove_if_unused(directory)
        lock.release()


def is_held(directory: Path) -> bool:
    """Tell whether a process writes the run in ``directory``; nothing is written to find out."""
    try:
        import fcntl
    except ImportError:  # pragma: no cover - Windows: a lock file cannot be locked there twice
        return _is_held_on_windows(directory)
    try:
        with (directory / _LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False  # closing the file lets it go
    except BlockingIOError:
        return True
    except OSError:  # no lock file: nobody ever wrote
        return False


def unsigned(directory: Path) -> None:
    """Remove what says who holds the lock."""
    with contextlib.suppress(OSError):
        (directory / _WRITER).unlink(missing_ok=True)


def _is_held_on_windows(directory: Path) -> bool:  # pragma: no cover
    try:
        with writing(directory):
            return False
    except RunsError:
        return True


def _unlockable(directory: Path, error: OSError) -> str:
    return (
        f"run '{directory.name}' cannot be locked in {directory} ({error.strerror}): check "
        "the permissions and the room on the disk, or use a runs directory on a local disk"
    )


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
        return printable(f"process {writer['pid']} on {writer['host']} since {writer['since']}")
    except (OSError, ValueError, KeyError, TypeError):  # it has not signed yet
        return "another process"
