"""The probability of augmentations follows how sure D is of the real images."""

from __future__ import annotations

import torch
from torch import Tensor

TARGET = 0.6  # of the mean sign
EVERY = 4  # iterations
KIMG = 500.0  # thousands of images in which p may go from 0 to 1


class Control:
    """Raises p while E[sign(D(real))] is above the target, and lowers it below (equation 1, r_t).

    The sign is that of the raw score, whatever the loss: positive where D takes an image for
    real. Everything stays on the device; nothing waits.

    Args:
        p: the probability, a scalar that is changed in place.
        signs: (2,) sum and number of the signs since p was moved last, changed in place.
        images: real images between two adjustments: batch times `EVERY`.
        target: of the mean sign.
        kimg: thousands of images in which p moves by 1.
    """

    def __init__(
        self, p: Tensor, signs: Tensor, images: int, target: float = TARGET, kimg: float = KIMG
    ) -> None:
        self._p, self._signs, self._target = p, signs, target
        self._step = images / (1000 * kimg)

    @torch.no_grad()
    def observe(self, scores: Tensor) -> None:
        """Count the raw scores of real images, of any shape."""
        self._signs[0] += scores.detach().sign().sum()
        self._signs[1] += scores.numel()

    @torch.no_grad()
    def adjust(self) -> None:
        """Move p by one step, within [0, 1]; begin to count anew."""
        mean = self._signs[0] / self._signs[1].clamp(min=1)
        self._p.add_((mean - self._target).sign() * self._step).clamp_(0, 1)
        self._signs.zero_()
