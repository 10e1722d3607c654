"""Whose files are in a directory: what a data file says of itself."""

from __future__ import annotations

import json
from pathlib import Path


def identity_of(path: Path, kind: str) -> str | None:
    """Return the identity in a JSON file of the format `kind`; None where it is no such file."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(data, dict) or data.get("format") != kind:
        return None
    return str(data.get("identity"))
