"""CUDA graphs: a phase of hundreds of small kernels, launched as one."""

from __future__ import annotations

from collections.abc import Callable

import torch


def recorder() -> Callable[[Callable[[], None]], Callable[[], None]]:
    """What records the phases of one training as CUDA graphs, and returns what replays each.

    Recording runs nothing on the device. A phase must have run before (libraries choose their
    algorithms, optimisers make their state), use the same memory each time, and neither wait for
    the device nor draw random numbers. The graphs share a pool of memory: they are replayed one
    after another, never at once.
    """
    pool = torch.cuda.graph_pool_handle()

    def captured(phase: Callable[[], None]) -> Callable[[], None]:
        graph = torch.cuda.CUDAGraph()
        torch.cuda.synchronize()
        with torch.cuda.graph(graph, pool=pool):
            phase()
        return graph.replay

    return captured
