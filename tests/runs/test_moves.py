"""Deleting and renaming runs: row and folder change as one, whenever the program is ended."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lossgp.runs import Run, RunsError, Store, moves
from lossgp.trainers import Outcome, Status

from .old_stores import old_store


def lost(seed: int) -> Outcome:
    return Outcome(seed, Status.TIMEOUT, {}, 1.0, "too long")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two runs with folders, a shared training, and a time-out of each run."""
    opened = Store.open(tmp_path)
    opened.memo.record("key", "p", "cpu", "text", Outcome(0, Status.OK, {"fid": 1.0}))
    for name in ("first", "second"):
        with opened.lock(name):
            run = opened.create_run(name, {"seeds": 2}, "p", "1", "cpu")
            opened.commit_generation(run, 0, [{"of": name}], [], {})
            opened.memo.record(f"key@{name}", "p", "cpu", "text", lost(1))
            (run.directory / "losses.csv").write_text(name)
    return opened


def folders(store: Store) -> dict[str, str]:
    """The folders of runs, hidden ones too, with whose files are in them."""
    return {p.parent.name: p.read_text() for p in store.runs_dir.glob("*/losses.csv")}


def deleted(store: Store) -> None:
    with store.lock("first"):
        store.delete_run("first")


def renamed(store: Store) -> None:
    with store.lock("first"):
        store.rename_run(store.run("first"), "third")


def test_a_deleted_run_is_gone_and_its_trainings_stay(store: Store) -> None:
    deleted(store)
    assert store.names() == ["second"]
    assert [g.individuals for g in store.generations(store.run("second"))] == [[{"of": "second"}]]
    assert folders(store) == {"second": "second"}
    assert not list(store.runs_dir.glob(".*"))
    assert set(store.memo.trainings("key", "p", "cpu")) == {0}
    # What says something of the deleted run only must not meet a new one of its name.
    assert store.memo.trainings("key@first", "p", "cpu") == {}
    assert store.memo.trainings("key@second", "p", "cpu") == {1: lost(1)}
    with store.lock("first"):
        assert store.generations(store.create_run("first", {}, "p", "1")) == []


def test_a_renamed_run_keeps_all_that_it_had(store: Store) -> None:
    before, generations = store.run("first"), store.generations(store.run("first"))
    renamed(store)
    run = store.run("third")
    assert (run.id, run.config, run.created) == (before.id, before.config, before.created)
    assert store.generations(run) == generations
    assert folders(store) == {"third": "first", "second": "second"}
    assert not (store.runs_dir / "third" / ".writer").exists()
    assert store.memo.trainings("key@third", "p", "cpu") == {1: lost(1)}
    assert store.memo.trainings("key@first", "p", "cpu") == {}
    with store.lock("third"):
        assert store.set_status(run, "failed").name == "third"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("second", "is taken"),
        ("first", "has this name already"),
        ("a/b", "run name 'a/b'"),
        ("Second", "capital letters only"),
        ("here", "there is a folder .*here, of no run"),
    ],
)
def test_a_rename_that_cannot_be_changes_nothing(store: Store, name: str, words: str) -> None:
    (store.runs_dir / "here").mkdir()
    with store.lock("first"), pytest.raises(RunsError, match=words):
        store.rename_run(store.run("first"), name)
    assert store.names() == ["second", "first"]
    assert folders(store) == {"first": "first", "second": "second"}


@pytest.mark.parametrize("change", [deleted, renamed])
def test_a_run_that_is_written_is_left_alone(store: Store, change: Callable[[Store], None]) -> None:
    with store.lock("first"), pytest.raises(RunsError, match="is being written by process"):
        change(store)
    assert folders(store) == {"first": "first", "second": "second"}


KILLED = """
import os, pathlib, sys
sys.path.insert(0, sys.argv[2])
from tests.runs import test_moves
from lossgp.runs import Store, moves
from lossgp.runs.memo import Memo
number = int(sys.argv[4])
steps = [(Memo, "forget"), (Memo, "rename"), (moves, "_finish"), (moves, "unsigned"),
         (moves, "sweep")]
owner, name = steps[number]
setattr(owner, name, lambda *given, **named: os._exit(9))
store = Store(pathlib.Path(sys.argv[1]), Store.open(pathlib.Path(sys.argv[1]))._database)
getattr(test_moves, sys.argv[3])(store)
"""


@pytest.mark.parametrize(
    ("change", "step", "is_done"),
    [
        ("deleted", 0, False), ("deleted", 2, True), ("deleted", 3, True),
        ("renamed", 1, False), ("renamed", 2, True), ("renamed", 3, True),
    ],
)  # fmt: skip
def test_whenever_it_is_killed_nothing_is_half_done(
    store: Store, change: str, step: int, is_done: bool
) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", KILLED, str(store.runs_dir), str(root), change, str(step)]
    assert subprocess.run(command, check=False).returncode == 9
    store.close()
    with Store.open(store.runs_dir) as again:
        name = {"deleted": None, "renamed": "third"}[change] if is_done else "first"
        assert set(again.names()) == {"second"} | ({name} if name else set())
        assert folders(again) == {"second": "second"} | ({name: "first"} if name else {})
        assert not list(store.runs_dir.glob(".deleted*"))
        scoped = {n: bool(again.memo.trainings(f"key@{n}", "p", "cpu")) for n in ("first", "third")}
        assert scoped == {n: n == name for n in ("first", "third")}


def test_a_folder_that_cannot_move_is_moved_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(old: Path, new: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(moves, "_renamed", stuck)
    with pytest.raises(RunsError, match=r"is deleted from the store, but its folder .*first cann"):
        deleted(store)
    with Store.open(store.runs_dir) as other, pytest.raises(RunsError, match="still to be moved"):
        other.create_run("first", {}, "p", "1")
    monkeypatch.undo()
    with Store.open(store.runs_dir) as other:
        assert folders(other) == {"second": "second"}
        assert other.create_run("first", {}, "p", "1").name == "first"


def test_a_run_that_cannot_be_read_can_be_deleted(store: Store) -> None:
    store._database.execute("UPDATE runs SET config = '[' WHERE name = 'first'")
    deleted(store)
    assert store.names() == ["second"]


def test_the_checkpoints_of_all_are_kept_when_an_old_run_of_that_name_goes(tmp_path: Path) -> None:
    old_store(tmp_path)
    with Store.open(tmp_path) as store:
        store._database.execute("UPDATE runs SET name = 'checkpoints', checksum = NULL")
        (tmp_path / "checkpoints").mkdir()
        (tmp_path / "checkpoints" / "a.safetensors").write_text("kept")
        with store.lock("checkpoints"):
            store.delete_run("checkpoints")
        assert store.names() == []
    assert (tmp_path / "checkpoints" / "a.safetensors").read_text() == "kept"


def test_an_edited_plan_sends_no_folder_elsewhere(store: Store, tmp_path: Path) -> None:
    store._database.execute("INSERT INTO moves VALUES ('first', '../elsewhere')")
    with Store.open(tmp_path) as again:
        assert folders(again) == {"first": "first", "second": "second"}


def test_a_note_is_kept_and_has_an_end(store: Store) -> None:
    run: Run = store.set_note(store.run("first"), "ünï \x1b[31m")
    assert store.run("first") == run
    assert run.note == "ünï \x1b[31m"
    with pytest.raises(RunsError, match=r"has 1,001 characters; it may have 1,000"):
        store.set_note(run, "x" * 1001)
