"""The real command line in a process of its own, as a user calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE = 280  # with what never comes; nothing that comes is measured by it

# A search of real digits that takes seconds: 3 candidates x 2 generations x 2 seeds.
QUICK = [
    "--preset", "plain",
    "--population", "3", "--generations", "2", "--seeds", "2", "--device", "cpu",
    "--set", "trainer_options.iterations=12", "--set", "trainer_options.samples=64",
]  # fmt: skip


def lossgp(*arguments, cwd, code=0, **options):
    """Run `lossgp …` and return what it printed; the exit code must be `code`."""
    done = subprocess.run(
        [sys.executable, "-m", "lossgp", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, "COLUMNS": "160", "PYTHONWARNINGS": "error", **options.pop("env", {})},
    )
    assert done.returncode == code, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


# A test suite that runs in the background may itself ignore Ctrl-C, and its children inherit that.
# Set in the child: a `preexec_fn` would fork this process, in which other tests started threads.
_AS_A_USER = """
import os, runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
left = int(sys.argv.pop(1))
if left:
    from lossgp.runs import LocalEngine
    as_completed = LocalEngine.as_completed

    def stopping(engine):
        global left
        for done in as_completed(engine):
            yield done
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGSTOP)

    LocalEngine.as_completed = stopping
runpy.run_module("lossgp", run_name="__main__")
"""


def started(*arguments, cwd, stop_after=0, env=None):
    """Start `lossgp …` as a process that heeds Ctrl-C, its output in pipes.

    With `stop_after` it stops itself (see `wait_until_stopped`) where it has dealt with so many
    trainings: an interrupt that it is then sent finds it there, however fast it is.
    """
    return subprocess.Popen(
        [sys.executable, "-c", _AS_A_USER, str(stop_after), *map(str, arguments)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, **(env or {})},
    )


def wait_until_stopped(process):
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), process.communicate()


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """A directory in which the run `first` has finished, with what it printed in out.txt."""
    folder = tmp_path_factory.mktemp("finished")
    done = lossgp("evolve", *QUICK, "--name", "first", cwd=folder)
    (folder / "out.txt").write_text(done.stdout)
    (folder / "err.txt").write_text(done.stderr)
    return folder
