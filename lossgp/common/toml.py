"""TOML that somebody else wrote, read within limits.

The reader of the standard library recurses for each bracket, and takes time that grows with the
square of the parts of a dotted key: 200 kB of one key keep it busy for minutes.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

MOST_BYTES = 100_000
LONGEST_LINE = 5_000


class TomlError(ValueError):
    """A text is no TOML, or is beyond the limits; the message is a part of one line."""


def parse(text: str) -> dict[str, Any]:
    """Return the data of a TOML text.

    Raises:
        TomlError: it cannot be read, holds too much, or is nested too deeply.
    """
    if len(text) > MOST_BYTES:
        raise TomlError(f"holds {len(text):,} characters; at most {MOST_BYTES:,} are read")
    # Text counts as one line until its newline, inside a string, too: keys are never longer.
    longest = max(map(len, text.split("\n")))
    if longest > LONGEST_LINE:
        raise TomlError(f"has a line of {longest:,} characters; at most {LONGEST_LINE:,} are read")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TomlError(f"is not TOML: {error}") from None
    except RecursionError:
        raise TomlError("is nested too deeply") from None


def read(path: Path) -> dict[str, Any]:
    """Return the data of a TOML file; no more of it is read than may be in it.

    Raises:
        TomlError: as `parse`, and for what is no UTF-8.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        content = file.read(4 * MOST_BYTES + 1)
    try:
        return parse(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise TomlError("is not UTF-8 text") from None
