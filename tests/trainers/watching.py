"""A watch on what a CUDA graph cannot hold."""

from __future__ import annotations

from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

WAITS = ("_local_scalar_dense", "nonzero", "masked_select", "unique", "item")
DRAWS = ("rand", "normal_", "uniform_", "random_", "bernoulli", "dropout")


class Watch(TorchDispatchMode):
    """Notes every operation that waits for the device, and every draw of random numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if any(word in str(func) for word in WAITS + DRAWS):
            self.seen.append(str(func))
        return func(*args, **(kwargs or {}))
