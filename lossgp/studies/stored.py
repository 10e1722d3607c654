"""Runs that are stored, for Python: what `lossgp show` and `lossgp runs` are on a command line."""

from __future__ import annotations

from pathlib import Path

from lossgp.results.load import load as load_from
from lossgp.results.result import Result
from lossgp.runs import Store
from lossgp.runs.place import runs_directory


def load(run: str, runs_dir: Path | str | None = None) -> Result:
    """Return what a stored run has found up to its last complete generation; nothing is trained.

    Args:
        run: its name; `lossgp.runs()` lists them.
        runs_dir: where runs live; `$LOSSGP_RUNS`, else `./runs`, by default.

    Raises:
        RunsError: there is no such run, or its records cannot be read.
    """
    with Store.read_only(runs_directory(runs_dir)) as store:
        return load_from(store, run)
