"""What stands in the cells of the store: written as canonical JSON, read with suspicion."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

from lossgp.common.echo import printable, quoted

from .errors import RunsError

_HALF = re.compile("[\ud800-\udfff]")
LONGEST = 40  # characters of a wrong value that a message shows


def now() -> str:
    """Return the UTC time as it is stored."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def encode(value: object) -> str:
    """Return canonical JSON: equal content gives equal text, whatever the order of keys.

    Raises ``ValueError`` for NaN and infinities (write None instead) and ``TypeError`` for
    what JSON does not know.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def checksum(*cells: object) -> str:
    """Return 16 hex digits that change when any of the cells of a row does."""
    content = json.dumps(cells, default=repr).encode()
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def check(stored: object, cells: tuple[object, ...], where: str) -> None:
    """Raise :class:`RunsError` where a row has a checksum, and it is not that of its cells.

    Rows that older versions wrote have none.
    """
    if stored is not None and stored != checksum(*cells):
        raise malformed(where, "is not what was written (its checksum differs)")


def decode_mapping(text: object, where: str) -> dict[str, Any]:
    """Return the JSON object in a cell, or raise :class:`RunsError` naming ``where``."""
    value = _decode(text, where)
    if not isinstance(value, dict):
        raise malformed(where, f"holds {type(value).__name__}, not an object")
    return value


def decode_mappings(text: object, where: str) -> list[dict[str, Any]]:
    """Return the JSON list of objects in a cell, or raise :class:`RunsError`."""
    value = _decode(text, where)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise malformed(where, "is not a list of objects")
    return value


def decode_counts(text: object, where: str) -> dict[str, int]:
    """Return the JSON object of whole numbers in a cell, or raise :class:`RunsError`."""
    value = decode_mapping(text, where)
    if not all(type(count) is int for count in value.values()):
        raise malformed(where, "holds a count that is not a whole number")
    return value


def decode_time(text: object, where: str) -> datetime:
    """Return the UTC time in a cell, or raise :class:`RunsError`."""
    try:
        time = datetime.fromisoformat(decode_text(text, where))
    except ValueError:
        raise malformed(where, f"is no ISO time: {quoted(text, LONGEST)}") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def decode_text(value: object, where: str) -> str:
    """Return the text in a cell, or raise :class:`RunsError`."""
    if not isinstance(value, str):
        raise malformed(where, f"holds {type(value).__name__}, not text")
    if _HALF.search(value):  # what stands for bytes that are no UTF-8
        raise malformed(where, "is not UTF-8 text")
    return value


def malformed(where: str, what: str) -> RunsError:
    """Return the error of a cell that nobody wrote so."""
    return RunsError(
        f"{where} {what}: the store was edited or damaged; restore a copy, or start in another "
        "runs directory"
    )


def _decode(value: object, where: str) -> object:
    try:
        return json.loads(decode_text(value, where), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise malformed(where, f"is not JSON ({printable(reason)})") from None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")
