import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from lossgp.trainers import Status
from tests.runs.local.faulty import (
    COMMAND,
    PATIENCE,
    engine,
    is_gone,
    outcomes,
    pid_in,
    task,
    wait_for,
)


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
    with engine(time_limit=3.0) as local:  # the others, which do nothing, need a thousandth of it
        found = outcomes(local, task(do), task(seed=1), task(seed=2))
    assert found[f"{do}-0"].status is Status.TIMEOUT
    assert found[f"{do}-0"].reason == "no result within 3 s"
    assert found[f"{do}-0"].seconds >= 3.0
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
    rest = [task("fresh", seed) for seed in range(3)]  # where memory was left, they wait
    with engine(workers=1, memory_limit=300 * 10**6) as local:
        found = outcomes(local, *tasks, *rest)
    assert {o.status for o in found.values()} == {Status.OK}
    assert len(found) == 6


def test_the_others_of_its_process_group_go_with_a_killed_worker(tmp_path: Path) -> None:
    with engine() as local:
        local.submit(task("grandchild", child=str(tmp_path / "pid")))
        pid = pid_in(tmp_path / "pid")
        assert not is_gone(pid)
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


def test_how_far_a_training_is_to_go_and_where_its_state_lies_reach_the_worker() -> None:
    part = replace(task("part", 1), part=0.25, state="123")
    with engine() as local:
        found = outcomes(local, part, task("part", 2))
    assert {key: o.metrics["fid"] for key, o in found.items()} == {"part-1": 3.25, "part-2": 1.0}


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


def test_cancel_takes_back_what_has_not_started_and_the_rest_is_drained(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with engine(workers=1) as local:
        tasks = [task(), *(task("wait", seed, gate=str(gate)) for seed in range(1, 6))]
        for each in tasks:
            local.submit(each)
        first = next(local.as_completed())
        cancelled = local.cancel()
        gate.touch()
        drained = [done for done, _ in local.as_completed()]
        assert [first[0], *drained, *cancelled] == tasks
        assert len(cancelled) >= 4  # one may have started, and waits at the gate
        assert len(outcomes(local, task(seed=9))) == 1


def test_an_interrupt_leaves_the_engine_usable(tmp_path: Path) -> None:
    places = {"gate": str(tmp_path / "gate"), "go": str(tmp_path / "go")}
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        with engine() as local:
            local.submit(task("interrupt", 0, **places))
            for seed in range(1, 4):
                local.submit(task("wait", seed, **places))

            def go() -> None:
                (tmp_path / "go").touch()  # before it nobody interrupts; the gate is closed
                list(local.as_completed())

            with pytest.raises(KeyboardInterrupt):
                go()
            cancelled = {t.seed for t in local.cancel()}
            (tmp_path / "gate").touch()
            drained = {t.seed for t, _ in local.as_completed()}
    finally:
        signal.signal(signal.SIGALRM, before)
    assert cancelled | drained == {0, 1, 2, 3}
    assert not cancelled & drained


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
    before = psutil.Process().children()
    with engine() as local:
        assert psutil.Process().children() == before
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
            parent.wait(timeout=PATIENCE)
        finally:
            parent.kill()
    try:
        wait_for(lambda: all(is_gone(pid) for pid in pids))
    finally:
        for pid in pids:
            if not is_gone(pid):
                os.kill(pid, signal.SIGKILL)


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
