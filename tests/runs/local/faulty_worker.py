"""A worker whose trainings do what the loss says; run as a script by the engine's tests."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lossgp.runs.local.worker_main import Train, serve
from lossgp.trainers import Outcome, Status

_kept: list[bytearray] = []


def prepare(setup: Mapping[str, Any]) -> Train:
    options = setup["options"]
    if "fail" in options:
        raise ValueError(options["fail"])
    if options.get("die"):
        print("no licence for this GPU", file=sys.stderr, flush=True)
        os._exit(3)
    if options.get("hold"):
        _kept.append(bytearray(b"x") * options["hold"])
    if options.get("hang"):
        time.sleep(600)
    print("a stray print while importing")
    return train


def train(
    loss: Mapping[str, Any],
    seed: int,
    keep: str | None,
    part: float = 1.0,
    state: str | None = None,
) -> Outcome:
    act = loss["do"]
    if "path" in loss:
        Path(loss["path"]).write_text(str(os.getpid()))
    value: float = seed
    if act == "exit":
        print("the last words", file=sys.stderr, flush=True)
        os._exit(7)
    elif act == "abort":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif act == "hang":
        time.sleep(600)
    elif act == "hang_with_lock":
        re.match("(a+)+b", "a" * 64)  # the interpreter's lock is never let go
    elif act == "grow":
        while True:
            _kept.append(bytearray(b"x") * 2**25)
            time.sleep(0.01)
    elif act == "leak":
        _kept.append(bytearray(b"x") * loss["bytes"])
    elif act == "fresh":
        if _kept:
            time.sleep(600)  # until somebody replaces this worker
    elif act == "raise":
        raise ArithmeticError("the loss is\nnot\nfinite")
    elif act == "sys.exit":
        sys.exit("enough")
    elif act == "print":
        print('{"outcome": 1}', flush=True)
        os.write(1, b"x" * 300_000)
    elif act == "read":
        value = len(sys.stdin.read())
    elif act == "grandchild":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(loss["child"]).write_text(str(child.pid))
        time.sleep(600)
    elif act == "crowd":
        crowd(Path(loss["folder"]), loss["room"])
    elif act == "wait":
        wait_for(Path(loss["gate"]))
    elif act == "interrupt":
        wait_for(Path(loss["go"]))
        os.kill(os.getppid(), signal.SIGALRM)
        wait_for(Path(loss["gate"]))
    elif act == "part":
        value = part if state is None else part + len(state)
    elif act == "pid":
        value = os.getpid()
    elif act == "threads":
        value = float(os.environ["OMP_NUM_THREADS"])
    return Outcome(seed, Status.OK, {"fid": value}, 0.0)


def wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


class OutOfMemoryError(RuntimeError):
    """Named as torch's."""


def crowd(folder: Path, room: int) -> None:
    """A device with room for so many: each is a file as long as it is there."""
    mine = folder / str(os.getpid())
    mine.touch()
    try:
        for _ in range(20):
            time.sleep(0.02)
            if len(list(folder.iterdir())) > room:
                raise OutOfMemoryError("CUDA out of memory.\nTried to allocate 2.00 GiB")
    finally:
        mine.unlink()


if __name__ == "__main__":
    serve(prepare)
