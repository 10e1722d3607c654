"""The files of a runs directory, looked at before SQLite opens the store."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import RunsError
from .schema import FILE_NAME
from .sqlite_errors import damaged

_SIDE_FILES = ("-journal", "-wal", "-shm")


def check_directory(runs_dir: Path, *, create: bool, write: bool) -> None:
    """Make sure of the directory, making it if ``create``; raises :class:`RunsError`."""
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
    if not os.access(runs_dir, os.R_OK | os.X_OK | (os.W_OK if write else 0)):
        what = "writable" if write else "readable"
        raise RunsError(
            f"runs directory {runs_dir} is not {what}: change its permissions, or name another"
        )


def check_files(path: Path, *, create: bool) -> None:
    """Refuse what SQLite would misunderstand, before it sees it.

    It takes a file of 0 bytes for a new one, and deletes the log beside it.
    """
    for side in (path.with_name(path.name + end) for end in _SIDE_FILES):
        if side.is_dir():
            raise RunsError(f"{side} is a folder where the store keeps a file: move it away")
    if not path.exists():
        if traces(path):
            raise RunsError(emptied(path))
        if not create:
            raise RunsError(
                f"no runs in {path.parent}: there is no {FILE_NAME}; name another directory, or "
                "start a run there first"
            )
        return
    if not path.is_file():
        raise RunsError(f"{path} is no regular file: name another runs directory")
    size = path.stat().st_size
    if size == 1:
        raise RunsError(damaged(path, "it is cut to 1 byte"))
    if size == 0 and (traces(path) or not create):
        raise RunsError(emptied(path))


def is_untouched(runs_dir: Path) -> bool:
    """Tell whether there is no store and no trace of one; an empty file is one being made."""
    path = runs_dir / FILE_NAME
    if runs_dir.exists() and not runs_dir.is_dir():
        return False
    try:
        is_empty = path.is_file() and not path.stat().st_size
    except OSError:
        return False
    return (is_empty or not (path.exists() or path.is_symlink())) and not traces(path)


def traces(path: Path) -> list[str]:
    """Return what says that there was a store: folders of runs, or a log with content.

    A run's folder is only made once the store is open.
    """
    folders = {
        f.parent.name for name in (".lock", "result.json") for f in path.parent.glob(f"*/{name}")
    }
    log = log_of(path)
    return [*([log.name] if log else []), *sorted(folders)]


def log_of(path: Path) -> Path | None:
    """Return SQLite's log beside the file if it holds anything."""
    log = path.with_name(path.name + "-wal")
    try:
        return log if log.stat().st_size else None
    except OSError:
        return None


def emptied(path: Path) -> str:
    """Return what to say of a store that holds nothing, or is not there."""
    found = traces(path)
    if not found:
        return (
            f"{path} is empty: no run was ever stored in it; start one, or name another directory"
        )
    what = "is empty" if path.exists() else "is missing"
    return (
        f"{path} {what}, but beside it there is what a store leaves ({', '.join(found[:3])}"
        f"{', ...' if len(found) > 3 else ''}): restore a copy, or move all of it away to "
        "start afresh"
    )
