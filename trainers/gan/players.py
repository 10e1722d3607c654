"""Who moves in a training: players with an optimiser each, and averages that follow them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

OptimiserName = Literal["adam", "sgd", "rmsprop"]


def optimiser_of(
    parameters: Sequence[Tensor],
    optimiser: OptimiserName = "adam",
    *,
    learning_rate: float,
    beta1: float = 0.5,
    beta2: float = 0.999,
    epsilon: float = 1e-7,
    momentum: float = 0.0,
    smoothing: float = 0.99,
) -> torch.optim.Optimizer:
    """Adam (Kingma and Ba 2015), SGD with `momentum`, or RMSprop with `smoothing`.

    All of them can be captured in a CUDA graph.
    """
    on_cuda = parameters[0].is_cuda
    if optimiser == "sgd":
        return torch.optim.SGD(parameters, lr=learning_rate, momentum=momentum)
    if optimiser == "rmsprop":
        return torch.optim.RMSprop(
            parameters,
            lr=learning_rate,
            alpha=smoothing,
            eps=epsilon,
            momentum=momentum,
            capturable=on_cuda,
        )
    return torch.optim.Adam(
        parameters,
        lr=learning_rate,
        betas=(beta1, beta2),
        eps=epsilon,
        fused=True,
        capturable=on_cuda,
    )


class Player:
    """A network and its optimiser; `options` are those of `optimiser_of`.

    It moves the parameters of its network alone, and of these the ones that want a gradient and
    are not in `frozen`, which another player may move.
    """

    def __init__(self, network: nn.Module, frozen: Collection[Tensor] = (), **options: Any) -> None:
        fixed = set(map(id, frozen))
        self._parameters = [
            p for p in network.parameters() if p.requires_grad and id(p) not in fixed
        ]
        self._optimiser = optimiser_of(self._parameters, **options)

    def step(self, loss: Tensor) -> Tensor:
        """Move the parameters against the gradient of a scalar loss; returns it, detached."""
        # A loss that does not depend on the scores has no gradient: nothing moves.
        if loss.requires_grad:
            # Not backward(): in G's step it would work out D's gradients too.
            gradients = torch.autograd.grad(loss, self._parameters, allow_unused=True)
            for parameter, gradient in zip(self._parameters, gradients, strict=True):
                parameter.grad = _laid_out(gradient, parameter)
            self._optimiser.step()
        return loss.detach()

    def tensors(self) -> dict[str, Tensor]:
        """The optimiser's state by the number of the parameter; none before the first step."""
        return {
            f"{number}.{name}": value
            for number, parameter in enumerate(self._parameters)
            for name, value in self._optimiser.state[parameter].items()
            if isinstance(value, Tensor)
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up what `tensors` gave."""
        for key, value in tensors.items():
            number, _, name = key.partition(".")
            parameter = self._parameters[int(number)]
            if value.shape == parameter.shape:  # a moment: in the layout of its parameter
                value = torch.empty_like(parameter, requires_grad=False).copy_(value)
            self._optimiser.state[parameter][name] = value.to(parameter.device)


def _laid_out(gradient: Tensor | None, parameter: Tensor) -> Tensor:
    """The gradient in the memory layout of its parameter; zeros where there is none.

    PyTorch's fused optimisers go through both as they lie in memory: with another layout (a kernel
    that a network reshapes on its way) they would move other numbers than the gradient's, unsaid.
    """
    if gradient is not None and gradient.stride() == parameter.stride():
        return gradient
    laid_out = torch.zeros_like(parameter)
    return laid_out if gradient is None else laid_out.copy_(gradient)


class Average:
    """The moving average of a network's weights (Karras et al. 2018, section 3).

    `average` is a copy of the network. Of what it holds, half is forgotten in `half_life` images
    of `batch` a step; with `ramp` in at most this part of the images so far (Karras et al. 2020,
    appendix B), so that the beginning is forgotten early. Buffers are copied as they are.
    """

    def __init__(
        self,
        network: nn.Module,
        average: nn.Module,
        batch: int,
        half_life: float,
        ramp: float | None = None,
    ) -> None:
        self._pairs = list(zip(average.parameters(), network.parameters(), strict=True))
        self._buffers = list(zip(average.buffers(), network.buffers(), strict=True))
        self._batch, self._half_life, self._ramp = batch, half_life, ramp
        device = self._pairs[0][0].device
        self.seen = torch.zeros((), dtype=torch.float64, device=device)  # images

    @torch.no_grad()
    def step(self) -> None:
        """Follow the network a step."""
        self.seen.add_(self._batch)
        weight = self._weight()
        for mean, now in self._pairs:
            mean.lerp_(now, weight)
        for kept, current in self._buffers:
            kept.copy_(current)

    def _weight(self) -> float | Tensor:
        if self._ramp is None:
            return float(1 - 0.5 ** (self._batch / self._half_life))
        half_life = (self._ramp * self.seen).clamp(max=self._half_life)
        return (1 - 0.5 ** (self._batch / half_life)).float()
