"""Commands that messages tell people to type: they work where they stand."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

DEFAULT_RUNS = Path("runs")
RUNS_VARIABLE = "LOSSGP_RUNS"


def program() -> str:
    """Return how to call lossgp as it was called now: `lossgp`, `.venv/bin/lossgp`, ..."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":  # python -m lossgp
        return f"{_shortest(Path(sys.executable))} -m lossgp"
    if not called.name.startswith("lossgp"):  # from a notebook, a test, another program
        return "lossgp"
    on_path = shutil.which(called.name)
    if on_path is not None and os.path.realpath(on_path) == os.path.realpath(called):
        return called.name
    return _shortest(called)


def command(*words: str, runs_dir: Path | None = None) -> str:
    """Return a command line of lossgp, quoted for the shell.

    Args:
        words: what follows the program's name.
        runs_dir: named with --runs-dir, unless the command would find it by itself.
    """
    where = []
    if runs_dir is not None and runs_dir != Path(os.environ.get(RUNS_VARIABLE, DEFAULT_RUNS)):
        where = ["--runs-dir", str(runs_dir)]
    return f"{program()} {shlex.join([*words, *where])}"


def after_interruption(kept: str = "what was trained is") -> str:
    """Return how to go on after an interruption: by the command that was given."""
    words = [word for word in sys.argv[1:] if word != "--debug"]
    return f"Interrupted; {kept} kept. Continue with the same command:\n  {command(*words)}"


def as_called(text: str) -> str:
    """Return a message in which `lossgp COMMAND ...` names the program as it was called."""
    from .group import COMMANDS

    names = "|".join(COMMANDS)
    return re.sub(rf"(?<![\w./-])lossgp(?= (?:{names})\b)", lambda _: program(), text)


def _shortest(path: Path) -> str:
    """Return a path to a program that a shell runs from the current folder."""
    absolute = Path(os.path.abspath(path))
    here = Path.cwd()
    if not absolute.is_relative_to(here):
        return shlex.quote(str(absolute))
    relative = str(absolute.relative_to(here))
    return shlex.quote(relative if "/" in relative else f"./{relative}")
