"""Iterations of StyleGAN2 an hour against a script's: `python -m benchmarks.stylegan2`.

On random images, one after another in turns after a warm-up each. Seconds are of the processor, on
one thread, so that a busy machine changes little:
the networks and the loop of a script (`benchmarks/plain_stylegan2.py`), whose filters are those of
the published pure-torch versions, or depthwise convolutions, which are much faster; and ours, with
the same weights: what both generate, and its scores, are compared first. All take R1 in every 16th
iteration and path lengths in every 4th, without augmentations, on one thread.

With `--learning` it trains instead, and prints FID before and after: see `learning`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import click
import torch
from torch import Tensor

from benchmarks import plain_stylegan2 as plain
from benchmarks.criteria import CRITERIA
from lossgp.expressions import LossPair, zoo
from lossgp.trainers import Criterion, trainer
from lossgp.trainers.gan.play import Play
from lossgp.trainers.gan.training import Training
from lossgp.trainers.networks import initialise
from lossgp.trainers.networks.stylegan2 import widths
from lossgp.trainers.recipes.stylegan2_ada import Stylegan2AdaProtocol
from lossgp.trainers.seeding import reproducible, stream


class Ways:
    """Trainings of one protocol, each of which can be run on for some iterations."""

    def __init__(self, protocol: Stylegan2AdaProtocol) -> None:
        self.protocol = protocol
        shape = (4 * protocol.batch, protocol.channels, protocol.size, protocol.size)
        self.images = torch.rand(shape, generator=stream(0, "images")) * 2 - 1
        with torch.device("meta"):
            networks = protocol.networks()
        for name, network in networks.items():
            initialise(network, "cpu", stream(0, f"{name} init"))
        self.theirs = {way: self._script(networks, way == "depthwise") for way in WAYS}
        for each in self.theirs.values():
            self._compare(networks, *each)
        play = Play(networks, self.images, CRITERIA["bce"], 0, 10**6)
        self.training = Training(play, protocol.recipe(play))

    def ours(self, iterations: int) -> None:
        self.training.run(self.training.iteration + iterations)

    def script(self, way: str) -> Callable[[int], None]:
        generator, discriminator, average = self.theirs[way]
        protocol = self.protocol

        def run(iterations: int) -> None:
            numbers = (protocol.batch, protocol.latent, protocol.gamma)
            plain.train(generator, discriminator, average, self.images, iterations, *numbers)

        return run

    def _script(
        self, ours: dict[str, torch.nn.Module], depthwise: bool
    ) -> tuple[plain.Generator, plain.Discriminator, plain.Generator]:
        protocol = self.protocol
        channels = widths(protocol.size, protocol.base, protocol.channel_max)
        sizes = (protocol.channels, channels, protocol.latent, protocol.mapping_layers, depthwise)
        generators = [plain.Generator(*sizes) for _ in range(2)]
        discriminator = plain.Discriminator(protocol.channels, channels, depthwise)
        for network, name in ((generators[0], "G"), (generators[1], "G"), (discriminator, "D")):
            weights = {
                key: value.clone(memory_format=torch.contiguous_format)
                for key, value in ours[name].state_dict().items()
            }
            found = network.load_state_dict(weights, strict=False)
            assert not found.missing_keys
        return generators[0], discriminator, generators[1]

    def _compare(
        self,
        ours: dict[str, torch.nn.Module],
        generator: plain.Generator,
        discriminator: plain.Discriminator,
        _: plain.Generator,
    ) -> None:
        """Noise has no strength at first, so both make the same images of the same latents."""
        latents = torch.randn(8, self.protocol.latent, generator=stream(0, "latents"))
        with torch.no_grad():
            made: Tensor = ours["G"](latents)
            styles = generator.mapping(latents)[:, None].expand(-1, generator.layers, -1)
            theirs = generator(styles)
            assert torch.allclose(made, theirs, atol=1e-3), (made - theirs).abs().max()
            scores = ours["D"](made), discriminator(made)
            assert torch.allclose(*scores, rtol=1e-3, atol=1e-3), scores


WAYS = ("published", "depthwise")


def speed(protocol: Stylegan2AdaProtocol, repeats: int) -> None:
    """Print milliseconds an iteration of each way, and how many times faster ours is."""
    torch.manual_seed(0)
    ways = Ways(protocol)
    runs: dict[str, Callable[[int], None]] = {
        "script, published filters": ways.script("published"),
        "script, depthwise filters": ways.script("depthwise"),
        "ours": ways.ours,
    }
    best = dict.fromkeys(runs, float("inf"))
    with reproducible():  # one thread, for all
        for repeat in range(repeats + 1):
            for name, run in runs.items():
                start = time.process_time()
                run(16 if repeat else 4)
                if repeat:
                    best[name] = min(best[name], (time.process_time() - start) / 16)
    print(f"{protocol.describe()}, best of {repeats}")
    for name, seconds in best.items():
        print(
            f"{name:30} {seconds * 1e3:9.1f} ms an iteration  {seconds / best['ours']:5.2f} times "
            f"ours  {3600 / seconds:8.0f} iterations an hour"
        )


def learning(data: str | None, losses: Sequence[str], iterations: int, seeds: int) -> None:
    """Print FID of generators that have not learned, and of those that have, with each seed."""
    options = {"scale": "laptop", "size": 32, "data": data, "metrics": ["fid"]}
    runs = {}
    for length in (1, iterations):  # after one iteration nothing is learned
        runs[length] = trainer("stylegan2-ada", {**options, "iterations": length})
        runs[length].prepare()
    print(f"{runs[iterations].protocol.describe()}; features: {runs[1].extractor_name}")
    print(f"floor, real against real: {runs[1].reference()['fid_floor']:.1f}")
    for name in losses:
        pair = LossPair.of(zoo.entry(name).loss)
        criterion = Criterion(*pair.criterion_functions(), pair.text())
        for seed in range(seeds):
            before, after = (runs[length].train(criterion, seed) for length in (1, iterations))
            fids = before.metrics["fid"], after.metrics["fid"]
            print(
                f"{name:12} seed {seed}: FID {fids[0]:8.1f} before, {fids[1]:8.1f} after "
                f"{iterations} iterations ({fids[1] / fids[0]:.0%}), {after.seconds:.0f} s",
                flush=True,
            )


@click.command()
@click.option("--size", default=32, show_default=True, type=click.IntRange(8))
@click.option("--channels", default="1", show_default=True, type=click.Choice(["1", "3"]))
@click.option("--channel-base", default=1024, show_default=True, type=click.IntRange(8))
@click.option("--channel-max", default=64, show_default=True, type=click.IntRange(1))
@click.option("--batch", default=16, show_default=True, type=click.IntRange(4))
@click.option("--repeats", default=2, show_default=True, type=click.IntRange(1))
@click.option("--learning", "learns", is_flag=True, help="Train, and print FID before and after.")
@click.option("--data", help="Images to learn from  [enlarged digits]")
@click.option("--loss", "losses", multiple=True, default=["bce_logits"], show_default=True)
@click.option("--iterations", default=200, show_default=True, type=click.IntRange(2))
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1))
def main(
    size: int, channels: str, channel_base: int, channel_max: int, batch: int, repeats: int,
    learns: bool, data: str | None, losses: tuple[str, ...], iterations: int, seeds: int,
) -> None:  # fmt: skip
    """Time an iteration against a script's, or show that trainings learn."""
    if learns:
        learning(data, losses, iterations, seeds)
        return
    protocol = Stylegan2AdaProtocol(
        data="random",
        size=size,
        channels=int(channels),
        channel_base=channel_base,
        channel_max=channel_max,
        batch=batch,
        augment="none",
        samples=2,
        metrics=("fid",),
    )
    speed(protocol, repeats)


if __name__ == "__main__":
    main()
