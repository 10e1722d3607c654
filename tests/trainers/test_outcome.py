from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.trainers import Outcome, Status

finite = st.floats(allow_nan=False, allow_infinity=False)
outcomes = st.builds(
    Outcome,
    seed=st.integers(0, 2**63),
    status=st.sampled_from(Status),
    metrics=st.dictionaries(st.text(), finite),
    seconds=finite.filter(lambda x: x >= 0),
    reason=st.none() | st.text(),
    iterations=st.none() | st.integers(0, 2**63),
)


@given(outcomes)
def test_round_trip_through_json_text_is_exact(outcome: Outcome) -> None:
    again = Outcome.from_json(json.loads(json.dumps(outcome.to_json())))
    assert again == outcome
    assert [v.hex() for v in again.metrics.values()] == [v.hex() for v in outcome.metrics.values()]


def test_a_result_is_the_same_whatever_it_took() -> None:
    a, b = Outcome(0, Status.OK, {"fid": 1.0}, 1.0), Outcome(0, Status.OK, {"fid": 1.0}, 2.0)
    assert a.same_result(b)
    assert not a.same_result(Outcome(0, Status.DEAD, {"fid": 1.0}, 1.0))
    assert not a.same_result(Outcome(0, Status.OK, {"fid": 1.0 + 2**-52}, 1.0))


def test_an_outcome_of_an_older_version_is_read_and_written_as_it_was() -> None:
    old = {"seed": 0, "status": "ok", "metrics": {"fid": 1.0}, "seconds": 1.0, "reason": None}
    read = Outcome.from_json(old)
    assert read.iterations is None
    assert read.to_json() == old
    counted = Outcome.from_json({**old, "iterations": 7})
    assert counted.iterations == 7
    assert counted.same_result(read)


def test_metrics_are_a_copy() -> None:
    metrics = {"fid": 1.0}
    outcome = Outcome(0, Status.OK, metrics)
    metrics["fid"] = 2.0
    assert outcome.metrics == {"fid": 1.0}


GOOD = Outcome(3, Status.OK, {"fid": 1.0}, 2.0).to_json()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("seed", -1),
        ("seed", 1.0),
        ("seed", True),
        ("status", "fine"),
        ("status", None),
        ("metrics", {"fid": math.nan}),
        ("metrics", {"fid": math.inf}),
        ("metrics", {"fid": "1"}),
        ("metrics", {"fid": True}),
        ("metrics", [1]),
        ("seconds", -0.1),
        ("seconds", math.inf),
        ("seconds", "1"),
        ("reason", 1),
        ("iterations", -1),
        ("iterations", 1.0),
        ("iterations", True),
        ("iterations", "1"),
    ],
)
def test_a_bad_value_is_named(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"outcome: .*must be") as error:
        Outcome.from_json({**GOOD, key: value})
    assert key.rstrip("s") in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("bad", [{}, [], None, {**GOOD, "more": 1}, {"seed": 1}])
def test_wrong_keys_are_refused(bad: object) -> None:
    with pytest.raises(ValueError, match=r"exactly the keys.* may have \['iterations'\]"):
        Outcome.from_json(bad)  # type: ignore[arg-type]
