"""An engine whose workers cannot be made ready, and what an engine refuses at once."""

from typing import Any

import pytest

from lossgp.runs import LocalEngine, RunsError, Task
from tests.runs.local.faulty import COMMAND, engine, task


def test_a_failing_set_up_is_one_error_not_many_outcomes() -> None:
    local = engine(options={"fail": "no digits here"})
    for seed in range(3):
        local.submit(task(seed=seed))
    with pytest.raises(
        RunsError, match="trainer 'faulty' cannot be set up on cpu: ValueError: no digits here"
    ):
        list(local.as_completed())
    with pytest.raises(RunsError, match="closed"):
        local.submit(task())


def test_workers_that_die_in_their_set_up_are_one_error() -> None:
    with engine(options={"die": True}) as local:
        local.submit(task())
        with pytest.raises(
            RunsError, match="3 workers died in it: exit code 3: no licence for this GPU"
        ):
            list(local.as_completed())


def test_a_set_up_that_hangs_is_one_error() -> None:
    with engine(workers=1, options={"hang": True}, setup_limit=0.5) as local:
        local.submit(task())
        with pytest.raises(RunsError, match=r"not ready within 0.5 s"):
            list(local.as_completed())


def test_a_set_up_that_takes_too_much_memory_is_one_error() -> None:
    options = {"hold": 300 * 10**6, "hang": True}
    with engine(workers=1, options=options, memory_limit=200 * 10**6) as local:
        local.submit(task())
        with pytest.raises(RunsError, match="more than the limit of 200 MB"):
            list(local.as_completed())


def test_a_command_that_does_not_exist_is_one_error() -> None:
    with LocalEngine("faulty", workers=1, command=["/nonexistent/python"]) as local:
        local.submit(task())
        with pytest.raises(RunsError, match="no worker process can be started"):
            list(local.as_completed())


@pytest.mark.parametrize(
    "wrong",
    [{"workers": 0}, {"time_limit": 0.0}, {"time_limit": float("nan")}, {"memory_limit": -1}],
)
def test_limits_must_be_positive(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=rf"{next(iter(wrong))}=.* positive"):
        LocalEngine("faulty", command=COMMAND, **wrong)


def test_what_cannot_be_sent_is_refused_where_it_is_given() -> None:
    with pytest.raises(TypeError):
        engine(options={"path": object()})
    with engine() as local:
        with pytest.raises(TypeError):
            local.submit(Task("x", {"loss": object()}, 0))
        with pytest.raises(ValueError, match="seed -1 of x"):
            local.submit(Task("x", {}, -1))
