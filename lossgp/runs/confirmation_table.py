"""What of a run is confirmed: which losses, on how many fresh seeds, under which protocols."""

from __future__ import annotations

from typing import Any

from .cells import check, checksum, decode_mapping
from .database import Database
from .records import Run


def put(database: Database, run: Run, protocol_hash: str, content: str) -> None:
    """Record the confirmation under a protocol; an older one is replaced where it stands."""
    cells = (run.id, protocol_hash, content)
    database.execute(
        "INSERT INTO confirmations (run, protocol, content, checksum) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (run, protocol) DO UPDATE SET content = excluded.content, "
        "checksum = excluded.checksum",
        (*cells, checksum(*cells)),
    )


def read(database: Database, run: Run) -> dict[str, dict[str, Any]]:
    """Return the confirmations of a run by the hash of their protocol, the oldest first."""
    if database.version < 3:
        return {}
    rows = database.rows(
        "SELECT run, protocol, content, checksum FROM confirmations WHERE run = ? ORDER BY rowid",
        (run.id,),
    )
    found = {}
    for number, protocol, content, stored in rows:
        where = f"table confirmations, run '{run.name}': its content"
        found[str(protocol)] = decode_mapping(content, where)
        check(stored, (number, protocol, content), where.removesuffix(": its content"))
    return found
