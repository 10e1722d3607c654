"""Damaged rows of the memo: whoever trains does those trainings again, whoever reads is told."""

from __future__ import annotations

import pytest

from lossgp.runs import RunsError, Store

from .test_trials import InlineEngine, Named, outcome, trials

FLIPPED = "outcome = replace(outcome, '10.0', '10.1')"


def filled(folder):
    trials(folder, InlineEngine(outcome)).run([Named("a"), Named("b")], [0, 1, 2])
    with Store.read_only(folder) as store:
        return store.memo.trainings("a", "protocol", "cpu")


def damaged(folder, change):
    with Store.open(folder) as store:
        store._database.execute(f"UPDATE trainings SET {change} WHERE candidate = 'a' AND seed = 1")


@pytest.mark.parametrize(
    "change", [FLIPPED, "outcome = '['", "outcome = x'ff'", "seed = 'x'", "text = 'b'",
               "checksum = NULL, outcome = '{}'"],
)  # fmt: skip
def test_a_damaged_training_is_done_again_and_no_other(tmp_path, change):
    before = filled(tmp_path)
    damaged(tmp_path, change)
    with Store.read_only(tmp_path) as store, pytest.raises(RunsError, match="table trainings"):
        store.memo.trainings("a", "protocol", "cpu")
    engine = InlineEngine(outcome)
    found = trials(tmp_path, engine).run([Named("a"), Named("b")], [0, 1, 2])
    assert engine.trained == [("a", 1)]
    assert found[0] == list(before.values())
    with Store.read_only(tmp_path) as store:
        assert store.memo.trainings("a", "protocol", "cpu") == before


def test_what_another_version_wrote_is_kept_and_named(tmp_path):
    from lossgp.runs.cells import checksum

    filled(tmp_path)
    damaged(tmp_path, """outcome = '{"new": 1}'""")
    with Store.open(tmp_path) as store:
        (row,) = store._database.rows(
            "SELECT candidate, protocol, device, seed, text, outcome, finished FROM trainings "
            "WHERE candidate = 'a' AND seed = 1"
        )
    damaged(tmp_path, f"checksum = '{checksum(*row)}'")
    engine = InlineEngine(outcome)
    with pytest.raises(RunsError, match=r"candidate a, seed 1: its outcome is malformed"):
        trials(tmp_path, engine).run([Named("a")], [0, 1, 2])
    assert engine.trained == []
