"""Text and CSV files, each written whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from lossgp.common.echo import printable
from lossgp.trainers.whole_files import written_whole


def put(path: Path, text: str) -> Path:
    """Write a text file whole, and return its path."""
    with written_whole(path) as new:
        new.write_text(text, "utf-8")
    return path


def csv_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV, a line a row; its numbers are exact (shortest round-trip form)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in (head, *rows):
        writer.writerow([printable(c, None) if isinstance(c, str) else c for c in row])
    return out.getvalue()
