import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from lossgp.runs import LocalEngine, RunsError, Task
from lossgp.trainers import Outcome, Status

WORKER = Path(__file__).parent / "faulty_worker.py"
COMMAND = [sys.executable, str(WORKER)]
PATIENCE = 20.0


def engine(workers: int = 2, **options: Any) -> LocalEngine:
    limits: dict[str, Any] = {"time_limit": PATIENCE, "memory_limit": 2**30}
    return LocalEngine("faulty", workers=workers, command=COMMAND, **(limits | options))


def task(do: str = "ok", seed: int = 0, **loss: Any) -> Task:
    return Task(f"{do}-{seed}", {"do": do, **loss}, seed)


def outcomes(engine: LocalEngine, *tasks: Task) -> dict[str, Outcome]:
    for each in tasks:
        engine.submit(each)
    return {done.key: outcome for done, outcome in engine.as_completed()}


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def pid_in(path: Path) -> int:
    wait_for(lambda: path.exists() and path.read_text() != "")
    return int(path.read_text())


@pytest.fixture(autouse=True)
def no_orphans() -> Iterator[None]:
    me = psutil.Process()
    before = set(me.children(recursive=True))
    yield
    assert set(me.children(recursive=True)) <= before


@pytest.mark.parametrize(
    ("do", "status", "reason"),
    [
        ("exit", Status.CRASHED, "exit code 7: the last words"),
        ("abort", Status.CRASHED, "killed by SIGSEGV"),
        ("raise", Status.ERROR, "ArithmeticError: the loss is not finite"),
        ("sys.exit", Status.ERROR, "SystemExit: enough"),
    ],
)
def test_a_bad_training_is_an_outcome_and_the_others_go_on(
    do: str, status: Status, reason: str
) -> None:
    with engine() as local:
        found = outcomes(local, task(seed=1), task(do), task(seed=2), task(seed=3))
    bad = found.pop(f"{do}-0")
    assert (bad.status, bad.reason, bad.metrics) == (status, reason, {})
    assert {o.metrics["fid"] for o in found.values()} == {1.0, 2.0, 3.0}


@pytest.mark.parametrize("do", ["hang", "hang_with_lock"])
def test_a_hang_ends_at_the_time_limit(do: str) -> None:
    with engine(time_limit=1.5) as local:
        found = outcomes(local, task(do), task(seed=1), task(seed=2))
    assert found[f"{do}-0"].status is Status.TIMEOUT
    assert found[f"{do}-0"].reason == "no result within 1.5 s"
    assert found[f"{do}-0"].seconds >= 1.5
    assert [found[f"ok-{seed}"].status for seed in (1, 2)] == ["ok", "ok"]


def test_too_much_memory_is_a_crash_with_the_reason() -> None:
    with engine(memory_limit=300 * 10**6) as local:
        found = outcomes(local, task("grow"), task(seed=1))
    assert found["grow-0"].status is Status.CRASHED
    assert found["grow-0"].reason is not None
    assert found["grow-0"].reason.startswith("used ")
    assert found["grow-0"].reason.endswith("more than the limit of 300 MB")
    assert found["ok-1"].status is Status.OK


def test_no_candidate_is_blamed_for_the_memory_of_those_before_it() -> None:
    tasks = [task("leak", seed, bytes=100 * 10**6) for seed in range(3)]
    rest = [task("sleep", seed, seconds=0.6) for seed in range(3)]
    with engine(workers=1, memory_limit=300 * 10**6) as local:
        found = outcomes(local, *tasks, *rest)
    assert {o.status for o in found.values()} == {Status.OK}
    assert len(found) == 6


def test_the_others_of_its_process_group_go_with_a_killed_worker(tmp_path: Path) -> None:
    with engine(time_limit=3) as local:
        found = outcomes(local, task("grandchild", child=str(tmp_path / "pid")))
    assert found["grandchild-0"].status is Status.TIMEOUT
    pid = pid_in(tmp_path / "pid")
    wait_for(lambda: is_gone(pid))


def test_stray_prints_and_reads_do_not_reach_the_protocol() -> None:
    with engine() as local:
        found = outcomes(local, task("print", 1), task("read", 2), task("threads", 3))
    assert found["print-1"].metrics == {"fid": 1.0}
    assert found["read-2"].metrics == {"fid": 0.0}
    assert found["threads-3"].metrics == {"fid": 1.0}


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_do_not_depend_on_the_number_of_workers(workers: int) -> None:
    with engine(workers) as local:
        found = outcomes(local, *(task("ok", seed) for seed in range(200)))
    assert {key: o.metrics["fid"] for key, o in found.items()} == {
        f"ok-{seed}": float(seed) for seed in range(200)
    }


