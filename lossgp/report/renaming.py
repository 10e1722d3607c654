"""The files of a renamed run: they name the run, and go on naming it right."""

from __future__ import annotations

import json
import re
from pathlib import Path

from .csv_files import put


def renamed_files(directory: Path, old: str, new: str) -> None:
    """Put the new name into the files of a run; what is not as lossgp writes it stays as it is.

    Args:
        directory: the run's folder.
        old, new: the names.
    """
    found_by = re.compile(rf"(Found by: lossgp, run ){re.escape(old)}(?=, )")
    for name in ("best.py", "best.tex"):
        text = _text(directory / name)
        if text is not None and (changed := found_by.sub(rf"\g<1>{new}", text)) != text:
            put(directory / name, changed)
    text = _text(directory / "result.json")
    try:
        data = json.loads(text) if text is not None else None
    except (ValueError, RecursionError):
        return
    if isinstance(data, dict) and data.get("run") == old:
        put(directory / "result.json", json.dumps({**data, "run": new}, indent=1) + "\n")


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return None
