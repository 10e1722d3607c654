"""`lossgp anomaly`: f-AnoGAN with any loss, from normal images to scored ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import completing
from .hints import after_interruption
from .hints import command as hint
from .interrupts import interrupts
from .lines import say, show_below, show_failures, show_files, show_whole
from .options import assignments_option, device_option, json_option, study_options
from .protocol_options import TABLE, values
from .under_display import under_display

if TYPE_CHECKING:
    from lossgp.results.anomaly import AnomalyStudy

_path = click.Path(path_type=Path)
_images = click.Path(exists=True, path_type=Path)
_count = click.IntRange(min=1)


@click.group("anomaly")
def command() -> None:
    """Find abnormal images with an f-AnoGAN that was trained on normal ones with any loss."""


@command.command("train")
@click.argument(
    "losses", nargs=-1, required=True, metavar="LOSS...", shell_complete=completing.losses
)
@click.option("--normal", type=_images, metavar="DIR", help="Normal images to learn from.")
@click.option("--test-normal", type=_images, metavar="DIR", help="Normal images for tests.")
@click.option(
    "--test-abnormal", type=_images, multiple=True, metavar="DIR",
    help="Abnormal images for tests; may be given several times.",
)  # fmt: skip
@click.option(
    "--data", metavar="SET", help="Or one labelled data set: a name, folder or file  [digits]",
    shell_complete=completing.data_sets,
)  # fmt: skip
@click.option("--normal-class", metavar="C", help="Its normal class  [8, of digits]")
@click.option(
    "--abnormal-class", multiple=True, metavar="C", help="Its abnormal classes  [all others]"
)
@click.option("--size", type=int, metavar="N", help="Pixels along a side: a power of two  [16]")
@click.option("--channels", type=int, metavar="N", help="1: grey, 3: colour  [1]")
@click.option("--iterations", type=_count, metavar="N", help="Of G in stage 1.")
@click.option("--encoder-iterations", type=_count, metavar="N", help="Of E in stage 2.")
@click.option("--batch", type=_count, metavar="N", help="Images of a batch.")
@click.option("--width", type=_count, metavar="N", help="Channels of the first convolution.")
@click.option("--kappa", type=float, metavar="X", help="Weight of the features' residual  [1]")
@assignments_option("Any option of the protocol f-anogan", "split=1", table=TABLE)
@click.option("--seeds", type=click.IntRange(1, 1000), metavar="K", help="Of each loss  [5]")
@click.option(
    "--ablate", is_flag=True,
    help="Each loss in D, G, E and all combinations; the first is the base, wasserstein that of a "
    "single one.",
)  # fmt: skip
@click.option("--no-baselines", is_flag=True, help="Without PCA, neighbours and autoencoder.")
@click.option(
    "-o", "--output", type=_path, metavar="DIR",
    help="Where files go  [anomaly/HASH in the runs directory]",
)  # fmt: skip
@device_option
@study_options("the study")
def train_command(
    losses: tuple[str, ...],
    assignments: dict[str, str],
    seeds: int | None,
    ablate: bool,
    no_baselines: bool,
    output: Path | None,
    device: str,
    budget: str | None,
    time_limit: float | None,
    retry_failed: bool,
    workers: int | None,
    runs_dir: Path,
    as_json: bool,
    **sugar: Any,
) -> None:
    """Train f-AnoGANs with losses over seeds, and compare how well they find anomalies.

    Prints AUROC and average precision of each loss with intervals, beside PCA, nearest neighbours
    and an autoencoder on the same images, and says which of them a loss beats; writes tables,
    scores, ROC, histograms and residual maps. What was trained before is not trained again.
    Ctrl-C once finishes the running trainings, and keeps and shows what there is.
    """
    interrupts.words = after_interruption
    from lossgp.report.anomaly_files import check_place
    from lossgp.report.training_display import TrainingDisplay
    from lossgp.studies.anomaly import detect, identity_of
    from lossgp.studies.resources import TIME_LIMIT

    from .losses import named_losses

    asked, named = _options(assignments, sugar), named_losses(losses, runs_dir)
    if output is not None:
        mark = identity_of(named, options=asked, ablate=ablate, device=device)
        check_place(output, mark)

    def detected(display: TrainingDisplay) -> AnomalyStudy | None:
        return detect(
            named,
            options=asked,
            seeds=seeds,
            ablate=ablate,
            baselines=not no_baselines,
            device=device,
            workers=workers,
            budget=budget,
            time_limit=time_limit or TIME_LIMIT,
            retry_failed=retry_failed,
            runs_dir=runs_dir,
            on_progress=display.progress,
        )

    with under_display(TrainingDisplay(), detected) as (study, _):
        if study is not None:
            _finish(study, output, runs_dir, as_json=as_json)


@command.command("score")
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.csv",
    help="Where the scores go, by path  [standard output]",
)  # fmt: skip
@click.option("--maps", type=_path, metavar="DIR", help="Write residual maps of all images there.")
@click.option("--fast", is_flag=True, help="In bfloat16: two to three digits, in half the time.")
@device_option
def score_command(
    model: Path,
    images: tuple[Path, ...],
    output: Path | None,
    maps: Path | None,
    fast: bool,
    device: str,
) -> None:
    """Score images with a model that `anomaly train` kept: pictures, or folders of them.

    A row an image: its anomaly score, both residuals, and the share of the normal test images
    with a lower score.
    """
    from lossgp.report.anomaly_scores import scores_csv, write_maps
    from lossgp.report.csv_files import put
    from lossgp.studies.anomaly_scoring import score

    from .options import output_file

    if output is not None:
        output_file(output, (".csv",))
    if maps is not None and maps.exists() and not maps.is_dir():
        raise click.UsageError(f"--maps {maps} is a file; give a directory")
    scored, notes = score(model, images, device=device, with_maps=maps is not None, fast=fast)
    for note in notes:
        say(f"Note: {note}", err=True)
    text = scores_csv(scored)
    if output is None:
        click.echo(text, nl=False)
    else:
        put(output, text)
        say(f"Scored {len(scored)} images: {output}", err=True)
    if maps is not None:
        write_maps(scored, maps)
        say(f"Residual maps: {maps}", err=True)


@command.command("show")
@click.argument("study", metavar="DIR_OR_MODEL", type=click.Path(path_type=Path))
@json_option("it")
def show_command(study: Path, as_json: bool) -> None:
    """Print a study that `anomaly train` wrote, or what a kept model is."""
    from lossgp.report.anomaly_files import read

    if study.suffix == ".safetensors":
        _show_model(study, as_json=as_json)
        return
    found = read(study)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1))
        return
    _print(found)


def _options(assignments: dict[str, str], sugar: dict[str, Any]) -> dict[str, Any]:
    """Return the options of the protocol; raises `ConfigError` where one is given twice."""
    from lossgp.config import ConfigError

    given = {
        "normal": _text(sugar["normal"]),
        "test_normal": _text(sugar["test_normal"]),
        "test_abnormal": tuple(map(str, sugar["test_abnormal"])) or None,
        "abnormal_class": sugar["abnormal_class"] or None,
    }
    plain = ("data", "normal_class", "size", "channels", "iterations", "encoder_iterations")
    given |= {name: sugar[name] for name in (*plain, "batch", "width", "kappa")}
    given = {name: value for name, value in given.items() if value is not None}
    for name in given:
        if name in assignments:
            option = "--" + name.replace("_", "-")
            raise ConfigError(f"{option} and --set {TABLE}{name} say the same; give one")
    return {**values("f-anogan", assignments), **given}


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _finish(study: AnomalyStudy, output: Path | None, runs_dir: Path, *, as_json: bool) -> None:
    from lossgp.report.anomaly_files import write
    from lossgp.report.anomaly_table import best_model
    from lossgp.runs.place import ANOMALY
    from lossgp.studies.anomaly import examples

    directory = output or runs_dir / ANOMALY / study.identity()
    best = best_model(study)
    pictures = () if best is None else examples(study, *best)
    paths = write(study, directory, pictures)
    if as_json:
        click.echo(json.dumps(study.to_json(), indent=1))
        return
    _print(study)
    show_files(paths)
    show_failures(outcome for loss in study.losses for outcome in loss.outcomes)
    if best is not None:
        say(f"Score images: {hint('anomaly', 'score', str(best[0]), 'IMAGES', '-o', 'scores.csv')}")


def _print(study: AnomalyStudy) -> None:
    from rich.console import Console

    from lossgp.report.anomaly_table import grid, models, notes, verdicts
    from lossgp.report.comparison_table import lines, rich_table

    console = Console()
    click.echo()
    show_whole(console, rich_table(grid(study)))
    show_below(console, lines(notes(study)))
    if said := verdicts(study):
        click.echo()
        show_below(console, [f"{each}." for each in said])
    if kept := models(study):
        click.echo("\nModels:")
        for name, path in kept:
            say(f"  {name}: {path}")


def _show_model(path: Path, *, as_json: bool) -> None:
    from lossgp.report.anomaly_table import model_json, model_lines
    from lossgp.studies.anomaly_scoring import model_trainer
    from lossgp.trainers.anomaly.model_file import read_scores
    from lossgp.trainers.gan.checkpoint import read

    scores, found = read_scores(path), read(path)
    if as_json:
        click.echo(json.dumps(model_json(found), indent=1))
        return
    description = model_trainer(path, "cpu").protocol.describe()
    for line in model_lines(found, scores, description):
        say(line)
