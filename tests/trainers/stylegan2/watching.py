"""A watch on what a CUDA graph cannot hold."""

from __future__ import annotations

from torch.utils._python_dispatch import TorchDispatchMode


class Watch(TorchDispatchMode):
    """Notes what waits for the device, copies from the host, or draws."""

    NAMES = ("_local_scalar_dense", "nonzero", "lift_fresh", "normal", "uniform", "rand", "item")

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        if any(name in str(func) for name in self.NAMES):
            self.seen.append(str(func))
        return func(*args, **(kwargs or {}))
