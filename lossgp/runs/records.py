"""What the store hands out: frozen records of runs and generations."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from .errors import RunsError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class RunStatus(StrEnum):
    """Where a run stands. A run whose writer was killed still says ``running``."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True)
class Run:
    """One search, as it stood when it was read.

    ``created`` and ``updated`` are UTC times; they are for people, and no result depends on
    them. ``directory`` is where the run's artifacts live; it need not exist yet.
    """

    id: int
    name: str
    config: dict[str, Any]
    protocol_hash: str
    version: str
    status: RunStatus
    created: datetime
    updated: datetime
    directory: Path


@dataclass(frozen=True)
class Generation:
    """One committed generation; ``finished`` is a UTC time, for people only."""

    generation: int
    individuals: list[dict[str, Any]]
    archive: list[dict[str, Any]]
    rejects: dict[str, int]
    finished: datetime


def checked_name(name: str) -> str:
    """Return ``name`` if it can name a run (and so a folder), else raise :class:`RunsError`."""
    if not _NAME.fullmatch(name):
        raise RunsError(
            f"run name {name!r}: a name is 1 to 64 letters, digits, '.', '_' or '-', and starts "
            "with a letter or a digit; choose another"
        )
    return name


def encode(value: object) -> str:
    """Return canonical JSON: equal content gives equal text, whatever the order of keys.

    Raises ``ValueError`` for NaN and infinities (write None instead) and ``TypeError`` for
    what JSON does not know.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def decode_mapping(text: object, where: str) -> dict[str, Any]:
    """Return the JSON object in a database cell, or raise :class:`RunsError` naming ``where``."""
    value = _decode(text, where)
    if not isinstance(value, dict):
        raise _malformed(where, f"holds {type(value).__name__}, not an object")
    return value


def decode_mappings(text: object, where: str) -> list[dict[str, Any]]:
    """Return the JSON list of objects in a database cell, or raise :class:`RunsError`."""
    value = _decode(text, where)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _malformed(where, "is not a list of objects")
    return value


def decode_counts(text: object, where: str) -> dict[str, int]:
    """Return the JSON object of whole numbers in a database cell, or raise :class:`RunsError`."""
    value = decode_mapping(text, where)
    if not all(type(count) is int for count in value.values()):
        raise _malformed(where, "holds a count that is not a whole number")
    return value


def decode_time(text: object, where: str) -> datetime:
    """Return the UTC time in a database cell, or raise :class:`RunsError`."""
    try:
        time = datetime.fromisoformat(_text(text, where))
    except ValueError:
        raise _malformed(where, f"is no ISO time: {str(text)[:40]!r}") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def decode_status(text: object, where: str) -> RunStatus:
    """Return the run status in a database cell, or raise :class:`RunsError`."""
    try:
        return RunStatus(_text(text, where))
    except ValueError:
        allowed = ", ".join(RunStatus)
        raise _malformed(where, f"is {str(text)[:40]!r}, not one of {allowed}") from None


def decode_text(text: object, where: str) -> str:
    """Return the text in a database cell, or raise :class:`RunsError`."""
    return _text(text, where)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise _malformed(where, f"holds {type(value).__name__}, not text")
    return value


def _decode(value: object, where: str) -> object:
    try:
        return json.loads(_text(value, where), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _malformed(where, f"is not JSON ({reason})") from None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


def _malformed(where: str, what: str) -> RunsError:
    return RunsError(
        f"{where} {what}: the store was edited or damaged; restore a copy, or start in another "
        "runs directory"
    )
