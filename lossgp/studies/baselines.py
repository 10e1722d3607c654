"""Baselines of anomaly detection on a split, measured once and remembered."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossgp.results.anomaly import AUROC, PCA, PRECISION, Method
from lossgp.trainers import Outcome, Status
from lossgp.trainers.anomaly.detection import Scores, quality
from lossgp.trainers.anomaly.parts import digest
from lossgp.trainers.whole_files import written_whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lossgp.trainers.datasets.splits import AnomalySplit
    from lossgp.trainers.extractors import Extractor

VERSION = 1  # raised whenever a baseline's scores come to mean something else
LATENTS = (2, 128)
"""The least and the most numbers of an autoencoder's latent."""


@dataclass(frozen=True)
class Baseline:
    """A way to score test images that learns from the normal ones alone.

    Attributes:
        name, note: for people.
        settings: what else its scores depend on, as JSON content.
        run: the scores with a seed.
        is_random: whether the seed counts.
    """

    name: str
    note: str
    settings: dict[str, Any]
    run: Callable[[int], Scores]
    is_random: bool = False


def baselines(split: AnomalySplit, extractor: Extractor | None) -> list[Baseline]:
    """Return the baselines of a split, in their best forms; nothing is chosen on test images.

    Args:
        split: the images.
        extractor: the network on whose features neighbours are looked for; None: on pixels alone.
    """
    from lossgp.trainers.anomaly.autoencoder import (
        AutoencoderRecipe,
        reconstruction_errors,
        train_autoencoder,
    )
    from lossgp.trainers.anomaly.baselines import NEIGHBOURS, VARIANCE, fit_pca, neighbour_scores

    train, normal, abnormal = (
        _pixels(part.images) for part in (split.train, split.test_normal, split.test_abnormal)
    )
    pca = fit_pca(_rows(train))
    recipe = AutoencoderRecipe(latent=min(max(pca.components, LATENTS[0]), LATENTS[1]))

    def by_components(_: int) -> Scores:
        return Scores(pca.scores(_rows(normal)), pca.scores(_rows(abnormal)))

    def by_neighbours(_: int) -> Scores:
        known = _rows(train)
        return Scores(*(neighbour_scores(known, _rows(each)) for each in (normal, abnormal)))

    def by_autoencoder(seed: int) -> Scores:
        import torch

        network = train_autoencoder(torch.from_numpy(train), recipe, seed)
        return Scores(
            *(
                reconstruction_errors(network, torch.from_numpy(each)).numpy()
                for each in (normal, abnormal)
            )
        )

    nearest = f"mean distance to the {NEIGHBOURS} nearest normal images"
    found = [
        Baseline(
            PCA,
            f"squared error of the reconstruction from {pca.components} components, which hold "
            f"{VARIANCE:.0%} of the training images' variance",
            {"variance": VARIANCE},
            by_components,
        ),
        Baseline("k-NN (pixels)", nearest, {"neighbours": NEIGHBOURS}, by_neighbours),
    ]
    if extractor is not None:
        features = extractor

        def by_features(_: int) -> Scores:
            import torch

            known, good, bad = (
                features.features(torch.from_numpy(each)).numpy()
                for each in (train, normal, abnormal)
            )
            return Scores(neighbour_scores(known, good), neighbour_scores(known, bad))

        found.append(
            Baseline(
                "k-NN (features)",
                f"{nearest}, on features of {features.describe()}",
                {"neighbours": NEIGHBOURS, "features": features.describe()},
                by_features,
            )
        )
    found.append(
        Baseline(
            "autoencoder",
            f"squared error; {recipe.latent} numbers in the middle, as many as PCA's components "
            f"(from {LATENTS[0]} to {LATENTS[1]}); training ends where held-out normal images ask "
            "for it",
            asdict(recipe),
            by_autoencoder,
            is_random=True,
        )
    )
    return found


def measured(
    baseline: Baseline,
    split: AnomalySplit,
    seeds: Sequence[int],
    directory: Path,
) -> Method:
    """Return what a baseline comes to; scores that the directory holds are not computed again.

    Args:
        baseline, split: what, on which images.
        seeds: of a random one; others have one.
        directory: where scores are kept.
    """
    outcomes, scores = [], {}
    for seed in seeds if baseline.is_random else seeds[:1]:
        path = directory / f"{_key(baseline, split, seed)}.json"
        sizes = (len(split.test_normal), len(split.test_abnormal))
        known = _remembered(path, sizes)
        if known is None:
            start = time.perf_counter()
            known = baseline.run(seed), time.perf_counter() - start
            _remember(path, *known)
        scored, seconds = known
        area = quality(scored)
        metrics = {AUROC: area.auroc, PRECISION: area.average_precision}
        outcomes.append(Outcome(seed, Status.OK, metrics, seconds))
        scores[seed] = scored
    return Method(baseline.name, "baseline", tuple(outcomes), scores, note=baseline.note)


def _key(baseline: Baseline, split: AnomalySplit, seed: int) -> str:
    content = [VERSION, baseline.name, baseline.settings, digest(split), seed]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def _remembered(path: Path, sizes: tuple[int, int]) -> tuple[Scores, float] | None:
    """What a file holds; None where it is not there, damaged, or of other images."""
    try:
        data = json.loads(path.read_text("utf-8"))
        scores = Scores(data["normal"], data["abnormal"])
        seconds = float(data["seconds"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if (len(scores.normal), len(scores.abnormal)) != sizes or not 0 <= seconds < float("inf"):
        return None
    return scores, seconds


def _remember(path: Path, scores: Scores, seconds: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "normal": scores.normal.tolist(),
        "abnormal": scores.abnormal.tolist(),
        "seconds": seconds,
    }
    with written_whole(path) as new:
        new.write_text(json.dumps(content), "utf-8")


def _pixels(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Images as float32 in [-1, 1]."""
    import numpy as np

    return images.astype(np.float32) / np.float32(127.5) - np.float32(1)


def _rows(images: NDArray[np.float32]) -> NDArray[np.float32]:
    return images.reshape(len(images), -1)
