"""The end of a terminal: a request to terminate, made once however often it comes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, signal, sys, time
{before}
signal.signal(signal.SIGINT, signal.default_int_handler)
from lossgp.cli.interrupts import interrupts
interrupts.heed()

def send(number):
    os.kill(os.getpid(), number)
    for _ in range(1000):
        pass

try:
    {moment}
except KeyboardInterrupt:
    {cleaning}
    sys.exit(interrupts.end())
sys.exit(7)
"""


def ran(moment, cleaning="pass", before=""):
    program = PROGRAM.format(moment=moment, cleaning=cleaning, before=before)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120
    )
    return done.returncode, done.stdout, done.stderr


HUP = "send(signal.SIGHUP)"


def test_the_end_of_a_terminal_ends_a_command_cleanly():
    assert ran(HUP) == (130, "", "Interrupted.\n")


def test_it_is_said_twice_and_heeded_once():
    # By the system and by the shell: the second is no request to hurry.
    assert ran(HUP, f"{HUP}; print('clean')") == (130, "clean\n", "Interrupted.\n")


def test_a_second_request_of_another_kind_hurries():
    found = ran(HUP, "send(signal.SIGTERM); print('not reached')")
    assert found == (130, "", "Interrupted.\n")


def test_nohup_goes_on():
    ignoring = "signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    assert ran(HUP, before=ignoring)[0] == 7


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="how terminals end differs")
def test_what_is_printed_after_the_terminal_has_gone_fails_nowhere(tmp_path: Path):
    program = PROGRAM.format(
        before="import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)",
        moment="print('ready', flush=True); time.sleep(120)",
        cleaning=f"print('a table', flush=True); open({str(tmp_path / 'clean')!r}, 'w').close()",
    )
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    while b"ready" not in said:
        said += os.read(ours, 1000)
    os.close(ours)
    assert process.wait(timeout=120) == 130
    assert (tmp_path / "clean").exists()
