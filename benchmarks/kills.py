"""Kill a search with SIGKILL at random moments, resume it, and compare its end state.

    python -m benchmarks.kills --kills 50

A search of real trainings is run once without interruption. Then it is started anew, killed
after a random time, resumed, killed again …, until it ends; its files must equal those of the
first to the byte. This is repeated until the number of kills is reached. One kill in three is of
a worker alone, as the system does when memory runs out; the search itself then goes on.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

FILES = ("best.tex", "best.py", "losses.csv", "trainings.csv", "result.json", "shapes.png")
OF_A_WORKER = 1 / 3
SEARCH = [
    "--population", "5", "--generations", "3", "--seeds", "2", "--device", "cpu",
    "--set", "trainer_options.iterations=40", "--set", "trainer_options.samples=200",
]  # fmt: skip


def evolve(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "lossgp", "evolve", *arguments],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def state(folder: Path) -> dict[str, bytes]:
    return {name: (folder / "runs/search" / name).read_bytes() for name in FILES}


def killed_search(folder: Path, rng: random.Random, longest: float, kills: int) -> int:
    """Run a search to its end through at most this many kills; return how many there were."""
    done = 0
    while True:
        stored = (folder / "runs/lossgp.db").exists() and _known(folder)
        start = (
            ["--resume", "search", "--device", "cpu"] if stored else [*SEARCH, "--name", "search"]
        )
        process = evolve(folder, *start)
        try:
            if done >= kills:
                process.wait()
            else:
                process.wait(timeout=rng.uniform(0.0, longest))
        except subprocess.TimeoutExpired:
            done += 1
            if rng.random() < OF_A_WORKER and _kill_worker(process.pid, rng):
                process.wait()
            else:
                os.kill(process.pid, signal.SIGKILL)
                process.communicate()
                continue
        error = process.communicate()[1].decode()
        if process.returncode:
            raise SystemExit(f"after {done} kills the search failed:\n{error}")
        return done


def _kill_worker(driver: int, rng: random.Random) -> bool:
    """Kill one of the driver's workers; returns whether there was one."""
    try:
        workers = psutil.Process(driver).children()
        if workers:
            rng.choice(workers).kill()
        return bool(workers)
    except psutil.NoSuchProcess:
        return False


def _known(folder: Path) -> bool:
    """Tell whether the run had been recorded before the first kill."""
    from lossgp.runs import RunsError, Store

    try:
        with Store.read_only(folder / "runs") as store:
            return "search" in store.names()
    except RunsError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "whole").mkdir()
        started = time.monotonic()
        if evolve(root / "whole", *SEARCH, "--name", "search").wait():
            raise SystemExit("the uninterrupted search failed")
        longest = time.monotonic() - started
        expected = state(root / "whole")
        kills = searches = 0
        while kills < options.kills:
            folder = root / f"killed{searches}"
            folder.mkdir()
            kills += killed_search(folder, rng, longest, options.kills - kills)
            searches += 1
            differing = [f for f, content in state(folder).items() if content != expected[f]]
            if differing:
                raise SystemExit(f"different after {kills} kills: {', '.join(differing)}")
            print(f"search {searches}: equal to the byte; {kills} kills so far", flush=True)
    print(f"{kills} kills in {searches} searches of {longest:.0f} s; every end state was equal")


if __name__ == "__main__":
    main()
