"""`lossgp study`."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .hints import command as hint
from .interrupts import interrupts
from .lines import show_below, show_whole
from .options import device_option, json_option, runs_dir_option, workers_option

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
    from lossgp.studies.study import StudyInterruptedError, study
    from lossgp.studies.study_config import read_study

    config = read_study(file)
    interrupts.words = partial(_how_to_go_on, file, output, runs_dir)
    interruption: StudyInterruptedError | None = None
    with StudyDisplay() as display:
        try:
            found = study(
                config,
                runs_dir=runs_dir,
                device=device,
                workers=workers,
                on_progress=display.progress,
            )
        except StudyInterruptedError as stop:
            found, interruption = stop.study, stop
    directory = output or runs_dir / STUDIES / config.name
    if interruption is None or found.members:
        _show(found, directory, as_json=as_json)
    if interruption is not None:
        raise interruption


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

    from lossgp.common.echo import printable
    from lossgp.report.study_table import study_notes, study_tables

    console = Console()

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    for table in study_tables(study):
        say("")
        show_whole(console, table)
    show_below(console, study_notes(study))
    say("\nWritten:")
    for path in paths:
        say(f"  {printable(path, None)}")
