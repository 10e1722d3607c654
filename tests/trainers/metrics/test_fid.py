from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from torch import Tensor

from lossgp.trainers.metrics.fid import (
    frechet_distance,
    root_trace_by_features,
    root_trace_by_samples,
)
from lossgp.trainers.metrics.kid import kernel_distance


def features(seed: int, n: int, d: int, rank: int, shift: float, scale: float) -> Tensor:
    """Random features (n, d) of at most this rank around a shifted mean."""
    g = torch.Generator().manual_seed(seed)
    low = torch.randn(n, rank, generator=g, dtype=torch.float64)
    return low @ torch.randn(rank, d, generator=g, dtype=torch.float64) * scale + shift


def by_scipy(x: Tensor, y: Tensor) -> float:
    a, b = x.numpy(), y.numpy()
    s, t = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy warns of singular matrices, which are the point
        root = sqrtm(s @ t).real
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(s + t - 2 * root))


sets = st.tuples(
    st.integers(0, 2**31),
    st.integers(2, 40),
    st.integers(2, 40),
    st.integers(2, 24),
    st.integers(1, 24),
    st.floats(-2, 2),
    st.floats(0.1, 5),
)


@given(sets)
@settings(deadline=None, max_examples=50)
def test_agrees_with_scipy_on_any_rank(case: tuple[int, int, int, int, int, float, float]) -> None:
    seed, n, m, d, rank, shift, scale = case
    x = features(seed, n, d, min(rank, d), 0.0, 1.0)
    y = features(seed + 1, m, d, min(rank, d), shift, scale)
    total = float(x.var(0).sum() + y.var(0).sum())  # a distance near 0 has no relative precision
    assert frechet_distance(x, y) == pytest.approx(by_scipy(x, y), rel=1e-3, abs=1e-5 * total)


@given(sets)
@settings(deadline=None, max_examples=50)
def test_both_ways_to_the_root_trace_agree(
    case: tuple[int, int, int, int, int, float, float],
) -> None:
    seed, n, m, d, rank, _, scale = case
    x = features(seed, n, d, min(rank, d), 0.0, 1.0)
    y = features(seed + 1, m, d, min(rank, d), 0.0, scale)
    total = float(x.square().sum() + y.square().sum())
    difference = root_trace_by_samples(x, y) - root_trace_by_features(x, y)
    assert abs(float(difference)) < 1e-6 * total


@given(sets)
@settings(deadline=None, max_examples=50)
def test_is_symmetric_not_negative_and_zero_on_itself(
    case: tuple[int, int, int, int, int, float, float],
) -> None:
    seed, n, m, d, rank, shift, scale = case
    x = features(seed, n, d, min(rank, d), 0.0, 1.0)
    y = features(seed + 1, m, d, min(rank, d), shift, scale)
    total = float(x.var(0).sum() + y.var(0).sum())
    assert frechet_distance(x, y) >= 0
    assert frechet_distance(x, y) == pytest.approx(frechet_distance(y, x), abs=1e-5 * total)
    assert frechet_distance(x, x) < 1e-5 * total
    assert frechet_distance(x, x + 1) == pytest.approx(d, rel=1e-5, abs=1e-5 * total)


def test_of_one_dimension_is_the_textbook_formula() -> None:
    x, y = torch.tensor([[0.0], [2.0]]), torch.tensor([[4.0], [10.0]])
    assert frechet_distance(x, y) == pytest.approx((1 - 7) ** 2 + (2**0.5 - 18**0.5) ** 2)


class Flat(torch.nn.Module):
    """Features as they are, for torchmetrics: images (n, 1, 1, d) to (n, d)."""

    num_features = 16

    def forward(self, images: Tensor) -> Tensor:
        return images.flatten(1)


@pytest.fixture
def pairs() -> list[tuple[Tensor, Tensor]]:
    """Twenty pairs of sets (60, 16); three in four of deficient rank, on one side or both."""
    ranks = [(16, 16), (16, 5), (3, 3), (2, 16)] * 5
    return [
        (features(i, 60, 16, a, 0.0, 1.0), features(i + 99, 60, 16, b, 0.1 * i, 0.6 + 0.1 * i))
        for i, (a, b) in enumerate(ranks)
    ]


@pytest.mark.filterwarnings("ignore")  # torchmetrics and what it imports
def test_agrees_with_torchmetrics_and_scipy_on_twenty_sets(
    pairs: list[tuple[Tensor, Tensor]],
) -> None:
    from torchmetrics.image.fid import FrechetInceptionDistance

    assert len(pairs) == 20
    for x, y in pairs:
        fid = FrechetInceptionDistance(
            feature=Flat(), normalize=True, input_img_size=(1, 1, 16)
        ).set_dtype(torch.float64)
        fid.update(x[:, None, None], real=True)
        fid.update(y[:, None, None], real=False)
        ours = frechet_distance(x, y)
        assert ours == pytest.approx(float(fid.compute()), rel=1e-3)
        assert ours == pytest.approx(by_scipy(x, y), rel=1e-3)


@pytest.mark.filterwarnings("ignore")
def test_kid_agrees_with_torchmetrics(pairs: list[tuple[Tensor, Tensor]]) -> None:
    from torchmetrics.image.kid import KernelInceptionDistance

    for x, y in pairs:
        kid = KernelInceptionDistance(feature=Flat(), subsets=1, subset_size=len(x), normalize=True)
        kid.update(x[:, None, None], real=True)
        kid.update(y[:, None, None], real=False)
        assert kernel_distance(x, y) == pytest.approx(float(kid.compute()[0]), rel=1e-3, abs=1e-3)


def test_kid_is_unbiased() -> None:
    """The mean over many small sets of one distribution is zero, within five standard errors."""
    g = torch.Generator().manual_seed(0)
    draws = torch.tensor(
        [
            kernel_distance(torch.randn(8, 4, generator=g), torch.randn(12, 4, generator=g))
            for _ in range(400)
        ]
    )
    assert abs(draws.mean()) < 5 * draws.std() / 20


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance])
@pytest.mark.parametrize("shape", [(1, 4), (4,), (2, 2, 2)])
def test_wrong_shapes_are_refused(distance, shape) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="n >= 2"):
        distance(torch.zeros(3, 4), torch.zeros(shape))
    with pytest.raises(ValueError, match="differ in width: 4 and 5"):
        distance(torch.zeros(3, 4), torch.zeros(3, 5))


def test_fid_of_what_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        frechet_distance(torch.zeros(3, 4), torch.full((3, 4), float("nan")))
