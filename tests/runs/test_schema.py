"""Stores of older versions, stores that were tampered with, and bits that flipped."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from lossgp.runs import FILE_NAME, RunsError, Store, Unreadable, database
from lossgp.runs.schema import APPLICATION_ID, SCHEMA_VERSION
from lossgp.trainers import Outcome, Status

from .old_stores import old_store


def outcome(seed: int, fid: float = 1.5) -> Outcome:
    return Outcome(seed, Status.OK, {"fid": fid}, 0.25)


def everything(store: Store) -> tuple[Any, Any, Any]:
    """All that a store gives, read through its methods; the times for people are part of it."""
    runs = store.runs()
    return runs, [store.generations(run) for run in runs], store.memo.trainings("key", "p", "cpu")


def version_of(path: Path) -> int:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


# Older versions


def test_an_old_store_is_read_as_it_is(tmp_path: Path) -> None:
    path = old_store(tmp_path)
    before = path.read_bytes()
    with Store.read_only(tmp_path) as store:
        (run,), (generations,), trainings = everything(store)
    assert (run.name, run.config, run.device, run.note) == ("first", {"seeds": 2}, None, "")
    assert [g.rejects for g in generations] == [{"flat": 2}]
    assert trainings == {0: outcome(0), 1: outcome(1)}
    assert path.read_bytes() == before


def test_an_old_store_is_brought_up_to_date_and_loses_nothing(tmp_path: Path) -> None:
    path = old_store(tmp_path)
    with Store.read_only(tmp_path) as store:
        before = everything(store)
    for _ in range(2):
        with Store.open(tmp_path, create=False) as store:
            assert everything(store) == before
    assert version_of(path) == SCHEMA_VERSION
    with Store.open(tmp_path) as store:
        run = store.create_run("second", {}, "p", "0.2", "cuda:1")
        store.memo.record("key", "p", "cpu", "text", outcome(2))
        first = store.set_note(store.run("first"), "the old one")
        assert (run.device, first.note, len(store.memo.trainings("key", "p", "cpu"))) == (
            *("cuda", "the old one", 3),
        )


def test_an_upgrade_that_is_cut_short_leaves_the_old_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = old_store(tmp_path)

    def half(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE runs ADD COLUMN device TEXT")
        raise KeyboardInterrupt

    monkeypatch.setattr(database, "upgrade", half)
    with pytest.raises(KeyboardInterrupt):
        Store.open(tmp_path)
    assert version_of(path) == 1
    monkeypatch.undo()
    with Store.open(tmp_path) as store:
        assert store.run("first").version == "0.1"


def test_a_program_that_had_the_old_file_open_goes_on_writing(tmp_path: Path) -> None:
    path = old_store(tmp_path)
    old = sqlite3.connect(path, isolation_level=None)
    old.execute("SELECT count(*) FROM trainings").fetchone()
    with Store.open(tmp_path) as store:
        old.execute(
            "INSERT INTO trainings (candidate, protocol, device, seed, text, outcome, finished) "
            "SELECT 'other', protocol, device, seed, text, outcome, finished FROM trainings "
            "WHERE seed = 1"
        )
        old.execute("UPDATE runs SET status = 'interrupted'")
        assert store.memo.training("other", "p", 1, "cpu") == outcome(1)
        assert store.run("first").status == "interrupted"
    old.close()


# Tampering

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT "


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (
            [
                "DROP TABLE runs",
                f"CREATE VIEW runs AS {ENDLESS} x AS id, 'a' AS name, '' AS config, '' AS protocol,"
                "'' AS version, '' AS status, '' AS created, '' AS updated, '' AS device, "
                "'' AS note, '' AS checksum FROM n",
            ],
            "it holds a view",
        ),
        ([f"CREATE VIEW more AS {ENDLESS} x FROM n"], "it holds a view"),
        (
            ["CREATE TRIGGER t AFTER INSERT ON trainings BEGIN DELETE FROM runs; END"],
            "it holds a trigger",
        ),
        (["DROP TABLE trainings"], "its table 'trainings' is missing"),
        (["ALTER TABLE runs RENAME COLUMN note TO words"], "its table 'runs' is missing or anoth"),
        (
            [
                "DROP TABLE moves",
                "CREATE TABLE moves (source TEXT PRIMARY KEY, target TEXT NOT NULL "
                "GENERATED ALWAYS AS (hex(zeroblob(9))) VIRTUAL)",
            ],
            "its table 'moves' is missing or another",
        ),
    ],
)
def test_a_schema_that_is_not_ours_is_refused_before_it_computes(
    tmp_path: Path, statements: list[str], words: str
) -> None:
    with Store.open(tmp_path) as store:
        store.create_run("first", {}, "p", "1")
    db = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    for statement in statements:
        db.execute(statement)
    db.close()
    for opened in (Store.open, Store.read_only):
        with pytest.raises(RunsError, match=words) as caught:
            opened(tmp_path)
        assert "\n" not in str(caught.value)


def test_a_query_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MOST_STEPS", 3_000_000)
    opened = database.open_to_write(tmp_path, create=True)
    with pytest.raises(RunsError, match="asks for endless work"):
        opened.rows(f"{ENDLESS} count(*) FROM n")
    assert opened.rows("SELECT count(*) FROM runs") == [(0,)]
    opened.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("name = x'ff80'", "its name holds bytes"),
        ("name = CAST(x'ff80' AS TEXT)", "its name is not UTF-8 text"),
        ("name = 'a' || char(27) || '[31m'", "run name 'a.x1b.31m'"),
        ("version = CAST(x'ff' AS TEXT)", "its version is not UTF-8 text"),
        ("status = 'fin' || char(10) || 'Error: b'", r"its status is 'fin\\nError: b', not one of"),
        ("config = '[1]'", "its config holds list"),
        ("config = '{}'", "its row is not what was written"),
        ("protocol = 'q'", "its row is not what was written"),
        ("device = 'cuda'", "its row is not what was written"),
    ],
)
def test_one_bad_row_is_named_and_hides_no_other_run(
    tmp_path: Path, change: str, words: str
) -> None:
    with Store.open(tmp_path) as store:
        for name in ("first", "second", "third"):
            store.create_run(name, {"seeds": 2}, "p", "1", "cpu")
    db = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    db.execute(f"UPDATE runs SET {change} WHERE id = 2")
    db.close()
    with Store.read_only(tmp_path) as store:
        first, bad, third = store.listed()
        assert (first, third) == (store.run("first"), store.run("third"))
        with pytest.raises(RunsError, match="no run called 'secnd'"):
            store.run("secnd")
    assert isinstance(bad, Unreadable)
    assert (bad.name + bad.reason).isprintable()
    with pytest.raises(RunsError, match=words):
        raise RunsError(bad.reason)


# Bit rot


def filled(runs_dir: Path) -> None:
    with Store.open(runs_dir) as store:
        run = store.create_run("first", {"generations": 3, "seeds": 5}, "p", "1.0", "cpu")
        store.set_note(run, "a note of some words")
        for seed in range(40):
            store.memo.record(
                "key", "p", "cpu", "y_pred**2 + y_real" * 9, outcome(seed, 1 + seed / 7)
            )
        for number in range(4):
            individuals = [{"name": f"g{number}s{slot}", "score": 1 / 7} for slot in range(9)]
            store.commit_generation(run, number, individuals, individuals[:3], {"flat": number})


def test_a_flipped_bit_never_changes_what_is_loaded_in_silence(tmp_path: Path) -> None:
    filled(tmp_path)
    path = tmp_path / FILE_NAME
    whole = path.read_bytes()
    with Store.read_only(tmp_path) as store:
        expected = everything(store)
    # Where text stands: elsewhere SQLite keeps its own books, and free space.
    letters = [i for i, byte in enumerate(whole) if chr(byte).isalnum() and i > 100]
    seen = {"refused": 0, "same": 0}
    for place in random.Random(0).sample(letters, 250):
        changed = bytearray(whole)
        changed[place] ^= 1 << (place % 8)
        path.write_bytes(changed)
        try:
            with Store.read_only(tmp_path) as store:
                found = everything(store)
        except RunsError:
            seen["refused"] += 1
        else:
            # A training whose key has changed is not found, and so trained again.
            assert found[:2] == expected[:2]
            assert found[2].items() <= expected[2].items()
            seen["same"] += 1
    assert seen["refused"] > 100


def test_rows_carry_checksums_and_those_without_one_are_good(tmp_path: Path) -> None:
    filled(tmp_path)
    db = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    counted = "SELECT count(checksum), count(*) FROM "
    for table in ("runs", "trainings", "generations"):
        with_one, rows = db.execute(counted + table).fetchone()
        assert with_one == rows > 0
        db.execute(f"UPDATE {table} SET checksum = NULL")
    db.close()
    with Store.read_only(tmp_path) as store:
        assert len(store.memo.trainings("key", "p", "cpu")) == 40
        assert store.run("first").note == "a note of some words"
    with Store.open(tmp_path) as store:
        store.set_status(store.run("first"), "finished")
        assert store.run("first").status == "finished"


def test_a_lost_generation_is_missed(tmp_path: Path) -> None:
    filled(tmp_path)
    db = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    db.execute("DELETE FROM generations WHERE generation = 1")
    assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    db.close()
    with Store.read_only(tmp_path) as store, pytest.raises(RunsError, match="generation 1 is miss"):
        store.generations(store.run("first"))
