"""One supervised child process, seen from the parent: start it, talk to it, end it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..answers import one_line
from ..engine import Task
from .process_tree import end_group, end_tree

_STDERR_BYTES = 2048
_CHUNK = 1 << 16
_KILL_SECONDS = 10.0

# Every training has one thread: its result then never depends on how many cores there are,
# and a worker a core is faster than threads. These must be set before numpy and torch load.
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # without it cuBLAS sums in varying order
    "PYTHONHASHSEED": "0",  # no result may depend on the order of a set of strings
}


def worker_command() -> list[str]:
    """Return the command of a worker that imports what this process would import.

    The search path goes along as arguments: a notebook or script may have extended it, and a
    worker must not pick up modules from the current folder that the parent does not see.
    """
    program = (
        "import sys; sys.path[:] = sys.argv[1:]; del sys.argv[1:]; "
        "from lossgp.runs.local.worker_main import main; main()"
    )
    return [sys.executable, "-P", "-c", program, *sys.path]


@dataclass(frozen=True)
class Death:
    """How a worker ended by itself: why, in words, and the number of the signal, if it was one."""

    reason: str
    signal: int | None = None


class Child:
    """A worker process with the task it works on, if any.

    ``ready`` is set by the owner once the worker has answered its set-up, ``finished`` counts
    its outcomes, ``reserved`` is the task that it must be given first, ``alone`` says that no
    other may train meanwhile, and ``since`` is the monotonic time at which the present task, or
    the set-up, was handed over.
    """

    def __init__(
        self,
        command: Sequence[str],
        setup: Mapping[str, Any],
        reserved: Task | None = None,
        *,
        alone: bool = False,
    ) -> None:
        """Start the process and hand it its set-up; raises ``OSError`` if it cannot start."""
        self.task: Task | None = None
        self.reserved = reserved
        self.alone = alone
        self.ready = False
        self.finished = 0
        self.since = time.monotonic()
        self._received = bytearray()
        self._stderr = bytearray()
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **_ENVIRONMENT},
            start_new_session=True,  # Ctrl-C in the terminal is for the parent alone
            bufsize=0,
        )
        process = self._process
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise AssertionError("Popen was asked for three pipes")
        self.pid = process.pid
        self._stdin, self.stdout, self.stderr = process.stdin, process.stdout, process.stderr
        os.set_blocking(self.stdout.fileno(), False)
        os.set_blocking(self.stderr.fileno(), False)
        self._send({"setup": dict(setup)})

    @property
    def idle(self) -> bool:
        """Whether it waits for a task."""
        return self.ready and self.task is None

    @property
    def engaged(self) -> bool:
        """Whether it has a task, or is there for one."""
        return self.task is not None or self.reserved is not None

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def start(self, task: Task) -> bool:
        """Hand over a task; returns whether the process was there to take it."""
        message = {
            **{"key": task.key, "loss": dict(task.loss), "seed": task.seed},
            **{"keep": task.keep, "part": task.part, "state": task.state},
            "protocol": task.protocol,
        }
        self.read_stderr()
        self._stderr.clear()  # a death is explained by what this task says
        if not self.alive or not self._send({"task": message}):
            return False
        self.task = task
        self.since = time.monotonic()
        return True

    def receive(self) -> tuple[list[bytes], bool]:
        """Return the whole lines that have arrived, and whether the pipe has ended."""
        ended = _drain(self.stdout.fileno(), self._received)
        *lines, rest = bytes(self._received).split(b"\n")
        self._received = bytearray(rest)
        return lines, ended

    def read_stderr(self) -> bool:
        """Keep the last of what the child has written there; returns whether the pipe has ended."""
        ended = _drain(self.stderr.fileno(), self._stderr)
        del self._stderr[:-_STDERR_BYTES]
        return ended

    def memory(self) -> int:
        """Return the resident memory of the process in bytes; 0 if it is gone."""
        import psutil

        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def kill(self) -> None:
        """End the process and all it has started, and reap it; killing twice is fine."""
        if self.alive:
            end_tree(self.pid)
        end_group(self.pid)
        # Uninterruptible in the kernel (a driver that hangs): nobody can end it, go on.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_KILL_SECONDS)
        for pipe in (self._stdin, self.stdout, self.stderr):
            with contextlib.suppress(OSError):
                pipe.close()

    def death(self) -> Death:
        """Return why the process ended by itself, with the last line it wrote to stderr."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)  # its pipes end a moment before the process does
        self.read_stderr()
        code = self._process.poll()
        if code is None:
            cause = "closed its output"
        elif code >= 0:
            cause = f"exit code {code}"
        else:
            cause = f"killed by {_signal_name(-code)}"
            if code == -signal.SIGKILL:
                cause += " (the system does so when memory runs out)"
        words = self._stderr.decode("utf-8", "replace").strip().splitlines()
        reason = one_line(f"{cause}: {words[-1].strip()[:300]}" if words else cause)
        return Death(reason, -code if code is not None and code < 0 else None)

    def _send(self, message: Mapping[str, Any]) -> bool:
        line = memoryview(json.dumps(message).encode() + b"\n")
        try:
            while line:
                line = line[self._stdin.write(line) :]
        except OSError:
            return False
        return True


def _drain(fd: int, into: bytearray) -> bool:
    """Read what is there, up to 1 MiB; returns whether the pipe has ended."""
    for _ in range(16):  # bounded: a child may write faster than we read
        try:
            chunk = os.read(fd, _CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        if not chunk:
            return True
        into += chunk
    return False


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
