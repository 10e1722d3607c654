"""A search on the device, from its first candidate to its files."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from .scale import Scale


def rows(scale: Scale) -> Iterator[dict[str, Any]]:
    """What it tried and found, and how long it took, on the device and on the processor."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LOSSGP_CACHE"] = f"{folder}/cache"
        for device in dict.fromkeys((scale.device, "cpu")):
            yield _searched(scale, device, folder)


def _searched(scale: Scale, device: str, folder: str) -> dict[str, Any]:
    import lossgp

    start = time.perf_counter()
    result = lossgp.evolve(
        scale.search, runs_dir=f"{folder}/{device}", name="search", device=device, progress=False
    )
    seconds = time.perf_counter() - start
    best = result.individuals[0] if result.individuals else None
    return {
        "device": device,
        "seconds": seconds,
        "losses trained": len(result.individuals),
        "best": None if best is None else best.candidate.loss.text(),
    }
