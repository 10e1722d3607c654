"""Options that several commands share."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}

runs_dir_option = click.option(
    "--runs-dir",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="LOSSGP_RUNS",
    default=Path("runs"),
    show_default="./runs",
    help="Where runs live [env: LOSSGP_RUNS].",
)


def json_option(what: str) -> Callable[[Any], Any]:
    """Return the option --json of a command."""
    return click.option("--json", "as_json", is_flag=True, help=f"Print {what} as JSON.")


class Duration(click.ParamType[float]):
    """A time span such as 90s, 3m, 1.5h; a bare number counts seconds."""

    name = "duration"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Return seconds."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd]?)", str(value).strip().lower())
        if match is None or not math.isfinite(float(match[1])) or float(match[1]) <= 0:
            self.fail(f"{value!r} is no time span; write 90s, 3m or 1.5h", param, ctx)
        return float(match[1]) * _SECONDS[match[2]]


def output_file(path: Path, suffixes: tuple[str, ...]) -> Path:
    """Return the path of -o if it can be written: a known suffix, a directory that is there.

    Raises:
        click.UsageError: otherwise.
    """
    if suffixes and path.suffix.lower() not in suffixes:
        raise click.UsageError(
            f"-o {path}: the suffix is {path.suffix!r}; it must be one of {', '.join(suffixes)}"
        )
    if not path.parent.is_dir():
        raise click.UsageError(f"-o {path}: there is no directory {path.parent}")
    return path


def output_option(help_text: str, *, required: bool = False) -> Callable[[Any], Any]:
    """Return the option -o of a command."""
    kind = click.Path(path_type=Path, dir_okay=False)
    return click.option("-o", "--output", type=kind, required=required, help=help_text)
