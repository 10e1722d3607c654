"""The child process that trains: requests come in and outcomes go out, one JSON a line.

The parent sends ``{"setup": {...}}`` once and is answered ``{"ready": true}`` or
``{"failed": reason}``; then each ``{"task": {...}}`` is answered with ``{"outcome": {...}}``, or
with ``{"crowded": reason}`` where the device had no memory for it.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO

from lossgp.trainers import Outcome, Status

Train = Callable[[Mapping[str, Any], int, str | None], Outcome]
"""Trains the loss pair with this JSON content under this seed; the path is where to keep it."""

Prepare = Callable[[Mapping[str, Any]], Train]
"""Makes everything ready for the set-up ``{"trainer", "options", "device"}``; may raise."""


def serve(prepare: Prepare) -> None:
    """Answer requests on standard input until it ends, as it does when the parent dies."""
    _die_with_parent()
    requests, answers = _take_pipes()
    messages: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, messages), daemon=True).start()
    try:
        train = prepare(messages.get()["setup"])
    except BaseException as error:
        _send(answers, {"failed": one_line(error)})
        return
    _send(answers, {"ready": True})
    while True:
        task = messages.get()["task"]
        _send(answers, _attempt(train, task["loss"], task["seed"], task.get("keep")))


def real_trainings(setup: Mapping[str, Any]) -> Train:
    """Return what trains by the named trainer; its data and networks are ready afterwards."""
    from lossgp.expressions import LossPair
    from lossgp.trainers import Criterion, trainer

    chosen = trainer(setup["trainer"], setup["options"], setup["device"])
    chosen.prepare()

    def train(loss: Mapping[str, Any], seed: int, keep: str | None) -> Outcome:
        pair = LossPair.from_json(dict(loss))
        criterion = Criterion(*pair.criterion_functions(), pair.text())
        if keep is None:
            return chosen.train(criterion, seed)
        return chosen.train(criterion, seed, Path(keep))

    return train


def main() -> None:
    """Serve real trainings."""
    serve(real_trainings)


def one_line(error: BaseException) -> str:
    """Return ``TypeName: message`` on one line of at most 500 characters."""
    message = " ".join(str(error).split())
    name = type(error).__name__
    return (f"{name}: {message}" if message else name)[:500]


def _attempt(train: Train, loss: Mapping[str, Any], seed: int, keep: str | None) -> dict[str, Any]:
    started = time.monotonic()
    try:
        return {"outcome": train(loss, seed, keep).to_json()}
    except BaseException as error:  # sys.exit() in a training is no reason to lose the worker
        if type(error).__name__ == "OutOfMemoryError":  # of torch, which is not imported here
            return {"crowded": one_line(error)}
        seconds = time.monotonic() - started
        return {"outcome": Outcome(seed, Status.ERROR, {}, seconds, one_line(error)).to_json()}


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes for ourselves: stray reads find nothing, stray prints go to stderr."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return requests, answers


def _listen(requests: BinaryIO, messages: queue.SimpleQueue[dict[str, Any]]) -> None:
    for line in requests:
        messages.put(json.loads(line))
    # The parent is gone or wants us gone, even in the middle of a training. Whatever the
    # training has started belongs to our process group, and goes with us.
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)


def _send(answers: IO[bytes], message: Mapping[str, Any]) -> None:
    answers.write(json.dumps(message, allow_nan=False).encode() + b"\n")
    answers.flush()


def _die_with_parent() -> None:
    """Ask Linux to kill us with the parent: the listener cannot run while native code hangs
    with the interpreter's lock held."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


if __name__ == "__main__":
    main()
