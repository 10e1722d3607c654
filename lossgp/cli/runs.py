"""`lossgp runs`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .completing import runs as completed
from .hints import command as hint
from .lines import say
from .options import json_option, runs_dir_option

if TYPE_CHECKING:
    from rich.table import Table

    from lossgp.results.overview import Overview
    from lossgp.runs import Unreadable

_LEAST = 24  # columns that a formula gets, however narrow the window is
_HEADINGS = ("run", "status", "generations", "protocol", "note", "best score", "best loss")
# What a terminal shows without, until the rest fits.
_NARROWER = (
    (),
    ("generations",),
    ("generations", "best loss"),
    ("generations", "best loss", "note"),
)


@click.group("runs", invoke_without_command=True)
@runs_dir_option
@json_option("the runs")
@click.pass_context
def command(context: click.Context, runs_dir: Path, as_json: bool) -> None:
    """List the runs of a directory, oldest first; or delete, rename or annotate one.

    Without a command the runs are listed. A run that cannot be read says why, and the others
    are listed all the same.
    """
    context.obj = runs_dir
    if context.invoked_subcommand is None:
        _list(runs_dir, as_json)


def _list(runs_dir: Path, as_json: bool) -> None:
    from lossgp.results.overview import overviews
    from lossgp.runs import Store, Unreadable
    from lossgp.runs.beside import is_untouched

    if is_untouched(runs_dir):
        say("[]" if as_json else f"No runs in {runs_dir} yet; start one: {hint('evolve')}")
        return
    with Store.read_only(runs_dir) as store:
        found = overviews(store)
    if as_json:
        click.echo(json.dumps([_json(one) for one in found], indent=1))
        return
    _print([one for one in found if not isinstance(one, Unreadable)])
    for one in found:
        if isinstance(one, Unreadable):
            say(f"Unreadable: {one.name}: {one.reason}")


def _json(one: Overview | Unreadable) -> dict[str, Any]:
    from lossgp.runs import Unreadable

    if isinstance(one, Unreadable):
        return {"run": one.name, "status": "unreadable", "reason": one.reason}
    return one.to_json()


def _print(found: list[Overview]) -> None:
    """Print one line a run: nothing is broken but the formula, which is cut to what is left.

    A narrow terminal gets fewer columns; what another program reads has them all.
    """
    from rich.console import Console

    console = Console()
    wide = console.options.update(width=10_000)
    without: tuple[str, ...] = ()
    for without in _NARROWER if console.is_terminal else _NARROWER[:1]:
        least = _table(found, _LEAST, without)
        if console.measure(least, options=wide).maximum <= console.width:
            break
    needed = console.measure(_table(found, None, without), options=wide).maximum
    left = console.width - (needed - max([len(_formula(one)) for one in found], default=0))
    table = _table(found, max(left, _LEAST), without)
    needed = console.measure(table, options=wide).maximum
    Console(width=max(needed, console.width)).print(table)


def _table(found: list[Overview], width: int | None, without: tuple[str, ...]) -> Table:
    """Return the runs, formulas cut to a width, without some of the columns."""
    from rich.table import Table
    from rich.text import Text

    from lossgp.common.echo import printable
    from lossgp.report.narrow import lighten
    from lossgp.report.table import figures

    some_confirmed = any(one.confirmed for one in found)
    rows = []
    for one in found:
        goal = one.objective.goal.title
        score = f"{goal} {figures(one.best.score, one.objective)[0]}" if one.best else ""
        if some_confirmed and one.best:
            score += f" (confirmed on {one.confirmed})" if one.confirmed else " (searched)"
        rows.append({
            "run": one.run.name,
            "status": one.status,
            "generations": f"{one.generations} of {one.of}",
            "protocol": one.protocol,
            "note": one.run.note,
            "best score": score,
            "best loss": _formula(one, width),
        })  # fmt: skip
    if not any(one.run.note for one in found):
        without = (*without, "note")
    headings = [name for name in _HEADINGS if name not in without]
    table = Table(pad_edge=False)
    for name in headings:
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(*(Text(printable(row[name], None)) for name in headings))
    if without and without[0] != "note":
        lighten(table)
    return table


def _formula(one: Overview, width: int | None = None) -> str:
    from lossgp.results.formulas import short

    return short(one.best.candidate.loss, width) if one.best else ""


# What changes runs

_own_runs_dir = click.option(
    "--runs-dir", type=click.Path(path_type=Path, file_okay=False),
    help="Where runs live [env: LOSSGP_RUNS].",
)  # fmt: skip


@command.command("delete")
@click.argument("names", nargs=-1, required=True, metavar="RUN...", shell_complete=completed)
@click.option("--yes", is_flag=True, help="Do not ask.")
@_own_runs_dir
@click.pass_obj
def delete(default: Path, names: tuple[str, ...], yes: bool, runs_dir: Path | None) -> None:
    """Delete runs: their records and their folders.

    Their trainings stay in the memo, so that no other run, and no comparison of losses, has to
    train them again. A run that is being written is not deleted.
    """
    from lossgp.runs import Store

    with Store.open(runs_dir or default, create=False) as store:
        known = store.names()
        for name in names:
            if name not in known:
                store.run(name)  # raises, with the nearest names
        if not yes and not _agreed(names, runs_dir or default):
            click.echo("Nothing is deleted")
            return
        for name in dict.fromkeys(names):
            with store.lock(name):
                store.delete_run(name)
            click.echo(f"Deleted run {name}; its trainings stay in the memo")


def _agreed(names: tuple[str, ...], runs_dir: Path) -> bool:
    folders = ", ".join(str(runs_dir / name) for name in names)
    if not _is_terminal():
        raise click.UsageError(f"this deletes {folders} for good; add --yes")
    return click.confirm(f"Delete {folders} and what is in there for good?")


def _is_terminal() -> bool:
    return sys.stdin.isatty()


@command.command("rename")
@click.argument("name", metavar="RUN", shell_complete=completed)
@click.argument("new", metavar="NAME")
@_own_runs_dir
@click.pass_obj
def rename(default: Path, name: str, new: str, runs_dir: Path | None) -> None:
    """Give a run, and its folder, another name."""
    from lossgp.report.renaming import renamed_files
    from lossgp.runs import Store

    with Store.open(runs_dir or default, create=False) as store:
        store.run(name)
        with store.lock(name):
            run = store.rename_run(store.run(name), new)
            renamed_files(run.directory, name, new)
    say(f"Run {name} is now {new}: {run.directory}")


@command.command("note")
@click.argument("name", metavar="RUN", shell_complete=completed)
@click.argument("words", nargs=-1, metavar="TEXT")
@_own_runs_dir
@click.pass_obj
def note(default: Path, name: str, words: tuple[str, ...], runs_dir: Path | None) -> None:
    """Write a note to a run, in the place of an older one; without TEXT, remove it.

    The list of runs shows it.
    """
    from lossgp.runs import Store

    with Store.open(runs_dir or default, create=False) as store:
        store.set_note(store.run(name), " ".join(words))
    click.echo(f"Noted for run {name}" if words else f"Run {name} has no note now")
