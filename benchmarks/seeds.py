"""How to train K seeds of one loss fastest: `python -m benchmarks.seeds`.

On the same work in one run, after a warm-up each: a loop (one process, one thread), the same with
two threads, a stack (K models in one vmap pass), and processes (one single-threaded process per
core: what the engine does). Seconds are of the training loop alone, without starting a process or
measuring FID. The stack is a measurement, no trainer: its random numbers are its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import click
import torch
from torch import Tensor

from benchmarks.criteria import CRITERIA
from lossgp.trainers.data import digits
from lossgp.trainers.gan.draws import dropout_mask
from lossgp.trainers.gan.players import Player
from lossgp.trainers.recipes.digits import DigitsProtocol, DigitsTrainer
from lossgp.trainers.seeding import stream

CRITERION = CRITERIA["ganetic"]


def loop(protocol: DigitsProtocol, seeds: range, threads: int = 1) -> None:
    """One model after another."""
    torch.set_num_threads(threads)
    trainer = DigitsTrainer(protocol)
    for seed in seeds:
        trainer._training(trainer._networks(seed), CRITERION, seed).run(protocol.iterations)


def stack(protocol: DigitsProtocol, seeds: range) -> None:
    """All models in one pass: the same steps, vectorised over the models by torch.func.vmap."""
    torch.set_num_threads(1)
    from torch.func import functional_call, stack_module_state, vmap

    k, b, images = len(seeds), protocol.batch, digits()[0]
    pairs = [tuple(DigitsTrainer(protocol)._networks(seed).values()) for seed in seeds]
    g_net, d_net = pairs[0]
    g = {n: v.detach().requires_grad_() for n, v in _stacked(stack_module_state, pairs, 0).items()}
    d = {n: v.detach().requires_grad_() for n, v in _stacked(stack_module_state, pairs, 1).items()}
    generate = vmap(lambda weights, z: functional_call(g_net, weights, (z,)))
    judge = vmap(lambda weights, x, keep: functional_call(d_net, weights, (x, keep)))
    d_step, g_step = _step(protocol, list(d.values())), _step(protocol, list(g.values()))
    draws, masks = stream(0, "stack"), stream(0, "stack masks")
    real, fake = torch.ones(k, b, 1), torch.zeros(k, b, 1)
    for _ in range(protocol.iterations):
        rows = torch.randint(len(images), (k, b), generator=draws)
        keep = dropout_mask((3, k, b, d_net.features), protocol.dropout, masks)
        made = generate(g, torch.randn(k, b, protocol.latent, generator=draws))
        # The sum over models of the mean over the batch: each model gets its own gradient.
        d_step(k * CRITERION.discriminator(judge(d, images[rows], keep[0]), real).mean())
        d_step(k * CRITERION.discriminator(judge(d, made.detach(), keep[1]), fake).mean())
        g_step(k * CRITERION.generator(judge(d, made, keep[2]), real).mean())


def _stacked(stack_state: Callable[..., Any], pairs: list[Any], which: int) -> dict[str, Tensor]:
    state: dict[str, Tensor] = stack_state([pair[which] for pair in pairs])[0]
    return state


def _step(protocol: DigitsProtocol, weights: list[Tensor]) -> Callable[[Tensor], Tensor]:
    return Player(
        torch.nn.ParameterList(weights),
        learning_rate=protocol.learning_rate,
        beta1=protocol.beta1,
        beta2=protocol.beta2,
        epsilon=protocol.epsilon,
    ).step


class Processes:
    """One single-threaded process per core, started and warm; each trains its share in a loop."""

    def __init__(self, protocol: DigitsProtocol, count: int) -> None:
        command = [sys.executable, "-m", "benchmarks.seeds", "--serve", str(protocol.iterations)]
        pipe = subprocess.PIPE
        self._children = [
            subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(count)
        ]

    def __call__(self, seeds: range) -> None:
        count = len(self._children)
        for i, child in enumerate(self._children):
            share = seeds[i::count]
            assert child.stdin is not None
            print(share.start, share.stop, share.step, file=child.stdin, flush=True)
        for child in self._children:
            assert child.stdout is not None
            child.stdout.readline()

    def close(self) -> None:
        for child in self._children:
            child.communicate()


def serve(protocol: DigitsProtocol) -> None:
    for line in sys.stdin:
        loop(protocol, range(*map(int, line.split())))
        print("done", flush=True)


@contextmanager
def processes(protocol: DigitsProtocol, count: int):  # type: ignore[no-untyped-def]
    made = Processes(protocol, count)
    try:
        yield made
    finally:
        made.close()


@click.command()
@click.option("--seeds", "count", default=4, show_default=True, type=click.IntRange(1))
@click.option("--iterations", default=60, show_default=True, type=click.IntRange(1))
@click.option("--repeats", default=3, show_default=True, help="The fastest is shown.")
@click.option("--serve", "served", type=int, hidden=True)
def main(count: int, iterations: int, repeats: int, served: int | None) -> None:
    """Print seconds for each way, and how they compare with the loop."""
    if served is not None:
        return serve(DigitsProtocol(iterations=served))
    protocol, seeds = DigitsProtocol(iterations=iterations), range(count)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with processes(protocol, cores or 1) as pool:
        ways: dict[str, Callable[[], None]] = {
            "loop, 1 thread": lambda: loop(protocol, seeds),
            "loop, 2 threads": lambda: loop(protocol, seeds, threads=2),
            f"stack of {count}, 1 thread": lambda: stack(protocol, seeds),
            f"{cores} processes, 1 thread": lambda: pool(seeds),
        }
        best = dict.fromkeys(ways, float("inf"))
        for repeat in range(repeats + 1):  # in turns, so that a slow minute hits all; one warm-up
            for name, way in ways.items():
                start = time.perf_counter()
                way()
                if repeat:
                    best[name] = min(best[name], time.perf_counter() - start)
    print(f"{protocol.describe()}; {count} seeds, best of {repeats}")
    base = best["loop, 1 thread"]
    for name, seconds in best.items():
        each = seconds / (count * iterations) * 1e3
        print(f"{name:24} {seconds:7.2f} s {each:7.2f} ms per iteration  {base / seconds:5.2f} x")


if __name__ == "__main__":
    main()
