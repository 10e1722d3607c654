"""The memo: every finished training of a runs directory, and what of it one run may use."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, final

from lossgp.common.echo import printable, quoted
from lossgp.trainers import Outcome, Status

from .answers import checked
from .cells import check, checksum, decode_mapping, encode, now
from .database import Database
from .device import device_type
from .errors import RunsError

# Outcomes that say something of the machine and its limits, not only of the loss: they are
# remembered for the run that met them, not shared with the other runs of the directory.
UNFINISHED = frozenset({Status.TIMEOUT, Status.CRASHED})
"""How a training ends that the machine did not let end: another time it may end otherwise."""

FAILED = UNFINISHED | {Status.ERROR}
"""How a training ends that measured nothing, though the loss may not be to blame."""

_KEY = "candidate = ? AND protocol = ? AND device = ?"
_CELLS = "candidate, protocol, device, seed, text, outcome, finished"


@dataclass(frozen=True)
class RunMemo:
    """The memo under one protocol, for the run `scope`.

    Attributes:
        memo, protocol, device: where, and the other half of the memo's key.
        metric: what a training must measure to be called ok.
        scope: the run's name; time-outs and crashes are remembered under it.
        retry: how trainings ended that are done once more, if they were recorded before this.
    """

    memo: Memo
    protocol: str
    device: str
    metric: str
    scope: str
    retry: Collection[Status]
    _recorded_here: set[tuple[str, int]] = field(default_factory=set)

    def known(self, key: str, own_first: bool = False) -> dict[int, Outcome]:
        """Return the outcomes of a loss by seed; an old row may be one that cannot be scored.

        Where another run has ended well what crashed here, that is taken, unless `own_first`.
        """
        shared, own = (self._stored(each) for each in (key, scoped(key, self.scope)))
        both = {**shared, **own} if own_first else {**own, **shared}
        return {seed: checked(o, self.metric) for seed, o in sorted(both.items())}

    def to_build_on(self, key: str) -> dict[int, Outcome]:
        """Return what is known and is not to be tried once more."""
        return {seed: o for seed, o in self.known(key).items() if not self._again(key, o)}

    def record(self, key: str, text: str, outcome: Outcome) -> None:
        """Commit an outcome, in the place of one that was tried once more."""
        before = self.known(key).get(outcome.seed) if self.retry else None
        if before is not None and self._again(key, before):
            for each in (key, scoped(key, self.scope)):
                self.memo.drop(each, self.protocol, outcome.seed, self.device)
        under = scoped(key, self.scope) if outcome.status in UNFINISHED else key
        self.memo.record(under, self.protocol, self.device, text, outcome)
        self._recorded_here.add((key, outcome.seed))

    def _stored(self, key: str) -> dict[int, Outcome]:
        """Return the rows of the memo; damaged ones go, so that they are trained again."""
        try:
            return self.memo.trainings(key, self.protocol, self.device)
        except RunsError:
            if not self.memo.drop_damaged(key, self.protocol, self.device):
                raise
            return self.memo.trainings(key, self.protocol, self.device)

    def _again(self, key: str, outcome: Outcome) -> bool:
        return outcome.status in self.retry and (key, outcome.seed) not in self._recorded_here


def protocol_at(protocol_hash: str, part: float) -> str:
    """Return under what the memo keeps a training that was measured at a part of its length.

    The whole has the protocol's own hash, and a part another key: so nobody who asks for
    trainings is given one that was not run to its end.
    """
    return protocol_hash if part == 1 else f"{protocol_hash}@{part!r}"


def scoped(key: str, run: str) -> str:
    """Return the key of a training that says something of one run only, as a time-out does."""
    return f"{key}@{run}"


@final
class Memo:
    """The trainings that all runs of a directory share: a table of its store.

    Of a device only its type counts (``cuda:1`` is ``cuda``).
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self, key: str, protocol_hash: str, device: str, text: str, outcome: Outcome
    ) -> None:
        """Commit one finished training; where it is known already, the first record stays.

        Args:
            key: the candidate's key.
            protocol_hash: hash of the protocol it was trained under.
            device: where it was trained.
            text: the candidate as people read it; stored for them only.
            outcome: what came of it.
        """
        result = encode(outcome.to_json())
        cells = (key, protocol_hash, device_type(device), outcome.seed, text, result, now())
        self._database.execute(
            f"INSERT INTO trainings ({_CELLS}, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            (*cells, checksum(*cells)),
        )

    def training(self, key: str, protocol_hash: str, seed: int, device: str) -> Outcome | None:
        """Return the recorded training of a candidate under one seed, or None."""
        return self._read(key, protocol_hash, device, " AND seed = ?", seed).get(seed)

    def trainings(self, key: str, protocol_hash: str, device: str) -> dict[int, Outcome]:
        """Return all recorded trainings of a candidate, by seed, in the order of the seeds."""
        return self._read(key, protocol_hash, device)

    def trainings_of_all(self, protocol_hash: str) -> list[tuple[str, Outcome]]:
        """Return all trainings under a protocol, in one fixed order: the loss's text, the outcome.

        Those that say something of one run only, as a time-out does, and damaged ones are left
        out.
        """
        sql = (
            f"SELECT {_CELLS}, {self._checksum} FROM trainings WHERE protocol = ? "
            "AND instr(candidate, '@') = 0 ORDER BY candidate, device, seed"
        )
        found = []
        for row in self._database.rows(sql, (protocol_hash,)):
            with contextlib.suppress(RunsError):
                found.append((str(row[4]), _outcome(row)))
        return found

    def devices(self, protocol_hash: str) -> list[str]:
        """Return the types of device on which anything was trained under a protocol."""
        sql = "SELECT DISTINCT device FROM trainings WHERE protocol = ? ORDER BY device"
        rows = self._database.rows(sql, (protocol_hash,))
        return [device for (device,) in rows if isinstance(device, str)]

    def drop(self, key: str, protocol_hash: str, seed: int, device: str) -> None:
        """Forget one training, so that it may be recorded anew; an unknown one is none."""
        self._database.execute(
            f"DELETE FROM trainings WHERE {_KEY} AND seed = ?",
            (key, protocol_hash, device_type(device), seed),
        )

    def drop_damaged(self, key: str, protocol_hash: str, device: str) -> int:
        """Forget the trainings of a candidate whose rows are damaged; returns how many.

        They can be done again, and end as they did. A row that is as it was written, and is not
        read here, stays: another version wrote it.
        """
        where = (key, protocol_hash, device_type(device))
        sql = f"SELECT {_CELLS}, checksum FROM trainings WHERE {_KEY}"
        dropped = 0
        with self._database.transaction():
            for row in self._database.rows(sql, where):
                if not _is_damaged(row):
                    continue
                # By the text of the seed: in a damaged row it may be anything.
                dropped += self._database.execute(
                    f"DELETE FROM trainings WHERE {_KEY} AND quote(seed) = quote(?)",
                    (*where, row[3]),
                )
        return dropped

    def forget(self, run: str) -> None:
        """Remove what is of one run only; what all runs share stays."""
        self._database.execute("DELETE FROM trainings WHERE substr(candidate, ?) = ?", _ending(run))

    def rename(self, old: str, new: str) -> None:
        """Give what is of one run only to its new name."""
        for row in list(self._of_run(old)):
            key = row[0].removesuffix(scoped("", old))
            cells = (scoped(key, new), *row[1:7])
            self._database.execute(
                "UPDATE OR REPLACE trainings SET candidate = ?, checksum = ? "
                f"WHERE {_KEY} AND seed = ?",
                (cells[0], None if row[7] is None else checksum(*cells), *row[:4]),
            )

    def _read(
        self, key: str, protocol_hash: str, device: str, where: str = "", *values: object
    ) -> dict[int, Outcome]:
        sql = f"SELECT {_CELLS}, {self._checksum} FROM trainings WHERE {_KEY}{where} ORDER BY seed"
        cells = (key, protocol_hash, device_type(device), *values)
        return {row[3]: _outcome(row) for row in self._database.rows(sql, cells)}

    def _of_run(self, run: str) -> Iterator[tuple[Any, ...]]:
        sql = f"SELECT {_CELLS}, checksum FROM trainings WHERE substr(candidate, ?) = ?"
        for row in self._database.rows(sql, _ending(run)):
            check(row[7], row[:7], _where(row[0], row[3]))
            yield row

    @property
    def _checksum(self) -> str:
        return "NULL" if self._database.version < 2 else "checksum"


def _ending(run: str) -> tuple[int, str]:
    """Return the values of `substr(candidate, ?) = ?` for the keys of a run."""
    end = scoped("", run)
    return -len(end), end


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
