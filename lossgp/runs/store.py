"""The store: every run of a directory, and the memo of trainings that they share."""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lossgp.trainers import Outcome

from .database import FILE_NAME, connect, transaction, translated
from .errors import RunsError
from .lock import writing
from .records import (
    Generation,
    Run,
    RunStatus,
    checked_name,
    decode_counts,
    decode_mapping,
    decode_mappings,
    decode_status,
    decode_text,
    decode_time,
    encode,
)

_RUN_COLUMNS = "id, name, config, protocol, version, status, created, updated"
_GENERATION_COLUMNS = "generation, individuals, archive, rejects, finished"
_MEMO_KEY = "candidate = ? AND protocol = ? AND device = ?"


class Store:
    """All runs of one directory, in one SQLite file.

    What a method has written when it returns survives a killed process. A store belongs to
    the thread that opened it; several processes may have the same directory open, and
    :meth:`lock` keeps a run to one writer. Every method raises :class:`RunsError` where the
    file cannot be read or written.

    Example::

        with Store.open(Path("runs")) as store, store.lock("first"):
            run = store.create_run("first", {"generations": 10}, protocol.hash(), version)
    """

    def __init__(self, runs_dir: Path, connection: sqlite3.Connection) -> None:
        """Wrap an open connection; use :meth:`open`."""
        self.runs_dir = runs_dir
        self._path = runs_dir / FILE_NAME
        self._connection = connection

    @classmethod
    def open(cls, runs_dir: Path, *, create: bool = True) -> Self:
        """Open the store of ``runs_dir``; ``create`` makes the directory and the file.

        Raises :class:`RunsError` where the directory is missing, no directory or not
        writable, and where the file is damaged, of another program, or of a newer version.
        """
        return cls(runs_dir, connect(runs_dir, create=create))

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # Runs

    def create_run(
        self, name: str, config: Mapping[str, Any], protocol_hash: str, version: str
    ) -> Run:
        """Record a new run, with status ``running``; raises if the name is taken or not allowed."""
        now = _now()
        row = (checked_name(name), encode(config), protocol_hash, version, "running", now, now)
        try:
            self._execute(
                "INSERT INTO runs (name, config, protocol, version, status, created, updated) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
        except RunsError as error:
            if isinstance(error.__cause__, sqlite3.IntegrityError):
                raise RunsError(
                    f"run name '{name}' is taken in {self.runs_dir}: resume that run, or choose "
                    "another name"
                ) from None
            raise
        return self.run(name)

    def run(self, name: str) -> Run:
        """Return the run called ``name``; raises, with the nearest names, if there is none."""
        rows = self._rows(f"SELECT {_RUN_COLUMNS} FROM runs WHERE name = ?", (name,))
        if not rows:
            raise RunsError(self._unknown(name))
        return self._run(rows[0])

    def runs(self) -> list[Run]:
        """Return all runs, oldest first."""
        return [
            self._run(row) for row in self._rows(f"SELECT {_RUN_COLUMNS} FROM runs ORDER BY id")
        ]

    def set_status(self, run: Run, status: RunStatus | str) -> Run:
        """Record where the run stands, and return it as it now is."""
        return self._update(run, "status", RunStatus(status).value)

    def update_config(self, run: Run, config: Mapping[str, Any]) -> Run:
        """Replace the run's configuration (to extend it by generations), and return the run."""
        return self._update(run, "config", encode(config))

    def lock(self, name: str) -> AbstractContextManager[None]:
        """Hold the only right to write run ``name`` while the block lasts.

        Raises :class:`RunsError` at once if another process writes it. The lock ends with the
        process, however it ends. It also keeps a name that is about to be created.
        """
        return writing(self.runs_dir / checked_name(name))

    # The memo of trainings

    def record(
        self, key: str, protocol_hash: str, device: str, text: str, outcome: Outcome
    ) -> None:
        """Commit one finished training; where it is known already, the first record stays.

        Args:
            key: the candidate's key.
            protocol_hash: hash of the protocol it was trained under.
            device: where it was trained; only its type counts (``cuda:1`` is ``cuda``).
            text: the candidate as people read it; stored for them only.
            outcome: what came of it.
        """
        self._execute(
            "INSERT INTO trainings (candidate, protocol, device, seed, text, outcome, finished) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                *(key, protocol_hash, _device_type(device), outcome.seed),
                *(text, encode(outcome.to_json()), _now()),
            ),
        )

    def training(self, key: str, protocol_hash: str, seed: int, device: str) -> Outcome | None:
        """Return the recorded training of a candidate under one seed, or None."""
        rows = self._rows(
            f"SELECT seed, outcome FROM trainings WHERE {_MEMO_KEY} AND seed = ?",
            (key, protocol_hash, _device_type(device), seed),
        )
        return _outcome(rows[0], key) if rows else None

    def trainings(self, key: str, protocol_hash: str, device: str) -> dict[int, Outcome]:
        """Return all recorded trainings of a candidate, by seed, in the order of the seeds."""
        rows = self._rows(
            f"SELECT seed, outcome FROM trainings WHERE {_MEMO_KEY} ORDER BY seed",
            (key, protocol_hash, _device_type(device)),
        )
        return {row[0]: _outcome(row, key) for row in rows}

    def drop_training(self, key: str, protocol_hash: str, seed: int, device: str) -> None:
        """Forget one training, so that it may be recorded anew; an unknown one is none."""
        self._execute(
            f"DELETE FROM trainings WHERE {_MEMO_KEY} AND seed = ?",
            (key, protocol_hash, _device_type(device), seed),
        )

    # Generations

    def rewind(self, run: Run, generation: int) -> None:
        """Forget this generation of a run and all later ones; its trainings stay in the memo."""
        self._execute(
            "DELETE FROM generations WHERE run = ? AND generation >= ?", (run.id, generation)
        )

    def commit_generation(
        self,
        run: Run,
        generation: int,
        individuals: Sequence[Mapping[str, Any]],
        archive: Sequence[Mapping[str, Any]],
        rejects: Mapping[str, int],
    ) -> None:
        """Commit a generation as one: all of it is there afterwards, or nothing.

        The same content again is a no-op, so that a resumed run may replay what it had.
        Generations count from 0 and leave no gap. Raises :class:`RunsError` for other content
        under a committed number, ``ValueError`` for a gap and for NaN or infinities.
        """
        content = (encode(list(individuals)), encode(list(archive)), encode(dict(rejects)))
        with translated(self._path), transaction(self._connection):
            known = self._connection.execute(
                "SELECT individuals, archive, rejects FROM generations "
                "WHERE run = ? AND generation = ?",
                (run.id, generation),
            ).fetchone()
            if known is None:
                self._append_generation(run, generation, content)
            elif known != content:
                parts = ("individuals", "archive", "rejects")
                differ = [n for n, a, b in zip(parts, known, content, strict=True) if a != b]
                raise RunsError(
                    f"run '{run.name}', generation {generation}: the {' and '.join(differ)} "
                    "differ from those that were committed, so this version cannot continue the "
                    f"run exactly (it was made by {run.version}); use that version, or start a "
                    "new run"
                )

    def generation(self, run: Run, generation: int) -> Generation:
        """Return one committed generation; raises :class:`RunsError` if it is not there."""
        rows = self._rows(
            f"SELECT {_GENERATION_COLUMNS} FROM generations WHERE run = ? AND generation = ?",
            (run.id, generation),
        )
        if not rows:
            raise RunsError(
                f"run '{run.name}' has no generation {generation}: it has "
                f"{len(self.generations(run))} generations, counted from 0"
            )
        return _generation(rows[0], run.name)

    def generations(self, run: Run) -> list[Generation]:
        """Return all committed generations, first to last."""
        rows = self._rows(
            f"SELECT {_GENERATION_COLUMNS} FROM generations WHERE run = ? ORDER BY generation",
            (run.id,),
        )
        return [_generation(row, run.name) for row in rows]

    # Inside

    def _append_generation(self, run: Run, generation: int, content: tuple[str, str, str]) -> None:
        (count,) = self._connection.execute(
            "SELECT count(*) FROM generations WHERE run = ?", (run.id,)
        ).fetchone()
        if generation != count:
            raise ValueError(
                f"generation {generation} of run '{run.name}': the next one is {count}; commit "
                "them in order"
            )
        self._connection.execute(
            "INSERT INTO generations (run, generation, individuals, archive, rejects, finished) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (run.id, generation, *content, _now()),
        )

    def _execute(self, sql: str, values: Sequence[object]) -> None:
        with translated(self._path):
            self._connection.execute(sql, values)

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with translated(self._path):
            return self._connection.execute(sql, values).fetchall()

    def _update(self, run: Run, column: str, value: str) -> Run:
        self._execute(
            f"UPDATE runs SET {column} = ?, updated = ? WHERE id = ?", (value, _now(), run.id)
        )
        return self.run(run.name)

    def _run(self, row: tuple[Any, ...]) -> Run:
        number, name, config, protocol, version, status, created, updated = row
        where = f"table runs, run {name!r}: its"
        return Run(
            id=number,
            name=checked_name(decode_text(name, where + " name")),
            config=decode_mapping(config, where + " config"),
            protocol_hash=decode_text(protocol, where + " protocol"),
            version=decode_text(version, where + " version"),
            status=decode_status(status, where + " status"),
            created=decode_time(created, where + " created"),
            updated=decode_time(updated, where + " updated"),
            directory=self.runs_dir / name,
        )

    def _unknown(self, name: str) -> str:
        names = [row[0] for row in self._rows("SELECT name FROM runs ORDER BY id DESC")]
        if not names:
            return f"no run called {name!r}: {self.runs_dir} holds no runs yet; start one"
        near = difflib.get_close_matches(name, names, n=1)
        more = ", ..." if len(names) > 5 else ""
        return (
            f"no run called {name!r} in {self.runs_dir}: "
            + (f"did you mean '{near[0]}'? " if near else "")
            + f"it holds {', '.join(names[:5])}{more}"
        )


def _generation(row: tuple[Any, ...], name: str) -> Generation:
    number, individuals, archive, rejects, finished = row
    where = f"table generations, run '{name}', generation {number}: its"
    return Generation(
        generation=number,
        individuals=decode_mappings(individuals, where + " individuals"),
        archive=decode_mappings(archive, where + " archive"),
        rejects=decode_counts(rejects, where + " rejects"),
        finished=decode_time(finished, where + " finished"),
    )


def _outcome(row: tuple[Any, ...], key: str) -> Outcome:
    seed, text = row
    where = f"table trainings, candidate {key}, seed {seed}: its outcome"
    content = decode_mapping(text, where)
    try:
        outcome = Outcome.from_json(content)
    except (ValueError, TypeError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise RunsError(f"{where} is malformed ({reason}): restore a copy of the store") from error
    if outcome.seed != seed:
        raise RunsError(f"{where} is of seed {outcome.seed}: restore a copy of the store")
    return outcome


def _device_type(device: str) -> str:
    """Return the device without its number: two cards of a kind share the memo."""
    return device.partition(":")[0]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
