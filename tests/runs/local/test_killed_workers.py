"""Workers that are killed by somebody else, and what they leave behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lossgp.runs import LocalEngine, Task
from lossgp.trainers import Outcome, Status
from tests.runs.local.faulty import PATIENCE, is_gone, wait_for

COMMAND = [sys.executable, str(Path(__file__).parent / "dying_worker.py")]


def engine(workers: int = 1, **options: Any) -> LocalEngine:
    limits: dict[str, Any] = {"time_limit": PATIENCE, "memory_limit": 2**30}
    return LocalEngine("dying", workers=workers, command=COMMAND, **(limits | options))


def task(folder: Path, do: str, seed: int = 0, **loss: Any) -> Task:
    return Task(do, {"do": do, "folder": str(folder), **loss}, seed)


def outcome(folder: Path, do: str, **loss: Any) -> Outcome:
    with engine() as local:
        local.submit(task(folder, do, **loss))
        ((_, found),) = local.as_completed()
    return found


def attempts(folder: Path, seed: int = 0) -> int:
    return len(list(folder.glob(f"started-{seed}-*")))


def test_a_kill_from_outside_is_not_held_against_the_loss(tmp_path):
    with engine() as local:
        local.submit(task(tmp_path, "wait", times=1))
        wait_for((tmp_path / "started-0-0").exists)
        os.kill(int((tmp_path / "started-0-0").read_text()), signal.SIGKILL)
        ((_, found),) = local.as_completed()
    assert (found.status, found.metrics) == (Status.OK, {"fid": 1.0})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGSEGV])
def test_nor_is_any_other_signal(tmp_path, number):
    found = outcome(tmp_path, "die", times=1, signal=int(number))
    assert (found.status, found.metrics) == (Status.OK, {"fid": 1.0})


def test_a_loss_whose_worker_is_killed_every_time_is_blamed(tmp_path):
    found = outcome(tmp_path, "die", times=99, signal=int(signal.SIGKILL))
    assert found.status is Status.CRASHED
    assert found.reason == "killed by SIGKILL (the system does so when memory runs out)"
    assert attempts(tmp_path) == 3


@pytest.mark.parametrize(("do", "reason"), [("exit", "exit code 7"), ("grow", "limit of 300 MB")])
def test_what_the_loss_does_itself_is_held_against_it_at_once(tmp_path, do, reason):
    with engine(memory_limit=300 * 10**6) as local:
        local.submit(task(tmp_path, do))
        ((_, found),) = local.as_completed()
    assert found.status is Status.CRASHED
    assert reason in found.reason
    assert attempts(tmp_path) == 1


def test_the_last_attempt_is_alone_and_the_others_go_on_afterwards(tmp_path):
    with engine(workers=3) as local:
        for seed in range(12):
            local.submit(task(tmp_path, "lonely", seed))
        found = {each.seed: outcome for each, outcome in local.as_completed()}
    assert found[0].metrics == {"fid": 0.0}
    assert {o.status for o in found.values()} == {Status.OK}
    assert attempts(tmp_path) == 3
    assert len(found) == 12


def test_a_full_disk_says_nothing_of_the_loss(tmp_path):
    assert outcome(tmp_path, "disk").status is Status.CRASHED


def test_what_an_exception_says_is_recorded_in_printable_characters(tmp_path):
    assert outcome(tmp_path, "speak").reason == (
        "ArithmeticError: \\x1b[2Jgone\\x00\\u202etxt\\ud800"
    )
    assert outcome(tmp_path, "mute").reason == "Mute"


def test_a_trainer_may_wait_for_all_its_children(tmp_path):
    assert outcome(tmp_path, "children").status is Status.OK


PARENT = """
import sys
from lossgp.runs import LocalEngine, Task
engine = LocalEngine("dying", workers=1, command=sys.argv[2:])
engine.submit(Task("family", {"do": "family", "folder": sys.argv[1]}, 0))
for _ in engine.as_completed():
    print("unexpected")
"""

FAMILY = ["started-0-0", "beside", "apart"]
if sys.platform.startswith("linux"):
    FAMILY.append("daemon")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGHUP, None])
def test_what_a_training_has_started_ends_with_it(tmp_path, how):
    if how is None:
        with engine() as local:
            local.submit(task(tmp_path, "family"))
            wait_for(lambda: all((tmp_path / name).exists() for name in FAMILY))
    else:
        command = [sys.executable, "-c", PARENT, str(tmp_path), *COMMAND]
        with subprocess.Popen(command) as parent:
            wait_for(lambda: all((tmp_path / name).exists() for name in FAMILY))
            os.kill(parent.pid, how)
    pids = [int((tmp_path / name).read_text()) for name in FAMILY]
    try:
        wait_for(lambda: all(is_gone(pid) for pid in pids))
    finally:
        for pid in pids:
            if not is_gone(pid):
                os.kill(pid, signal.SIGKILL)
