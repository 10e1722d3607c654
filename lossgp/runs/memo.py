"""The memo: every finished training of a runs directory, shared by all its runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from lossgp.common.echo import printable, quoted
from lossgp.trainers import Outcome

from .cells import check, checksum, decode_mapping, encode, now
from .database import Database
from .device import device_type
from .errors import RunsError

_KEY = "candidate = ? AND protocol = ? AND device = ?"
_CELLS = "candidate, protocol, device, seed, text, outcome, finished"


def record(
    database: Database, key: str, protocol_hash: str, device: str, text: str, outcome: Outcome
) -> None:
    """Commit a training, unless it is known."""
    result = encode(outcome.to_json())
    cells = (key, protocol_hash, device_type(device), outcome.seed, text, result, now())
    database.execute(
        f"INSERT INTO trainings ({_CELLS}, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        (*cells, checksum(*cells)),
    )


def outcomes(
    database: Database, key: str, protocol_hash: str, device: str, seed: int | None = None
) -> dict[int, Outcome]:
    """Return the recorded trainings of a candidate by seed, in order; of one seed, or of all."""
    sql = f"SELECT {_CELLS}, {_checksum(database)} FROM trainings WHERE {_KEY}"
    values: tuple[object, ...] = (key, protocol_hash, device_type(device))
    if seed is not None:
        sql, values = f"{sql} AND seed = ?", (*values, seed)
    return {row[3]: _outcome(row) for row in database.rows(f"{sql} ORDER BY seed", values)}


def drop(database: Database, key: str, protocol_hash: str, seed: int, device: str) -> None:
    """Forget one training; an unknown one is none."""
    database.execute(
        f"DELETE FROM trainings WHERE {_KEY} AND seed = ?",
        (key, protocol_hash, device_type(device), seed),
    )


def drop_damaged(database: Database, key: str, protocol_hash: str, device: str) -> int:
    """Forget the trainings of a candidate whose rows are damaged; returns how many.

    A row that is as it was written, and is not read here, stays: another version wrote it.
    """
    where = (key, protocol_hash, device_type(device))
    dropped = 0
    with database.transaction():
        for row in database.rows(f"SELECT {_CELLS}, checksum FROM trainings WHERE {_KEY}", where):
            if not _is_damaged(row):
                continue
            # By the text of the seed: in a damaged row it may be anything.
            dropped += database.execute(
                f"DELETE FROM trainings WHERE {_KEY} AND quote(seed) = quote(?)", (*where, row[3])
            )
    return dropped


def devices(database: Database, protocol_hash: str) -> list[str]:
    """Return the types of device on which anything was trained under a protocol."""
    sql = "SELECT DISTINCT device FROM trainings WHERE protocol = ? ORDER BY device"
    return [device for (device,) in database.rows(sql, (protocol_hash,)) if isinstance(device, str)]


def of_protocol(database: Database, protocol_hash: str) -> list[tuple[str, Outcome]]:
    """Return text and outcome of each shared training that can be read, in one fixed order."""
    sql = (
        f"SELECT {_CELLS}, {_checksum(database)} FROM trainings WHERE protocol = ? "
        "AND instr(candidate, '@') = 0 ORDER BY candidate, device, seed"
    )
    found = []
    for row in database.rows(sql, (protocol_hash,)):
        with contextlib.suppress(RunsError):
            found.append((str(row[4]), _outcome(row)))
    return found


def scoped(key: str, run: str) -> str:
    """Return the key of a training that says something of one run only, as a time-out does."""
    return f"{key}@{run}"


def forget(database: Database, run: str) -> None:
    """Remove what is of one run only; what all runs share stays."""
    database.execute("DELETE FROM trainings WHERE substr(candidate, ?) = ?", _ending(run))


def rename(database: Database, old: str, new: str) -> None:
    """Give what is of one run only to its new name."""
    for row in list(_of_run(database, old)):
        key = row[0].removesuffix(scoped("", old))
        cells = (scoped(key, new), *row[1:7])
        database.execute(
            "UPDATE OR REPLACE trainings SET candidate = ?, checksum = ? "
            f"WHERE {_KEY} AND seed = ?",
            (cells[0], None if row[7] is None else checksum(*cells), *row[:4]),
        )


def _of_run(database: Database, run: str) -> Iterator[tuple[Any, ...]]:
    sql = f"SELECT {_CELLS}, checksum FROM trainings WHERE substr(candidate, ?) = ?"
    for row in database.rows(sql, _ending(run)):
        check(row[7], row[:7], _where(row[0], row[3]))
        yield row


def _ending(run: str) -> tuple[int, str]:
    """Return the values of `substr(candidate, ?) = ?` for the keys of a run."""
    end = scoped("", run)
    return -len(end), end


def _checksum(database: Database) -> str:
    return "NULL" if database.version < 2 else "checksum"


def _where(key: object, seed: object) -> str:
    return f"table trainings, candidate {printable(key)}, seed {quoted(seed)}: its outcome"


def _is_damaged(row: tuple[Any, ...]) -> bool:
    if row[7] is not None:
        return bool(row[7] != checksum(*row[:7]))
    try:
        _outcome(row)
    except RunsError:
        return True
    return False


def _outcome(row: tuple[Any, ...]) -> Outcome:
    key, seed, text = row[0], row[3], row[5]
    where = _where(key, seed)
    content = decode_mapping(text, where)
    try:
        outcome = Outcome.from_json(content)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        reason = printable(" ".join(str(error).split()))
        raise RunsError(f"{where} is malformed ({reason}): restore a copy of the store") from error
    if outcome.seed != seed:
        raise RunsError(f"{where} is of seed {outcome.seed}: restore a copy of the store")
    check(row[7], row[:7], where)
    return outcome
