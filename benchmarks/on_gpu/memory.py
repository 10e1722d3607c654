"""How much memory a training takes, against what its protocol foresees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from lossgp.trainers.seeding import reproducible

from . import paper_gan
from .paper_gan import Gan, Way
from .scale import Scale
from .timing import fresh, wait


def rows(scale: Scale) -> Iterator[dict[str, Any]]:
    """Peaks of the paper's GAN, captured and eager, by width and batch."""
    side, width, batch = scale.side, scale.width, scale.batch
    sizes = [Gan(side, width, batch), Gan(side, width, batch // 2), Gan(side, width // 2, batch)]
    for gan in sizes:
        for way in (Way("graph"), Way("eager"), Way("graph", bfloat16=True)):
            yield _peak(gan, way, scale)


def _peak(gan: Gan, way: Way, scale: Scale) -> dict[str, Any]:
    row: dict[str, Any] = {"width": gan.width, "batch": gan.batch, "way": way.how}
    row["precision"] = "bfloat16" if way.bfloat16 else "float32"
    fresh(scale)
    with reproducible():
        run = paper_gan.iteration(gan, way, scale)
        run()
        wait(scale)
    if scale.on_card:
        row["GB used"] = torch.cuda.max_memory_allocated() / 1e9
        row["GB taken"] = torch.cuda.max_memory_reserved() / 1e9
    row["GB foreseen"] = _foreseen(gan, way)
    return row


def _foreseen(gan: Gan, way: Way) -> float | None:
    """What `memory()` of the mnist protocol says; None where protocols cannot be made."""
    from lossgp.trainers.recipes.images import MnistProtocol

    precision = "bfloat16" if way.bfloat16 else "float32"
    try:
        protocol = MnistProtocol(width=gan.width, batch=gan.batch, precision=precision)
    except ImportError:
        return None
    return protocol.memory() / 1e9
