"""The store: every run of a directory, and the memo of trainings that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from . import (
    confirmation_table,
    generation_table,
    lesson_table,
    moves,
    rescored_table,
    run_table,
)
from .cells import encode
from .database import Database, open_to_read, open_to_write
from .device import device_type
from .errors import RunsError
from .lock import is_held, writing
from .memo import Memo
from .names import checked_name, new_name
from .records import CommittedGeneration, Run, RunStatus, Unreadable

_LONGEST_NOTE = 1000


class Store:
    """All runs of one directory, in one SQLite file.

    What a method has written when it returns survives a killed process. A store belongs to
    the thread that opened it; several processes may have the same directory open, and
    :meth:`lock` keeps a run to one writer. Every method raises :class:`RunsError` where the
    file cannot be read or written.

    Attributes:
        runs_dir: the directory.
        memo: the trainings that its runs share.

    Example::

        with Store.open(Path("runs")) as store, store.lock("first"):
            run = store.create_run("first", {"generations": 10}, protocol.hash(), version)
    """

    def __init__(self, runs_dir: Path, database: Database) -> None:
        """Wrap an open database; use :meth:`open` or :meth:`read_only`."""
        self.runs_dir = runs_dir
        self.memo = Memo(database)
        self._database = database

    @classmethod
    def open(cls, runs_dir: Path, *, create: bool = True) -> Self:
        """Open the store of ``runs_dir`` to write; ``create`` makes the directory and the file.

        A file of an older version is brought up to date, and what a killed command has left
        undone is done.

        Raises :class:`RunsError` where the directory is missing, no directory or not
        writable, and where the file is damaged, of another program, or of a newer version.
        """
        store = cls(runs_dir, open_to_write(runs_dir, create=create))
        moves.complete(store._database)
        return store

    @classmethod
    def read_only(cls, runs_dir: Path) -> Self:
        """Open the store of ``runs_dir`` to read; it may be an archive that nobody may write.

        Nothing is made or changed: not a missing file, nor the schema of an older version.
        Raises :class:`RunsError` as :meth:`open` does.
        """
        return cls(runs_dir, open_to_read(runs_dir))

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        self._database.close()

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
        self,
        name: str,
        config: Mapping[str, Any],
        protocol_hash: str,
        version: str,
        device: str | None = None,
        lessons: Sequence[Mapping[str, Any]] | None = None,
    ) -> Run:
        """Record a new run, with status ``running``; raises if the name is taken or not allowed.

        Of ``device`` its type is kept (``cuda:1`` is ``cuda``). ``lessons`` is what its surrogate
        learns from, and never changes.
        """
        content = None if lessons is None else encode(list(lessons))
        run_table.create(self._database, name, config, protocol_hash, version, device, content)
        return self.run(name)

    def run(self, name: str) -> Run:
        """Return the run called ``name``; raises, with the nearest names, if there is none."""
        return run_table.read(self._database, name)

    def names(self) -> list[str]:
        """Return the names of all runs, the newest first; their rows need not be readable."""
        return run_table.names(self._database)

    def runs(self) -> list[Run]:
        """Return all runs, oldest first; raises at the first that cannot be read."""
        found = self.listed()
        for run in found:
            if isinstance(run, Unreadable):
                raise RunsError(run.reason)
        return [run for run in found if isinstance(run, Run)]

    def listed(self) -> list[Run | Unreadable]:
        """Return all runs, oldest first; in the place of one that cannot be read, why."""
        return run_table.read_all(self._database)

    def set_status(self, run: Run, status: RunStatus | str) -> Run:
        """Record where the run stands, and return it as it now is."""
        return self._update(run, status=RunStatus(status).value)

    def update_config(self, run: Run, config: Mapping[str, Any]) -> Run:
        """Replace the run's configuration (to extend it by generations), and return the run."""
        return self._update(run, config=encode(config))

    def set_device(self, run: Run, device: str) -> Run:
        """Record the type of device that a run of an older version trains on."""
        return self._update(run, device=device_type(device))

    def set_note(self, run: Run, note: str) -> Run:
        """Write a person's words to a run, in the place of those before, and return the run."""
        if len(note) > _LONGEST_NOTE:
            raise RunsError(
                f"the note has {len(note):,} characters; it may have {_LONGEST_NOTE:,} at most"
            )
        return self._update(run, note=note.encode("utf-8", "replace").decode())

    def rename_run(self, run: Run, name: str) -> Run:
        """Give a run and its folder another name; hold its :meth:`lock`.

        Raises :class:`RunsError`, and changes nothing, where the name is taken or not allowed.
        """
        moves.rename(self._database, run, name)
        return self.run(name)

    def delete_run(self, name: str) -> None:
        """Delete a run, its generations and its folder; hold its :meth:`lock`.

        Its trainings stay in the memo. The run's row need not be readable.
        """
        moves.delete(self._database, name)

    def is_written(self, run: Run) -> bool:
        """Tell whether a process holds the run's :meth:`lock`; nothing is written to find out."""
        return is_held(run.directory)

    def lock(self, name: str) -> AbstractContextManager[None]:
        """Hold the only right to write run ``name`` while the block lasts.

        Raises :class:`RunsError` at once if another process writes it. The lock ends with the
        process, however it ends. It also keeps a name that is about to be created.
        """
        known = self.names()
        if name not in known:
            new_name(name, known)
        return writing(self.runs_dir / checked_name(name))

    # Generations

    def rewind(self, run: Run, generation: int) -> None:
        """Forget this generation of a run and all later ones; its trainings stay in the memo."""
        generation_table.rewind(self._database, run, generation)

    def commit_generation(
        self,
        run: Run,
        generation: int,
        individuals: Sequence[Mapping[str, Any]],
        archive: Sequence[Mapping[str, Any]],
        rejects: Mapping[str, int],
        rescored: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Commit a generation as one: all of it is there afterwards, or nothing.

        ``rescored`` are individuals of earlier generations whose scores it has changed.

        The same content again is a no-op, so that a resumed run may replay what it had.
        Generations count from 0 and leave no gap. Raises :class:`RunsError` for other content
        under a committed number, ``ValueError`` for a gap and for NaN or infinities.
        """
        content = (encode(list(individuals)), encode(list(archive)), encode(dict(rejects)))
        changed = encode(list(rescored)) if rescored else None
        generation_table.commit(self._database, run, generation, content, changed)

    def generation(self, run: Run, generation: int) -> CommittedGeneration:
        """Return one committed generation; raises :class:`RunsError` if it is not there."""
        found = self.generations(run)
        if not 0 <= generation < len(found):
            raise RunsError(
                f"run '{run.name}' has no generation {generation}: it has "
                f"{len(found)} generations, counted from 0"
            )
        return found[generation]

    def generations(self, run: Run) -> list[CommittedGeneration]:
        """Return all committed generations, first to last."""
        return generation_table.read(self._database, run)

    def set_final(self, run: Run, rescored: Sequence[Mapping[str, Any]]) -> None:
        """Record the individuals that the race after the last generation has changed.

        It holds as long as no further generation is committed, nor one taken back.
        """
        count = len(self.generations(run))
        with self._database.transaction():
            rescored_table.put(self._database, run, count, encode(list(rescored)))

    def rescored(self, run: Run) -> dict[int, list[dict[str, Any]]]:
        """Return by generation the individuals of earlier ones whose scores it has changed.

        The race after the last generation stands under the number of the one that would follow.
        """
        return rescored_table.read(self._database, run)

    # What runs have learnt from, and what of them is confirmed

    def lessons(self, run: Run) -> list[dict[str, Any]]:
        """Return what the run's surrogate learnt from before it began."""
        return lesson_table.read(self._database, run)

    def set_confirmation(self, run: Run, protocol_hash: str, content: Mapping[str, Any]) -> None:
        """Record what of a run is confirmed under a protocol, in the place of an older record."""
        confirmation_table.put(self._database, run, protocol_hash, encode(content))

    def confirmations(self, run: Run) -> dict[str, dict[str, Any]]:
        """Return what of a run is confirmed, by the hash of the protocol, the oldest first."""
        return confirmation_table.read(self._database, run)

    def _update(self, run: Run, **cells: str) -> Run:
        run_table.update(self._database, run, **cells)
        return self.run(run.name)
