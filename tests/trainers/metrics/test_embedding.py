"""Real and generated images in the plane."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from numpy.typing import NDArray

from lossgp.trainers import TrainerError
from lossgp.trainers.metrics import embedding as room
from lossgp.trainers.metrics.embedding import METHODS, project

Features = NDArray[np.float32]
HERE = [
    pytest.param(
        method,
        marks=pytest.mark.skipif(
            method == "umap" and find_spec("umap") is None, reason="umap-learn is not installed"
        ),
    )
    for method in METHODS
]


def cloud(n: int, seed: int, width: int = 6) -> Features:
    return np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32)


def test_pca_is_the_plane_of_the_real_images_by_hand() -> None:
    real, made = cloud(30, 0) * np.arange(1, 7, dtype=np.float32), cloud(9, 1) + 2
    first, second = project("pca", real, made)
    assert (first.shape, second.shape) == ((30, 2), (9, 2))
    centred = real.astype(np.float64) - real.mean(0, dtype=np.float64)
    axes = np.linalg.svd(centred)[2][:2]
    for points, features in ((first, centred), (second, made - real.mean(0, dtype=np.float64))):
        by_hand = features @ axes.T
        np.testing.assert_allclose(np.abs(points), np.abs(by_hand), rtol=1e-6, atol=1e-9)


def test_the_axes_of_pca_do_not_depend_on_what_was_generated() -> None:
    real = cloud(20, 0)
    one, other = project("pca", real, cloud(10, 1)), project("pca", real, cloud(15, 2) * 9)
    np.testing.assert_allclose(one[0], other[0], rtol=1e-9)


@pytest.mark.parametrize("method", HERE)
def test_the_same_arguments_give_the_same_points(method: str) -> None:
    real, made = cloud(40, 0), cloud(30, 1) + 20
    once, again = project(method, real, made, 3), project(method, real, made, 3)
    for one, other in zip(once, again, strict=True):
        assert np.array_equal(one, other)
    assert (once[0].shape, once[1].shape) == ((40, 2), (30, 2))
    assert all(np.isfinite(points).all() for points in once)


@pytest.mark.parametrize("method", HERE)
def test_images_far_apart_stay_apart(method: str) -> None:
    real, made = project(method, cloud(40, 0), cloud(30, 1) + 20)
    gap = np.linalg.norm(real.mean(0) - made.mean(0))
    assert gap > np.linalg.norm(made - made.mean(0), axis=1).mean()


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(TrainerError, match=r"unknown embedding 't-sne' \(did you mean 'tsne'\?\)"):
        project("t-sne", cloud(9, 0), cloud(9, 1))


def test_too_few_images_are_refused() -> None:
    with pytest.raises(TrainerError, match=r"PCA needs 5 real and generated images.*not 9 and 4"):
        project("pca", cloud(9, 0), cloud(4, 1))
    for method in ("pca", "tsne"):
        assert len(project(method, cloud(5, 0), cloud(5, 1))[1]) == 5


def test_a_missing_package_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "find_spec", lambda name: None)
    with pytest.raises(TrainerError, match=r'umap-learn.*pip install "lossgp\[umap\]", or choose'):
        project("umap", cloud(9, 0), cloud(9, 1))
    assert len(project("pca", cloud(9, 0), cloud(9, 1))[0]) == 9
