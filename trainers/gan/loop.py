"""What a training is made of: stages, their phases, and a tally of what the phases find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .draws import Draw

MOST_CURVES = 32


@dataclass(eq=False)
class Phase:
    """A part of an iteration: `run` neither draws random numbers nor waits for the device.

    So it can be a CUDA graph of its own. Before each run its `draws` are filled anew. It runs in
    every `every`-th iteration of its stage, `times` times: five critic steps have `times` 5, a
    lazy regulariser of Karras et al. (2020) has `every` 16. A draw that two phases share is filled
    by the phase that names it.
    """

    name: str
    run: Callable[[], None]
    draws: Sequence[Draw] = ()
    every: int = 1
    times: int = 1


@dataclass(eq=False)
class Stage:
    """Phases, in the order in which an iteration runs them, for a number of iterations.

    Where it is `watched`, a constant output of the generator (`Play.made`) ends the training.
    """

    phases: Sequence[Phase]
    iterations: int
    watched: bool = True


class Tally:
    """Sums of named numbers, kept on the device: no phase waits to tell what it found.

    A name gets its column when it is first added, in an iteration that runs eagerly.
    """

    def __init__(self, device: torch.device) -> None:
        self.names: list[str] = []
        self.sums = torch.zeros(MOST_CURVES, device=device)
        self.counts = torch.zeros(MOST_CURVES, device=device)

    def add(self, name: str, value: Tensor) -> None:
        """Add a scalar to the column of this name."""
        if name not in self.names:
            if len(self.names) == MOST_CURVES:
                raise ValueError(f"a training has {MOST_CURVES} learning curves at most")
            self.names.append(name)
        column = self.names.index(name)
        self.sums[column] += value.detach()
        self.counts[column] += 1

    def means(self) -> list[float]:
        """The mean in each column since `clear`; not a number where nothing was added."""
        return (self.sums / self.counts)[: len(self.names)].tolist()

    def clear(self) -> None:
        """Begin anew; the columns stay."""
        self.sums.zero_()
        self.counts.zero_()
