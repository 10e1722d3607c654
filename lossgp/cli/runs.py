"""`lossgp runs`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import json_option, runs_dir_option

if TYPE_CHECKING:
    from lossgp.runs import Run, Store


@click.command("runs")
@runs_dir_option
@json_option("the runs")
def command(runs_dir: Path, as_json: bool) -> None:
    """List the runs of a directory, oldest first."""
    from lossgp.report.load import load
    from lossgp.runs import FILE_NAME, Store

    if not (runs_dir / FILE_NAME).exists():
        click.echo("[]" if as_json else f"No runs in {runs_dir} yet; start one: lossgp evolve")
        return
    rows = []
    with Store.open(runs_dir, create=False) as store:
        for run in store.runs():
            result = load(store, run.name)
            best = result.best
            rows.append(
                {
                    "run": run.name,
                    "status": _status(store, run),
                    "generations": result.generations,
                    "of": result.config.search.generations,
                    "protocol": result.config.protocol,
                    "best": best.candidate.loss.simplified().text() if best else None,
                    "fid_mean": best.score.fid_mean if best else None,
                    "fid_std": best.score.fid_std if best else None,
                    "created": run.created.isoformat(timespec="seconds"),
                }
            )
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    _print(rows)


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


def _print(rows: list[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(pad_edge=False)
    for name in ("run", "status", "generations", "protocol", "best FID", "best loss"):
        table.add_column(name, overflow="fold")
    for row in rows:
        fid = f"{row['fid_mean']:.1f} ± {row['fid_std']:.1f}" if row["best"] else ""
        table.add_row(
            Text(str(row["run"])),
            str(row["status"]),
            f"{row['generations']} of {row['of']}",
            str(row["protocol"]),
            fid,
            Text(str(row["best"] or "")),
        )
    Console().print(table)
