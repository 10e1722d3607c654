"""`lossgp sample --embedding`: where real and generated images lie to each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .lines import say
from .options import output_file

METHODS = ("pca", "tsne", "umap")


def check_embedding(
    methods: tuple[str, ...], output: Path | None, each: Path | None, scale: int | None
) -> None:
    """Refuse what --embedding cannot do, before anything is read or trained.

    Raises:
        UsageError: it goes with -o alone.
        TrainerError: a package is missing.
    """
    from lossgp.report.embedding_figure import SUFFIXES as DRAWN
    from lossgp.trainers.metrics.embedding import require_method

    if output is None or each is not None or scale is not None:
        raise click.UsageError("--embedding makes one picture: give -o, and no --each or --scale")
    output_file(output, DRAWN)
    for method in methods:
        require_method(method)


def write_embedding(
    maker: Any, path: Path, methods: tuple[str, ...], count: int, seed: int, output: Path | None
) -> None:
    """Write where the features of real and of generated images lie.

    Raises:
        UsageError: the checkpoint generates no images.
        TrainerError: there are too few of them.
    """
    from lossgp.report.embedding_figure import Embedding, write_embeddings
    from lossgp.trainers.metrics.embedding import project

    assert output is not None  # `check_embedding` has seen to it
    if not hasattr(maker, "embedded"):
        raise click.UsageError("--embedding is for images, and this generator makes points")
    real, made = maker.embedded(path, count, seed)
    embeddings = [
        Embedding(method, *project(method, real, made, seed)) for method in dict.fromkeys(methods)
    ]
    title = f"{len(real)} real and {len(made)} generated images ({maker.protocol.name})"
    write_embeddings(embeddings, output, title=title, features=maker.extractor_name)
    say(f"Wrote {output}")
