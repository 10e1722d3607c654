"""Measure generated images, and the ends of the scale that the figures lie on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .registry import METRICS, check
from .sides import RealSide, Sides

WHOLE = 2**30  # numbers of images held at once: 4 GiB; more are measured in passing
COUNT = 256  # of `fid_256`

if TYPE_CHECKING:
    from torch import Tensor

    from ..extractors import Extractor
    from .passing import Passing


def measure(
    names: Iterable[str], made: Tensor, real: RealSide, extractor: Extractor, seed: int
) -> dict[str, float]:
    """The metrics `names` of generated images (n, c, h, w), float32 in [-1, 1], on any device.

    `seed` draws pairs, splits and subsets: with the training's seed, every loss meets the same.
    A metric whose value is not finite is left out, and all are where an image is not finite.

    Raises `TrainerError` on an unknown metric or one that needs more (see `check`), and
    `ValueError` where `real` was embedded by another extractor.
    """
    names = tuple(names)
    _same(real, extractor)
    check(names, len(made), len(real.features), min(made.shape[2:]))
    made = made.detach().float().cpu()
    if not bool(made.isfinite().all()):
        return {}
    return _values(names, Sides(made, real, extractor, seed))


def measure_passing(
    names: Iterable[str], made: Passing, real: RealSide, extractor: Extractor, seed: int
) -> dict[str, float]:
    """The same of images that were seen in passing, however many."""
    names = tuple(names)
    _same(real, extractor)
    check(names, made.count, len(real.features), min(real.shape[1:]))
    return _values(names, made.sides(real, seed)) if made.finite else {}


def _values(names: tuple[str, ...], sides: Sides) -> dict[str, float]:
    from ..seeding import reproducible

    with reproducible():
        computed = [(name, METRICS[name].value) for name in names]
        values = {name: value(sides) for name, value in computed if value is not None}
    return {name: value for name, value in values.items() if math.isfinite(value)}


def reference(
    real: RealSide, extractor: Extractor, samples: int, seed: int = 0
) -> dict[str, float]:
    """Floors and ceilings: `fid_floor`, `fid_ceiling`, the same for `kid`, and for `fid_256`.

    A floor is real against other real images, as many as `samples` (at most half of them) against
    the rest. A ceiling is the worst of `samples` images of uniform noise, of black, of grey and of
    white: no collapsed generator should beat it. `fid_256` is left out with fewer than 512 real
    images or 256 samples. Of more samples than fit into 4 GiB as many are drawn as do.
    """
    import torch

    from ..seeding import reproducible, stream

    _same(real, extractor)
    samples = min(samples, max(COUNT, WHOLE // math.prod(real.shape)))
    features, n, numbers = real.features, len(real.features), stream(seed, "reference")
    order = torch.randperm(n, generator=numbers)
    some = min(n // 2, samples)
    ours, rest = features[order[:some]], features[order[some:]]
    shape = (samples, *real.shape)
    noise = torch.rand(shape, generator=numbers).mul_(2).sub_(1)
    with reproducible():
        fakes = [extractor.features(noise)]
        for grey in (-1.0, 0.0, 1.0):
            one = extractor.features(torch.full((1, *real.shape), grey))
            fakes.append(one.expand(samples, -1))
        return _ends(ours, rest, fakes, real, seed)


def of_real(
    names: Iterable[str],
    images: Tensor,
    real: RealSide,
    extractor: Extractor,
    samples: int,
    seed: int = 0,
) -> dict[str, float]:
    """Those of the metrics that are of images `within` a set, of the real ones: `ms_ssim_real`, ...

    They are measured as of generated images: of `samples` of them, where there are as many, and of
    as many pairs. A generator whose images are more alike than real ones has lost some kinds.

    Args:
        names: metrics; those that compare with real images are left out.
        images: the real ones (n, c, h, w), float32 in [-1, 1] or uint8, on any device.
        real, extractor: as of `measure`.
        samples: generated images that a training is measured on.
        seed: draws images and pairs.
    """
    import torch

    from ..data import as_floats
    from ..seeding import stream

    names = [name for name in names if METRICS[name].within]
    if not names:
        return {}
    _same(real, extractor)
    most = min(samples, len(images), max(COUNT, WHOLE // math.prod(images.shape[1:])))
    chosen = torch.randperm(len(images), generator=stream(seed, "real images"))[:most]
    some = as_floats(images[chosen.to(images.device)].cpu())
    return {f"{k}_real": v for k, v in measure(names, some, real, extractor, seed).items()}


def _ends(
    ours: Tensor, rest: Tensor, fakes: list[Tensor], real: RealSide, seed: int
) -> dict[str, float]:
    from .fid import frechet_distance
    from .fid_256 import frechet_distance_256
    from .kid import kernel_distance
    from .sides import MOST

    features, some = real.features, real.some
    ends = {
        "fid_floor": frechet_distance(ours, rest),
        "fid_ceiling": max(frechet_distance(fake, features) for fake in fakes),
        "kid_floor": kernel_distance(ours[:MOST], rest[:MOST]),
        "kid_ceiling": max(kernel_distance(fake, some, real.mean_kernel) for fake in fakes),
    }
    if min(len(ours), len(rest), len(fakes[0])) >= COUNT:
        ends["fid_256_floor"] = frechet_distance_256(ours, rest, seed)
        ends["fid_256_ceiling"] = max(frechet_distance_256(x, features, seed) for x in fakes)
    return ends


def _same(real: RealSide, extractor: Extractor) -> None:
    if real.extractor != extractor.name:
        raise ValueError(
            f"features of different extractors cannot be compared: the real ones are of "
            f"{real.extractor!r}, the generated ones of {extractor.name!r}"
        )
