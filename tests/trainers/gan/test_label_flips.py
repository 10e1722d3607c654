"""Label flips: as often as asked, and both ways."""

from __future__ import annotations

import pytest
import torch

from lossgp.trainers.gan.label_flips import flipped


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_the_labels_below_the_rate_are_the_other(label: float) -> None:
    numbers = torch.tensor([[0.0], [0.09], [0.1], [0.99]])
    assert flipped(label, numbers, 0.1).tolist() == [[1 - label], [1 - label], [label], [label]]


def test_a_rate_of_zero_flips_nothing_and_of_one_everything() -> None:
    numbers = torch.tensor([[0.0], [1 - 2**-24]])
    assert flipped(1.0, numbers, 0.0).tolist() == [[1], [1]]
    assert flipped(1.0, numbers, 1.0).tolist() == [[0], [0]]
    assert flipped(1.0, numbers, 0.5).dtype == torch.float32
