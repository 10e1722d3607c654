"""Ctrl-C at any moment: exit code 130 and the line that says how to go on."""

import signal
import subprocess
import sys
import time

import pytest

from .conftest import PATIENCE, started
from .scored import QUICK

COMMANDS = [
    (["evolve", "--device", "cpu", "--name", "first"], "lossgp evolve --resume first"),
    (["score", "bce", *QUICK], "lossgp score bce --device cpu"),
]


def until(process, words):
    for line in process.stderr:
        if words in line:
            return
    raise AssertionError(f"it ended before it said {words!r}")


@pytest.mark.parametrize(("command", "hint"), COMMANDS)
def test_twice_while_the_data_are_prepared(tmp_path, command, hint):
    process = started(*command, cwd=tmp_path)
    until(process, "preparing")
    process.send_signal(signal.SIGINT)
    time.sleep(0.05)  # at once it would be one signal; when it comes is all the same
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert err.count(hint) == 1
    assert "Traceback" not in err


@pytest.mark.parametrize(("command", "hint"), COMMANDS)
def test_again_and_again_while_the_program_closes(tmp_path, command, hint):
    process = started(*command, cwd=tmp_path)
    until(process, "preparing")
    process.send_signal(signal.SIGINT)
    until(process, hint)
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.002)
    _, err = process.communicate()
    assert process.returncode == 130
    assert err == ""


def test_a_request_to_terminate_is_the_same(tmp_path):
    command, hint = COMMANDS[0]
    process = started(*command, cwd=tmp_path)
    until(process, "preparing")
    process.terminate()
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert hint in err


PROGRAM = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from lossgp.cli.interrupts import interrupts
interrupts.heed()

class Dying:
    def __del__(self):
        press()

def press():
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1000):
        pass

try:
    {moment}
    time.sleep(200)
except KeyboardInterrupt:
    sys.exit(interrupts.end())
"""


@pytest.mark.parametrize("moment", ["Dying()", "exec('press()')", "press()"])
def test_where_python_itself_would_lose_or_remember_it(moment):
    # A finalizer loses what is raised in it; what passes through exec() kills by the signal.
    program = PROGRAM.format(moment=moment)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")


def test_a_process_told_to_ignore_ctrl_c_goes_on():
    program = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + PROGRAM.replace(
        "signal.signal(signal.SIGINT, signal.default_int_handler)", ""
    ).format(moment="press(); sys.exit(7)")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (7, "")
