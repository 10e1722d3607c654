"""Each transform of the augmentations against a slow reference."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from lossgp.trainers.gan.adaptive.blitting import Blitting
from lossgp.trainers.gan.adaptive.colour import Colour
from lossgp.trainers.gan.adaptive.geometry import SYM6, Geometry
from lossgp.trainers.gan.adaptive.warping import shared_out, warp
from tests.trainers.stylegan2.drawn import normal, uniform

HALF = torch.tensor(0.5)


def numbers(count: int, **at: float) -> Tensor:
    """One row of draws: gates shut (they are open below p = 0.5), but where `at` says else."""
    row = torch.full((1, count), 0.9)
    for name, value in at.items():
        row[0, int(name[1:])] = value
    return row


# Blitting


def shifted(image: np.ndarray, columns: int, rows: int) -> np.ndarray:
    """Pixels moved right and down; mirrored at the edges."""
    padded = np.pad(image, ((0, 0), (8, 8), (8, 8)), mode="symmetric")
    return padded[:, 8 - rows : 16 - rows, 8 - columns : 16 - columns]


@pytest.mark.parametrize(
    ("u", "right"),
    [
        (numbers(7, _0=0.1, _1=0.4), lambda x: x[:, :, ::-1]),  # mirror
        (numbers(7, _0=0.1, _1=0.6), lambda x: x),
        (numbers(7, _0=0.6, _1=0.4), lambda x: x),
        (numbers(7, _2=0.1, _3=0.1), lambda x: x),  # quarter turns: 0, 1, 2, 3
        (numbers(7, _2=0.1, _3=0.3), lambda x: np.rot90(x, 1, (1, 2))),
        (numbers(7, _2=0.1, _3=0.6), lambda x: np.rot90(x, 2, (1, 2))),
        (numbers(7, _2=0.1, _3=0.8), lambda x: np.rot90(x, 3, (1, 2))),
        (numbers(7, _0=0.1, _1=0.4, _2=0.1, _3=0.3), lambda x: np.rot90(x[:, :, ::-1], 1, (1, 2))),
        (numbers(7, _0=0.1, _1=0.4, _2=0.1, _3=0.8), lambda x: np.rot90(x[:, :, ::-1], 3, (1, 2))),
        (numbers(7, _4=0.1, _5=0.99, _6=0.01), lambda x: shifted(x, 1, -1)),  # 12.5 % of 8
        (numbers(7, _4=0.1, _5=0.5, _6=0.99), lambda x: shifted(x, 0, 1)),
        (
            numbers(7, _0=0.1, _1=0.4, _2=0.1, _3=0.6, _4=0.1, _5=0.01, _6=0.99),
            lambda x: shifted(np.rot90(x[:, :, ::-1], 2, (1, 2)), -1, 1),
        ),
    ],
)
def test_blitting_moves_pixels_and_changes_none(
    u: Tensor, right: Callable[[np.ndarray], np.ndarray]
) -> None:
    image = normal(1, 2, 8, 8)
    found = Blitting(8, "cpu")(image, HALF, u)
    assert np.array_equal(found[0].numpy(), right(image[0].numpy()))


# Geometry


def smooth(x: Tensor, y: Tensor) -> Tensor:
    """A picture as a function of the plane, in pixels from its middle."""
    return torch.sin(0.30 * x + 0.1) * torch.cos(0.22 * y) + 0.1 * torch.sin(0.15 * (x + 2 * y))


def points(size: int) -> tuple[Tensor, Tensor]:
    middles = torch.arange(size) + 0.5 - size / 2
    y, x = torch.meshgrid(middles, middles, indexing="ij")
    return x, y


@pytest.mark.parametrize(
    ("u", "z", "source"),
    [
        # the result at (x, y) shows the picture at source(x, y)
        (numbers(7, _0=0.1), (1.5, 0, 0, 0), lambda x, y: (x / 2**0.3, y / 2**0.3)),
        (numbers(7, _1=0.1, _2=0.75), (0, 0, 0, 0), lambda x, y: (y, -x)),  # by +90 degrees
        (
            numbers(7, _4=0.1, _5=0.625),
            (0, 0, 0, 0),
            lambda x, y: ((x + y) / 2**0.5, (y - x) / 2**0.5),
        ),
        (numbers(7, _3=0.1), (0, 1.0, 0, 0), lambda x, y: (x / 2**0.2, y * 2**0.2)),
        (numbers(7, _6=0.1), (0, 0, 0.4, -0.3), lambda x, y: (x - 1.6, y + 1.2)),
        (
            numbers(7, _3=0.1, _4=0.1, _5=0.75, _6=0.1),  # stretched, turned, then moved
            (0, 1.0, 0.4, -0.3),
            lambda x, y: ((y + 1.2) / 2**0.2, -(x - 1.6) * 2**0.2),
        ),
        (
            numbers(7, _1=0.1, _2=0.75, _3=0.1),  # turned, then stretched
            (0, 1.0, 0, 0),
            lambda x, y: (y * 2**0.2, -x / 2**0.2),
        ),
    ],
)
def test_geometry_shows_a_smooth_picture_from_elsewhere(
    u: Tensor, z: tuple[float, ...], source: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
) -> None:
    """Where nothing of the edges comes in, against the picture's own formula."""
    size = 32
    x, y = points(size)
    image = smooth(x, y)[None, None]
    found = Geometry(size, "cpu")(image, HALF, u, torch.tensor([z]))
    from_x, from_y = source(x, y)
    inside = (from_x.abs() < 9) & (from_y.abs() < 9)
    assert bool(inside.any())
    right = smooth(from_x, from_y)
    assert float((found[0, 0] - right).abs()[inside].max()) < 0.01
    assert float((image[0, 0] - right).abs()[inside].max()) > 0.1


