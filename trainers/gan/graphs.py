"""CUDA graphs: a phase of hundreds of small kernels, launched as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

Apart = Callable[[], AbstractContextManager[None]]


def apart(device: torch.device) -> Apart:
    """Where the phases of one training run, captured or not: on a CUDA stream of its own.

    Nothing may be captured on the default stream, and what a graph is captured from must not have
    begun there: gradients of weights that an earlier run still holds belong to the stream of that
    run, and would make the default stream wait for the captured one, which CUDA refuses. On other
    devices it is nothing.
    """
    if device.type != "cuda":
        return nullcontext
    side = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    @contextmanager
    def on_side() -> Iterator[None]:
        outside = torch.cuda.current_stream(device)
        side.wait_stream(outside)
        try:
            with torch.cuda.stream(side):
                yield
        finally:
            outside.wait_stream(side)

    return on_side


def recorder() -> Callable[[Callable[[], None]], Callable[[], None]]:
    """What records the phases of one training as CUDA graphs, and returns what replays each.

    Recording runs nothing on the device. A phase must have run before, on the same stream, `apart`
    from the default one (libraries choose their algorithms, optimisers make their state), use the
    same memory each time, and neither wait for the device nor draw random numbers. The graphs
    share a pool of memory: they are replayed one after another, never at once.
    """
    pool = torch.cuda.graph_pool_handle()

    def captured(phase: Callable[[], None]) -> Callable[[], None]:
        graph = torch.cuda.CUDAGraph()
        torch.cuda.synchronize()
        with torch.cuda.graph(graph, pool=pool, stream=torch.cuda.current_stream()):
            phase()
        return graph.replay

    return captured
