"""`lossgp sample`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lossgp.trainers import DEFAULT_PROTOCOL

from .completing import losses
from .embedding import METHODS, check_embedding, write_embedding
from .lines import say
from .options import output_file, output_option, runs_dir_option
from .protocol_options import SUGAR, protocol_options, trainer_options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lossgp.studies.sample import Model

SUFFIXES = (".png", ".jpg", ".webp")
POINTS = (".png", ".pdf", ".svg", ".csv")
"""What points in the plane can be written as, where images have SUFFIXES."""
CHECKPOINT = ".safetensors"
# Images of fewer pixels than this are enlarged by default, so that they can be seen.
_VISIBLE = 48
_SHOWN, _EMBEDDED = 64, 256  # images by default


@click.command("sample")
@click.argument("what", metavar="LOSS|RUN#RANK|CHECKPOINT", shell_complete=losses)
@click.option(
    "-n", "count", type=click.IntRange(1, 10_000),
    help="How many images.  [64; 256 with --embedding]",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the images.")
@click.option("--training", type=click.IntRange(0), metavar="SEED", help="Which training of LOSS.")
@click.option("--train", is_flag=True, help="Train LOSS if no such training was kept.")
@output_option("The grid's file: .png, .jpg or .webp.")
@click.option(
    "--each", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Write every image to a file of its own.",
)  # fmt: skip
@click.option("--scale", type=click.IntRange(1, 64), metavar="N", help="Enlarge the grid.")
@click.option(
    "--embedding", "methods", type=click.Choice(METHODS), multiple=True,
    help="Draw where real and generated images lie to each other; several are panels.",
)  # fmt: skip
@protocol_options(default=None)
@runs_dir_option
def command(
    what: str,
    count: int | None,
    seed: int,
    training: int | None,
    train: bool,
    output: Path | None,
    each: Path | None,
    scale: int | None,
    methods: tuple[str, ...],
    protocol: str | None,
    assignments: dict[str, str],
    device: str,
    runs_dir: Path,
    **sugar: Any,
) -> None:
    """Draw images from a trained generator.

    CHECKPOINT is a .safetensors file. The generators of a LOSS are those that `lossgp score`
    kept under the same protocol (digits by default; that of the run for RUN#RANK).
    Of a toy problem (ring, grid) the picture shows points over real ones, .csv the points.

    With --embedding the picture (or .csv) shows the features of real and of generated images, on
    which FID is measured, in the plane: pca, tsne, or umap (pip install "lossgp[umap]").
    """
    if output is None and each is None:
        raise click.UsageError("give -o FILE for a grid, or --each DIR for separate images")
    if methods:
        check_embedding(methods, output, each, scale)
    elif output is not None:
        output_file(output, tuple(dict.fromkeys(SUFFIXES + POINTS)))
    if each is not None and each.is_dir() and any(each.iterdir()):
        raise click.UsageError(f"--each {each}: the directory is not empty; give another one")
    given = {name: sugar[name] for name in SUGAR}
    if what.endswith(CHECKPOINT):
        if protocol or assignments or train or training is not None or any(given.values()):
            raise click.UsageError(
                f"{what} says itself how it was trained; leave out the options of training"
            )
        path = Path(what)
    else:
        model = _model(what, protocol, assignments, given, device, runs_dir)
        path = _checkpoint(model, what, training, train)
    from lossgp.report.scatter import REAL, are_points
    from lossgp.studies.sample import trainer_of

    maker = trainer_of(path, device)
    if methods:
        write_embedding(maker, path, methods, count or _EMBEDDED, seed, output)
        return
    made = maker.generate(path, count or _SHOWN, seed=seed)
    if are_points(made):
        _write_points(made, maker.real(REAL), output, each, scale)
    else:
        _write(made, output, each, scale)


def _model(
    what: str,
    protocol: str | None,
    assignments: dict[str, str],
    sugar: dict[str, Any],
    device: str,
    runs_dir: Path,
) -> Model:
    from lossgp.expressions import LossPair
    from lossgp.studies.sample import Model

    from .losses import resolve

    loss = resolve(what, runs_dir).loss
    options: dict[str, Any] = {}
    ranked = re.fullmatch(r"(?P<run>[\w.-]+)#\d+", what, re.ASCII)
    if ranked and protocol is None:
        from lossgp.config import rebuild
        from lossgp.runs import Store

        with Store.read_only(runs_dir) as store:
            config = rebuild(store.run(ranked["run"]).config, f"run {ranked['run']!r}")
        protocol, options = config.protocol, dict(config.trainer_options)
    protocol = protocol or DEFAULT_PROTOCOL
    options |= trainer_options(protocol, assignments, sugar)
    return Model(LossPair.of(loss), protocol, options, device, runs_dir)


def _checkpoint(model: Model, what: str, training: int | None, train: bool) -> Path:
    """Return the checkpoint to draw from; trains it where that is wanted.

    Raises:
        ConfigError: there is none, or the training came to nothing.
    """
    from lossgp.config import ConfigError

    kept = model.kept()
    if training is None:
        training = kept[0] if kept else 0
    path = model.checkpoint(training)
    if training not in kept:
        if not train:
            others = f" (kept are {', '.join(map(str, kept))})" if kept else ""
            raise ConfigError(
                f"no generator of {what!r} was kept for seed {training} of this protocol{others}: "
                "add --train, or train it over seeds with lossgp score"
            )
        say(f"Training {what} with seed {training} ...", err=True)
        outcome = model.train(training)
        if not outcome.metrics:
            raise ConfigError(
                f"the training of {what!r} with seed {training} ended {outcome.status} "
                f"({outcome.reason}); there is nothing to draw"
            )
    say(f"Seed {training} of {what}: {path}", err=True)
    return path


def _write_points(
    made: NDArray[np.float32],
    real: NDArray[np.float32],
    output: Path | None,
    each: Path | None,
    scale: int | None,
) -> None:
    """Write points (n, GANs, 2) as a scatter plot over real ones, or as a table.

    Raises:
        UsageError: what was asked for is for images.
    """
    if each is not None or scale is not None or output is None:
        raise click.UsageError("--each and --scale are for images, and these are points: give -o")
    output_file(output, POINTS)
    if output.suffix.lower() == ".csv":
        from lossgp.report.csv_files import csv_text, put

        gans = enumerate(made.transpose(1, 0, 2).tolist())
        rows = [(gan, *point) for gan, points in gans for point in points]
        put(output, csv_text(["gan", "x", "y"], rows))
    else:
        from lossgp.report.scatter import draw_scatter

        draw_scatter(made, real, output)
    say(f"Wrote {output}")


def _write(
    made: NDArray[np.uint8], output: Path | None, each: Path | None, scale: int | None
) -> None:
    from PIL import Image

    from lossgp.report.image_grid import tiled

    if output is not None:
        factor = scale or max(1, -(-_VISIBLE // max(made.shape[2:])))
        large = made.repeat(factor, axis=2).repeat(factor, axis=3)
        picture = tiled(large, gap=max(1, factor // 2))
        Image.fromarray(picture).save(output)
        say(f"Wrote {output}")
    if each is not None:
        each.mkdir(parents=True, exist_ok=True)
        digits = len(str(len(made) - 1))
        for index, image in enumerate(made):
            Image.fromarray(tiled(image[None])).save(each / f"{index:0{digits}}.png")
        say(f"Wrote {len(made)} images to {each}")