def test_one_worker_takes_the_tasks_in_the_order_of_submission_and_stays_warm() -> None:
    with engine(workers=1) as local:
        for seed in range(20):
            local.submit(task("pid", seed))
        done = [(t.seed, o.metrics["fid"]) for t, o in local.as_completed()]
        again = outcomes(local, task("pid", 20))
    assert [seed for seed, _ in done] == list(range(20))
    assert {pid for _, pid in done} == {again["pid-20"].metrics["fid"]}


def test_more_may_be_submitted_while_results_come_in() -> None:
    seen: list[int] = []
    with engine() as local:
        local.submit(task(seed=0))
        for done, _ in local.as_completed():
            seen.append(done.seed)
            if done.seed < 5:
                local.submit(task(seed=done.seed + 1))
        assert list(local.as_completed()) == []
    assert seen == [0, 1, 2, 3, 4, 5]


def test_cancel_takes_back_what_has_not_started_and_the_rest_is_drained() -> None:
    with engine(workers=1) as local:
        tasks = [task("sleep", seed, seconds=0.5) for seed in range(6)]
        for each in tasks:
            local.submit(each)
        first = next(local.as_completed())
        cancelled = local.cancel()
        drained = [done for done, _ in local.as_completed()]
        assert [first[0], *drained, *cancelled] == tasks
        assert cancelled
        assert len(outcomes(local, task(seed=9))) == 1


def test_an_interrupt_leaves_the_engine_usable() -> None:
    with engine() as local:
        for seed in range(4):
            local.submit(task("sleep", seed, seconds=1.0))
        before = signal.signal(signal.SIGALRM, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        try:
            with pytest.raises(KeyboardInterrupt):
                list(local.as_completed())
        finally:
            signal.signal(signal.SIGALRM, before)
        cancelled = {t.seed for t in local.cancel()}
        drained = {t.seed for t, _ in local.as_completed()}
        assert cancelled | drained == {0, 1, 2, 3}
        assert not cancelled & drained


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


def test_close_kills_at_once_and_twice_is_fine(tmp_path: Path) -> None:
    local = engine()
    local.submit(task("hang", path=str(tmp_path / "pid")))
    local.submit(task("hang_with_lock"))
    pid = pid_in(tmp_path / "pid")
    local.close()
    assert is_gone(pid)
    local.close()
    assert list(local.as_completed()) == []


def test_a_forgotten_engine_leaves_no_process(tmp_path: Path) -> None:
    local = engine()
    local.submit(task("hang", path=str(tmp_path / "pid")))
    pid = pid_in(tmp_path / "pid")
    del local
    gc.collect()
    assert is_gone(pid)


def test_an_unused_engine_starts_nothing() -> None:
    with engine() as local:
        assert psutil.Process().children() == []
        assert list(local.as_completed()) == []


# A suite that runs in the background may itself ignore Ctrl-C, and its children inherit that.
PARENT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from lossgp.runs import LocalEngine, Task
engine = LocalEngine("faulty", workers=2, command=sys.argv[3:])
for number, do in enumerate(["hang", sys.argv[1]]):
    engine.submit(Task(do, {"do": do, "path": f"{sys.argv[2]}/{number}"}, number))
for _ in engine.as_completed():
    print("unexpected")
"""


@pytest.mark.parametrize("other", ["hang", "hang_with_lock"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_die_with_their_parent(tmp_path: Path, number: signal.Signals, other: str) -> None:
    if other == "hang_with_lock" and not sys.platform.startswith("linux"):
        pytest.skip("needs Linux's parent-death signal")
    command = [sys.executable, "-c", PARENT, other, str(tmp_path), *COMMAND]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as parent:
        pids = [pid_in(tmp_path / name) for name in ("0", "1")]  # both are in their training
        os.kill(parent.pid, number)
        try:
            parent.wait(timeout=60)
        finally:
            parent.kill()
    try:
        wait_for(lambda: all(is_gone(pid) for pid in pids))
    finally:
        for pid in pids:
            if not is_gone(pid):
                os.kill(pid, signal.SIGKILL)


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


def test_a_full_device_is_shared_by_fewer(tmp_path: Path) -> None:
    tasks = [task("crowd", seed, folder=str(tmp_path), room=2) for seed in range(8)]
    with engine(workers=4) as local:
        found = outcomes(local, *tasks)
    assert [found[t.key].status for t in tasks] == [Status.OK] * 8


def test_what_a_whole_device_cannot_hold_is_an_outcome(tmp_path: Path) -> None:
    tasks = [task("crowd", 0, folder=str(tmp_path), room=0), task(seed=1)]
    with engine(workers=2) as local:
        found = outcomes(local, *tasks)
    bad = found["crowd-0"]
    assert bad.status is Status.CRASHED
    assert bad.reason == "OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"
    assert found["ok-1"].status is Status.OK