def test_up_and_down_again_is_no_change() -> None:
    """sym6 is orthonormal to itself shifted by 2: a turn by nothing keeps even noise."""
    image = normal(1, 1, 32, 32)
    u = torch.tensor([[0.9, 0.1, 0.5, 0.9, 0.9, 0.9, 0.9]])  # turned by 0 degrees
    found = Geometry(32, "cpu")(image, HALF, u, torch.zeros(1, 4))
    assert not torch.equal(found, image)
    assert float((found - image)[..., 7:-7, 7:-7].abs().max()) < 1e-4
    for shift in range(-10, 11, 2):
        product = sum(SYM6[k] * SYM6[k + shift] for k in range(12) if 0 <= k + shift < 12)
        assert product == pytest.approx(1.0 if shift == 0 else 0.0, abs=1e-9)


def test_an_image_is_rotated_with_probability_p() -> None:
    p = torch.tensor(0.36)
    u = torch.full((3, 7), 0.9)
    u[0, 1] = 0.19  # 1 - sqrt(1 - 0.36) = 0.2
    u[1, 1] = 0.21
    u[2, 4] = 0.19
    image = normal(3, 1, 8, 8)
    found = Geometry(8, "cpu")(image, p, u, torch.zeros(3, 4))
    assert [torch.equal(a, b) for a, b in zip(found, image, strict=True)] == [False, True, False]


def test_warping_is_bilinear_and_shares_out_what_it_sampled() -> None:
    """Against a loop over points, within the image and beyond; and its transposed on both ways."""
    images, n, size = normal(2, 3, 5, 6).double(), 2, (5, 6)
    grid = uniform(n, 4, 7, 2).double() * torch.tensor([7.0, 6.0]) - 1
    grid[0, 0, 0] = torch.tensor([5.0, 4.0])  # the last pixel
    right = torch.zeros(n, 3, 4, 7, dtype=torch.float64)
    for i in range(n):
        for row in range(4):
            for column in range(7):
                x, y = grid[i, row, column].tolist()
                x, y = min(max(x, 0), 5), min(max(y, 0), 4)
                left, top = min(math.floor(x), 4), min(math.floor(y), 3)
                a, b = x - left, y - top
                square = images[i, :, top : top + 2, left : left + 2]
                weights = torch.tensor([[(1 - a) * (1 - b), a * (1 - b)], [(1 - a) * b, a * b]])
                right[i, :, row, column] = (square * weights).sum(dim=(1, 2))
    found = warp(images, grid)
    assert torch.allclose(found, right, atol=1e-6)
    samples = normal(2, 3, 4, 7, purpose="samples").double()
    back = shared_out(samples, grid, size)
    assert torch.allclose((found * samples).sum(), (back * images).sum())  # <Ax, y> = <x, A'y>
    assert torch.autograd.gradcheck(warp, (images.requires_grad_(), grid))
    assert torch.autograd.gradgradcheck(warp, (images, grid))


def test_both_ways_of_sharing_out_agree() -> None:
    """What CUDA does, and what a processor does, on the processor."""
    grid = uniform(2, 4, 7, 2) * torch.tensor([7.0, 6.0]) - 1
    samples = normal(2, 3, 4, 7, purpose="samples")
    by_sorting = shared_out(samples, grid, (5, 6), ordered=True)
    assert torch.allclose(by_sorting, shared_out(samples, grid, (5, 6)), atol=1e-5)


# Colour

V = np.full(3, 1 / math.sqrt(3))
GREY = np.outer(V, V)


def turned(degrees: float) -> np.ndarray:
    """About the axis of greys, by its definition: the matrix whose logarithm is the cross."""
    from scipy.linalg import expm

    cross = np.array([[0, -V[2], V[1]], [V[2], 0, -V[0]], [-V[1], V[0], 0]])
    return np.asarray(expm(np.radians(degrees) * cross))


@pytest.mark.parametrize(
    ("u", "z", "matrix", "offset"),
    [
        (numbers(7, _0=0.1), (1.5, 0, 0), np.eye(3), 0.3),
        (numbers(7, _1=0.1), (0, 2.0, 0), 2 * np.eye(3), 0),
        (numbers(7, _2=0.1, _3=0.2), (0, 0, 0), np.eye(3) - 2 * GREY, 0),
        (numbers(7, _4=0.1, _5=0.75), (0, 0, 0), turned(90), 0),
        (numbers(7, _6=0.1), (0, 0, 1.0), GREY + 2 * (np.eye(3) - GREY), 0),
        (
            numbers(7, _0=0.1, _1=0.1, _2=0.1, _3=0.2, _4=0.1, _5=0.75, _6=0.1),
            (1.5, 2.0, 1.0),
            (GREY + 2 * (np.eye(3) - GREY)) @ turned(90) @ (np.eye(3) - 2 * GREY) * 2,
            0.3,
        ),
    ],
)
def test_colours_are_mapped(
    u: Tensor, z: tuple[float, ...], matrix: np.ndarray, offset: float
) -> None:
    """Of an image with colours; and of grey, as one channel, the same as of three."""
    image, normals = normal(1, 3, 4, 4), torch.tensor([z])
    right = np.einsum("ij,jhw->ihw", matrix, image[0].double().numpy() + offset)
    found = Colour(3, "cpu")(image, HALF, u, normals)
    assert np.allclose(found[0].numpy(), right, atol=1e-5)
    one = image[:, :1]
    grey = Colour(1, "cpu")(one, HALF, u, normals)
    three = Colour(3, "cpu")(one.expand(-1, 3, -1, -1), HALF, u, normals)
    assert torch.allclose(grey.expand(-1, 3, -1, -1), three, atol=1e-5)
