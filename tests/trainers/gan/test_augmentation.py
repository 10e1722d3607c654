from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lossgp.trainers.gan.augmentation import (
    CHANGES,
    augmented,
    colour,
    cutout,
    numbers_needed,
    translation,
)
from lossgp.trainers.seeding import stream

Change = Callable[[Tensor, Tensor], Tensor]


def colour_by_hand(image: Tensor, numbers: list[float]) -> Tensor:
    brightness, saturation, contrast = numbers
    channels, height, width = image.shape
    image = image + brightness - 0.5
    new = torch.zeros_like(image)
    for y in range(height):
        for x in range(width):
            grey = sum(image[:, y, x]) / channels
            new[:, y, x] = grey + (image[:, y, x] - grey) * saturation * 2
    mean = new.sum() / new.numel()
    return mean + (new - mean) * (0.5 + contrast)


def translation_by_hand(image: Tensor, numbers: list[float]) -> Tensor:
    shifts = []
    for size, number in zip(image.shape[1:], numbers, strict=True):
        most = round(size / 8 + 1e-9)
        shifts.append(int(number * (2 * most + 1)) - most)
    new = torch.zeros_like(image)
    for y in range(image.shape[1]):
        for x in range(image.shape[2]):
            row, column = y - shifts[0], x - shifts[1]
            if 0 <= row < image.shape[1] and 0 <= column < image.shape[2]:
                new[:, y, x] = image[:, row, column]
    return new


def cutout_by_hand(image: Tensor, numbers: list[float]) -> Tensor:
    new = image.clone()
    ranges = []
    for size, number in zip(image.shape[1:], numbers, strict=True):
        length = round(size / 2 + 1e-9)
        centre = int(number * (size + 1 - length % 2))
        ranges.append(range(centre - length // 2, centre - length // 2 + length))
    for y in range(image.shape[1]):
        for x in range(image.shape[2]):
            if y in ranges[0] and x in ranges[1]:
                new[:, y, x] = 0
    return new


def images_of(channels: int, height: int = 16, width: int = 12) -> Tensor:
    shape = (5, channels, height, width)
    return torch.randn(shape, generator=stream(0, "images"), dtype=torch.float64)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(
    ("change", "reference", "count"),
    [
        (colour, colour_by_hand, 3),
        (translation, translation_by_hand, 2),
        (cutout, cutout_by_hand, 2),
    ],
    ids=["colour", "translation", "cutout"],
)
def test_each_change_and_its_gradient_are_those_of_a_slow_one(
    change: Change, reference: Callable[..., Tensor], count: int, channels: int
) -> None:
    images = images_of(channels).requires_grad_(True)
    numbers = torch.rand(5, count, generator=stream(0, "numbers"), dtype=torch.float64)
    numbers[0], numbers[1] = 0, 1 - 1e-9  # the ends
    expected = torch.stack(
        [reference(image, row) for image, row in zip(images, numbers.tolist(), strict=True)]
    )
    push = torch.randn(expected.shape, generator=stream(0, "push"), dtype=torch.float64)
    (wanted,) = torch.autograd.grad((expected * push).sum(), images)

    changed = change(images, numbers)

    torch.testing.assert_close(changed, expected)
    (gradient,) = torch.autograd.grad((changed * push).sum(), images)
    torch.testing.assert_close(gradient, wanted)
    assert not torch.equal(changed, images)


def test_a_whole_policy_is_its_changes_in_order() -> None:
    images = images_of(3)
    numbers = torch.rand(5, numbers_needed(CHANGES), generator=stream(0, "numbers"))
    step = colour(images, numbers[:, :3])
    step = cutout(translation(step, numbers[:, 3:5]), numbers[:, 5:])
    assert torch.equal(augmented(images, numbers, CHANGES), step)
    assert torch.equal(augmented(images, numbers[:, :0], ()), images)


def test_an_image_depends_on_its_own_numbers_alone() -> None:
    images = images_of(3)
    numbers = torch.rand(5, 7, generator=stream(0, "numbers"), dtype=torch.float64)
    whole = augmented(images, numbers, CHANGES)
    torch.testing.assert_close(augmented(images[3:4], numbers[3:4], CHANGES), whole[3:4])


def test_every_shift_and_every_cut_can_happen() -> None:
    image = images_of(1, 16, 16)[:1]
    grid = (torch.arange(200.0) + 0.5) / 200
    numbers = torch.stack([grid, torch.full((200,), 0.5)], 1)
    images = image.expand(200, -1, -1, -1)
    assert len(translation(images, numbers).unique(dim=0)) == 5  # 2 up to 2 down
    assert len(cutout(images, numbers).unique(dim=0)) == 17  # centres 0 to 16
