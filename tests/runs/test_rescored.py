"""What the store keeps of scores that later generations have changed."""

import sqlite3

import pytest

from lossgp.runs import FILE_NAME, RunsError, Store

from .old_stores import old_store

FIRST, SECOND = [{"name": "g0s0"}], [{"name": "g0s0", "score": 1.5}, {"name": "g0s2"}]


def commit(store, run, number, rescored=()):
    store.commit_generation(run, number, [{"name": f"g{number}s0"}], [], {}, rescored)


@pytest.fixture
def run(tmp_path):
    with Store.open(tmp_path) as store:
        run = store.create_run("first", {}, "p", "0.2", "cpu")
        for number, rescored in enumerate([(), FIRST, SECOND]):
            commit(store, run, number, rescored)
        return run


def test_they_are_committed_with_their_generation_and_rewound_with_it(tmp_path, run):
    with Store.open(tmp_path) as store:
        assert store.rescored(run) == {1: FIRST, 2: SECOND}
        commit(store, run, 1, FIRST)  # again
        for other in (SECOND, ()):
            with pytest.raises(RunsError, match="the rescored differ"):
                commit(store, run, 1, other)
        store.rewind(run, 2)
        assert store.rescored(run) == {1: FIRST}
        run = store.rename_run(run, "second")
        store.delete_run("second")
        assert store.rescored(store.create_run("first", {}, "p", "0.2", "cpu")) == {}


def test_the_last_race_holds_until_there_is_another_generation(tmp_path, run):
    with Store.open(tmp_path) as store:
        store.set_final(run, FIRST)
        store.set_final(run, SECOND)
        assert store.rescored(run)[3] == SECOND
        commit(store, run, 3)
        assert 3 not in store.rescored(run)
        store.set_final(run, SECOND)
        store.rewind(run, 2)
        assert store.rescored(run) == {1: FIRST}


def test_rows_that_were_edited_are_told(tmp_path, run):
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute("UPDATE rescored SET content = replace(content, '1.5', '1.25')")
    with (
        Store.read_only(tmp_path) as store,
        pytest.raises(RunsError, match="rescored, run 'first', generation 2 is not what"),
    ):
        store.rescored(run)


def test_older_stores_have_none(tmp_path):
    old_store(tmp_path)
    for opened in (Store.read_only, Store.open):
        with opened(tmp_path) as store:
            assert store.rescored(store.run("first")) == {}
