"""Iterations of WGAN-GP an hour against the textbook's: `python -m benchmarks.wgan_gp`.

Two models of the size asked for, on random images: one after another with the textbook's loop and
networks (`benchmarks/plain_wgan.py`, all threads), with its loop and our networks, and with ours as
the engine runs it: one single-threaded process a core. In turns, after a warm-up each, so that a
slow minute hits all. Before that, the processor time of one thread, which a busy machine hardly
moves: `--alone` measures nothing else.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import click
import torch
from torch import Tensor, nn

from benchmarks import plain_wgan
from benchmarks.criteria import WASSERSTEIN
from lossgp.trainers.gan.play import Play
from lossgp.trainers.gan.training import Training
from lossgp.trainers.networks import initialise
from lossgp.trainers.recipes.wgan_gp import WganGpProtocol
from lossgp.trainers.seeding import reproducible, stream


def networks(protocol: WganGpProtocol, seed: int) -> dict[str, nn.Module]:
    with torch.device("meta"):
        made = protocol.networks()
    for name, network in made.items():
        initialise(network, "cpu", stream(seed, f"{name} init"))
    return made


def textbook_networks(protocol: WganGpProtocol, seed: int) -> dict[str, nn.Module]:
    size, channels, width = protocol.size, protocol.channels, protocol.width
    theirs: dict[str, nn.Module] = {
        "G": plain_wgan.Generator(channels, size, width, protocol.latent),
        "D": plain_wgan.Critic(channels, size, width),
    }
    for name, ours in networks(protocol, seed).items():
        plain_wgan.like(ours, theirs[name])
    return theirs


def images_of(protocol: WganGpProtocol) -> Tensor:
    shape = (4 * protocol.batch, protocol.channels, protocol.size, protocol.size)
    return torch.rand(shape, generator=stream(0, "images")) * 2 - 1


def ours(protocol: WganGpProtocol, seed: int) -> None:
    play = Play(
        networks(protocol, seed), images_of(protocol), WASSERSTEIN, seed, protocol.iterations
    )
    with reproducible():
        Training(play, protocol.recipe(play)).run(protocol.iterations)


def textbook(protocol: WganGpProtocol, seed: int, own: bool = True) -> None:
    made = (textbook_networks if own else networks)(protocol, seed)
    images, n = images_of(protocol), protocol.iterations
    plain_wgan.train(made["G"], made["D"], images, WASSERSTEIN, protocol, n, seed)


def in_a_process(protocol: WganGpProtocol, seed: int) -> None:
    torch.set_num_threads(1)
    ours(protocol, seed)


def of_one_thread(ways: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Processor seconds of each way, the best of some repeats, with one thread."""
    threads, best = torch.get_num_threads(), dict.fromkeys(ways, float("inf"))
    torch.set_num_threads(1)
    for _ in range(repeats):
        for name, way in ways.items():
            start = time.process_time()
            way()
            best[name] = min(best[name], time.process_time() - start)
    torch.set_num_threads(threads)
    return best


@click.command()
@click.option("--size", default=32, show_default=True, type=click.IntRange(16))
@click.option("--channels", default=1, show_default=True, type=click.Choice([1, 3]))
@click.option("--width", default=16, show_default=True, type=click.IntRange(1))
@click.option("--batch", default=32, show_default=True, type=click.IntRange(2))
@click.option("--iterations", default=3, show_default=True, type=click.IntRange(1))
@click.option("--repeats", default=3, show_default=True, type=click.IntRange(1))
@click.option("--alone", is_flag=True, help="The processor time of one thread, and nothing else.")
def main(
    size: int, channels: int, width: int, batch: int, iterations: int, repeats: int, alone: bool
) -> None:
    """Print milliseconds an iteration and model for each way, and how many times faster it is."""
    protocol = WganGpProtocol(
        data="random",
        size=size,
        channels=channels,
        width=width,
        batch=batch,
        iterations=iterations,
        samples=2,
    )
    print(f"{size}x{size}x{channels}, width {width}, batch {batch}, best of {repeats}")
    single: dict[str, Callable[[], object]] = {
        "textbook": lambda: textbook(protocol, 0),
        "textbook's loop, our networks": lambda: textbook(protocol, 0, False),
        "ours": lambda: ours(protocol, 0),
    }
    seconds_of = of_one_thread(single, repeats)
    for name, seconds in seconds_of.items():
        print(
            f"{name + ', one thread':40} {seconds / iterations * 1e3:9.1f} ms of processor an "
            f"iteration  {seconds_of['textbook'] / seconds:5.2f} x",
            flush=True,
        )
    if alone:
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    models = range(max(2, cores or 1))
    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:

        def one_by_one(own: bool) -> None:
            for seed in models:
                textbook(protocol, seed, own)

        ways: dict[str, Callable[[], object]] = {
            "textbook": lambda: one_by_one(True),
            "textbook's loop, our networks": lambda: one_by_one(False),
            f"ours, {cores} processes": lambda: list(
                pool.map(in_a_process, [protocol] * len(models), models)
            ),
        }
        best = dict.fromkeys(ways, float("inf"))
        for repeat in range(repeats + 1):
            for name, way in ways.items():
                start = time.perf_counter()
                way()
                if repeat:
                    best[name] = min(best[name], time.perf_counter() - start)
    base = best["textbook"]
    for name, seconds in best.items():
        each = seconds / len(models) / iterations
        print(
            f"{name:40} {each * 1e3:9.1f} ms an iteration  {base / seconds:5.2f} x  "
            f"{3600 / each:8.0f} iterations an hour"
        )


if __name__ == "__main__":
    main()
