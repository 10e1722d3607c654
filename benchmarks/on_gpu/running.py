"""Sections run as processes of their own: a limit each, and every row kept that was found."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from . import stand_in, table
from .scale import CARD, REHEARSAL, Scale
from .sections import Section

TAIL = 2000  # characters of what a section that failed had printed
_ERROR = "error"


def missing(packages: Sequence[str]) -> list[str]:
    """The packages that cannot be imported here."""
    return [name for name in packages if importlib.util.find_spec(name) is None]


def in_this_process(work: str, scale: Scale, rows: Path) -> None:
    """Do the work of a section; a line of JSON for each row, at once. An error is a row, too."""
    stand_in.install()
    module, _, name = work.partition(":")
    with rows.open("a", encoding="utf-8") as file:

        def keep(row: dict[str, Any]) -> None:
            file.write(json.dumps(row, default=str) + "\n")
            file.flush()

        try:
            for row in getattr(importlib.import_module(module), name)(scale):
                keep(row)
                print(table.line(row), flush=True)
        except Exception as error:
            traceback.print_exc()
            keep({_ERROR: f"{type(error).__name__}: {error}"})


def run(sections: Sequence[Section], scale: Scale, seconds: float, folder: Path) -> int:
    """Run the sections one after another within so many seconds; write `gpu.json` and `gpu.md`.

    Returns the exit status: 0 where every section ran to its end, 1 where one did not, 130 where
    somebody interrupted it. The files are there in any case.
    """
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    report: dict[str, Any] = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": scale.device,
        "rehearsal": not scale.on_card,
        "sections": {},
    }
    status = 0
    try:
        for section in sections:
            left = seconds - (time.monotonic() - began)
            print(f"\n== {section.name}: {section.title}", flush=True)
            found = _of_section(section, scale, left, folder)
            report["sections"][section.name] = {"title": section.title, **found}
            report["seconds"] = round(time.monotonic() - began, 1)
            print(f"-- {section.name}: {found['status']}, {found['seconds']:.0f} s", flush=True)
            status = max(status, int(found["status"] not in ("done", "left out")))
            _write(report, folder)
    except KeyboardInterrupt:
        status = 130
    _write(report, folder)
    print(f"\n{table.markdown(report)}\nWrote {folder / 'gpu.json'} and {folder / 'gpu.md'}")
    return status


def _of_section(section: Section, scale: Scale, left: float, folder: Path) -> dict[str, Any]:
    """What came of a section: its status, why, its rows, and how long it took."""
    absent = missing(("torch", *section.needs))
    if absent:
        return _outcome("left out", f"not installed here: {', '.join(absent)}")
    if left < 5:
        return _outcome("left out", "no time was left")
    rows, start = folder / f".{section.name}.rows", time.monotonic()
    rows.unlink(missing_ok=True)
    where = "card" if scale.on_card else "rehearsal"
    command = [sys.executable, "-m", "benchmarks.on_gpu.running", section.work, where, str(rows)]
    output, code = _within(command, min(section.seconds * scale.patience, left))
    found = [json.loads(line) for line in rows.read_text("utf-8").splitlines()] if (
        rows.exists()
    ) else []  # fmt: skip
    rows.unlink(missing_ok=True)
    errors = [row[_ERROR] for row in found if _ERROR in row]
    kept = [row for row in found if _ERROR not in row]
    seconds = time.monotonic() - start
    if code is None:
        why = f"stopped after {seconds:.0f} s"
        return _outcome("stopped", why, kept, seconds, output[-TAIL:])
    if errors or code:
        why = errors[0] if errors else f"the process ended with status {code}"
        return _outcome("failed", why, kept, seconds, output[-TAIL:])
    return _outcome("done", None, kept, seconds)


def _outcome(
    status: str,
    why: str | None,
    rows: Sequence[dict[str, Any]] = (),
    seconds: float = 0.0,
    output: str | None = None,
) -> dict[str, Any]:
    found = {"status": status, "why": why, "seconds": round(seconds, 1), "rows": list(rows)}
    return found if output is None else {**found, "output": output}


def _within(command: Sequence[str], limit: float) -> tuple[str, int | None]:
    """Run a command with all that it starts; its output, and its status, None at the limit."""
    # A rehearsal's networks are too small to be shared by several threads.
    environment = {"OMP_NUM_THREADS": "1"} if "rehearsal" in command else {}
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
    )
    lines: list[str] = []
    reader = threading.Thread(target=_pass_on, args=(process.stdout, lines), daemon=True)
    reader.start()
    status: int | None = None
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = process.wait(limit)
    finally:
        # Whatever a section that failed or was stopped has left running goes with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        reader.join(timeout=5)
    return "".join(lines), status


def _pass_on(pipe: IO[str], lines: list[str]) -> None:
    """Show what a section prints, and keep it."""
    with pipe:
        for line in pipe:
            lines.append(line)
            print(f"   {line}", end="", flush=True)


def _write(report: dict[str, Any], folder: Path) -> None:
    for name, text in (
        ("gpu.json", json.dumps(report, indent=1) + "\n"),
        ("gpu.md", table.markdown(report)),
    ):
        new = folder / f".{name}.new"
        new.write_text(text, encoding="utf-8")
        new.replace(folder / name)


if __name__ == "__main__":
    _work, _where, _rows = sys.argv[1:]
    in_this_process(_work, CARD if _where == "card" else REHEARSAL, Path(_rows))
