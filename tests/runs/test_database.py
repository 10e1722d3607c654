"""What can be wrong with a runs directory or its file, and what people are told."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from lossgp.runs import FILE_NAME, RunsError, Store
from lossgp.runs.schema import SCHEMA_VERSION
from lossgp.trainers import Outcome, Status


def outcome(seed: int) -> Outcome:
    return Outcome(seed, Status.OK, {"fid": 1.5}, 0.25)


def filled(runs_dir: Path) -> None:
    with Store.open(runs_dir) as store:
        run = store.create_run("first", {"generations": 3}, "p", "1.0")
        for seed in range(60):
            store.memo.record("key", "p", "cpu", "x" * 500, outcome(seed))
        store.commit_generation(run, 0, [{"key": "key"}], [], {"flat": 2})


def altered(runs_dir: Path, sql: str) -> None:
    connection = sqlite3.connect(runs_dir / FILE_NAME)
    connection.execute(sql)
    connection.commit()
    connection.close()


def test_a_missing_store_is_not_made_unless_asked(tmp_path: Path) -> None:
    with pytest.raises(RunsError, match="does not exist"):
        Store.open(tmp_path / "none", create=False)
    with pytest.raises(RunsError, match="no runs in"):
        Store.open(tmp_path, create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("create", [True, False])
def test_a_file_is_no_directory(tmp_path: Path, create: bool) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunsError, match="is not a directory"):
        Store.open(tmp_path / "file", create=create)


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunsError, match="file/below"):
        Store.open(tmp_path / "file" / "below")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_without_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RunsError, match="not writable"):
        Store.open(tmp_path)
    tmp_path.chmod(0o700)


@pytest.mark.parametrize("garbage", [b"hello", b"not a database at all\n" * 1000, b"\0" * 5000])
def test_garbage_is_not_a_database(tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(garbage)
    with pytest.raises(RunsError, match=r"lossgp\.db is not a database"):
        Store.open(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == garbage


def test_a_truncated_file_is_refused_at_every_length(tmp_path: Path) -> None:
    filled(tmp_path)
    with Store.open(tmp_path) as store, store.lock("first"):
        (tmp_path / "first" / "table.csv").write_text("")
    whole = (tmp_path / FILE_NAME).read_bytes()
    assert len(whole) > 10 * 4096
    lengths = [0, 1, 16, 99, 100, 511, 512, 1000, 4095, 4096, 4097, 8192, 20_000, len(whole) - 1]
    for length in [*lengths, *range(4096, len(whole), 4096)]:
        (tmp_path / FILE_NAME).write_bytes(whole[:length])
        with pytest.raises(RunsError, match=r"lossgp\.db is (damaged|not a database|empty)"):
            Store.open(tmp_path)
    (tmp_path / FILE_NAME).write_bytes(whole)
    with Store.open(tmp_path) as store:
        assert len(store.memo.trainings("key", "p", "cpu")) == 60


def test_damage_inside_is_refused_or_named_when_read(tmp_path: Path) -> None:
    filled(tmp_path)
    whole = (tmp_path / FILE_NAME).read_bytes()
    for start in range(4096, len(whole), 4096):
        (tmp_path / FILE_NAME).write_bytes(whole[:start] + b"\xa5" * 2048 + whole[start + 2048 :])
        with pytest.raises(RunsError):
            _read_all(tmp_path)


def test_a_newer_version_is_refused_and_says_what_to_do(tmp_path: Path) -> None:
    filled(tmp_path)
    altered(tmp_path, "PRAGMA user_version = 7")
    expected = rf"newer lossgp \(schema 7; .* up to {SCHEMA_VERSION}\): upgrade"
    with pytest.raises(RunsError, match=expected):
        Store.open(tmp_path)


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("CREATE TABLE runs (x)")
    connection.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(RunsError, match="of another program"):
        Store.open(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_a_creation_that_was_cut_short_is_finished(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"")
    with Store.open(tmp_path) as store:
        assert store.runs() == []


def test_a_store_that_another_process_blocks_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path)
    monkeypatch.setattr("lossgp.runs.reading.BUSY_SECONDS", 0.05)
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    with Store.open(tmp_path) as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RunsError, match="locked by another process"):
            store.memo.record("key", "p", "cpu", "text", outcome(99))
        other.execute("ROLLBACK")
        store.memo.record("key", "p", "cpu", "text", outcome(99))
        assert store.memo.training("key", "p", 99, "cpu") is not None
    other.close()


def _read_all(runs_dir: Path) -> None:
    with Store.open(runs_dir) as store:
        store.memo.trainings("key", "p", "cpu")
        for run in store.runs():
            store.generations(run)


def _first_run(store: Store) -> object:
    return store.run("first")


def _trainings(store: Store) -> object:
    return store.memo.trainings("key", "p", "cpu")


def _generations(store: Store) -> object:
    return store.generations(store.run("first"))


@pytest.mark.parametrize(
    ("sql", "read", "message"),
    [
        ("UPDATE runs SET config = '['", _first_run, "table runs, run 'first': its config"),
        ("UPDATE runs SET config = '[1]'", _first_run, "table runs, run 'first': its config"),
        ("UPDATE runs SET config = '{\"a\": NaN}'", _first_run, "its config is not JSON"),
        (f"UPDATE runs SET config = '{'[' * 100_000}'", _first_run, "its config is not JSON"),
        ("UPDATE runs SET config = x'80'", _first_run, "its config holds bytes, not text"),
        ("UPDATE runs SET status = 'odd'", _first_run, "its status is 'odd', not one of"),
        ("UPDATE runs SET created = 'noon'", _first_run, "its created is no ISO time"),
        ("UPDATE runs SET name = '../x'", lambda store: store.runs(), "run name '../x'"),
        ("UPDATE trainings SET outcome = '{}'", _trainings, "table trainings, candidate key, se"),
        ("UPDATE trainings SET outcome = '3'", _trainings, "its outcome holds int"),
        ("UPDATE trainings SET seed = seed + 1000", _trainings, "is of seed 0"),
        ("UPDATE generations SET archive = '[1]'", _generations, "its archive is not a list of"),
        ("UPDATE generations SET rejects = '{\"a\": 1.5}'", _generations, "its rejects holds a"),
    ],
)
def test_a_malformed_row_is_named(
    tmp_path: Path, sql: str, read: Callable[[Store], object], message: str
) -> None:
    filled(tmp_path)
    altered(tmp_path, sql)
    with Store.open(tmp_path) as store, pytest.raises(RunsError, match=message) as caught:
        read(store)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
