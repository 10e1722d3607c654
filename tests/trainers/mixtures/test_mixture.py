"""The mixtures, and distances to them against slow or simulated ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import rice

from lossgp.trainers.mixtures.mixture import Mixture, grid, rice_mean, ring

RING, GRID = ring(8, 2.0, 0.02), grid(5, 2.0, 0.05)


def drawn(mixture, n, seed=0):
    rng = np.random.default_rng(seed)
    modes = mixture.modes[rng.integers(len(mixture.modes), size=n)]
    return modes + mixture.sd * rng.standard_normal((n, 2))


def test_a_ring_and_a_grid_lie_as_published():
    assert np.allclose(np.hypot(*RING.modes.T), 2)
    assert np.allclose(cdist(RING.modes, RING.modes)[0, [1, -1]], 4 * np.sin(np.pi / 8))
    assert sorted({float(x) for x in GRID.modes.ravel()}) == [-4, -2, 0, 2, 4]
    assert len(np.unique(GRID.modes, axis=0)) == 25


@given(st.floats(1e-9, 30), st.floats(1e-3, 10))
def test_the_mean_distance_is_that_of_rices_law(distance, sd):
    found = rice_mean(np.array([distance * sd]), sd)[0]
    assert found == pytest.approx(rice.mean(distance, scale=sd), rel=1e-9)


def test_the_mean_distance_is_continuous_and_finite_however_far():
    near, far = rice_mean(np.array([999.999999, 1000.000001]), 1.0)
    assert far - near == pytest.approx(2e-6, rel=1e-3)
    assert rice_mean(np.array([0.0]), 2.0)[0] == pytest.approx(2 * np.sqrt(np.pi / 2))
    assert np.isfinite(rice_mean(np.array([1e30, 1e150]), 0.02)).all()


@pytest.mark.parametrize("mixture", [RING, GRID, Mixture(np.array([[1.0, 2.0]]), 0.7)])
def test_the_energy_distance_is_that_to_a_huge_sample(mixture):
    """The simulated one errs by about E|Y - Y'| / sqrt(m), m = 6,000: 0.05 at the most."""
    samples = np.random.default_rng(1).standard_normal((300, 2)) * 1.5
    real = drawn(mixture, 6000, seed=2)
    across, within = cdist(samples, real).mean(), cdist(samples, samples).mean()
    simulated = 2 * across - within - cdist(real, real).mean()
    assert mixture.energy_distance(samples) == pytest.approx(simulated, abs=0.05)


def test_many_samples_are_summed_in_parts():
    samples = drawn(GRID, 2300)
    twice = GRID.energy_distance(np.concatenate([samples, samples]))
    assert twice == pytest.approx(GRID.energy_distance(samples), abs=1e-9)


@pytest.mark.parametrize("mixture", [RING, GRID])
def test_exact_samples_come_to_the_floor_and_a_repeated_one_to_the_ceiling(mixture):
    found = [mixture.energy_distance(drawn(mixture, 200, seed)) for seed in range(60)]
    assert np.mean(found) == pytest.approx(mixture.floor(200), rel=0.3)  # its sd is about 8 %
    repeated = [mixture.energy_distance(np.repeat(one[None], 5, 0)) for one in drawn(mixture, 4000)]
    assert np.mean(repeated) == pytest.approx(mixture.ceiling, rel=0.05)


@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3))
def test_the_energy_distance_is_never_below_zero(seed, scale):
    samples = scale * np.random.default_rng(seed).standard_normal((40, 2))
    assert RING.energy_distance(samples) > -1e-9 * (1 + scale)


def test_a_mode_is_captured_by_one_good_sample_and_by_no_other():
    near, far = np.array([2.99 * 0.02, 0]), np.array([3.01 * 0.02, 0])
    assert RING.captured(RING.modes) == (8, 1.0)
    assert RING.captured(RING.modes[[3, 3]] + near) == (1, 1.0)
    assert RING.captured(RING.modes[[3, 3]] + far) == (0, 0.0)
    assert RING.captured(np.concatenate([RING.modes[:3] + near, RING.modes[3:6] + far])) == (3, 0.5)
