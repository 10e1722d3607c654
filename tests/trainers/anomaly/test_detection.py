from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from lossgp.trainers.anomaly.detection import (
    Scores,
    interval,
    quality,
    resampled,
    roc_curve,
    weighted,
)


def some_scores(normal: int, abnormal: int, seed: int, ties: bool = False) -> Scores:
    numbers = np.random.default_rng(seed)
    values = numbers.normal(size=normal + abnormal) + np.repeat([0, 0.8], [normal, abnormal])
    values = np.round(values, 0) if ties else values
    return Scores(values[:normal], values[normal:])


@pytest.mark.parametrize("ties", [False, True])
def test_both_statistics_agree_with_scikit_learn(ties: bool) -> None:
    scores = some_scores(30, 50, 1, ties)
    values, abnormal = scores.joined()
    found = quality(scores)
    assert found.auroc == pytest.approx(roc_auc_score(abnormal, values), abs=1e-6)
    expected = average_precision_score(abnormal, values)
    assert found.average_precision == pytest.approx(expected, abs=1e-6)


def test_large_scores_that_a_sigmoid_would_make_equal_stay_apart() -> None:
    scores = Scores(np.array([1000.0, 1001.0]), np.array([1002.0, 1003.0]))
    assert quality(scores).auroc == 1.0


@pytest.mark.parametrize("ties", [False, True])
def test_a_weighted_sample_is_the_sample_that_holds_each_image_so_often(ties: bool) -> None:
    scores = some_scores(7, 9, 2, ties)
    values, abnormal = scores.joined()
    weights = np.random.default_rng(3).integers(0, 4, size=(5, 16))
    weights[:, [0, -1]] += 1  # one of each kind at least
    for found, counts in zip(weighted(scores, weights), weights, strict=True):
        drawn, flags = np.repeat(values, counts), np.repeat(abnormal, counts)
        assert found[0] == pytest.approx(roc_auc_score(flags, drawn), abs=1e-12)
        assert found[1] == pytest.approx(average_precision_score(flags, drawn), abs=1e-12)


def test_an_interval_holds_the_statistic_and_narrows_with_more_images() -> None:
    few, many = some_scores(20, 20, 4), some_scores(500, 500, 4)
    area, precision = (interval(values) for values in resampled([few], 500).T)
    narrow = interval(resampled([many], 500)[:, 0])
    found = quality(few)
    assert area.low < found.auroc < area.high
    assert precision.low < found.average_precision < precision.high
    assert narrow.high - narrow.low < (area.high - area.low) / 2


def test_resamples_of_several_seeds_are_of_their_mean_on_the_same_images() -> None:
    one, two = some_scores(15, 25, 5), some_scores(15, 25, 6)
    turned = Scores(-one.normal, -one.abnormal)
    # What one wins, the other loses.
    assert resampled([one, turned], 200)[:, 0] == pytest.approx(np.full(200, 0.5), abs=1e-12)
    assert resampled([one, turned], 200, over_seeds=True)[:, 0].std() > 0.02
    both = (resampled([one], 200) + resampled([two], 200)) / 2
    assert resampled([one, two], 200) == pytest.approx(both, abs=1e-12)
    with pytest.raises(ValueError, match="same images"):
        resampled([one, some_scores(16, 25, 5)])


def test_many_images_are_resampled_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = some_scores(15, 25, 5)
    monkeypatch.setattr("lossgp.trainers.anomaly.detection._AT_ONCE", 40 * 30)
    found = resampled([scores], 100)
    assert found.shape == (100, 2)
    assert len(np.unique(found[:, 0])) > 50


def test_the_curve_runs_from_corner_to_corner_and_its_area_is_the_auroc() -> None:
    scores = some_scores(12, 9, 7, ties=True)
    false, true = roc_curve(scores)
    assert (false[0], true[0], false[-1], true[-1]) == (0, 0, 1, 1)
    area = ((true[1:] + true[:-1]) / 2 * np.diff(false)).sum()
    assert area == pytest.approx(quality(scores).auroc, abs=1e-6)


@pytest.mark.parametrize("bad", [np.array([]), np.array([np.nan]), np.ones((2, 2))])
def test_scores_that_are_none_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="must be finite"):
        Scores(bad, np.array([1.0]))
