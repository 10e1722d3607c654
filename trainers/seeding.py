"""Random streams: one for each purpose of a training, derived from its seed alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def stream(seed: int, purpose: str, device: str | torch.device = "cpu") -> torch.Generator:
    """A generator of its own for (seed, purpose), e.g. `stream(3, "latents")`.

    Independent streams by hashing: what one purpose draws never moves another, and every
    candidate meets the same numbers under the same seed. Never torch's global generator.
    """
    digest = hashlib.sha256(f"lossgp:{seed}:{purpose}".encode()).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest[:8], "big") >> 1)


@contextmanager
def reproducible() -> Iterator[None]:
    """Within it the CPU uses one thread, and CUDA its deterministic algorithms.

    Sums are taken in another order with another number of threads, and a GAN amplifies the last
    bit; so a result would depend on the machine's cores. Backward passes stay in the thread that
    asks for them: CUDA's own would take the steps of a gradient's gradient in an order that
    depends on what this process has done before. The settings are put back afterwards.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        # TF32 would make a CUDA training mean something else than a CPU one.
        with (
            torch.backends.cudnn.flags(
                enabled=True, benchmark=False, deterministic=True, allow_tf32=False
            ),
            torch.autograd.set_multithreading_enabled(False),
        ):
            yield
    finally:
        torch.set_num_threads(threads)
