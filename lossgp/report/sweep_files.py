"""What a sweep leaves on disk: the table, every training, the figures, the conclusions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from lossgp.common.averages import deviation
from lossgp.results.options import shown
from lossgp.results.steadiness import LOST, STABILITY
from lossgp.results.sweep import FORMAT, Sweep
from lossgp.trainers.whole_files import written_whole

from .comparison_files import latex_table
from .conclusions import conclusions
from .csv_files import csv_text, put
from .identity import check_directory
from .real_figures import of_real, real_columns
from .sweep_curves import estimates
from .sweep_figures import Drawing, heat_map, lines
from .sweep_images import all_images, option_images
from .sweep_table import sweep_grid, sweep_notes

DATA = ("sweep.json", "table.csv", "trainings.csv", "conclusions.md", "table.tex")


def check_place(directory: Path, identity: str) -> None:
    """Make sure that writing a sweep into a directory overwrites no other thing.

    The same settings and losses, whatever the number of seeds, may be written again.

    Raises:
        ConfigError: the directory cannot hold it, or has something else.
    """
    held = "another sweep, or files of something else"
    check_directory(directory, DATA, DATA[0], FORMAT, identity, foreign=held, other=held)


def write(sweep: Sweep, directory: Path, columns: Sequence[str] = ()) -> list[Path]:
    """Write the files of a sweep, each whole or not at all, and return their paths.

    Args:
        sweep: what to write.
        directory: where to; it is made if it is not there.
        columns: further metrics in the table of conclusions.md.

    Raises:
        ConfigError: the directory is of something else.
    """
    check_place(directory, sweep.identity)
    directory.mkdir(parents=True, exist_ok=True)
    paths = [
        put(directory / DATA[0], json.dumps(sweep.to_json(), indent=1) + "\n"),
        put(directory / DATA[1], table_csv(sweep)),
        put(directory / DATA[2], trainings_csv(sweep)),
    ]
    grid, below = sweep_grid(sweep, columns), sweep_notes(sweep, columns)
    packages = "% Needs \\usepackage{booktabs,amssymb,graphicx}.\n"
    paths.append(put(directory / DATA[4], packages + latex_table(grid, below, "tab:sweep")))
    for name, draw in drawings(sweep).items():
        if draw is None:
            # What an earlier call drew, of fewer seeds, would not belong to this table.
            (directory / name).unlink(missing_ok=True)
            continue
        with written_whole(directory / name) as new:
            draw(new)
        paths.append(directory / name)
    page = conclusions(sweep, [path for path in paths if path.suffix == ".png"], columns)
    return [*paths, put(directory / DATA[3], page)]


def drawings(sweep: Sweep) -> dict[str, Drawing | None]:
    """Return what draws each picture, by its file; None where there is nothing to draw."""
    found = {
        "heat.png": heat_map(sweep),
        "lines.png": lines(sweep),
        "images.png": all_images(sweep),
    }
    for index, option in enumerate(sweep.options):
        found[f"images-{option.key}.png"] = option_images(sweep, index)
    return {**found, "estimates.png": estimates(sweep)}


def table_csv(sweep: Sweep) -> str:
    """Return one row a setting and loss: of the objective all figures, of other metrics the mean.

    Means are over all trainings that have the metric; of the objective every lost training counts.
    The last columns are of real images, where they have figures of their own.
    """
    keys = sweep.metrics()[1:]
    real = real_columns([cell.comparison.reference for cell in sweep.cells], keys)
    head = [*(option.key for option in sweep.options), "loss", "metric", "seeds", "living"]
    head += ["mean", "std", "ci_low", "ci_high", "mean_living", "lost_share", "stability"]
    rows: list[list[object]] = []
    for cell in sweep.cells:
        for loss in cell.comparison.losses:
            values = cell.values_of(loss, sweep.metric)
            row: list[object] = [*map(shown, cell.values), loss.name, sweep.metric]
            row += [len(loss.outcomes), len(loss.living), cell.average(loss, sweep.metric)]
            row += [deviation(values) if len(values) > 1 else None]
            row += cell.interval(loss, sweep.metric) or (None, None)
            row += [cell.comparison.summary(loss).mean]
            row += [cell.average(loss, key) for key in (LOST, STABILITY)]
            for key in keys:
                of_key = cell.values_of(loss, key)
                row += [cell.average(loss, key), deviation(of_key) if len(of_key) > 1 else None]
            row += [of_real(cell.comparison.reference, [key]).get(key) for key in real]
            rows.append(row)
    head += [f"{key}_{part}" for key in keys for part in ("mean", "std")]
    head += [f"{key}_real" for key in real]
    return csv_text(head, rows)


def trainings_csv(sweep: Sweep) -> str:
    """Return one row a training, with its metrics exactly."""
    keys = sweep.metrics()
    options = [option.key for option in sweep.options]
    head = [*options, "loss", "seed", "status", *keys, "seconds", "reason"]
    rows = [
        [*(shown(row[key]) for key in options), *(row.get(key) for key in head[len(options) :])]
        for row in sweep.rows()
    ]
    return csv_text(head, rows)
