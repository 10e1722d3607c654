"""Where noise comes from, on figures that are made of known parts."""

import numpy as np
import pytest

from lossgp.results.noise import noise


def test_the_kinds_add_up_to_all_of_the_variance():
    rng = np.random.default_rng(0)
    dead = rng.random((30, 9)) < 0.3
    values = np.exp(np.where(dead, rng.normal(7, 0.1, dead.shape), rng.normal(5, 0.5, dead.shape)))
    found = noise(values, dead)
    assert found.taking_off + found.living + found.dead == pytest.approx(found.within)
    assert found.within == pytest.approx(np.log(values).var(1, ddof=1).mean())
    assert found.share_dead == dead.mean()


def test_each_kind_is_told_from_the_others():
    rng = np.random.default_rng(1)
    shape = (200, 20)
    dead = rng.random(shape) < 0.5
    far = noise(np.exp(np.where(dead, 7.0, 5.0)), dead)
    assert far.taking_off == pytest.approx(1.0, abs=0.03)  # d (1 - d) 2^2, of d = 1/2
    assert (far.living, far.dead) == (pytest.approx(0), pytest.approx(0))
    living = noise(np.exp(rng.normal(5, 0.5, shape)), np.zeros(shape, bool))
    assert living.living == pytest.approx(0.25, abs=0.02)
    assert living.taking_off == living.dead == living.share_dead == 0
    gone = noise(np.exp(rng.normal(7, 0.1, shape)), np.ones(shape, bool))
    assert gone.dead == pytest.approx(0.01, abs=0.001)
    assert (gone.living, gone.share_dead) == (0, 1)


def test_what_a_seed_brings_to_all_losses_is_common():
    rng = np.random.default_rng(2)
    seeds = rng.normal(0, 1, 40)
    own = rng.normal(0, 0.3, (60, 40))
    shared = noise(np.exp(5 + seeds + own), np.zeros(own.shape, bool))
    assert shared.common == pytest.approx(seeds.var(ddof=1), rel=0.05)
    alone = noise(np.exp(5 + own), np.zeros(own.shape, bool))
    assert alone.common < 0.01


def test_evaluation_is_measured_on_other_samples_or_not_at_all():
    values = np.exp(np.random.default_rng(3).normal(5, 1, (8, 4)))
    dead = np.zeros(values.shape, bool)
    assert noise(values, dead).evaluation is None
    again = [(1.0, np.exp(0.2)), (3.0, 3.0)]
    assert noise(values, dead, again).evaluation == pytest.approx((0.02 + 0) / 2)


@pytest.mark.parametrize("shape", [(0, 5), (5, 1)])
def test_of_too_little_nothing_is_said(shape):
    assert noise(np.ones(shape), np.zeros(shape, bool)) is None
