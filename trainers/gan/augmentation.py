"""Differentiable augmentation of real and generated images alike, from numbers drawn before.

Zhao et al. 2020, "Differentiable augmentation for data-efficient GAN training": changes of colour,
a shift, a square cut out. D sees nothing but augmented images, and G's gradient flows through
them. Each function takes uniform numbers in [0, 1), so that a phase draws nothing; an image's
change depends on its own numbers alone. Images are (n, c, h, w), any number of channels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

SHIFT = 1 / 8
"""The farthest shift, in parts of a side."""
CUT = 1 / 2
"""The side of the square that is cut out, in parts of the image's."""


def augmented(images: Tensor, numbers: Tensor, policy: Sequence[str]) -> Tensor:
    """The images after each change of `policy`, in its order.

    `numbers` (n, numbers_needed(policy)) are uniform in [0, 1).
    """
    counts = [_CHANGES[name][0] for name in policy]
    for name, part in zip(policy, torch.split(numbers, counts, 1), strict=True):
        images = _CHANGES[name][1](images, part)
    return images


def numbers_needed(policy: Sequence[str]) -> int:
    """How many numbers an image needs."""
    return sum(_CHANGES[name][0] for name in policy)


def colour(images: Tensor, numbers: Tensor) -> Tensor:
    """Brightness, saturation and contrast by `numbers` (n, 3).

    Up to half a unit is added or taken away; distances to the mean over channels are multiplied
    by 0 to 2; distances to the image's mean by 0.5 to 1.5. Grey images have no saturation.
    """
    brightness, saturation, contrast = numbers.to(images.dtype)[:, :, None, None, None].unbind(1)
    images = images + (brightness - 0.5)
    grey = images.mean(1, keepdim=True)
    images = (images - grey) * (2 * saturation) + grey
    mean = images.mean((1, 2, 3), keepdim=True)
    return (images - mean) * (contrast + 0.5) + mean


def translation(images: Tensor, numbers: Tensor) -> Tensor:
    """Shifts by whole pixels, an eighth of each side at most; what comes in is 0.

    `numbers` (n, 2) choose the rows and the columns, all shifts alike.
    """
    matrices = []
    for size, number in zip(images.shape[2:], numbers.unbind(1), strict=True):
        most = int(size * SHIFT + 0.5)
        shift = _whole(number, 2 * most + 1) - most  # (n,)
        at = torch.arange(size, device=images.device)
        # Row r of the result is row r - shift; a product with zeros and ones is exact, and its
        # gradient comes out the same on every run.
        chosen = at[None, None, :] == at[None, :, None] - shift[:, None, None]
        matrices.append(chosen.to(images.dtype)[:, None])  # (n, 1, size, size)
    rows, columns = matrices
    return rows @ images @ columns.transpose(2, 3)


def cutout(images: Tensor, numbers: Tensor) -> Tensor:
    """Sets a rectangle of half the height and width to 0, part of which may lie outside.

    `numbers` (n, 2) choose its centre's row and column.
    """
    inside = []
    for size, number in zip(images.shape[2:], numbers.unbind(1), strict=True):
        length = int(size * CUT + 0.5)
        begin = _whole(number, size + 1 - length % 2) - length // 2  # (n,)
        at = torch.arange(size, device=images.device)[None]
        inside.append((at >= begin[:, None]) & (at < begin[:, None] + length))  # (n, size)
    rows, columns = inside
    cut = rows[:, None, :, None] & columns[:, None, None, :]  # (n, 1, h, w)
    return images.masked_fill(cut, 0)


def _whole(numbers: Tensor, count: int) -> Tensor:
    """Uniform numbers in [0, 1) as whole ones, 0 to count - 1."""
    return (numbers * count).long().clamp_max(count - 1)


_CHANGES: dict[str, tuple[int, Callable[[Tensor, Tensor], Tensor]]] = {
    "color": (3, colour),
    "translation": (2, translation),
    "cutout": (2, cutout),
}
CHANGES = tuple(_CHANGES)
"""The names of the changes, in the order in which projected GANs apply them."""
