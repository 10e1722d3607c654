"""The adversarial training loop of the GANetic paper, shared by every recipe that follows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .criterion import Criterion
from .iteration import AdamStep, Inputs, Recipe, Step
from .networks import DiscriminatorNetwork, GeneratorNetwork
from .outcome import Status
from .seeding import stream

Capture = Callable[[Callable[[], None]], Callable[[], None]]

WARM_UP = 3  # iterations before a capture: libraries choose their algorithms in the first ones
CHECK_EVERY = 25  # iterations between looks at whether the training lives: each look waits for it
DEAD_SPREAD = 1e-4  # of a pixel's range of 2; untrained, the 8 x 8 generator has 0.005 (measured)


@dataclass(frozen=True)
class Ending:
    """How a training ended: status, where it is not ok the reason, and its learning curves.

    `iterations` is how many were run: fewer than asked for where the training was stopped early.

    `history` has a row for every 25th iteration: the iteration, then means since the row before:
    the losses of D on real images, of D on generated ones, and of G, and the parts of the real and
    of the generated images that D, while it learned, took for what they are.
    """

    status: Status
    reason: str | None = None
    history: tuple[tuple[float, ...], ...] = ()
    iterations: int = 0


def train_gan(
    generator: GeneratorNetwork,
    discriminator: DiscriminatorNetwork,
    images: Tensor,
    criterion: Criterion,
    recipe: Recipe,
    seed: int,
    capture: Capture | None = None,
) -> Ending:
    """Train both networks in place, from the first iteration to the last (see `Training`)."""
    training = Training(generator, discriminator, images, criterion, recipe, seed, capture)
    return training.run(recipe.iterations)


class Training:
    """Trains two networks in place on `images` (n, c, side, side), with non-saturating G.

    `images` are float32 in [-1, 1], or uint8, which are scaled batch by batch. An iteration is
    three Adam steps, in the order of the authors' published example: D on a batch of real images,
    D on a batch of generated ones, G with the label "real". One batch is made for both, as G is
    unchanged in between (there G draws a batch of its own): a seventh of the time saved.

    Stops early when a look at every 25th iteration, or the last, finds the training dead (twice)
    or diverged. It may be run in parts, and be put away in between: `tensors` and `numbers` are
    all that it has come to, and another one of the same arguments goes on from them to the same
    end, to the bit.

    Args:
        generator, discriminator: with their initial weights, on the device of `images`.
        images: what to learn from.
        criterion: the losses of D and G.
        recipe: batch sizes, iterations, optimiser.
        seed: of the order of the images, the latents, the dropout and the flips.
        capture: turns the step into what is called instead of it from the fourth iteration on
            (of those that this object runs), as `graphs.captured` does; the result is the same.

    Attributes:
        iterations: how many there are; `iteration`: how many have been run.
        ending: how it ended early; None while it has not.
    """

    def __init__(
        self,
        generator: GeneratorNetwork,
        discriminator: DiscriminatorNetwork,
        images: Tensor,
        criterion: Criterion,
        recipe: Recipe,
        seed: int,
        capture: Capture | None = None,
    ) -> None:
        self._networks = {"G": generator, "D": discriminator}
        self.iterations, self._capture = recipe.iterations, capture
        order = epochs(len(images), recipe.iterations * recipe.d_batch, stream(seed, "data"))
        self._rows = torch.split(order.to(images.device), recipe.d_batch)
        self._inputs = Inputs(images, recipe, discriminator.features, seed)
        self._step = Step(generator, discriminator, criterion, recipe, self._inputs)
        self._run: Callable[[], None] = self._step
        self._begun = self.iteration = 0
        self._history: list[tuple[float, ...]] = []
        self._was_dead = False
        self.ending: Ending | None = None

    def run(self, until: int) -> Ending:
        """Go on up to iteration `until`, at most the recipe's last; or to an early end."""
        while self.ending is None and self.iteration < min(until, len(self._rows)):
            self._iterate()
        if self.ending is not None:
            return self.ending
        return Ending(Status.OK, history=tuple(self._history), iterations=self.iteration)

    def _iterate(self) -> None:
        self._inputs.fill(self._rows[self.iteration])
        if self._capture is not None and self.iteration == self._begun + WARM_UP:
            self._run = self._capture(self._step)
        self._run()
        self.iteration += 1
        if self.iteration % CHECK_EVERY == 0 or self.iteration == self.iterations:
            self._look()

    def _look(self) -> None:
        """Note the learning curves; find out whether the training is dead or has diverged."""
        iteration, step = self.iteration, self._step
        since = iteration - int(self._history[-1][0] if self._history else 0)
        means = (step.tally / since).tolist()
        if not all_finite(step.losses, *self._networks.values()):
            reason = f"not finite at iteration {iteration}"
            self.ending = Ending(Status.DIVERGED, reason, iterations=iteration)
            return
        self._history.append((float(iteration), *means))
        step.tally.zero_()
        is_dead = is_constant(step.made.detach())
        if is_dead and self._was_dead:
            reason = f"constant output at iteration {iteration}"
            self.ending = Ending(Status.DEAD, reason, tuple(self._history), iteration)
        self._was_dead = is_dead

    # Being put away, and taken up

    def tensors(self) -> dict[str, Tensor]:
        """Weights, the optimisers' moments, random streams, curves: what the next step needs."""
        found = {
            f"{player}.{name}": value
            for player, network in self._networks.items()
            for name, value in network.state_dict().items()
        }
        for player, optimiser in self._optimisers.items():
            found |= {f"{player} Adam.{name}": v for name, v in optimiser.tensors().items()}
        for purpose, numbers in self._inputs.streams.items():
            found[f"stream.{purpose}"] = numbers.get_state()
        columns = 1 + len(self._step.tally)
        curves = torch.tensor(self._history, dtype=torch.float64).reshape(-1, columns)
        return {**found, "tally": self._step.tally, "history": curves}

    def numbers(self) -> dict[str, int | str | None]:
        """Where it stands, and how it ended if it did so early."""
        early = self.ending
        return {
            "iteration": self.iteration,
            "was_dead": int(self._was_dead),
            "status": None if early is None else early.status.value,
            "reason": None if early is None else early.reason,
        }

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
        """Go on from what another training of the same arguments had come to.

        Raises `LookupError` or `ValueError`, before anything is changed, on what is no such thing.
        """
        begun = self.tensors()
        always = {name for name in begun if " Adam." not in name} - {"history"}
        misfits = [name for name in always if tensors[name].shape != begun[name].shape]
        status, iteration = numbers["status"], int(numbers["iteration"])
        if misfits or not 0 < iteration <= self.iterations:
            raise ValueError(f"not a state of this training: {misfits}, iteration {iteration}")
        rows = [tuple(row) for row in tensors["history"].tolist()]
        if status is not None:
            kept = tuple(rows) if Status(status) is Status.DEAD else ()
            self.ending = Ending(Status(status), numbers["reason"], kept, iteration)
        for name in always - {"tally"}:
            kind, _, purpose = name.partition(".")
            if kind == "stream":
                self._inputs.streams[purpose].set_state(tensors[name])
            else:
                begun[name].copy_(tensors[name])  # in place: the layout in memory stays
        for player, optimiser in self._optimisers.items():
            own = f"{player} Adam."
            moments = {k.removeprefix(own): v for k, v in tensors.items() if k.startswith(own)}
            optimiser.restore(moments)
        self._step.tally.copy_(tensors["tally"])
        self._history, self._was_dead = rows, bool(numbers["was_dead"])
        self._begun = self.iteration = iteration

    @property
    def _optimisers(self) -> dict[str, AdamStep]:
        return {"D": self._step.d_step, "G": self._step.g_step}


def epochs(n: int, count: int, generator: torch.Generator) -> Tensor:
    """`count` indices below n: one random order of all n after another. (count,), on the CPU."""
    rounds = -(-count // n)
    return torch.cat([torch.randperm(n, generator=generator) for _ in range(rounds)])[:count]


def as_floats(images: Tensor) -> Tensor:
    """Images as the networks see them: uint8 is scaled to [-1, 1], floats are as they are."""
    return images.float().div_(127.5).sub_(1) if images.dtype == torch.uint8 else images


def is_constant(made: Tensor) -> bool:
    """Whether generated images (n, c, side, side) are one image for every latent."""
    return bool(made.float().std(0).mean() < DEAD_SPREAD)


def all_finite(losses: Tensor, *networks: nn.Module) -> bool:
    """Whether the losses so far and all weights are finite numbers."""
    total = losses.sum()
    for network in networks:
        for parameter in network.parameters():
            total += parameter.detach().sum()
    return bool(total.isfinite())


def generate(generator: nn.Module, latents: Tensor, at_once: int = 256) -> Iterator[Tensor]:
    """Images for latents (n, latent), in parts of a fixed size."""
    with torch.inference_mode():
        for part in torch.split(latents, at_once):
            yield generator(part)
