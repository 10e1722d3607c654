"""Options that several commands share."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from lossgp.common.echo import quoted

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


def assignments_option(what: str, *examples: str, table: str = "") -> Callable[[Any], Any]:
    """Return the option --set of a command, whose values come as a dictionary of texts.

    What a text says depends on the type of what is set: see `protocol_options.values`.

    Args:
        what: what is set, for the help.
        examples: assignments, without the table.
        table: what keys may start with, as "trainer_options.", and which is left out of them.
    """

    def assigned(
        ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
    ) -> dict[str, str]:
        return _assigned(values, table, examples[0])

    return click.option(
        "--set", "assignments", multiple=True, metavar="KEY=VALUE", callback=assigned,
        help=f"{what}, as {' or '.join(examples)}; a list is A,B.",
    )  # fmt: skip


def confirm_options_option(flag: str) -> Callable[[Any], Any]:
    """Return the option for settings of protocols that a run is confirmed on.

    Its values come as the options of each protocol.
    """

    def assigned(
        ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
    ) -> dict[str, dict[str, Any]]:
        from lossgp.trainers import option_value

        found: dict[str, dict[str, Any]] = {}
        for key, value in _assigned(values, "", "mnist.epochs=2").items():
            protocol, dot, option = key.partition(".")
            if not dot or not protocol or not option:
                raise click.BadParameter(
                    f"{quoted(key)}: write PROTOCOL.KEY=VALUE, as mnist.epochs=2"
                )
            found.setdefault(protocol, {})[option] = option_value(protocol, option, value)
        return found

    return click.option(
        flag, "confirm_options", multiple=True, metavar="PROTOCOL.KEY=VALUE", callback=assigned,
        help="A setting of such a protocol, as mnist.epochs=2.",
    )  # fmt: skip


def _assigned(values: tuple[str, ...], table: str, example: str) -> dict[str, str]:
    """Return assignments as a dictionary; see `assignments_option`."""
    found: dict[str, str] = {}
    for written in values:
        key, equals, value = (part.strip() for part in written.partition("="))
        name = key.removeprefix(table)
        if not equals or not name:
            raise click.BadParameter(f"{quoted(written)}: write KEY=VALUE, as {example}")
        found[name] = value
    return found


def variations_option(example: str) -> Callable[[Any], Any]:
    """Return the option --vary of a command: options, each with the texts of its values."""

    def varied(
        ctx: click.Context, param: click.Parameter, given: tuple[str, ...]
    ) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for written in given:
            key, equals, values = (part.strip() for part in written.partition("="))
            parts = [part.strip() for part in values.split(",")]
            if not equals or not key or not all(parts):
                raise click.BadParameter(f"{quoted(written)}: write KEY=A,B,..., as {example}")
            if key in found:
                raise click.BadParameter(f"{quoted(key)} is varied twice; give all values at once")
            found[key] = parts
        return found

    return click.option(
        "--vary", "variations", multiple=True, metavar="KEY=A,B,...", callback=varied,
        help=f"An option of the protocol over values, as {example}; more make a grid.",
    )  # fmt: skip


class Duration(click.ParamType[float]):
    """A time span such as 90s, 3m, 1.5h; a bare number counts seconds."""

    name = "duration"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Return seconds."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd]?)", str(value).strip().lower())
        if match is None or not math.isfinite(float(match[1])) or float(match[1]) <= 0:
            self.fail(f"{quoted(value)} is no time span; write 90s, 3m or 1.5h", param, ctx)
        return float(match[1]) * _SECONDS[match[2]]


class BudgetType(click.ParamType[str]):
    """What may be spent: a time span, or a number of trainings or of iterations."""

    name = "budget"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Return the text, which is a budget (see `lossgp.runs.budget`)."""
        from lossgp.runs.budget import Budget

        try:
            Budget.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return str(value)


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


device_option = click.option(
    "--device", default="auto", show_default=True, metavar="DEVICE",
    help="auto, cpu, cuda or cuda:N.",
)  # fmt: skip
budget_option = click.option(
    "--budget", type=BudgetType(), metavar="BUDGET",
    help="Stop after 90s, 3m, 1.5h, 200-trainings, 50000-iterations ...",
)  # fmt: skip
workers_option = click.option(
    "--workers", type=click.IntRange(1, 1024), metavar="N", help="Trainings at once  [cores]"
)


def study_options(what: str) -> Callable[[Any], Any]:
    """Return the options of a command that trains losses: from --budget to --json.

    Args:
        what: what --json prints.
    """
    options = (
        budget_option,
        click.option("--time-limit", type=Duration(), metavar="TIME", help="Of one training  [7d]"),
        click.option(
            "--retry-failed", is_flag=True, help="Try again what crashed, timed out or raised."
        ),
        workers_option,
        runs_dir_option,
        json_option(what),
    )

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
