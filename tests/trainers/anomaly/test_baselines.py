from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from lossgp.trainers.anomaly.baselines import (
    fit_pca,
    neighbour_scores,
)


def plane(n: int, seed: int, rank: int = 3, noise: float = 0.05) -> np.ndarray:
    """Rows (n, 12) near a subspace of a known number of dimensions."""
    basis = np.random.default_rng(0).normal(size=(rank, 12))
    numbers = np.random.default_rng(seed)
    return numbers.normal(size=(n, rank)) @ basis + noise * numbers.normal(size=(n, 12))


@pytest.mark.parametrize("rank", [2, 5])
def test_the_components_hold_nine_tenths_of_the_variance(rank: int) -> None:
    rows = plane(300, 1, rank)
    found = fit_pca(rows)
    shares = np.cumsum(PCA().fit(rows).explained_variance_ratio_)
    assert (
        shares[found.components - 1]
        >= 0.9
        > (shares[found.components - 2] if found.components > 1 else 0)
    )
    assert found.components <= rank


def test_fewer_images_than_pixels_have_components_too() -> None:
    found = fit_pca(plane(9, 1))
    assert 1 <= found.components <= 8


def test_images_that_are_all_alike_have_no_component_and_no_error() -> None:
    found = fit_pca(np.ones((10, 12)))
    assert found.components == 0
    assert found.scores(np.ones((2, 12))).tolist() == [0, 0]
    assert found.scores(np.zeros((1, 12))) == pytest.approx([1.0])


def test_the_score_is_the_mean_squared_error_of_the_reconstruction() -> None:
    rows, tested = plane(100, 1), plane(5, 2) + 1
    found = fit_pca(rows)
    model = PCA(found.components).fit(rows)
    again = model.inverse_transform(model.transform(tested))
    assert found.scores(tested) == pytest.approx(((tested - again) ** 2).mean(1), rel=1e-9)
    assert found.scores(tested).min() > found.scores(plane(5, 3)).max()


def test_the_score_of_neighbours_is_the_mean_distance_to_the_two_nearest() -> None:
    rows = np.array([[0.0, 0], [0, 3], [0, 10]])
    assert neighbour_scores(rows, np.array([[0.0, 0], [4, 0]])).tolist() == [1.5, (4 + 5) / 2]
    assert neighbour_scores(rows[:1], np.array([[3.0, 4]])).tolist() == [5]
