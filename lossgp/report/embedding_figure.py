"""Real and generated images as points in the plane: PCA, t-SNE or UMAP of their features."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lossgp.common.echo import printable
from lossgp.trainers.metrics.embedding import TITLES

from .csv_files import csv_text, put

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SUFFIXES = (".png", ".pdf", ".svg", ".csv")
_REAL, _MADE = "#999999", "#D55E00"
_SIZE = 3.6  # inches of a panel


@dataclass(frozen=True)
class Embedding:
    """Points of one method.

    Attributes:
        method: "pca", "tsne" or "umap".
        real: (n, 2).
        made: (m, 2), of generated images.
    """

    method: str
    real: NDArray[np.float64]
    made: NDArray[np.float64]


def write_embeddings(
    embeddings: Sequence[Embedding], path: Path, *, title: str = "", features: str = ""
) -> Path:
    """Write a picture with a panel for each method, or a .csv of all points; return its path.

    Args:
        embeddings: at least one.
        path: .png, .pdf, .svg or .csv.
        title: above the panels.
        features: the network whose features were embedded: it stands below them.
    """
    if path.suffix.lower() == ".csv":
        return put(path, csv_text(["method", "images", "index", "x", "y"], _rows(embeddings)))
    from lossgp.analysis.figures import new_figure, save, styled

    with styled():
        figure = new_figure(_SIZE * len(embeddings) + 0.2, _SIZE + 1.0)
        panels = figure.subplots(1, len(embeddings), squeeze=False)[0]
        for axes, embedding in zip(panels, embeddings, strict=True):
            _draw(axes, embedding)
        panels[-1].legend(
            loc="lower right", bbox_to_anchor=(1, 0.99), ncols=2, markerscale=2, frameon=False
        )
        if title:
            figure.suptitle(printable(title, 60), x=0.02, ha="left", fontsize=10)
        note = textwrap.fill(_note(embeddings, features), 48 * len(embeddings))
        figure.supxlabel(note, fontsize="small", color="#555555")
        return save(figure, path)


def _rows(embeddings: Sequence[Embedding]) -> Iterator[tuple[object, ...]]:
    for embedding in embeddings:
        for whose, points in (("real", embedding.real), ("generated", embedding.made)):
            for index, (x, y) in enumerate(points.tolist()):
                yield embedding.method, whose, index, x, y


def _draw(axes: Axes, embedding: Embedding) -> None:
    title = TITLES[embedding.method]
    for points, colour, label, alpha in (
        (embedding.real, _REAL, "real", 1.0),
        (embedding.made, _MADE, "generated", 0.6),
    ):
        x, y = points[:, 0], points[:, 1]
        axes.scatter(x, y, s=8, color=colour, linewidths=0, alpha=alpha, label=label)
    axes.set_title(title, fontsize=9)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.set_aspect("equal", "datalim")


def _note(embeddings: Sequence[Embedding], features: str) -> str:
    parts = [f"features: {printable(features)}"] if features else []
    methods = {embedding.method for embedding in embeddings}
    if "pca" in methods:
        parts.append("PCA is fitted on the real images")
    if methods - {"pca"}:
        names = " and ".join(TITLES[e.method] for e in embeddings if e.method != "pca")
        parts.append(f"{names}: only who lies near whom counts")
    return "; ".join(parts)
