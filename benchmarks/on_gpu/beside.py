"""Trainings side by side: one process each, all on one device, as a search runs them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from . import stand_in
from .scale import Scale

READY = 0.0


def rows(scale: Scale) -> Iterator[dict[str, Any]]:
    """Iterations a second of all together, for each number of trainings at once."""
    mnist = (scale.side, scale.width, scale.batch)
    yield from _of("mnist", mnist, False, scale)
    if scale.on_card:
        yield from _of("mnist, bfloat16", mnist, True, scale)
        yield from _of("digits", (8, 16, 64), False, scale)


def _of(
    label: str, size: tuple[int, int, int], bfloat16: bool, scale: Scale
) -> Iterator[dict[str, Any]]:
    context = get_context("spawn")
    with ExitStack() as stack:
        ends: list[Connection] = []
        for _ in range(max(scale.beside)):
            here, there = context.Pipe()
            process = context.Process(target=_worker, args=(there, size, bfloat16, scale))
            process.start()
            there.close()  # so that a worker's death is the end of what it sends
            stack.callback(process.join)
            stack.callback(here.close)
            ends.append(here)
        for end in ends:
            end.recv()
        each = _seconds(ends[:1], 8) / 8
        alone: float | None = None
        for count in scale.beside:
            # Where one fills the device, as many take as many times as long.
            iterations = max(5, round(2 * scale.seconds / each / count))
            rate = count * iterations / _seconds(ends[:count], iterations)
            alone = alone or rate
            yield {
                "training": label,
                "side by side": count,
                "iterations a second, together": rate,
                "times one": rate / alone,
            }


def _seconds(ends: list[Connection], iterations: int) -> float:
    """Until all of these workers have done so many iterations."""
    start = time.perf_counter()
    for end in ends:
        end.send(iterations)
    for end in ends:
        end.recv()
    return time.perf_counter() - start


def _worker(end: Connection, size: tuple[int, int, int], bfloat16: bool, scale: Scale) -> None:
    """Train as many iterations as are asked for, again and again, until nobody asks."""
    stand_in.install()
    import torch

    from lossgp.trainers.seeding import reproducible

    from .paper_gan import WARM, Gan, Way, training
    from .timing import wait

    torch.set_num_threads(1)
    with reproducible():
        made = training(Gan(*size), Way("graph", bfloat16), scale)
        made.run(WARM)
        wait(scale)
        end.send(READY)
        while True:
            try:
                iterations = end.recv()
            except EOFError:
                return
            made.run(made.iteration + iterations)
            wait(scale)
            end.send(iterations)
