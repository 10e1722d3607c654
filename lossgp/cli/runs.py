"""`lossgp runs`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .hints import command as hint
from .options import json_option, runs_dir_option

if TYPE_CHECKING:
    from lossgp.runs import Run, Store


@click.command("runs")
@runs_dir_option
@json_option("the runs")
def command(runs_dir: Path, as_json: bool) -> None:
    """List the runs of a directory, oldest first."""
    from lossgp.report.load import load
    from lossgp.report.table import figures
    from lossgp.runs import FILE_NAME, Store

    if not (runs_dir / FILE_NAME).exists():
        click.echo("[]" if as_json else f"No runs in {runs_dir} yet; start one: {hint('evolve')}")
        return
    rows: list[dict[str, object]] = []
    scores: list[str] = []
    with Store.read_only(runs_dir) as store:
        for run in store.runs():
            result = load(store, run.name)
            best, metric = result.best, result.objective.goal.key
            figure = figures(best.score, result.objective)[0] if best else ""
            rows.append(
                {
                    "run": run.name,
                    "status": _status(store, run),
                    "generations": result.generations,
                    "of": result.config.search.generations,
                    "protocol": result.config.protocol,
                    "best": best.candidate.loss.simplified().text() if best else None,
                    f"{metric}_mean": best.score.mean if best else None,
                    f"{metric}_std": best.score.std if best else None,
                    "created": run.created.isoformat(timespec="seconds"),
                }
            )
            scores.append(f"{result.objective.goal.title} {figure}" if best else "")
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    _print(rows, scores)


def _status(store: Store, run: Run) -> str:
    """Return where a run stands; one that says "running" while nobody writes it was killed."""
    from lossgp.runs import RunsError

    if run.status != "running":
        return str(run.status)
    try:
        with store.lock(run.name):
            return "killed"
    except RunsError:
        return "running"


def _print(rows: list[dict[str, object]], scores: list[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(pad_edge=False)
    for name in ("run", "status", "generations", "protocol", "best score", "best loss"):
        table.add_column(name, overflow="fold")
    for row, best in zip(rows, scores, strict=True):
        table.add_row(
            Text(str(row["run"])),
            str(row["status"]),
            f"{row['generations']} of {row['of']}",
            str(row["protocol"]),
            best,
            Text(str(row["best"] or "")),
        )
    Console().print(table)
