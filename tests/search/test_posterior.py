"""Estimates of all losses together."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lossgp.search import Score
from lossgp.search.estimates import Estimates
from lossgp.search.posterior import Sums, beliefs, fit
from lossgp.search.scoring import Posterior


def world(seed, losses=120, spread=0.2, noise=0.4, hopeless=0.5):
    """Made-up worths of losses on the log scale, and one to three trainings of each."""
    rng = np.random.default_rng(seed)
    bad = rng.random(losses) < hopeless
    worth = np.where(bad, rng.normal(6.9, 0.1, losses), rng.normal(5.9, spread, losses))
    counts = rng.integers(1, 4, losses)
    pairs = zip(worth, bad, counts, strict=True)
    return worth, bad, [rng.normal(w, 0.1 if b else noise, n) for w, b, n in pairs]


@pytest.fixture(scope="module")
def worlds():
    found = []
    for seed in range(12):
        worth, bad, logs = world(seed)
        sums = Sums.of(logs)
        groups = fit(sums)
        found.append((worth, bad, sums, groups, beliefs(sums, groups)))
    return found


def test_both_groups_are_found_with_what_they_were_made_of(worlds):
    groups = [g for *_, g, _ in worlds]
    assert all(len(g.mean) == 2 for g in groups)
    assert np.mean([g.mean[0] for g in groups]) == pytest.approx(5.9, abs=0.05)
    assert np.mean([g.noise[0] for g in groups]) == pytest.approx(0.4, abs=0.04)
    assert np.mean([g.spread[0] for g in groups]) == pytest.approx(0.2, abs=0.05)
    assert np.mean([g.share[0] for g in groups]) == pytest.approx(0.5, abs=0.08)


def test_estimates_are_nearer_to_the_truth_than_means(worlds):
    # 0.045 against 0.10 of these worlds.
    errors = [(b.mean - worth)[~bad] for worth, bad, *_, b in worlds]
    plain = [(sums.mean - worth)[~bad] for worth, bad, sums, *_ in worlds]
    assert np.mean(np.concatenate(errors) ** 2) < 0.7 * np.mean(np.concatenate(plain) ** 2)


def test_the_first_is_not_better_than_it_is_estimated_by_luck(worlds):
    winners = [(int(np.argmin(b.mean)), worth, b, sums) for worth, _, sums, _, b in worlds]
    excess = np.mean([b.mean[i] - worth[i] for i, worth, b, _ in winners])
    by_mean = [(int(np.argmin(s.mean)), worth, s) for _, worth, _, s in winners]
    luck = np.mean([s.mean[i] - worth[i] for i, worth, s in by_mean])
    assert luck < -0.3
    assert abs(excess) < 0.15


def test_intervals_hold_the_truth_about_as_often_as_they_say(worlds):
    inside = []
    for worth, _, _, _, b in worlds:
        low, high = b.quantile(0.025), b.quantile(0.975)
        assert (low < b.mean).all()
        assert (b.mean < high).all()
        inside.append((low <= worth) & (worth <= high))
    assert 0.88 < np.mean(inside) < 0.99


def test_the_fewer_trainings_the_nearer_to_the_others():
    samples = [[5.5], [5.5] * 4, [5.5] * 16, *[[6.0, 5.9], [6.0, 6.2], [5.8, 6.1]] * 4]
    sums = Sums.of(samples)
    found = beliefs(sums, fit(sums))
    assert 5.5 < found.mean[2] < found.mean[1] < found.mean[0] < 6.0
    assert found.sd[0] > found.sd[1] > found.sd[2]


def test_the_probability_to_be_the_best():
    sums = Sums.of([[5.0] * 9, [5.9] * 9, [6.0], *[[6.0, 6.1, 5.9]] * 8])
    found = beliefs(sums, fit(sums))
    best = found.best()
    assert best.sum() == pytest.approx(1)
    assert best[0] > 0.99
    rng = np.random.default_rng(0)
    twins = Sums.of([[5.0, 5.2], [5.0, 5.2], [5.1], *[[6.0, 6.1]] * 4])
    held = beliefs(twins, fit(twins))
    group = (rng.random((40_000, 7, 1)) > np.cumsum(held.weight, axis=1)[:, :-1]).sum(axis=2)
    at = np.arange(7), group
    drawn = held.centre[at] + held.width[at] * rng.standard_normal((40_000, 7))
    counted = np.bincount(drawn.argmin(axis=1), minlength=7) / 40_000
    assert held.best() == pytest.approx(counted, abs=0.015)


def test_a_prior_from_outside_moves_a_loss_with_few_trainings():
    samples = [[300.0], [300.0] * 12, *[[350.0, 420.0], [380.0, 330.0]] * 5]
    plain = Estimates.of(samples).posteriors()
    told = Estimates.of(samples, {0: (math.log(250), 0.1), 1: (math.log(250), 0.1)}).posteriors()
    assert told[0].mean < plain[0].mean
    assert plain[1].mean / told[1].mean < plain[0].mean / told[0].mean
    assert [p.mean for p in told[2:]] == [p.mean for p in plain[2:]]


def test_a_metric_that_is_not_positive_has_no_logarithm():
    with_zero = Estimates.of([[0.0, 0.1], [0.3], [0.2, 0.25]])
    assert not with_zero.is_log
    assert 0.0 < with_zero.posteriors()[0].mean < 0.3
    assert Estimates.of([[0.1], [0.3]]).is_log
    # A known loss with a value that has no logarithm beside losses that have: none is compared.
    assert Estimates.of([[0.1], [0.3]]).of_others([[0.0]]) == []


@pytest.mark.parametrize("samples", [[[5.0]], [[5.0, 5.0]] * 6, [[1e300], [1e-300]], [[7.0]] * 3])
def test_few_or_equal_trainings_give_finite_figures(samples):
    for found in Estimates.of(samples).posteriors():
        figures = (found.low, found.mean, found.high, found.best)
        assert all(map(math.isfinite, figures))
        assert found.low <= found.mean <= found.high


def test_estimates_do_not_depend_on_the_order_of_losses():
    _, _, logs = world(3, losses=30)
    forth = Estimates.of([np.exp(each) for each in logs]).posteriors()
    back = Estimates.of([np.exp(each) for each in logs[::-1]]).posteriors()
    assert [p.mean for p in forth] == pytest.approx([p.mean for p in back[::-1]], rel=1e-6)


def test_reliability_rises_with_trainings():
    rng = np.random.default_rng(1)
    worth = rng.normal(5.9, 0.2, 40)
    few, many = (
        Estimates.of([np.exp(rng.normal(w, 0.3, n)) for w in worth]).reliability(range(40))
        for n in (2, 20)
    )
    assert few < many
    assert many > 0.8


def test_a_score_keeps_its_posterior_and_old_ones_have_none():
    score = Score(1.0, 1.0, 0.0, (1.0,), {"kid": math.nan, "d_acc": 0.5, "d_auc": 0.5}, {"ok": 1})
    assert "posterior" not in score.to_json()
    assert Score.from_json(score.to_json()).posterior is None
    for own in (Posterior(1.0, 0.5, 2.0, 0.25), Posterior(1.0, 0.5, 2.0)):
        known = Score(1.0, 1.0, 0.0, (1.0,), {}, {"ok": 1}, posterior=own)
        again = Score.from_json(known.to_json()).posterior
        assert repr(again) == repr(own)
