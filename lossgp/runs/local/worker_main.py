"""The child process that trains: requests come in and outcomes go out, one JSON a line.

The parent sends ``{"setup": {...}}`` once and is answered ``{"ready": true}`` or
``{"failed": reason}``; then each ``{"task": {...}}`` is answered with ``{"outcome": {...}}``, or
with ``{"crowded": reason}`` where the device had no memory for it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol

from lossgp.trainers import Outcome, Status

from ..answers import checked, described
from .process_tree import end_group, start_watcher

_WATCHERS_SECONDS = 10.0


class Train(Protocol):
    """Trains the loss pair with this JSON content under this seed.

    The model is kept in the file `keep`; up to a `part` of its length the training goes on from
    the file `state`, where there is one. Of a portfolio it is under this `protocol`.
    """

    def __call__(
        self,
        loss: Mapping[str, Any],
        seed: int,
        keep: str | None,
        part: float = 1.0,
        state: str | None = None,
        protocol: str = "",
    ) -> Outcome:
        """Train it."""


Prepare = Callable[[Mapping[str, Any]], Train]
"""Makes everything ready for the set-up ``{"trainer", "options", "device"}``; may raise."""


def serve(prepare: Prepare) -> None:
    """Answer requests on standard input until it ends, as it does when the parent dies."""
    # A signal of somebody else ends the process, and the training is tried again; as an
    # exception in the training it would be held against the loss.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    watched = start_watcher(0)
    requests, answers = _take_pipes()
    messages: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, messages, watched), daemon=True).start()
    try:
        train = prepare(messages.get()["setup"])
    except BaseException as error:
        _send(answers, {"failed": described(error)})
        return
    _send(answers, {"ready": True})
    while True:
        task = messages.get()["task"]
        _send(answers, _attempt(train, task))


def real_trainings(setup: Mapping[str, Any]) -> Train:
    """Return what trains by the named trainer; its data and networks are ready afterwards.

    So is every module that a training needs: the time limit is for trainings, and the first one
    of a fresh worker has no less of it than the others.
    """
    from lossgp.expressions import LossPair
    from lossgp.trainers import Criterion, trainer

    chosen = trainer(setup["trainer"], setup["options"], setup["device"])
    chosen.prepare()
    for name in chosen.imports():
        with contextlib.suppress(ImportError):  # the training that misses it can say why
            importlib.import_module(name)
    _rehearse()

    def train(
        loss: Mapping[str, Any],
        seed: int,
        keep: str | None,
        part: float = 1.0,
        state: str | None = None,
        protocol: str = "",
    ) -> Outcome:
        own = chosen.part(protocol) if protocol else chosen
        pair = LossPair.from_json(dict(loss))
        criterion = Criterion(*pair.criterion_functions(), pair.text())
        kept = [] if keep is None else [Path(keep)]
        if state is None and part == 1:
            outcome = own.train(criterion, seed, *kept)
        else:
            outcome = own.train_part(criterion, seed, part, Path(str(state)), *kept)
        if not isinstance(outcome, Outcome):  # a trainer may be anybody's
            raise TypeError(f"the trainer returned {type(outcome).__name__}, not an Outcome")
        if outcome.seed != seed:
            raise ValueError(f"the trainer returned an outcome of seed {outcome.seed}")
        return checked(outcome, own.metric)

    return train


def _rehearse() -> None:
    """Take one step of gradient descent by a known loss, from its data to its weights."""
    import torch

    from lossgp.expressions import LossPair, zoo

    pair = LossPair.from_json(LossPair.of(zoo.entry("bce").loss).to_json())
    on_scores, _ = pair.criterion_functions()
    weights = torch.zeros(2, 1, requires_grad=True)
    optimiser = torch.optim.Adam([weights])  # imports a good part of torch
    torch.autograd.backward(on_scores(weights, torch.ones(2, 1)).mean())
    optimiser.step()


def main() -> None:
    """Serve real trainings."""
    serve(real_trainings)


def _attempt(train: Train, task: Mapping[str, Any]) -> dict[str, Any]:
    started, seed = time.monotonic(), task["seed"]
    asked = (task["loss"], seed, task.get("keep"), task.get("part", 1.0), task.get("state"))
    of = {"protocol": task["protocol"]} if task.get("protocol") else {}
    try:
        return {"outcome": train(*asked, **of).to_json()}
    except BaseException as error:  # sys.exit() in a training is no reason to lose the worker
        if type(error).__name__ == "OutOfMemoryError":  # of torch, which is not imported here
            return {"crowded": described(error)}
        seconds = time.monotonic() - started
        # A full disk or too little memory say nothing of the loss: not an error, but a crash.
        machine = isinstance(error, OSError | MemoryError)
        status = Status.CRASHED if machine else Status.ERROR
        return {"outcome": Outcome(seed, status, {}, seconds, described(error)).to_json()}


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes for ourselves: stray reads find nothing, stray prints go to stderr."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return requests, answers


def _listen(requests: BinaryIO, messages: queue.SimpleQueue[dict[str, Any]], watched: bool) -> None:
    for line in requests:
        messages.put(json.loads(line))
    # The parent is gone or wants us gone, even in the middle of a training. Whatever the
    # training has started goes with us: the watcher sees to it, as long as we are there.
    if watched:
        time.sleep(_WATCHERS_SECONDS)
    if os.getpgrp() == os.getpid():
        end_group(os.getpid())
    os._exit(0)


def _send(answers: IO[bytes], message: Mapping[str, Any]) -> None:
    try:
        answers.write(json.dumps(message, allow_nan=False).encode() + b"\n")
        answers.flush()
    except BrokenPipeError:
        time.sleep(2 * _WATCHERS_SECONDS)  # the parent is gone: see `_listen`
        os._exit(0)


if __name__ == "__main__":
    main()
