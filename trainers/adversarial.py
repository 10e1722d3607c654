"""The adversarial training loop of the GANetic paper, shared by every recipe that follows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .criterion import Criterion
from .networks import DiscriminatorNetwork, GeneratorNetwork
from .outcome import Status
from .seeding import stream

Capture = Callable[[Callable[[], None]], Callable[[], None]]

WARM_UP = 3  # iterations before a capture: libraries choose their algorithms in the first ones
CHECK_EVERY = 25  # iterations between looks at whether the training lives: each look waits for it
DEAD_SPREAD = 1e-4  # of a pixel's range of 2; untrained, the 8 x 8 generator has 0.005 (measured)


@dataclass(frozen=True)
class Recipe:
    """The numbers of an adversarial training.

    G is trained on `batch` images; D on as many real and as many generated ones, or on half as
    many of each with `half_batches`, as the authors' published example does. With `bfloat16` the
    networks compute in it under autocast; weights, losses and optimisers stay in float32. `flip`
    mirrors every second real image, at random.
    """

    iterations: int
    batch: int
    latent: int
    dropout: float
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    half_batches: bool = False
    bfloat16: bool = False
    flip: bool = False

    @property
    def d_batch(self) -> int:
        """How many real, and how many generated, images D sees in an iteration."""
        return self.batch // 2 if self.half_batches else self.batch


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
    """Train both networks in place on `images` (n, c, side, side), with non-saturating G.

    `images` are float32 in [-1, 1], or uint8, which are scaled batch by batch. An iteration is
    three Adam steps, in the order of the authors' published example: D on a batch of real images,
    D on a batch of generated ones, G with the label "real". One batch is made for both, as G is
    unchanged in between (there G draws a batch of its own): a seventh of the time saved.

    Stops early when a look at every 25th iteration finds the training dead (twice) or diverged.

    Args:
        generator, discriminator: with their initial weights, on the device of `images`.
        images: what to learn from.
        criterion: the losses of D and G.
        recipe: batch sizes, iterations, optimiser.
        seed: of the order of the images, the latents, the dropout and the flips.
        capture: turns the step into what is called instead of it from the fourth iteration on,
            as `graphs.captured` does; the result is the same.
    """
    device = images.device
    rows = epochs(len(images), recipe.iterations * recipe.d_batch, stream(seed, "data")).to(device)
    inputs = Inputs(images, recipe, discriminator.features, seed)
    step = Step(generator, discriminator, criterion, recipe, inputs)
    run: Callable[[], None] = step
    history: list[tuple[float, ...]] = []
    was_dead = False

    for iteration, chosen in enumerate(torch.split(rows, recipe.d_batch), start=1):
        inputs.fill(chosen)
        if capture is not None and iteration == WARM_UP + 1:
            run = capture(step)
        run()
        if iteration % CHECK_EVERY == 0 or iteration == recipe.iterations:
            since = iteration - int(history[-1][0] if history else 0)
            means = (step.tally / since).tolist()
            if not all_finite(step.losses, generator, discriminator):
                reason = f"not finite at iteration {iteration}"
                return Ending(Status.DIVERGED, reason, iterations=iteration)
            history.append((float(iteration), *means))
            step.tally.zero_()
            is_dead = is_constant(step.made.detach())
            if is_dead and was_dead:
                reason = f"constant output at iteration {iteration}"
                return Ending(Status.DEAD, reason, tuple(history), iteration)
            was_dead = is_dead
    return Ending(Status.OK, history=tuple(history), iterations=recipe.iterations)


class Inputs:
    """What an iteration is given: real images, latents, dropout masks.

    They are written to the same memory each time, so that a captured step finds them there, and
    come from streams of their own, so that no step draws random numbers.
    """

    def __init__(self, images: Tensor, recipe: Recipe, width: int, seed: int) -> None:
        device = images.device
        self._all, self._rate = images, recipe.dropout
        self._flip = recipe.flip
        self._latents = stream(seed, "latents", device)
        self._masks = stream(seed, "dropout", device)
        self._flips = stream(seed, "flips", device)
        sizes = [recipe.d_batch, recipe.d_batch, recipe.batch]
        self.images = torch.empty(recipe.d_batch, *images.shape[1:], device=device)
        self.latents = torch.empty(recipe.batch, recipe.latent, device=device)
        self._keep = torch.empty(sum(sizes), width, device=device)
        self.keep = torch.split(self._keep, sizes)  # for D on real, D on generated, G

    def fill(self, rows: Tensor) -> None:
        """Take the images of these rows (d_batch,), and draw everything else."""
        if self._all.dtype == torch.uint8:
            self.images.copy_(self._all[rows]).div_(127.5).sub_(1)
        else:
            torch.index_select(self._all, 0, rows, out=self.images)
        if self._flip:
            shape = (len(rows), 1, 1, 1)
            chosen = torch.rand(shape, generator=self._flips, device=rows.device) < 0.5
            self.images.copy_(torch.where(chosen, self.images.flip(-1), self.images))
        self.latents.normal_(generator=self._latents)
        self._keep.copy_(dropout_mask(self._keep.shape, self._rate, self._masks))


class Step:
    """One iteration on the inputs that are there; waits for nothing, and draws nothing.

    `losses` (3,) sums up what D lost on real and on generated images, and G; `right` (2,) the parts
    of the real and of the generated images that D, with its dropout, took for what they are (score
    above 0 or not); `tally` (5,) is both. `made` is the batch of generated images.
    """

    def __init__(
        self,
        generator: GeneratorNetwork,
        discriminator: DiscriminatorNetwork,
        criterion: Criterion,
        recipe: Recipe,
        inputs: Inputs,
    ) -> None:
        device = inputs.latents.device
        self._generator, self._discriminator = generator, discriminator
        self._criterion, self._recipe, self._inputs = criterion, recipe, inputs
        self._d_step = adam(list(discriminator.parameters()), recipe)
        self._g_step = adam(list(generator.parameters()), recipe)
        self._real = torch.ones(recipe.batch, 1, device=device)  # labels, (batch, 1)
        self._fake = torch.zeros(recipe.batch, 1, device=device)
        self.tally = torch.zeros(5, device=device)
        self.losses, self.right = self.tally[:3], self.tally[3:]
        self.made = torch.empty(0)

    def __call__(self) -> None:
        """Move D, D again, then G."""
        inputs, half = self._inputs, self._recipe.d_batch
        d_loss, g_loss = self._criterion.discriminator, self._criterion.generator
        with self._precision():
            made = self._generator(inputs.latents)  # (batch, c, side, side)

        scores = self._scores(inputs.images, inputs.keep[0])  # (d_batch, 1)
        self._count(0, scores > 0)
        self.losses[0] += self._d_step(d_loss(scores, self._real[:half]).mean())

        scores = self._scores(made.detach()[:half], inputs.keep[1])  # (d_batch, 1)
        self._count(1, scores <= 0)
        self.losses[1] += self._d_step(d_loss(scores, self._fake[:half]).mean())

        scores = self._scores(made, inputs.keep[2])  # (batch, 1)
        self.losses[2] += self._g_step(g_loss(scores, self._real).mean())
        self.made = made

    def _count(self, side: int, right: Tensor) -> None:
        self.right[side] += right.float().mean()

    def _scores(self, images: Tensor, keep: Tensor) -> Tensor:
        """D's raw scores, in float32 whatever the networks compute in."""
        with self._precision():
            scores: Tensor = self._discriminator(images, keep)
        return scores.float()

    def _precision(self) -> AbstractContextManager[object]:
        """Autocast to bfloat16, or nothing. Without its cache, whose entries a graph would keep."""
        if not self._recipe.bfloat16:
            return nullcontext()
        kind = self.losses.device.type
        return torch.autocast(kind, dtype=torch.bfloat16, cache_enabled=False)


