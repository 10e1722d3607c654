"""What the store keeps of confirmations."""

import sqlite3

import pytest

from lossgp.runs import FILE_NAME, RunsError, Store
from lossgp.runs.schema import make_tables

RECORD = {"seeds": 10, "losses": [{"name": "g0s1", "key": "k"}]}


def store_with_a_run(folder):
    store = Store.open(folder)
    return store, store.create_run("first", {}, "p", "0.2", "cpu")


def test_records_are_kept_by_protocol_and_replaced_where_they_stand(tmp_path):
    store, run = store_with_a_run(tmp_path)
    with store:
        other = store.create_run("second", {}, "p", "0.2", "cpu")
        store.set_confirmation(run, "own", RECORD)
        store.set_confirmation(run, "mnist", {"seeds": 5})
        store.set_confirmation(run, "own", {**RECORD, "seeds": 20})
        assert store.confirmations(other) == {}
    with Store.read_only(tmp_path) as store:
        found = store.confirmations(store.run("first"))
    assert list(found.items()) == [("own", {**RECORD, "seeds": 20}), ("mnist", {"seeds": 5})]


def test_a_renamed_run_keeps_them_and_a_deleted_one_leaves_none(tmp_path):
    store, run = store_with_a_run(tmp_path)
    with store:
        store.set_confirmation(run, "own", RECORD)
        run = store.rename_run(run, "other")
        assert store.confirmations(run) == {"own": RECORD}
        store.delete_run("other")
        again = store.create_run("other", {}, "p", "0.2", "cpu")
        assert store.confirmations(again) == {}


def test_a_record_that_was_edited_is_told(tmp_path):
    store, run = store_with_a_run(tmp_path)
    with store:
        store.set_confirmation(run, "own", RECORD)
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute("""UPDATE confirmations SET content = '{"seeds":11}'""")
    with (
        Store.read_only(tmp_path) as store,
        pytest.raises(RunsError, match="confirmations, run 'first' is not what was written"),
    ):
        store.confirmations(store.run("first"))


def test_a_store_of_schema_2_is_read_and_brought_up_to_date(tmp_path):
    store, run = store_with_a_run(tmp_path / "new")
    with store, sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None) as db:
        make_tables(db, 2)
        with sqlite3.connect(tmp_path / "new" / FILE_NAME) as new:
            rows = new.execute("SELECT * FROM runs").fetchall()
        db.executemany(f"INSERT INTO runs VALUES ({', '.join('?' * 11)})", rows)
    with Store.read_only(tmp_path) as store:
        assert store.confirmations(store.run("first")) == {}
    with Store.open(tmp_path) as store:
        run = store.run("first")
        store.set_confirmation(run, "own", RECORD)
        assert store.confirmations(run) == {"own": RECORD}
