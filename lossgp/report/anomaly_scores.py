"""Scored images as a table and as pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lossgp.results.anomaly_scores import ScoredImage
from lossgp.trainers.whole_files import written_whole

from .csv_files import csv_text

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD = ("image", "score", "image_residual", "feature_residual", "normal_below")
HOTTEST = 1.0
"""The difference of brightness, of a range of 2, that has the last colour of the map."""
_LONGEST = 120


def scores_csv(images: Sequence[ScoredImage]) -> str:
    """Return one row an image, in the order given."""
    return csv_text(
        HEAD,
        [
            [each.name, each.score, each.image_residual, each.feature_residual, each.share]
            for each in images
        ],
    )


def write_maps(images: Sequence[ScoredImage], directory: Path) -> list[Path]:
    """Write a picture of each image: it, its reconstruction, and the map of their differences.

    Images that were scored without maps have none.
    """
    from PIL import Image

    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, each in _named(images).items():
        if each.views is None:
            continue
        image, made, differences = each.views
        row = np.concatenate([_rgb(image), _rgb(made), _heat(differences)], axis=1)
        path = directory / f"{name}.png"
        with written_whole(path) as new:
            Image.fromarray(row).save(new)
        paths.append(path)
    return paths


def _named(images: Sequence[ScoredImage]) -> Mapping[str, ScoredImage]:
    """The images by names that any file system takes; equal ones get a number."""
    found: dict[str, ScoredImage] = {}
    for each in images:
        path = Path(each.name)
        whole = "_".join(part for part in path.with_suffix("").parts if part not in ("/", ".."))
        stem = re.sub(r"[^\w.()\[\] -]", "_", whole + path.suffix.partition("[")[1])[-_LONGEST:]
        name, number = stem, 2
        while name in found:
            name, number = f"{stem}-{number}", number + 1
        found[name] = each
    return found


def _rgb(pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
    """An image (c, h, w) in [-1, 1] as bytes (h, w, 3)."""
    scaled = np.rint((np.clip(pixels, -1, 1) + 1) * 127.5).astype(np.uint8)
    return np.broadcast_to(scaled, (3, *scaled.shape[1:])).transpose(1, 2, 0)


def _heat(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    from matplotlib import colormaps

    colours = colormaps["inferno"](np.clip(values / HOTTEST, 0, 1), bytes=True)
    found: NDArray[np.uint8] = np.asarray(colours)[..., :3]
    return found
