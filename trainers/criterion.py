"""The two callables that a GAN trainer needs of a loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Criterion:
    """A discriminator loss and a generator loss, each `(scores, labels) -> losses`.

    `scores` are the discriminator's raw outputs (before any sigmoid), float32, shape (batch, 1);
    `labels` have the same shape, 1.0 for real and 0.0 for fake. The result is the loss of each
    sample, shape (batch, 1); trainers take the mean over the batch. `generator` is called with
    labels of 1 (non-saturating: Goodfellow et al. 2014, section 3). `text` is the loss as people
    read it; a model that is kept carries it.
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor], Tensor]
    text: str = ""
