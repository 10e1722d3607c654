"""What a run's surrogate learnt from before the run began: a copy, which stays as it was.

The runs that it came of may be continued, or deleted: the run that learnt from them goes on as it
began.
"""

from __future__ import annotations

from typing import Any

from .cells import check, checksum, decode_mappings
from .database import Database
from .records import Run


def put(database: Database, run_id: int, content: str) -> None:
    """Record the lessons of a new run; the caller holds the transaction."""
    cells = (run_id, content)
    database.execute(
        "INSERT INTO lessons (run, content, checksum) VALUES (?, ?, ?)", (*cells, checksum(*cells))
    )


def read(database: Database, run: Run) -> list[dict[str, Any]]:
    """Return the lessons of a run, in their order; none where it had none."""
    if database.version < 4:
        return []
    rows = database.rows("SELECT run, content, checksum FROM lessons WHERE run = ?", (run.id,))
    found: list[dict[str, Any]] = []
    for number, content, stored in rows:
        where = f"table lessons, run '{run.name}': its content"
        found = decode_mappings(content, where)
        check(stored, (number, content), where.removesuffix(": its content"))
    return found
