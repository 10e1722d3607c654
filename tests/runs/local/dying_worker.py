"""A worker that is killed in the middle of trainings; run as a script by the tests."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lossgp.runs.local.worker_main import Train, serve
from lossgp.trainers import Outcome, Status

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


def prepare(setup: Mapping[str, Any]) -> Train:
    return train


def train(
    loss: Mapping[str, Any],
    seed: int,
    keep: str | None,
    part: float = 1.0,
    state: str | None = None,
) -> Outcome:
    folder = Path(loss["folder"])
    attempt = len(list(folder.glob(f"attempt-{seed}-*")))
    mark = folder / f"attempt-{seed}-{attempt}"
    mark.write_text(str(os.getpid()))
    mark.rename(folder / f"started-{seed}-{attempt}")
    mark.touch()
    value = float(attempt)
    if loss["do"] == "die" and attempt < loss["times"]:
        os.kill(os.getpid(), loss["signal"])
        time.sleep(600)
    elif loss["do"] == "wait" and attempt < loss["times"]:
        time.sleep(600)
    elif loss["do"] == "exit":
        os._exit(7)
    elif loss["do"] == "disk":
        raise OSError(28, "No space left on device")
    elif loss["do"] == "speak":
        raise ArithmeticError("\x1b[2Jgone\x00\u202etxt\ud800")
    elif loss["do"] == "mute":
        raise Mute
    elif loss["do"] == "grow":
        kept = []
        while True:
            kept.append(bytearray(b"x") * 2**25)
    elif loss["do"] == "lonely":
        value = lonely(folder, seed, attempt)
    elif loss["do"] == "family":
        for apart in (False, True):
            child = subprocess.Popen(SLEEPER, start_new_session=apart)
            (folder / "new").write_text(str(child.pid))
            (folder / "new").rename(folder / ("apart" if apart else "beside"))
        daemon(folder)
        time.sleep(600)
    elif loss["do"] == "children":
        subprocess.Popen([sys.executable, "-c", ""])
        while True:
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                break
    return Outcome(seed, Status.OK, {"fid": value}, 0.0)


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def daemon(folder: Path) -> None:
    """Start a process whose parent ends: it is nobody's child, in a session of its own."""
    if not sys.platform.startswith("linux"):
        return
    between = os.fork()
    if between:
        os.waitpid(between, 0)
        return
    child = subprocess.Popen(SLEEPER, start_new_session=True)
    (folder / "newest").write_text(str(child.pid))
    (folder / "newest").rename(folder / "daemon")
    os._exit(0)


def lonely(folder: Path, seed: int, attempt: int) -> float:
    """How many others were seen training; the seed 0 is killed twice before it looks."""
    if seed == 0 and attempt < 2:
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(600)
    mine = folder / f"busy-{seed}"
    mine.touch()
    most = 0
    for _ in range(30 if seed == 0 else 4):
        time.sleep(0.02)
        most = max(most, len(list(folder.glob("busy-*"))) - 1)
    mine.unlink()
    return float(most)


if __name__ == "__main__":
    serve(prepare)
