from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lossgp.trainers.metrics import neighbours
from lossgp.trainers.metrics.neighbours import Neighbourhood, neighbourhood, radii


def by_loops(made: np.ndarray, real: np.ndarray, k: int) -> Neighbourhood:
    """The definitions, literally."""

    def reach(points: np.ndarray, i: int) -> float:
        others = [np.linalg.norm(points[i] - q) for j, q in enumerate(points) if j != i]
        return float(sorted(others)[k - 1])

    def inside(point: np.ndarray, points: np.ndarray, i: int) -> bool:
        return bool(np.linalg.norm(point - points[i]) <= reach(points, i))

    n, m = len(made), len(real)
    held = [[inside(made[j], real, i) for j in range(n)] for i in range(m)]
    precision = sum(any(held[i][j] for i in range(m)) for j in range(n)) / n
    density = sum(map(sum, held)) / (k * n)
    coverage = sum(map(any, held)) / m
    recall = sum(any(inside(real[i], made, j) for j in range(n)) for i in range(m)) / m
    return Neighbourhood(precision, recall, density, coverage)


@given(st.integers(0, 2**31), st.integers(4, 16), st.integers(4, 16), st.integers(1, 3))
@settings(deadline=None, max_examples=25)
def test_agrees_with_the_definitions(seed: int, n: int, m: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    made, real = rng.normal(size=(n, 3)), rng.normal(0.5, 1.5, size=(m, 3))
    fast = neighbourhood(torch.tensor(made), torch.tensor(real), k)
    slow = by_loops(made, real, k)
    for name in ("precision", "recall", "density", "coverage"):
        assert getattr(fast, name) == pytest.approx(getattr(slow, name), abs=1e-6), name


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    g = torch.Generator().manual_seed(0)
    made, real = torch.randn(60, 4, generator=g), torch.randn(70, 4, generator=g)
    whole = neighbourhood(made, real)
    monkeypatch.setattr(neighbours, "ROWS", 8)
    assert neighbourhood(made, real) == whole
    assert neighbourhood(made, real, real_radii=radii(real)) == whole


def test_equal_sets_are_perfect_and_distant_ones_nothing() -> None:
    points = torch.randn(50, 4, generator=torch.Generator().manual_seed(0))
    same = neighbourhood(points, points)
    assert (same.precision, same.recall, same.coverage) == (1, 1, 1)
    assert neighbourhood(points, points + 100) == Neighbourhood(0, 0, 0, 0)


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="5 neighbours need more than 5 samples, not 5"):
        radii(torch.zeros(5, 2))
