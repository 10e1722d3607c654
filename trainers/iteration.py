"""One iteration of the GANetic paper's training: what it is given, and its three Adam steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor

from .criterion import Criterion
from .networks import DiscriminatorNetwork, GeneratorNetwork
from .seeding import stream


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


class Inputs:
    """What an iteration is given: real images, latents, dropout masks.

    They are written to the same memory each time, so that a captured step finds them there, and
    come from `streams` of their own, so that no step draws random numbers.
    """

    def __init__(self, images: Tensor, recipe: Recipe, width: int, seed: int) -> None:
        device = images.device
        self._all, self._rate = images, recipe.dropout
        self._flip = recipe.flip
        purposes = ("latents", "dropout", "flips")
        self.streams = {purpose: stream(seed, purpose, device) for purpose in purposes}
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
            draws = torch.rand(shape, generator=self.streams["flips"], device=rows.device)
            chosen = draws < 0.5
            self.images.copy_(torch.where(chosen, self.images.flip(-1), self.images))
        self.latents.normal_(generator=self.streams["latents"])
        mask = dropout_mask(self._keep.shape, self._rate, self.streams["dropout"])
        self._keep.copy_(mask)


class Step:
    """One iteration on the inputs that are there; waits for nothing, and draws nothing.

    `losses` (3,) sums up what D lost on real and on generated images, and G; `right` (2,) the parts
    of the real and of the generated images that D, with its dropout, took for what they are (score
    above 0 or not); `tally` (5,) is both. `made` is the batch of generated images, `d_step` and
    `g_step` move D and G.
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
        self.d_step = AdamStep(list(discriminator.parameters()), recipe)
        self.g_step = AdamStep(list(generator.parameters()), recipe)
        rows = discriminator.outputs * recipe.batch
        self._real = torch.ones(rows, 1, device=device)  # labels, (outputs batch, 1)
        self._fake = torch.zeros(rows, 1, device=device)
        self.tally = torch.zeros(5, device=device)
        self.losses, self.right = self.tally[:3], self.tally[3:]
        self.made = torch.empty(0)

    def __call__(self) -> None:
        """Move D, D again, then G."""
        inputs, half = self._inputs, self._recipe.d_batch
        few = self._discriminator.outputs * half
        d_loss, g_loss = self._criterion.discriminator, self._criterion.generator
        with self._precision():
            made = self._generator(inputs.latents)  # (batch, c, side, side)

        scores = self._scores(inputs.images, inputs.keep[0])  # (outputs d_batch, 1)
        self._count(0, scores > 0)
        self.losses[0] += self.d_step(d_loss(scores, self._real[:few]).mean())

        scores = self._scores(made.detach()[:half], inputs.keep[1])  # (outputs d_batch, 1)
        self._count(1, scores <= 0)
        self.losses[1] += self.d_step(d_loss(scores, self._fake[:few]).mean())

        scores = self._scores(made, inputs.keep[2])  # (outputs batch, 1)
        self.losses[2] += self.g_step(g_loss(scores, self._real).mean())
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


class AdamStep:
    """A step on a scalar loss that moves these parameters alone, and returns the loss, detached."""

    def __init__(self, parameters: Sequence[Tensor], recipe: Recipe) -> None:
        self._parameters = parameters
        self._optimiser = torch.optim.Adam(
            parameters,
            lr=recipe.learning_rate,
            betas=(recipe.beta1, recipe.beta2),
            eps=recipe.epsilon,
            fused=True,
            capturable=parameters[0].is_cuda,
        )

    def __call__(self, loss: Tensor) -> Tensor:
        """Move the parameters against the gradient of `loss`."""
        # A loss that does not depend on the scores has no gradient: nothing moves.
        if loss.requires_grad:
            # Not backward(): in G's step it would work out D's gradients too.
            gradients = torch.autograd.grad(loss, self._parameters)
            for parameter, gradient in zip(self._parameters, gradients, strict=True):
                parameter.grad = gradient
            self._optimiser.step()
        return loss.detach()

    def tensors(self) -> dict[str, Tensor]:
        """Its steps and moments by the number of the parameter; none before the first step."""
        return {
            f"{number}.{name}": value
            for number, parameter in enumerate(self._parameters)
            for name, value in self._optimiser.state[parameter].items()
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up what `tensors` gave."""
        for key, value in tensors.items():
            number, _, name = key.partition(".")
            parameter = self._parameters[int(number)]
            if value.shape == parameter.shape:  # a moment: in the layout of its parameter
                value = torch.empty_like(parameter, requires_grad=False).copy_(value)
            self._optimiser.state[parameter][name] = value.to(parameter.device)
