"""Random numbers and real samples, drawn before a phase runs, so that no phase draws.

Each draw writes to the same memory every time, where a captured phase finds it, and has a stream
of its own, `stream(seed, name)`: a new draw never moves another, which keeps trainings paired.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..seeding import stream

Fill = Callable[[Tensor, torch.Generator], object]


@dataclass(eq=False)
class Draw:
    """A buffer that `fill(buffer, numbers)` fills anew before each run of its phase."""

    name: str
    buffer: Tensor
    numbers: torch.Generator
    fill: Fill

    def refill(self) -> None:
        """Draw anew, in place."""
        self.fill(self.buffer, self.numbers)

    def tensors(self) -> dict[str, Tensor]:
        """What the next draw needs, on the CPU."""
        return {"stream": self.numbers.get_state()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from what `tensors` gave."""
        self.numbers.set_state(tensors["stream"])


def normal(seed: int, name: str, device: torch.device, shape: Sequence[int]) -> Draw:
    """Standard normal numbers."""
    numbers = stream(seed, name, device)
    return Draw(name, torch.empty(*shape, device=device), numbers, _normal)


def uniform(seed: int, name: str, device: torch.device, shape: Sequence[int]) -> Draw:
    """Uniform numbers in [0, 1)."""
    numbers = stream(seed, name, device)
    return Draw(name, torch.empty(*shape, device=device), numbers, _uniform)


def dropout(seed: int, name: str, device: torch.device, rate: float, shape: Sequence[int]) -> Draw:
    """A dropout mask (see `dropout_mask`)."""

    def fill(buffer: Tensor, numbers: torch.Generator) -> None:
        buffer.copy_(dropout_mask(buffer.shape, rate, numbers))

    return Draw(name, torch.empty(*shape, device=device), stream(seed, name, device), fill)


def _normal(buffer: Tensor, numbers: torch.Generator) -> None:
    buffer.normal_(generator=numbers)


def _uniform(buffer: Tensor, numbers: torch.Generator) -> None:
    buffer.uniform_(generator=numbers)


class RealDraw(Draw):
    """Real samples (batch, ...): one random order of all of them after another.

    `samples` (n, ...) are float32, or uint8, which are scaled to [-1, 1] batch by batch. With a
    stream of `flips` every second image is mirrored, at random.
    """

    def __init__(
        self, name: str, samples: Tensor, batch: int, seed: int, flips: str | None = None
    ) -> None:
        device = samples.device
        buffer = torch.empty(batch, *samples.shape[1:], device=device)
        super().__init__(name, buffer, stream(seed, name), self._fill)
        self._samples = samples
        self._flips = None if flips is None else stream(seed, flips, device)
        self._ahead = torch.empty(0, dtype=torch.int64, device=device)  # rows that come next

    def _fill(self, buffer: Tensor, numbers: torch.Generator) -> None:
        batch, device = len(buffer), buffer.device
        while len(self._ahead) < batch:
            order = torch.randperm(len(self._samples), generator=numbers).to(device)
            self._ahead = torch.cat([self._ahead, order])
        rows, self._ahead = self._ahead[:batch], self._ahead[batch:]
        if self._samples.dtype == torch.uint8:
            buffer.copy_(self._samples[rows]).div_(127.5).sub_(1)
        else:
            torch.index_select(self._samples, 0, rows, out=buffer)
        if self._flips is not None:
            draws = torch.rand((batch, 1, 1, 1), generator=self._flips, device=device)
            buffer.copy_(torch.where(draws < 0.5, buffer.flip(-1), buffer))

    def tensors(self) -> dict[str, Tensor]:
        """The streams, and the rows that come next."""
        flips = {} if self._flips is None else {"flips": self._flips.get_state()}
        return {**super().tensors(), **flips, "ahead": self._ahead.cpu()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from what `tensors` gave."""
        super().restore(tensors)
        if self._flips is not None:
            self._flips.set_state(tensors["flips"])
        self._ahead = tensors["ahead"].to(self._ahead.device)


def epochs(n: int, count: int, generator: torch.Generator) -> Tensor:
    """`count` indices below n: one random order of all n after another. (count,), on the CPU."""
    rounds = -(-count // n)
    return torch.cat([torch.randperm(n, generator=generator) for _ in range(rounds)])[:count]


def dropout_mask(shape: Sequence[int], rate: float, generator: torch.Generator) -> Tensor:
    """Independent entries: 0 with probability `rate`, else 1/(1 - rate); float32.

    The rate, at most 0.99, is met to 1/65536. Four entries are cut out of each 64-bit draw:
    `bernoulli_` took a millisecond of each iteration, this takes a fifth.
    """
    count = torch.Size(shape).numel()
    draws = torch.empty(-(-count // 4), dtype=torch.int64, device=generator.device)
    bits = draws.random_(-(2**63), None, generator=generator).view(torch.int16)[:count]
    kept = bits >= round(rate * 65536) - 32768
    return kept.to(torch.float32).div_(1 - rate).view(torch.Size(shape))
