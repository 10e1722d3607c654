"""Reliability of scores, on data whose variances are known."""

import numpy as np
import pytest

from lossgp.results.reliability import STATISTICS, TARGET, components, icc, reliability

BY_KEY = {statistic.key: statistic for statistic in STATISTICS}
MEAN, LOGS = BY_KEY["mean"], BY_KEY["log_mean"]

# Table 2 of Shrout and Fleiss (1979): four judges' ratings of six targets.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
    dtype=float,
)


def simulated(losses, seeds, between, within, rng=0):
    """Figures whose logs have these variances, and their true logs."""
    rng = np.random.default_rng(rng)
    true = 5 + rng.normal(0, between**0.5, losses)
    logs = true[:, None] + rng.normal(0, within**0.5, (losses, seeds))
    return np.exp(logs), true


def alive(values):
    return np.zeros(values.shape, dtype=bool)


def test_the_example_of_shrout_and_fleiss():
    between, within = components(SHROUT_FLEISS)
    assert within == pytest.approx(6.26, abs=0.005)  # their WMS
    assert between * 4 + within == pytest.approx(11.24, abs=0.005)  # their BMS
    assert round(icc(between, within), 2) == 0.17
    assert round(icc(between, within, 4), 2) == 0.44
    curve = reliability(SHROUT_FLEISS, alive(SHROUT_FLEISS), MEAN)
    assert [round(value, 2) for value in (curve.icc[0], curve.icc[3])] == [0.17, 0.44]


def test_variances_are_found_again():
    values, _ = simulated(4000, 5, 1.0, 4.0)
    between, within = components(np.log(values))
    assert between == pytest.approx(1.0, abs=0.15)
    assert within == pytest.approx(4.0, abs=0.15)


def test_the_seeds_that_are_needed_are_the_fewest():
    values, _ = simulated(60, 8, 1.0, 2.0)
    curve = reliability(values, alive(values), LOGS, seeds=60)
    reliable = [k for k, value in enumerate(curve.icc, start=1) if value >= TARGET]
    assert curve.needed == reliable[0] > 1
    assert list(curve.icc) == sorted(curve.icc)


def test_intervals_hold_the_estimate_and_the_truth():
    values, _ = simulated(60, 8, 1.0, 1.0)
    curve = reliability(values, alive(values), LOGS)
    for low, value, high in zip(curve.low, curve.icc, curve.high, strict=True):
        assert low < value < high
    assert curve.low[0] < 0.5 < curve.high[0]


def test_the_good_half_is_that_of_the_true_figures():
    values, true = simulated(200, 16, 1.0, 1.0)
    curve = reliability(values, alive(values), LOGS, good=True, resamples=20)
    half = true.argsort()[:100]
    assert curve.icc[0] == pytest.approx(icc(*components(np.log(values[half]))), abs=0.06)
    assert curve.icc[0] < icc(*components(np.log(values)))  # a half is harder to tell apart


def test_luck_that_chooses_does_not_count():
    """Where all losses are equal the best by some seeds are no better by others, nor worse."""
    same, _ = simulated(200, 16, 0.0, 1.0)
    assert reliability(same, alive(same), LOGS, good=True, resamples=20).icc[0] < 0.05
    # Chosen by the seeds that count, losses that differ seem to differ less.
    values, _ = simulated(200, 4, 1.0, 4.0)
    logs = np.log(values)
    lucky = logs.mean(1).argsort()[:100]
    assert icc(*components(logs[lucky])) == 0.0
    assert reliability(values, alive(values), LOGS, good=True, resamples=20).icc[0] > 0.02


def test_a_median_is_measured_over_groups_of_seeds():
    rng = np.random.default_rng(2)
    true = rng.normal(0, 1, 200)
    # Now and then a seed is far out: a median hardly feels it, a mean does.
    noise = rng.normal(0, 0.5, (200, 16)) + 8 * (rng.random((200, 16)) < 0.05)
    values = 100 + true[:, None] + noise
    median = reliability(values, alive(values), BY_KEY["median"], resamples=20)
    trimmed = reliability(values, alive(values), BY_KEY["trimmed"], resamples=20)
    mean = reliability(values, alive(values), MEAN)
    assert (median.measured, mean.measured) == (8, 16)
    assert median.icc[4] > mean.icc[4] + 0.1
    assert trimmed.icc[4] > mean.icc[4]
    # Over one seed a median is the figure itself.
    assert median.icc[0] == pytest.approx(mean.icc[0])
    # Beyond the groups: Spearman and Brown.
    r = median.icc[7]
    assert median.icc[15] == pytest.approx(2 * r / (1 + r))


def test_how_a_training_is_dead_counts_for_nothing_where_the_living_stand_apart():
    rng = np.random.default_rng(3)
    share = np.linspace(0.05, 0.6, 60)[:, None]
    dead = rng.random((60, 12)) < share
    values = np.exp(np.where(dead, rng.normal(7, 1.5, dead.shape), rng.normal(5, 0.2, dead.shape)))
    apart = reliability(values, dead, BY_KEY["living"])
    together = reliability(values, dead, LOGS)
    assert apart.icc[-1] > together.icc[-1] + 0.05
    without = reliability(values, alive(values), BY_KEY["living"])
    assert without == together


def test_losses_that_are_all_equal_have_no_reliability():
    values = np.full((10, 6), 3.0)
    curve = reliability(values, alive(values), MEAN)
    assert curve.icc == (0.0,) * 6
    assert curve.needed is None


@pytest.mark.parametrize("shape", [(5, 8), (8, 3)])
def test_of_too_little_nothing_is_said(shape):
    values = np.exp(np.random.default_rng(0).normal(size=shape))
    assert reliability(values, alive(values), MEAN) is None


@pytest.mark.parametrize("statistic", STATISTICS, ids=lambda s: s.key)
@pytest.mark.parametrize("good", [False, True])
def test_the_same_figures_give_the_same_curve(statistic, good):
    values, _ = simulated(12, 9, 1.0, 1.0)
    dead = values > np.quantile(values, 0.9)
    curves = [reliability(values, dead, statistic, good=good) for _ in range(2)]
    assert curves[0] == curves[1]
    assert len(curves[0].icc) == 9
    assert all(0 <= value <= 1 for value in (*curves[0].icc, *curves[0].low, *curves[0].high))
