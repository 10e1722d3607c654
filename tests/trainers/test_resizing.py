"""Bilinear resizing: the matrices that stand in for the library's on CUDA are what it does."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from lossgp.trainers.resizing import interpolation, resized
from lossgp.trainers.seeding import stream
from tests.trainers.networks.slow import bilinear


def images(*shape: int) -> Tensor:
    return torch.randn(2, 3, *shape, generator=stream(0, "images"), dtype=torch.float64)


def by_matrices(given: Tensor, size: tuple[int, int], corners: bool, antialias: bool) -> Tensor:
    down, across = (
        interpolation(before, after, corners, antialias, given.device, given.dtype)
        for before, after in zip(given.shape[2:], size, strict=True)
    )
    return down @ given @ across.t()


@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize(("before", "after"), [(3, 7), (4, 8), (8, 10)])
def test_it_enlarges_as_the_formula_does(before: int, after: int, corners: bool) -> None:
    given, size = images(before, before), (after, after)
    expected = bilinear(given, after, corners)
    torch.testing.assert_close(by_matrices(given, size, corners, False), expected)
    torch.testing.assert_close(resized(given, size, corners=corners), expected)


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("size", [(3, 11), (16, 5), (9, 6), (1, 1)])
def test_matrices_give_the_images_and_gradients_of_the_library(
    size: tuple[int, int], antialias: bool
) -> None:
    given = images(9, 6).requires_grad_(True)
    expected = F.interpolate(given, size, mode="bilinear", antialias=antialias)
    found = by_matrices(given, size, False, antialias)
    torch.testing.assert_close(found, expected)
    weights = torch.randn(found.shape, generator=stream(0, "weights"), dtype=found.dtype)
    gradients = [torch.autograd.grad((weights * x).sum(), given)[0] for x in (found, expected)]
    torch.testing.assert_close(*gradients)


def test_images_of_that_size_are_as_they_were() -> None:
    given = images(5, 8)
    assert resized(given, (5, 8), antialias=True) is given


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_cuda_the_gradient_repeats_to_the_bit() -> None:
    given = images(32, 32).float().cuda().requires_grad_(True)
    gradients = [
        torch.autograd.grad(resized(given, (64, 64), antialias=True).square().sum(), given)[0]
        for _ in range(5)
    ]
    assert all(torch.equal(gradient, gradients[0]) for gradient in gradients)
