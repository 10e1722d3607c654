"""What the store keeps of what a run has learnt from."""

import sqlite3

import pytest

from lossgp.runs import FILE_NAME, RunsError, Store
from lossgp.trainers import Outcome, Status

from .old_stores import old_store

LESSONS = [{"loss": "y_pred*y_real", "seed": 0, "value": 300.5}, {"loss": "y_pred", "value": None}]


def test_lessons_are_of_their_run_alone_and_go_with_it(tmp_path):
    with Store.open(tmp_path) as store:
        run = store.create_run("first", {}, "p", "0.2", "cpu", LESSONS)
        other = store.create_run("second", {}, "p", "0.2", "cpu")
        assert (store.lessons(run), store.lessons(other)) == (LESSONS, [])
        run = store.rename_run(run, "third")
        assert store.lessons(run) == LESSONS
        store.delete_run("third")
        again = store.create_run("third", {}, "p", "0.2", "cpu")
        assert store.lessons(again) == []


def test_a_run_that_is_refused_leaves_no_lessons(tmp_path):
    with Store.open(tmp_path) as store:
        store.create_run("first", {}, "p", "0.2", "cpu")
        with pytest.raises(RunsError, match="is taken"):
            store.create_run("first", {}, "p", "0.2", "cpu", LESSONS)
        assert store.lessons(store.run("first")) == []


def test_lessons_that_were_edited_are_told(tmp_path):
    with Store.open(tmp_path) as store:
        store.create_run("first", {}, "p", "0.2", "cpu", LESSONS)
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute("""UPDATE lessons SET content = replace(content, '300.5', '100.5')""")
    with (
        Store.read_only(tmp_path) as store,
        pytest.raises(RunsError, match="lessons, run 'first' is not what was written"),
    ):
        store.lessons(store.run("first"))


def test_runs_of_older_stores_have_none(tmp_path):
    old_store(tmp_path)
    with Store.read_only(tmp_path) as store:
        assert store.lessons(store.run("first")) == []
    with Store.open(tmp_path) as store:
        assert store.lessons(store.run("first")) == []
        run = store.create_run("second", {}, "p", "0.2", "cpu", LESSONS)
        assert store.lessons(run) == LESSONS


def test_the_trainings_of_a_protocol_are_those_that_all_runs_share(tmp_path):
    def outcome(seed, fid=5.0):
        return Outcome(seed, Status.OK, {"fid": fid}, 1.0)

    with Store.open(tmp_path) as store:
        for seed in (1, 0):
            store.memo.record("b", "p", "cpu", "of b", outcome(seed))
        store.memo.record("a", "p", "cpu", "of a", outcome(0, 7.0))
        store.memo.record("a", "q", "cpu", "of a", outcome(0))
        store.memo.record("a@run", "p", "cpu", "of a", Outcome(3, Status.TIMEOUT, {}, 1.0, "slow"))
        store.memo.record("c", "p", "cpu", "of c", outcome(0))
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute("UPDATE trainings SET text = 'of another' WHERE candidate = 'c'")
    with Store.read_only(tmp_path) as store:
        found = store.memo.trainings_of_all("p")
    assert [(text, o.seed, o.metrics["fid"]) for text, o in found] == [
        *[("of a", 0, 7.0), ("of b", 0, 5.0), ("of b", 1, 5.0)],
    ]
