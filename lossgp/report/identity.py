"""Whose files are in a directory: what a data file says of itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from lossgp.config import ConfigError


def identity_of(path: Path, kind: str) -> str | None:
    """Return the identity in a JSON file of the format `kind`; None where it is no such file."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(data, dict) or data.get("format") != kind:
        return None
    return str(data.get("identity"))


def check_directory(
    directory: Path,
    names: Sequence[str],
    data: str,
    kind: str,
    identity: str | None,
    *,
    foreign: str,
    other: str,
) -> None:
    """Make sure that writing files into a directory overwrites no other thing.

    Args:
        directory: where the files go.
        names: of all files that are written there.
        data: the one of them that says whose they are, in the format `kind`.
        identity: of what is to be written; None where any of its kind may be overwritten.
        foreign, other: what to say that the directory holds, where files are not of this kind
            (`{file}` is the first of them), and where they are of another identity.

    Raises:
        ConfigError: the directory cannot hold them, or holds something else.
    """
    if directory.exists() and not directory.is_dir():
        raise ConfigError(f"--output {directory} is a file; give a directory")
    taken = [name for name in names if (directory / name).exists()]
    if not taken:
        return
    known = identity_of(directory / data, kind)
    if known is not None and identity in (None, known):
        return
    held = foreign.replace("{file}", taken[0]) if known is None else other
    raise ConfigError(f"--output {directory} holds {held}; give another directory")
