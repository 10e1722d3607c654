from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from lossgp.trainers.anomaly.baselines import (
    chosen_components,
    fit_pca,
    log_likelihoods,
    neighbour_scores,
)


def plane(n: int, seed: int, rank: int = 3, noise: float = 0.05) -> np.ndarray:
    """Rows (n, 12) near a subspace of a known number of dimensions."""
    basis = np.random.default_rng(0).normal(size=(rank, 12))
    numbers = np.random.default_rng(seed)
    return numbers.normal(size=(n, rank)) @ basis + noise * numbers.normal(size=(n, 12))


def test_the_likelihood_is_scikit_learns() -> None:
    rows, held_out = plane(200, 1), plane(50, 2)
    found = log_likelihoods(rows, held_out)
    for count in (1, 3, 7):
        model = PCA(count).fit(rows)
        # scikit-learn divides the covariance by n - 1
        model.explained_variance_ *= 199 / 200
        model.noise_variance_ *= 199 / 200
        assert found[count - 1] == pytest.approx(model.score(held_out), rel=1e-9)


@pytest.mark.parametrize("rank", [2, 5])
def test_the_number_of_components_is_that_of_the_subspace(rank: int) -> None:
    assert chosen_components(plane(300, 1, rank)) == rank


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
