"""`lossgp study`."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .hints import command as hint
from .interrupts import interrupts
from .lines import show_below, show_files, show_whole
from .options import device_option, json_option, runs_dir_option, workers_option
from .under_display import under_display

if TYPE_CHECKING:
    from lossgp.results.study import Study


@click.command("study")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.toml")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR",
    help="Where files go  [studies/NAME in the runs directory]",
)  # fmt: skip
@device_option
@workers_option
@runs_dir_option
@json_option("the study")
def command(
    file: Path,
    output: Path | None,
    device: str,
    workers: int | None,
    runs_dir: Path,
    as_json: bool,
) -> None:
    """Compare searches over run seeds: arms, ablations, controls.

    Searches with each arm of the file and each run seed, confirms what the searches had found at
    which cost on fresh seeds, and tests the arms against each other. Prints and writes curves
    with bands, the cost to reach a known loss, a rank test with effect size, and of an ablation
    what each part carries. The same command goes on where it was ended, by Ctrl-C, kill -9 or a
    power cut. docs/commands.md says what stands in the file.
    """
    from lossgp.report.study_display import StudyDisplay
    from lossgp.runs.place import STUDIES
    from lossgp.studies.study import study
    from lossgp.studies.study_config import read_study

    config = read_study(file)
    interrupts.words = partial(_how_to_go_on, file, output, runs_dir)

    def studied(display: StudyDisplay) -> Study:
        return study(
            config,
            runs_dir=runs_dir,
            device=device,
            workers=workers,
            on_progress=display.progress,
        )

    directory = output or runs_dir / STUDIES / config.name

    def how_to_go_on(_: object) -> str:
        return _how_to_go_on(file, output, runs_dir)

    with under_display(StudyDisplay(), studied, how_to_go_on) as (found, was_interrupted):
        if found.members or not was_interrupted:
            _show(found, directory, as_json=as_json)


def _how_to_go_on(file: Path, output: Path | None, runs_dir: Path) -> str:
    words = ["study", str(file), *(("-o", str(output)) if output else ())]
    return (
        "Interrupted; what was trained is kept. Continue with the same command:\n"
        f"  {hint(*words, runs_dir=runs_dir)}"
    )


def _show(study: Study, directory: Path, *, as_json: bool) -> None:
    from lossgp.report.study_files import study_json, write_study

    paths = write_study(study, directory)
    if as_json:
        click.echo(json.dumps(study_json(study), indent=1))
        return
    from rich.console import Console

    from lossgp.report.study_table import study_notes, study_tables

    console = Console()
    for table in study_tables(study):
        click.echo()
        show_whole(console, table)
    show_below(console, study_notes(study))
    show_files(paths)
