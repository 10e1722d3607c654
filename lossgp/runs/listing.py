"""`lossgp.runs()`: the runs of a directory."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from .place import runs_directory
from .records import Run
from .schema import FILE_NAME
from .store import Store


def stored_runs(runs_dir: Path | str | None = None) -> list[Run]:
    """Return the runs of a directory, oldest first; none where there is no store.

    Args:
        runs_dir: where runs live; `$LOSSGP_RUNS`, else `./runs`, by default.

    Raises:
        RunsError: the store cannot be read. A run whose own records are damaged is left out.
    """
    directory = runs_directory(runs_dir)
    if not (directory / FILE_NAME).exists():
        return []
    with Store.read_only(directory) as store:
        return store.runs()


class CallableRoom(ModuleType):
    """The package `lossgp.runs`, which can also be called.

    In Python a user asks for what `lossgp runs` prints as `lossgp.runs()`, and this package
    has had that name first.
    """

    def __call__(self, runs_dir: Path | str | None = None) -> list[Run]:
        """Return the runs of a directory; see `stored_runs`."""
        return stored_runs(runs_dir)
