"""Trainings an hour against the textbook loop: `python -m benchmarks.training`.

Four models of one loss on random images of the size asked for: one after another with the
textbook loop (`benchmarks/plain.py`, all threads), and with ours, as the engine runs it: on the
CPU one single-threaded process a core, on CUDA a captured graph. In turns, after a warm-up each,
so that a slow minute hits all. The share of the time that is spent in convolutions and matrix
products is read off a profile of ours.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import click
import torch
from torch import Tensor

from benchmarks import paper, plain
from benchmarks.criteria import CRITERIA
from lossgp.trainers.gan.graphs import recorder
from lossgp.trainers.networks import initialise
from lossgp.trainers.networks.ganetic import Discriminator, Generator
from lossgp.trainers.recipes.ganetic import GaneticRecipe
from lossgp.trainers.seeding import reproducible, stream

Work = tuple[int, int, int, GaneticRecipe, str, int, bool]
"""Side, channels, width, recipe, device, iterations, bfloat16."""
CRITERION = CRITERIA["ganetic"]


def networks(work: Work, seed: int) -> tuple[Generator, Discriminator]:
    side, channels, width, recipe, device = work[:5]
    with torch.device("meta"):
        made = (
            Generator(channels, side, width, recipe.latent),
            Discriminator(channels, side, width),
        )
    for network in made:
        initialise(network, device, stream(seed, type(network).__name__))
    return made


def images_of(work: Work) -> Tensor:
    side, channels, _, recipe, device = work[:5]
    shape = (4 * recipe.batch, channels, side, side)
    return (torch.rand(shape, generator=stream(0, "images")) * 2 - 1).to(device)


def textbook(work: Work, seed: int) -> None:
    generator, discriminator = networks(work, seed)
    plain.train(generator, discriminator, images_of(work), CRITERION, work[3], work[5], seed)


def ours(work: Work, seed: int) -> None:
    generator, discriminator = networks(work, seed)
    capture = recorder() if work[4].startswith("cuda") else None
    images, (recipe, _, iterations, bfloat16) = images_of(work), work[3:]
    both = (generator, discriminator)
    with reproducible():
        paper.train(*both, images, CRITERION, recipe, iterations, seed, capture, bfloat16)
    if capture:
        torch.cuda.synchronize()


def in_a_process(work: Work, seed: int) -> None:
    torch.set_num_threads(1)
    ours(work, seed)


def profile(work: Work) -> str:
    """The operations that take the most time, in percent."""
    with torch.profiler.profile() as profiler:
        ours((*work[:5], 5, work[6]), 0)
    averages = profiler.key_averages()
    on_device = work[4].startswith("cuda")

    def cost(event: object) -> float:
        name = "self_device_time_total" if on_device else "self_cpu_time_total"
        return float(getattr(event, name))

    total = sum(map(cost, averages)) or 1.0
    top = sorted(averages, key=cost, reverse=True)[:8]
    return ", ".join(f"{event.key} {100 * cost(event) / total:.0f} %" for event in top)


@click.command()
@click.option("--side", default=28, show_default=True, type=click.IntRange(4))
@click.option("--channels", default=1, show_default=True, type=click.IntRange(1))
@click.option("--width", default=16, show_default=True, type=click.IntRange(1))
@click.option("--batch", default=64, show_default=True, type=click.IntRange(2))
@click.option("--iterations", default=10, show_default=True, type=click.IntRange(1))
@click.option("--models", default=4, show_default=True, type=click.IntRange(1))
@click.option("--repeats", default=3, show_default=True, type=click.IntRange(1))
@click.option("--device", default="cpu", show_default=True)
def main(
    side: int, channels: int, width: int, batch: int, iterations: int, models: int, repeats: int,
    device: str,
) -> None:  # fmt: skip
    """Print milliseconds an iteration and model for each way, and how many times faster it is."""
    recipe = GaneticRecipe(batch, 100, 0.4, 2e-4, 0.5, 0.999, 1e-7)
    work: dict[str, Work] = {
        name: (side, channels, width, recipe, device, iterations, name == "bfloat16")
        for name in ("float32", "bfloat16")
    }
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    on_cpu = device == "cpu"
    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:

        def each(way: Callable[[Work, int], None], key: str) -> Callable[[], None]:
            def run() -> None:
                for seed in range(models):
                    way(work[key], seed)

            return run

        def together(key: str) -> Callable[[], None]:
            def run() -> None:
                list(pool.map(in_a_process, [work[key]] * models, range(models)))

            return run

        ways = {"textbook, one after another": each(textbook, "float32")}
        for key in work:
            label = f"ours, {cores} processes" if on_cpu else "ours, graph"
            ways[f"{label}, {key}"] = together(key) if on_cpu else each(ours, key)
        best = dict.fromkeys(ways, float("inf"))
        for repeat in range(repeats + 1):
            for name, way in ways.items():
                start = time.perf_counter()
                way()
                if device != "cpu":
                    torch.cuda.synchronize()
                if repeat:
                    best[name] = min(best[name], time.perf_counter() - start)
    base = best["textbook, one after another"]
    print(f"{side}x{side}x{channels}, width {width}, batch {batch}, {device}, best of {repeats}")
    for name, seconds in best.items():
        each_one = seconds / models / iterations * 1e3
        hour = 3600 / (seconds / models / iterations * 1000)
        print(
            f"{name:30} {each_one:9.1f} ms an iteration  {base / seconds:5.2f} x  "
            f"{hour:7.1f} trainings of 1000 iterations an hour"
        )
    print(f"time of ours (float32): {profile(work['float32'])}")


if __name__ == "__main__":
    main()
