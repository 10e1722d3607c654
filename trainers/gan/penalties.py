"""Penalties on the slope of a critic: WGAN-GP's, and the zero-centred R1 and R2.

The slope of a sample is the gradient of its score by all its pixels together, and its norm is one
number a sample; published code has often taken the norm over the channels of each pixel, or has
drawn a weight for each channel. Each penalty is differentiable by the critic's weights, so that it
can be added to a loss, and is computed in float32 at least.

A critic whose batches are normalised together has no slope of its own for a sample: it is summed
over the batch here, as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Scores = Tensor | Sequence[Tensor]
Critic = Callable[[Tensor], Scores]

_TINY = 1e-24  # under the root, whose own slope at zero is infinite: a norm is 1e-12 at least


def gradient_penalty(
    critic: Critic,
    real: Tensor,
    made: Tensor,
    mix: Tensor,
    weight: float = 10.0,
    target: float = 1.0,
) -> Tensor:
    """WGAN-GP: `weight` E[(|grad D(x)| - target)^2], x between a real and a generated sample.

    Gulrajani et al. 2017, "Improved Training of Wasserstein GANs", equation 3: x = mix real +
    (1 - mix) made, the norm over the whole sample.

    Args:
        critic: samples (batch, ...) to scores (see `squared_slopes`).
        real, made: samples (batch, ...) of any number of channels; no gradient goes into them.
        mix: one number a sample, uniform in [0, 1): (batch, 1, ..., 1). It is drawn outside,
            because what runs on the device draws nothing.
        weight: the paper's lambda.
        target: the norm that costs nothing; 1 for a Lipschitz constant of 1.

    Raises `ValueError` where `mix` has another shape than one number a sample.
    """
    alone = (len(real), *[1] * (real.ndim - 1))
    if mix.shape != alone:
        raise ValueError(f"mix is {tuple(mix.shape)}; it must be one number a sample, {alone}")
    points = torch.lerp(made.detach(), real.detach(), mix)
    norms = (squared_slopes(critic, points) + _TINY).sqrt()  # (batch,)
    return weight * (norms - target).square().mean()


def r1(critic: Critic, real: Tensor, weight: float = 10.0) -> Tensor:
    """R1: `weight` / 2 E[|grad D(x)|^2] over real samples (batch, ...).

    Mescheder et al. 2018, "Which Training Methods for GANs do actually Converge?", equation 9;
    `weight` is its gamma.
    """
    return weight / 2 * squared_slopes(critic, real).mean()


def r2(critic: Critic, made: Tensor, weight: float = 10.0) -> Tensor:
    """R2: R1 over generated samples (Mescheder et al. 2018, equation 10).

    No gradient goes into the generator.
    """
    return weight / 2 * squared_slopes(critic, made).mean()


def squared_slopes(critic: Critic, samples: Tensor) -> Tensor:
    """|grad D(x)|^2 for each sample, (batch,), differentiable by the critic's weights.

    A critic may give several scores a sample, (batch, ...), or several outputs of them: D(x) is
    then the mean of the scores of an output, summed over the outputs, as in the loss. A critic that
    does not look at its samples has slopes of zero.
    """
    points = samples.detach().requires_grad_(True)
    scores = critic(points)
    outputs = [scores] if isinstance(scores, Tensor) else list(scores)
    total = sum((_means(output).sum() for output in outputs), torch.zeros((), device=points.device))
    slopes = None
    if total.requires_grad:
        (slopes,) = torch.autograd.grad(total, points, create_graph=True, allow_unused=True)
    if slopes is None:
        return torch.zeros(len(points), device=points.device)
    return _exact(slopes).flatten(1).square().sum(1)


def _means(scores: Tensor) -> Tensor:
    """The mean score of each sample, (batch,)."""
    return _exact(scores).reshape(len(scores), -1).mean(1)


def _exact(tensor: Tensor) -> Tensor:
    """In float32 at least, whatever the networks compute in."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))
