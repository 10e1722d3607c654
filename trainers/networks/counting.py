"""How large a network is: its weights, and what its layers put out."""

from __future__ import annotations

from torch import Tensor, nn


def count(network: nn.Module) -> int:
    """Numbers that learn."""
    return sum(parameter.numel() for parameter in network.parameters())


def activations(network: nn.Module, *inputs: Tensor) -> int:
    """Numbers that the innermost layers put out in a forward pass; tensors on "meta" cost nothing.

    About as many are kept for a backward pass.
    """
    total = 0

    def add(layer: nn.Module, given: object, output: object) -> None:
        nonlocal total
        if isinstance(output, Tensor):
            total += output.numel()

    innermost = [layer for layer in network.modules() if not any(layer.children())]
    handles = [layer.register_forward_hook(add) for layer in innermost]
    try:
        network(*inputs)
    finally:
        for handle in handles:
            handle.remove()
    return total
