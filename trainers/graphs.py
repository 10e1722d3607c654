"""CUDA graphs: an iteration of hundreds of small kernels, launched as one."""

from __future__ import annotations

from collections.abc import Callable

import torch


def captured(step: Callable[[], None]) -> Callable[[], None]:
    """Record `step` as a CUDA graph, and return what replays it.

    Recording runs nothing on the device. The step must have run before (libraries choose their
    algorithms, optimisers make their state), use the same memory each time, and neither wait for
    the device nor draw random numbers.
    """
    graph = torch.cuda.CUDAGraph()
    torch.cuda.synchronize()
    with torch.cuda.graph(graph):
        step()
    return graph.replay
