"""Trainings whose last bit is another one, as on another processor.

A processor sums in its own order, and a GAN amplifies the last bit until two trainings of one seed
have nothing in common. `pytest --perturb SEED` stands in for such a processor: every network begins
with weights of which about a half are one unit in the last place nearer to zero. The noise depends
on SEED and on the weights alone, so that one seed still gives one result to the bit.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

VARIABLE = "LOSSGP_TESTS_PERTURB"
FOLDER = Path(__file__).parent
NETWORKS = "lossgp.trainers.initial"  # whose `initialise` begins every training there is

Initialise = Callable[..., None]


def environment(seed: int) -> dict[str, str]:
    """What perturbs the trainings of every Python that is started with it."""
    paths = [str(FOLDER), os.environ.get("PYTHONPATH", "")]
    return {VARIABLE: str(seed), "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def perturbed(initialise: Initialise, seed: int) -> Initialise:
    """`initialise(network, …)`, and then the noise of `seed` on its weights."""

    @functools.wraps(initialise)
    def wrapper(network: Any, *arguments: Any, **options: Any) -> None:
        import torch

        initialise(network, *arguments, **options)
        with torch.no_grad():
            for parameter in network.parameters():
                weights = parameter.detach().cpu().contiguous()
                content = b"%d:" % seed + weights.numpy().tobytes()
                key = int.from_bytes(hashlib.sha256(content).digest()[:8], "big") >> 1
                stream = torch.Generator().manual_seed(key)
                chosen = torch.rand(weights.shape, generator=stream) < 0.5
                # Towards zero: limits of the initial weights still hold, and zero stays zero.
                nearer = torch.nextafter(weights, torch.zeros_like(weights))
                parameter.copy_(torch.where(chosen, nearer, weights))

    return wrapper


class LastBit(MetaPathFinder):
    """Perturbs `initialise` at the moment in which its module is imported, whoever imports it."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._searching = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != NETWORKS or self._searching:
            return None
        self._searching = True
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._searching = False
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            module.initialise = perturbed(module.initialise, self._seed)  # type: ignore[attr-defined]

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def install(seed: int) -> None:
    """Perturb every training of this process; a second time nothing more happens."""
    if any(type(finder).__name__ == LastBit.__name__ for finder in sys.meta_path):
        return
    if NETWORKS in sys.modules:
        raise RuntimeError(f"{NETWORKS} is imported already: its trainings cannot be perturbed")
    sys.meta_path.insert(0, LastBit(seed))
