"""The table of metrics: what each is called, which way it goes, and how it is computed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lossgp.common.echo import quoted
from lossgp.common.suggesting import did_you_mean

from ..errors import TrainerError
from .metric import Metric

if TYPE_CHECKING:
    from .sides import Sides


def _fid(sides: Sides) -> float:
    from .fid import frechet_distance

    if sides.moments is not None:
        from .moments import frechet_distance_of

        return frechet_distance_of(sides.moments, sides.real.moments)
    return frechet_distance(sides.features, sides.real.features)


def _fid_256(sides: Sides) -> float:
    from .fid_256 import frechet_distance_256

    return frechet_distance_256(sides.features, sides.real.features, sides.seed)


def _kid(sides: Sides) -> float:
    from .kid import kernel_distance

    return kernel_distance(sides.features, sides.real.some, sides.real.mean_kernel)


def _inception_score(sides: Sides) -> float:
    from .inception_score import inception_score

    return inception_score(sides.logits, sides.seed)


def _lpips(sides: Sides) -> float:
    from .lpips import fake_distance

    return fake_distance(sides.images, sides.seed)


def _perceptual_distance(sides: Sides) -> float:
    from .perceptual_distance import fake_perceptual_distance

    return fake_perceptual_distance(sides.images, sides.extractor, sides.seed)


_NEIGHBOURS = "5 nearest neighbours"
_SIMILARITY = (
    "1,000 random pairs of generated images, pixels in [0, 1]; as many of the five scales as the "
    "size allows, weights scaled to the sum 1; negative terms count as 0. Compare it with that of "
    "real images, and never across sizes"
)
_NEAR = (".neighbours",)
_LIKE = (".ms_ssim", "torchmetrics.functional.image")
_ALL = (
    # Of generated images: they can be asked for.
    Metric("fid", "FID", ".1f", fine=".2f", imports=(".fid", ".moments"), value=_fid),
    Metric("fid_256", "FID (256)", imports=(".fid_256",), value=_fid_256, least=256),
    Metric(
        "kid",
        "KID",
        imports=(".kid",),
        value=_kid,
        convention="unbiased over all samples, cubic kernel",
    ),
    Metric(
        "is",
        "IS",
        better="higher",
        imports=(".inception_score", "torchmetrics.image.inception"),
        value=_inception_score,
        needs="an extractor with classes",
        within=True,
        convention="mean over splits of at least 500 images, ten at most",
    ),
    Metric(
        "precision",
        "precision",
        better="higher",
        imports=_NEAR,
        value=lambda s: s.neighbourhood.precision,
        least=6,
        convention=_NEIGHBOURS,
    ),
    Metric(
        "recall",
        "recall",
        better="higher",
        imports=_NEAR,
        value=lambda s: s.neighbourhood.recall,
        least=6,
        convention=_NEIGHBOURS,
    ),
    Metric(
        "density",
        "density",
        better="higher",
        imports=_NEAR,
        value=lambda s: s.neighbourhood.density,
        least=6,
        convention=_NEIGHBOURS,
    ),
    Metric(
        "coverage",
        "coverage",
        better="higher",
        imports=_NEAR,
        value=lambda s: s.neighbourhood.coverage,
        least=6,
        convention=_NEIGHBOURS,
    ),
    Metric(
        "ms_ssim",
        "MS-SSIM",
        imports=_LIKE,
        value=lambda s: s.similarity.mean,
        pixels=12,
        within=True,
        convention=_SIMILARITY,
    ),
    Metric(
        "ms_ssim_zeros",
        "MS-SSIM at 0",
        imports=_LIKE,
        value=lambda s: s.similarity.zeros,
        pixels=12,
        within=True,
        convention="part of those pairs whose similarity was cut off at 0",
    ),
    Metric(
        "lpips",
        "LPIPS",
        better="higher",
        imports=(".lpips", "torchmetrics.image.lpip"),
        value=_lpips,
        needs="torchvision and AlexNet's weights",
        within=True,
        convention="AlexNet, 1,000 random pairs of generated images",
    ),
    Metric(
        "perceptual_distance",
        "perc. distance",
        better="higher",
        imports=(".perceptual_distance",),
        value=_perceptual_distance,
        needs="an extractor that shows feature maps: not inception",
        within=True,
        convention="LPIPS' formula on the maps of the network of FID, with all weights one, 1,000 "
        "random pairs of generated images: not LPIPS",
    ),
    # What trainers measure by themselves.
    Metric("d_acc", "D acc.", ".0%", better="higher", fine=".1%"),
    Metric("d_acc_real", "D acc. real", ".0%", better="higher", fine=".1%"),
    Metric("d_acc_fake", "D acc. fake", ".0%", better="higher", fine=".1%"),
    Metric(
        "d_auc",
        "D AUC",
        ".2f",
        better="higher",
        fine=".3f",
        turned=True,
        convention="area under the ROC of D's scores, real against generated images; one below 1/2 "
        "is turned round, and said so",
    ),
    Metric(
        "wasserstein",
        "W",
        ".3g",
        convention="the critic's mean score of real images less that of generated ones: the "
        "Wasserstein distance as far as the critic's slope is 1, else times its slope",
    ),
    Metric(
        "wasserstein_held_out",
        "W held out",
        ".3g",
        convention="the same on real images that the critic has not learned from",
    ),
    Metric(
        "instability",
        "instability",
        ".3g",
        convention="noise of the critic's estimate over the second half of the training, as a "
        "part of its size: 0 is steady, 1 all noise, or an estimate that has hardly left 0 (see W "
        "noise)",
    ),
    Metric(
        "estimate_noise",
        "W noise",
        ".3g",
        convention="the same noise in standard deviations of the critic's scores of real images, "
        "held-out ones where there are some: whatever the estimate's size",
    ),
    Metric(
        "score_spread",
        "D spread",
        ".3g",
        convention="standard deviation of the critic's scores of real images, held-out ones where "
        "there are some",
    ),
    Metric("spread", "spread", better="higher"),
    Metric(
        "energy",
        "energy",
        ".3g",
        convention="the energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'| of generated points to "
        "the mixture itself, in closed form",
    ),
    Metric("combined", "combined", ".3g"),
    Metric("modes", "modes", ".1f", better="higher"),
    Metric(
        "good",
        "good",
        ".0%",
        better="higher",
        fine=".1%",
        convention="the share of points within 3 standard deviations of a mode; a mode is captured "
        "that is nearest to one of them",
    ),
    Metric("error", "error", ".2%"),
    Metric("accuracy", "accuracy", ".2%", better="higher"),
    Metric("auroc", "AUROC", ".2%", better="higher"),
    Metric(
        "auroc_gap",
        "1 - AUROC",
        ".3f",
        convention="the share of pairs of a normal and an abnormal test image whose anomaly scores "
        "are in the wrong order, ties counted half",
    ),
    Metric("average_precision", "AP", ".3f", better="higher"),
    Metric("residual", "residual", ".3g"),
    Metric("feature_residual", "feature residual", ".3g"),
)
METRICS: dict[str, Metric] = {metric.key: metric for metric in _ALL}
"""All known metrics, by key; to know them costs no torch."""
NAMES = tuple(metric.key for metric in _ALL if metric.value is not None)
"""Those that a protocol can ask for: they are computed from images."""


def modules(names: Iterable[str]) -> list[str]:
    """The modules that computing these metrics imports."""
    found = dict.fromkeys(module for name in names for module in METRICS[name].imports)
    return [f"{__package__}{module}" if module.startswith(".") else module for module in found]


def check(names: Iterable[str], samples: int, real: int, side: int) -> None:
    """Raise `TrainerError` where a metric is unknown, or cannot be computed.

    `samples` generated and `real` images, whose smaller side has `side` pixels. Called before a
    training, it saves the training.
    """
    for name in names:
        if trouble := _trouble(name, samples, real, side):
            raise TrainerError(trouble)
        if name == "lpips":
            from .lpips import require_lpips

            require_lpips()


def possible(names: Iterable[str], samples: int, real: int, side: int) -> tuple[str, ...]:
    """The metrics among `names` that so many images of this size allow (see `check`)."""
    return tuple(name for name in names if not _trouble(name, samples, real, side))


def _trouble(name: str, samples: int, real: int, side: int) -> str:
    """Why a metric cannot be computed, in one line; empty where it can."""
    if name not in NAMES:
        hint = did_you_mean(name, NAMES)
        return f"unknown metric {quoted(name)}{hint}; known are {', '.join(NAMES)}"
    metric = METRICS[name]
    if min(samples, real) < metric.least:
        return (
            f"{name} needs {metric.least} generated and real images, not {samples} and {real}; "
            "leave it out of trainer_options.metrics"
        )
    if side < metric.pixels:
        return f"{name} needs images of {metric.pixels} pixels a side, not {side}; leave it out"
    return ""
