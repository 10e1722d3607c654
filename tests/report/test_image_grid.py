"""Grids of images: every pixel where it belongs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.report.image_grid import tiled


@given(st.integers(1, 12), st.sampled_from([1, 3]), st.integers(0, 2), st.integers(0, 99))
def test_each_image_stands_in_its_place(n, channels, gap, seed):
    images = np.random.default_rng(seed).integers(0, 255, (n, channels, 4, 5), dtype=np.uint8)
    grid = tiled(images, columns=3, gap=gap)
    assert grid.ndim == (2 if channels == 1 else 3)
    for index, image in enumerate(images):
        top, left = index // 3 * (4 + gap), index % 3 * (5 + gap)
        part = grid[top : top + 4, left : left + 5]
        assert (part == (image[0] if channels == 1 else image.transpose(1, 2, 0))).all()


def test_the_grid_is_nearly_square_and_its_gaps_are_white():
    grid = tiled(np.zeros((5, 1, 2, 2), np.uint8))
    assert grid.shape == (5, 8)
    assert (grid[2] == 255).all()
    assert (grid[3:, 6:] == 255).all()


@pytest.mark.parametrize("shape", [(0, 1, 2, 2), (1, 2, 2, 2)])
def test_what_is_no_picture(shape):
    with pytest.raises(ValueError, match="cannot be shown"):
        tiled(np.zeros(shape, np.uint8))
