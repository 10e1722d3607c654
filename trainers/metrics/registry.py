"""The table of metrics: what each is called, which way it goes, and how it is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lossgp.common.echo import quoted
from lossgp.common.suggesting import did_you_mean

from ..errors import TrainerError

if TYPE_CHECKING:
    from .sides import Sides


@dataclass(frozen=True)
class Metric:
    """One number of generated images.

    Attributes:
        name: its key in an outcome, and what a user writes.
        title: for tables.
        better: which way is better.
        value: computes it.
        least: images that each side must have.
        pixels: the least side of an image.
        needs: what else it needs, for people; "" where nothing.
        convention: how it is computed, where programs differ: it stands under tables.
    """

    name: str
    title: str
    better: Literal["lower", "higher"]
    value: Callable[[Sides], float]
    least: int = 2
    pixels: int = 1
    needs: str = ""
    convention: str = ""


def _fid(sides: Sides) -> float:
    from .fid import frechet_distance

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


_NEIGHBOURS = "5 nearest neighbours"
_SIMILARITY = (
    "1,000 random pairs of generated images, pixels in [0, 1]; as many of the five scales as the "
    "size allows, weights scaled to the sum 1; negative terms count as 0. Compare it with that of "
    "real images, and never across sizes"
)
_ALL = (
    Metric("fid", "FID", "lower", _fid),
    Metric("fid_256", "FID (256)", "lower", _fid_256, least=256),
    Metric("kid", "KID", "lower", _kid, convention="unbiased over all samples, cubic kernel"),
    Metric(
        "is", "IS", "higher", _inception_score, needs="an extractor with classes",
        convention="mean over splits of at least 500 images, ten at most",
    ),
    Metric("precision", "precision", "higher", lambda s: s.neighbourhood.precision, 6,
           convention=_NEIGHBOURS),
    Metric("recall", "recall", "higher", lambda s: s.neighbourhood.recall, 6,
           convention=_NEIGHBOURS),
    Metric("density", "density", "higher", lambda s: s.neighbourhood.density, 6,
           convention=_NEIGHBOURS),
    Metric("coverage", "coverage", "higher", lambda s: s.neighbourhood.coverage, 6,
           convention=_NEIGHBOURS),
    Metric("ms_ssim", "MS-SSIM", "lower", lambda s: s.similarity.mean, pixels=12,
           convention=_SIMILARITY),
    Metric("ms_ssim_zeros", "MS-SSIM at 0", "lower", lambda s: s.similarity.zeros, pixels=12,
           convention="part of those pairs whose similarity was cut off at 0"),
    Metric("lpips", "LPIPS", "higher", _lpips, needs="torchvision and AlexNet's weights",
           convention="AlexNet, 1,000 random pairs of generated images"),
)  # fmt: skip
METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
"""All metrics of images, by name; to know them costs no torch."""
NAMES = tuple(METRICS)


# What computing a metric imports: a worker does so before the time limit of a training counts.
_MODULES = {
    "fid": (".fid",),
    "fid_256": (".fid_256",),
    "kid": (".kid",),
    "is": (".inception_score", "torchmetrics.image.inception"),
    **dict.fromkeys(("precision", "recall", "density", "coverage"), (".neighbours",)),
    **dict.fromkeys(("ms_ssim", "ms_ssim_zeros"), (".ms_ssim", "torchmetrics.functional.image")),
    "lpips": (".lpips", "torchmetrics.image.lpip"),
}


def modules(names: Iterable[str]) -> list[str]:
    """The modules that computing these metrics imports."""
    found = dict.fromkeys(module for name in names for module in _MODULES.get(name, ()))
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
    if name not in METRICS:
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
