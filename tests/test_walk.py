"""The walk from `lossgp evolve` to a stored training, as CONTRIBUTING names it."""

from __future__ import annotations

import inspect
import re
import traceback
from pathlib import Path

import pytest

import lossgp
from lossgp.cli.evolve import command
from lossgp.runs import LocalEngine
from lossgp.runs.memo import Memo

from .studies.inline import Laboratory, laboratory

__all__ = ["laboratory"]

TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text("utf-8")
WALK = re.findall(r"^\d\. `(\S+\.py)`:", TEXT, re.MULTILINE)
BETWEEN = {"cli/under_display.py", "studies/session.py", "runs/plan.py"}
"""What stands between them on the stack, and decides nothing."""


def on_the_stack() -> list[str]:
    """Return the package's files that have called what calls this, each once, the first first."""
    package = Path(inspect.getfile(lossgp)).parent
    called = [Path(frame.filename) for frame in traceback.extract_stack()]
    inside = [path.relative_to(package).as_posix() for path in called if package in path.parents]
    return list(dict.fromkeys(inside))


def test_it_is_six_files_long_at_most_and_helpers_are_named():
    assert 0 < len(WALK) <= 6
    assert all(name.split("/")[-1] in TEXT for name in BETWEEN)


def test_it_is_what_the_calls_are(
    laboratory: Laboratory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted, recorded = [], []
    record, submit = Memo.record, Laboratory.submit

    def recording(self: Memo, *cells: object) -> None:
        recorded.append(on_the_stack())
        record(self, *cells)

    def submitting(self: Laboratory, task: object) -> None:
        submitted.append(on_the_stack())
        submit(self, task)

    monkeypatch.setattr(Memo, "record", recording)
    monkeypatch.setattr(Laboratory, "submit", submitting)
    command.main(
        ["--preset", "plain", "--population", "2", "--generations", "1", "--seeds", "1",
         "--confirm", "0", "--runs-dir", str(tmp_path)],
        standalone_mode=False,
    )  # fmt: skip
    *before, engine, memo = WALK
    candidates = [files for files in submitted if "studies/contest.py" in files]
    assert candidates
    assert all([f for f in files if f not in BETWEEN] == before for files in candidates)
    assert Path(inspect.getfile(LocalEngine)).as_posix().endswith(f"lossgp/{engine}")
    ends = [files for files in recorded if "studies/contest.py" in files]
    assert ends
    assert all([f for f in files if f not in BETWEEN] == [*before, memo] for files in ends)
