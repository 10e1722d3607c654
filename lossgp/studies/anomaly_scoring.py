"""Further images, scored by a model that a study of anomaly detection kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lossgp.results.anomaly_scores import ScoredImage
from lossgp.trainers.anomaly.parts import Reading

from .sample import trainer_of

if TYPE_CHECKING:
    from lossgp.trainers.recipes.fanogan import FAnoGanTrainer

ROUNDING = 1e-5
"""Of a score: what two ways of computing it may differ by."""


def model_trainer(path: Path, device: str = "auto") -> FAnoGanTrainer:
    """Return the trainer of a kept model, which detects.

    Raises:
        ConfigError: it is of another protocol, or cannot be used here.
        TrainerError: the file is no model, or damaged.
    """
    from lossgp.common.echo import quoted
    from lossgp.config import ConfigError

    made: Any = trainer_of(path, device)
    if not hasattr(made, "detector"):
        raise ConfigError(
            f"{quoted(str(path))} is a generator of protocol {made.protocol.name!r}, and detects "
            "no anomalies; give a model that `lossgp anomaly train` kept"
        )
    return made  # type: ignore[no-any-return]


def score(
    model: Path,
    images: Sequence[Path | str],
    *,
    device: str = "auto",
    with_maps: bool = False,
    fast: bool = False,
) -> tuple[list[ScoredImage], tuple[str, ...]]:
    """Return the images with their scores, and notes for people.

    Args:
        model: a file that `lossgp anomaly train` kept.
        images: pictures, folders of them, or files of many (.npz, IDX).
        device: "auto", "cpu", "cuda", or "cuda:N".
        with_maps: whether to keep reconstructions and residual maps, too.
        fast: compute in bfloat16; scores then have two to three digits.

    Raises:
        ConfigError: the model is of another protocol.
        TrainerError: the model or an image cannot be read.
    """
    import torch

    from lossgp.trainers.anomaly.model_file import read_scores
    from lossgp.trainers.anomaly.pictures import read_pictures

    trainer = model_trainer(model, device)
    protocol = trainer.protocol
    reading = Reading(
        protocol.size, protocol.channels, protocol.crop, protocol.include, protocol.exclude
    )
    names, pixels, notes = read_pictures([Path(each) for each in images], reading)
    normal = np.sort(read_scores(model).normal)
    detector = trainer.detector(model, bfloat16=fast)
    given = torch.from_numpy(pixels)
    found = detector.residuals(given)
    values = found.score(detector.kappa).numpy()
    # The training's own images are scored by other steps (`networks.rewritten`): what differs by
    # rounding is equal.
    shares = np.searchsorted(normal, values * (1 - ROUNDING)) / len(normal)
    views: list[Any] = [None] * len(names)
    if with_maps:
        real = pixels.astype(np.float32) / np.float32(127.5) - np.float32(1)
        views = list(zip(real, *(each.numpy() for each in detector.maps(given)), strict=True))
    figures = (each.tolist() for each in (values, found.image, found.features, shares))
    scored = [
        ScoredImage(name, a, image, features, share, view)
        for name, a, image, features, share, view in zip(names, *figures, views, strict=True)
    ]
    return scored, notes
