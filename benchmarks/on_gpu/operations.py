"""Which operations take the time of an iteration on the device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch.profiler import ProfilerActivity

from lossgp.trainers.gan.training import WARM_UP
from lossgp.trainers.seeding import reproducible

from . import paper_gan, recipes
from .paper_gan import Way
from .scale import Scale
from .timing import fresh, wait

ITERATIONS, SHOWN = 5, 12
LARGE: dict[str, Mapping[str, Any]] = {
    "stylegan2-ada": {"scale": "full"},
    "projected-gan": {"scale": "full"},
}


def rows(scale: Scale) -> Iterator[dict[str, Any]]:
    """The longest operations of the paper's GAN, captured, and of the large models."""
    gan = paper_gan.of(scale)
    for name, bfloat16 in {"the paper's": False, "the paper's, bfloat16": True}.items():
        way = Way("graph", bfloat16)
        yield from _of(name, lambda way=way: paper_gan.iteration(gan, way, scale), scale)
    for name, options in LARGE.items():
        asked = options if scale.on_card else recipes.small(name)
        try:
            yield from _of(name, lambda n=name, o=asked: _eager(n, o, scale), scale)
        except Exception as error:  # it does not fit, or its files are not here
            yield {"training": name, "failed": f"{type(error).__name__}: {error}"[:300]}


def _eager(name: str, options: Mapping[str, Any], scale: Scale) -> Callable[[], None]:
    fresh(scale)
    training = recipes.training(name, options, scale.device, recipes.LONG)
    training.run(WARM_UP)

    def run() -> None:
        training.run(training.iteration + 1)

    return run


def _of(
    name: str, make: Callable[[], Callable[[], None]], scale: Scale
) -> Iterator[dict[str, Any]]:
    activities = [ProfilerActivity.CPU]
    if scale.on_card:
        activities.append(ProfilerActivity.CUDA)
    with reproducible():
        run = make()
        with torch.profiler.profile(activities=activities) as profiler:
            for _ in range(ITERATIONS):
                run()
            wait(scale)
    events = [(event.key, _microseconds(event, scale)) for event in profiler.key_averages()]
    total = sum(spent for _, spent in events) or 1.0
    yield {"training": name, "operation": "all", "ms an iteration": total / ITERATIONS / 1e3}
    for key, spent in sorted(events, key=lambda event: -event[1])[:SHOWN]:
        yield {
            "training": name,
            "operation": key[:100],
            "ms an iteration": spent / ITERATIONS / 1e3,
            "percent": 100 * spent / total,
        }


def _microseconds(event: Any, scale: Scale) -> float:
    key = "self_device_time_total" if scale.on_card else "self_cpu_time_total"
    return float(getattr(event, key))
