"""Seconds of work on a device, waited for, and a device on which memory can be measured."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import torch

from .scale import Scale


def wait(scale: Scale) -> None:
    """Wait for all work on the device."""
    if scale.on_card:
        torch.cuda.synchronize()


def seconds_of(work: Callable[[], object], scale: Scale, warm_up: int = 2) -> float:
    """The mean time of one call, of as many as fill the scale's seconds, after a warm-up."""
    for _ in range(warm_up):
        work()
    wait(scale)
    calls, passed, start = 0, 0.0, time.perf_counter()
    at_once = 1
    while passed < scale.seconds:
        for _ in range(at_once):
            work()
        wait(scale)  # not after each call: launches overlap with the work
        calls += at_once
        passed = time.perf_counter() - start
        at_once = max(1, min(2 * at_once, int(calls * (scale.seconds - passed) / passed)))
    return passed / calls


def fresh(scale: Scale) -> None:
    """Give back what no training holds any more, and measure the peak of memory from here on."""
    gc.collect()
    if scale.on_card:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
