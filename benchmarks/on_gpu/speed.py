"""The textbook loop against ours, in each way in which ours can run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from lossgp.trainers.seeding import reproducible

from . import paper_gan
from .paper_gan import Way
from .scale import Scale
from .timing import fresh, seconds_of, wait

AT_ONCE = 20  # iterations of the textbook loop in one call: it sets itself up in each
WAYS = {
    "ours, graph": Way("graph"),
    "ours, eager": Way("eager"),
    "ours, graph, bfloat16": Way("graph", bfloat16=True),
    "ours, graph, not channels last": Way("graph", channels_last=False),
    "ours, graph, bfloat16, not channels last": Way("graph", True, False),
    "ours, eager, bfloat16": Way("eager", bfloat16=True),
}


def rows(scale: Scale) -> Iterator[dict[str, Any]]:
    """Milliseconds an iteration, and how many times as fast as the textbook loop that is.

    Ours is reproducible: deterministic algorithms, no TF32; the textbook loop runs as torch
    comes. Two rows tell what that costs.
    """
    gan = paper_gan.of(scale)
    flops = _flops(scale)
    base: float | None = None

    def row(way: str, make: Callable[[], Callable[[], None]], each: int = 1) -> dict[str, Any]:
        nonlocal base
        fresh(scale)
        try:
            work = make()
            seconds = seconds_of(work, scale) / each
        except Exception as error:  # one way that fails leaves the others
            return {"way": way, "failed": f"{type(error).__name__}: {error}"[:300]}
        base = base or seconds
        found = {"way": way, "ms an iteration": seconds * 1e3, "times as fast": base / seconds}
        if flops:
            found["TFLOP/s"] = flops / seconds / 1e12
        if scale.on_card:
            found["GB"] = torch.cuda.max_memory_allocated() / 1e9
        return found

    at_once = AT_ONCE if scale.on_card else 2
    yield row("textbook", lambda: paper_gan.textbook(gan, scale, at_once), at_once)
    with reproducible():
        for name, way in WAYS.items():
            yield row(name, lambda way=way: paper_gan.iteration(gan, way, scale))
    with _fastest():
        yield row("ours, graph, TF32, any algorithm", _graph(scale))
        yield row("ours, graph, bfloat16, any algorithm", _graph(scale, bfloat16=True))


def _graph(scale: Scale, bfloat16: bool = False) -> Callable[[], Callable[[], None]]:
    way = Way("graph", bfloat16=bfloat16)
    return lambda: paper_gan.iteration(paper_gan.of(scale), way, scale)


@contextlib.contextmanager
def _fastest() -> Iterator[None]:
    """TF32, and whichever algorithms are the fastest; put back afterwards."""
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = True
    try:
        with torch.backends.cudnn.flags(
            enabled=True, benchmark=True, deterministic=False, allow_tf32=True
        ):
            yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before


def _flops(scale: Scale) -> int | None:
    """Operations of an iteration, as torch counts them; None where it cannot."""
    work = paper_gan.iteration(paper_gan.of(scale), Way("eager"), scale)
    counter = FlopCounterMode(display=False)
    try:
        with counter:
            work()
        wait(scale)
    except Exception:  # the counter is a convenience: no figure depends on it
        return None
    return int(counter.get_total_flops())
