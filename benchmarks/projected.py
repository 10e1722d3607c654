"""Steps an hour of a projected GAN against a plain script: `python -m benchmarks.projected`.

Both train the light generator on enlarged digits, on one thread, in turns after a warm-up, so that
a slow minute hits all; what is timed is the processor's own time. The default sizes are those of
the laptop scale; `--size`, `--view`, `--width`, `--d-width`, `--mixing` and `--batch` change them.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import click
import torch

from benchmarks import plain_projected as plain
from benchmarks.criteria import CRITERIA
from lossgp.trainers import trainer
from lossgp.trainers.data import as_floats
from lossgp.trainers.recipes.projected import ProjectedGanTrainer
from lossgp.trainers.seeding import reproducible

VARIANTS: dict[str, dict[str, Any]] = {
    "ours": {},
    "ours, one batch": {"one_batch": True},
    "ours, bfloat16": {"precision": "bfloat16"},
    "ours, one batch, no augmentation": {"one_batch": True, "augment": "none"},
}


def ours(options: dict[str, Any]) -> Callable[[], object]:
    """Runs one iteration of the protocol."""
    made = trainer("projected-gan", options)
    assert isinstance(made, ProjectedGanTrainer)
    training = made._training(made._networks(0), CRITERIA["hinge"], 0)
    return lambda: training.run(training.iteration + 1)


def straightforward(options: dict[str, Any]) -> Callable[[], object]:
    """Runs one iteration of the plain script, in the same sizes."""
    made = trainer("projected-gan", options)
    assert isinstance(made, ProjectedGanTrainer)
    p = made.protocol
    torch.manual_seed(0)
    generator = plain.Generator(p.channels, p.size, p.width, p.latent)
    discriminator = plain.Discriminator(p.seen, p.d_width, p.mixing)
    images = as_floats(made.load_images())
    return plain.Training(generator, discriminator, images, p.batch, p.latent).step


@click.command()
@click.option("--steps", default=6, show_default=True, help="Timed iterations of each.")
@click.option("--size", default=32, show_default=True)
@click.option("--view", default=64, show_default=True)
@click.option("--width", default=16, show_default=True)
@click.option("--d-width", default=64, show_default=True)
@click.option("--mixing", default=16, show_default=True)
@click.option("--batch", default=16, show_default=True)
def main(steps: int, **sizes: int) -> None:
    """Time both, and print steps an hour and their ratio to the plain script's."""
    with reproducible():
        runs = {"plain script": straightforward(dict(sizes))}
        runs |= {name: ours({**sizes, **change}) for name, change in VARIANTS.items()}
        seconds: dict[str, list[float]] = {name: [] for name in runs}
        for number in range(steps + 2):  # two to warm up
            for name, run in runs.items():
                start = time.process_time()
                run()
                if number > 1:
                    seconds[name].append(time.process_time() - start)
    base = statistics.median(seconds["plain script"])
    click.echo(", ".join(f"{key} {value}" for key, value in sizes.items()))
    for name, own in seconds.items():
        each = statistics.median(own)
        click.echo(f"{name:34} {each * 1e3:7.0f} ms {3600 / each:8.0f} steps/h {base / each:6.2f}")


if __name__ == "__main__":
    main()
