"""The committed generations of a run."""

from __future__ import annotations

from typing import Any

from . import rescored_table
from .cells import check, checksum, decode_counts, decode_mappings, decode_time, now
from .database import Database
from .errors import RunsError
from .records import CommittedGeneration, Run

_CONTENT = ("individuals", "archive", "rejects")
_CELLS = "run, generation, individuals, archive, rejects, finished"


def commit(
    database: Database,
    run: Run,
    generation: int,
    content: tuple[str, str, str],
    rescored: str | None = None,
) -> None:
    """Commit a generation whole, or find that the same is there; see `Store.commit_generation`."""
    with database.transaction():
        known = database.rows(
            f"SELECT {', '.join(_CONTENT)} FROM generations WHERE run = ? AND generation = ?",
            (run.id, generation),
        )
        if not known:
            _append(database, run, generation, content)
            rescored_table.put(database, run, generation, rescored)
            return
        before = (*known[0], rescored_table.content(database, run, generation))
        changed = zip((*_CONTENT, "rescored"), before, (*content, rescored), strict=True)
        if differ := [name for name, old, new in changed if old != new]:
            raise RunsError(
                f"run '{run.name}', generation {generation + 1}: the {' and '.join(differ)} "
                "differ from those that were committed, so this version cannot continue the "
                f"run exactly (it was made by {run.version}); use that version, or start a "
                "new run"
            )


def rewind(database: Database, run: Run, generation: int) -> None:
    """Forget a generation and all later ones."""
    with database.transaction():
        database.execute(
            "DELETE FROM generations WHERE run = ? AND generation >= ?", (run.id, generation)
        )
        rescored_table.rewind(database, run, generation)


def read(database: Database, run: Run) -> list[CommittedGeneration]:
    """Return all committed generations of a run, first to last."""
    stored = "NULL" if database.version < 2 else "checksum"
    rows = database.rows(
        f"SELECT {_CELLS}, {stored} FROM generations WHERE run = ? ORDER BY generation", (run.id,)
    )
    found = [_generation(row, run.name) for row in rows]
    for number, generation in enumerate(found):
        if generation.generation != number:
            raise RunsError(
                f"table generations, run '{run.name}': generation {number} is missing: the store "
                "was edited or damaged; restore a copy"
            )
    return found


def _append(database: Database, run: Run, generation: int, content: tuple[str, str, str]) -> None:
    ((count,),) = database.rows("SELECT count(*) FROM generations WHERE run = ?", (run.id,))
    if generation != count:
        raise ValueError(
            f"generation {generation} of run '{run.name}': the next one is {count}; commit "
            "them in order"
        )
    cells = (run.id, generation, *content, now())
    database.execute(
        f"INSERT INTO generations ({_CELLS}, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*cells, checksum(*cells)),
    )


def _generation(row: tuple[Any, ...], name: str) -> CommittedGeneration:
    _, number, individuals, archive, rejects, finished, stored = row
    where = f"table generations, run '{name}', generation {number}: its"
    # The cells first: what is wrong with one says more than that the row has changed.
    found = CommittedGeneration(
        generation=number,
        individuals=decode_mappings(individuals, where + " individuals"),
        archive=decode_mappings(archive, where + " archive"),
        rejects=decode_counts(rejects, where + " rejects"),
        finished=decode_time(finished, where + " finished"),
    )
    check(stored, row[:6], where.removesuffix(": its"))
    return found