def epochs(n: int, count: int, generator: torch.Generator) -> Tensor:
    """`count` indices below n: one random order of all n after another. (count,), on the CPU."""
    rounds = -(-count // n)
    return torch.cat([torch.randperm(n, generator=generator) for _ in range(rounds)])[:count]


def dropout_mask(shape: Sequence[int], rate: float, generator: torch.Generator) -> Tensor:
    """Independent entries: 0 with probability `rate`, else 1/(1 - rate); float32.

    The rate, at most 0.99, is met to 1/65536. Four entries are cut out of each 64-bit draw:
    `bernoulli_` took a millisecond of each iteration, this takes a fifth.
    """
    count = torch.Size(shape).numel()
    draws = torch.empty(-(-count // 4), dtype=torch.int64, device=generator.device)
    bits = draws.random_(-(2**63), None, generator=generator).view(torch.int16)[:count]
    kept = bits >= round(rate * 65536) - 32768
    return kept.to(torch.float32).div_(1 - rate).view(torch.Size(shape))


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


def adam(parameters: Sequence[Tensor], recipe: Recipe) -> Callable[[Tensor], Tensor]:
    """A step on a scalar loss that moves these parameters alone, and returns the loss, detached."""
    optimiser = torch.optim.Adam(
        parameters,
        lr=recipe.learning_rate,
        betas=(recipe.beta1, recipe.beta2),
        eps=recipe.epsilon,
        fused=True,
        capturable=parameters[0].is_cuda,
    )

    def step(loss: Tensor) -> Tensor:
        # A loss that does not depend on the scores has no gradient: nothing moves.
        if loss.requires_grad:
            # Not backward(): in G's step it would work out D's gradients too.
            gradients = torch.autograd.grad(loss, parameters)
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.grad = gradient
            optimiser.step()
        return loss.detach()

    return step


def generate(generator: nn.Module, latents: Tensor, at_once: int = 256) -> Iterator[Tensor]:
    """Images for latents (n, latent), in parts of a fixed size."""
    with torch.inference_mode():
        for part in torch.split(latents, at_once):
            yield generator(part)
