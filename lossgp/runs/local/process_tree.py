"""Ending a worker together with everything it has started, even when its leader was killed.

A trainer may start processes of its own. They stay in the worker's process group, or move into
sessions of their own (``setsid``, daemons). The group ends with one signal; the others are found
as descendants, for which the worker is made a subreaper where there is such a thing (Linux): what
its children leave behind becomes its own child, so that it stays below it.

When the leading process is killed, it can end nobody. So each worker has a watcher: a process
without work, forked before anything is imported, that hears the leader's end of the worker's
standard input close, and then ends worker, descendants and group.

What cannot be found: a process in a session of its own whose worker died before it; and, where
there are no subreapers, one whose parent has ended.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from typing import NoReturn

_LOOKS = 20  # a process may start another between our look at it and its end
_PAUSE_MS = 1000


def end_tree(pid: int) -> None:
    """Kill a worker that still runs, its descendants and its group; it is not reaped."""
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGSTOP)  # it starts no more
    _end_descendants(pid)
    end_group(pid)
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)  # a worker that is not the leader of its group


def end_group(group: int) -> None:
    """Kill the processes of a group, if there are any left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def start_watcher(lifeline: int) -> bool:
    """Fork a process that ends this one's tree once nobody holds the other end of a pipe.

    To be called before any thread is started. Returns False where no process can be started;
    the kernel is then asked to kill at least this process with its parent (Linux).

    Args:
        lifeline: file descriptor of the reading end of a pipe from the leading process.
    """
    worker = os.getpid()
    try:
        between = os.fork()
    except OSError:
        _prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        return False
    if between == 0:
        _fork_and_watch(worker, lifeline)
    os.waitpid(between, 0)
    _prctl(36, 1)  # PR_SET_CHILD_SUBREAPER; not before: the watcher is no child of the worker
    return True


def _fork_and_watch(worker: int, lifeline: int) -> NoReturn:
    """Watch from a child of this process, which ends: a trainer may wait for all its children."""
    try:
        if os.fork() == 0:
            _watch(worker, lifeline)
    finally:
        os._exit(0)


def _watch(worker: int, lifeline: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)  # the worker's pipes must end with the worker
    os.dup2(nothing, 2)
    poll = select.poll()
    poll.register(lifeline, 0)  # no event but that the other end has gone
    with contextlib.suppress(AttributeError, OSError):  # where there are descriptors of processes
        poll.register(os.pidfd_open(worker), select.POLLIN)
    while True:
        events = poll.poll(_PAUSE_MS)
        if any(descriptor == lifeline for descriptor, _ in events):
            end_tree(worker)  # and ourselves, who are of its group
            return
        if events or not _exists(worker):
            return


def _end_descendants(pid: int) -> None:
    import psutil

    for _ in range(_LOOKS):
        try:
            below = psutil.Process(pid).children(recursive=True)
        except psutil.Error:
            return
        ended = True
        for process in below:
            with contextlib.suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE:
                    process.kill()
                    ended = False
        if ended:
            return


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _prctl(option: int, value: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value)
