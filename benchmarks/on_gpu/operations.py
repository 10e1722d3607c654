"""Which operations take the time of an iteration on the device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch.profiler import ProfilerActivity

from lossgp.trainers.seeding import reproducible

from . import paper_gan
from .paper_gan import Way
from .scale import Scale
from .timing import wait

ITERATIONS, SHOWN = 5, 12


def rows(scale: Scale) -> Iterator[dict[str, Any]]:
    """The longest operations of a captured training, in float32 and in bfloat16."""
    for bfloat16 in (False, True):
        yield from _of(bfloat16, scale)


def _of(bfloat16: bool, scale: Scale) -> Iterator[dict[str, Any]]:
    activities = [ProfilerActivity.CPU]
    if scale.on_card:
        activities.append(ProfilerActivity.CUDA)
    with reproducible():
        run = paper_gan.iteration(paper_gan.of(scale), Way("graph", bfloat16), scale)
        with torch.profiler.profile(activities=activities) as profiler:
            for _ in range(ITERATIONS):
                run()
            wait(scale)
    events = [(event.key, _microseconds(event, scale)) for event in profiler.key_averages()]
    total = sum(spent for _, spent in events) or 1.0
    precision = "bfloat16" if bfloat16 else "float32"
    yield {"precision": precision, "operation": "all", "ms an iteration": total / ITERATIONS / 1e3}
    for key, spent in sorted(events, key=lambda event: -event[1])[:SHOWN]:
        yield {
            "precision": precision,
            "operation": key[:100],
            "ms an iteration": spent / ITERATIONS / 1e3,
            "percent": 100 * spent / total,
        }


def _microseconds(event: Any, scale: Scale) -> float:
    name = "self_device_time_total" if scale.on_card else "self_cpu_time_total"
    return float(getattr(event, name))
