"""What scores can tell of losses, under the settings that were candidates for the default.

    python -m benchmarks.reliability --seeds 8 --budget 30m

For each protocol the fixed set of `lossgp reliability` is trained, and its tables are printed: the
reliability of each statistic among all losses and among the good half, the seeds and iterations
for 0.8, and where the noise comes from. Trainings are kept in a runs directory: the same command
goes on where it was stopped.
"""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

import lossgp
from lossgp.report.comparison_table import lines, rich_table
from lossgp.report.reliability_files import write
from lossgp.report.reliability_table import (
    noise_grid,
    noise_notes,
    reliability_grid,
    reliability_notes,
)

SETTINGS = {
    "digits": {"iterations": [120, 240]},
    "digits-mlp": {"iterations": [150, 300, 600]},
}


@click.command()
@click.option("--protocol", "protocols", multiple=True, default=tuple(SETTINGS), show_default=True)
@click.option("--seeds", default=8, show_default=True, type=click.IntRange(4))
@click.option("--budget", help="Of each protocol, as 30m or 500-trainings.")
@click.option("--runs-dir", default="runs", show_default=True, type=click.Path(path_type=Path))
def main(protocols: tuple[str, ...], seeds: int, budget: str | None, runs_dir: Path) -> None:
    """Print the tables of each protocol, and write its files."""
    console = Console(width=160)
    for protocol in protocols:
        study = lossgp.reliability(
            protocol,
            seeds=seeds,
            vary=SETTINGS.get(protocol),
            device="cpu",
            budget=budget,
            runs_dir=runs_dir,
            progress=True,
        )
        for grid, notes in (
            (reliability_grid(study), reliability_notes(study)),
            (noise_grid(study), noise_notes(study)),
        ):
            if grid.rows:
                console.print(rich_table(grid))
            for line in lines(notes):
                console.print(line, markup=False, highlight=False, soft_wrap=True)
        for path in write(study, runs_dir / "reliability" / f"{protocol}-{study.identity}"):
            print(path)


if __name__ == "__main__":
    main()
