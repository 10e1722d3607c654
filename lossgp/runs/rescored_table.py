"""Candidates of earlier generations whose scores a later race has changed.

A row belongs to the generation that was trained when they got more trainings. The race after the
last generation has a row, too, under the number of the generation that would come next: where a
run is extended, that generation takes its place.
"""

from __future__ import annotations

from typing import Any

from .cells import check, checksum, decode_mappings
from .database import Database
from .records import Run


def put(database: Database, run: Run, generation: int, content: str | None) -> None:
    """Record what a race has changed, or None for nothing, in the place of an older record."""
    database.execute("DELETE FROM rescored WHERE run = ? AND generation = ?", (run.id, generation))
    if content is not None:
        cells = (run.id, generation, content)
        database.execute(
            "INSERT INTO rescored (run, generation, content, checksum) VALUES (?, ?, ?, ?)",
            (*cells, checksum(*cells)),
        )


def content(database: Database, run: Run, generation: int) -> str | None:
    """Return the content of a row as it is stored; None where there is none."""
    rows = database.rows(
        "SELECT content FROM rescored WHERE run = ? AND generation = ?", (run.id, generation)
    )
    return str(rows[0][0]) if rows else None


def rewind(database: Database, run: Run, generation: int) -> None:
    """Forget what this generation and all later ones have changed."""
    database.execute("DELETE FROM rescored WHERE run = ? AND generation >= ?", (run.id, generation))


def read(database: Database, run: Run) -> dict[int, list[dict[str, Any]]]:
    """Return by generation what was changed, first to last."""
    if database.version < 5:
        return {}
    rows = database.rows(
        "SELECT run, generation, content, checksum FROM rescored WHERE run = ? ORDER BY generation",
        (run.id,),
    )
    found = {}
    for number, generation, stored, sum_of_row in rows:
        where = f"table rescored, run '{run.name}', generation {generation}: its content"
        found[int(generation)] = decode_mappings(stored, where)
        check(sum_of_row, (number, generation, stored), where.removesuffix(": its content"))
    return found
