"""Limits on the discriminator, and the weight of the spread."""

import math

import pytest

from lossgp.search import Score, SearchSettings, score
from lossgp.search.ruling_out import unmeasured
from lossgp.trainers import Outcome, Status
from lossgp.trainers.objective import ERROR, FID


def trained(*aucs, status=Status.OK, accuracy=0.8):
    """Trainings of FID 10, 20, ... whose discriminators have these areas under the ROC."""
    return [
        Outcome(i, status, {"fid": 10.0 * (i + 1), "d_auc": a, "d_acc": accuracy}, 1.0)
        for i, a in enumerate(aucs)
    ]


@pytest.mark.parametrize("weight", [0, 0.5, 1, 3])
def test_the_weight_of_the_spread(weight):
    settings = SearchSettings(std_weight=weight)
    assert score(trained(0.9, 0.9, 0.9), 3, 999, settings).fitness == 20 + 10 * weight
    mean = SearchSettings(std_weight=weight, fitness="mean")
    assert score(trained(0.9, 0.9, 0.9), 3, 999, mean).fitness == 20
    assert mean.rule == "mean"


def test_the_rule_in_words():
    assert SearchSettings().rule == "mean+std"
    assert SearchSettings(std_weight=2).rule == "mean+2*std"
    assert SearchSettings(std_weight=0.25).rule == "mean+0.25*std"


@pytest.mark.parametrize(
    ("aucs", "limit", "why"),
    [
        ((0.7, 0.8), 0.75, ""),
        ((0.7, 0.79), 0.75, "D AUC 0.745 < 0.75"),
        ((0.1, 0.2), 0.8, ""),  # turned round, 0.85
        ((0.1, 0.2), 0.9, "D AUC 0.850 < 0.9"),
        ((0.9, 0.1), 0.9, ""),  # each is turned by itself
        ((0.5, 0.5), None, ""),
        ((0.5, 0.5), 0.5, ""),
    ],
)
def test_a_poor_discriminator_rules_out(aucs, limit, why):
    found = score(trained(*aucs), 2, 999, SearchSettings(min_d_auc=limit))
    assert found.ruled_out == why
    assert math.isinf(found.fitness) == bool(why)
    assert found.mean == 15  # what was measured stays
    assert Score.from_json(found.to_json()) == found
    assert ("ruled_out" in found.to_json()) == bool(why)


@pytest.mark.parametrize(("accuracy", "why"), [(0.5, ""), (0.49, "D acc. 0.490 < 0.5")])
def test_a_corrupt_discriminator_rules_out(accuracy, why):
    settings = SearchSettings(min_d_acc=0.5)
    assert score(trained(0.9, accuracy=accuracy), 1, 999, settings).ruled_out == why


def test_seeds_that_failed_speak_only_where_none_ended_well():
    settings = SearchSettings(min_d_auc=0.8)
    dead = Outcome(1, Status.DEAD, {"fid": 900.0, "d_auc": 0.5}, 1.0, "no variance")
    assert score([*trained(0.9), dead], 2, 999, settings).ruled_out == ""
    assert score([dead], 2, 999, settings).ruled_out == "D AUC 0.500 < 0.8"
    unknown = [Outcome(0, Status.OK, {"fid": 10.0, "d_acc": 0.9}, 1.0)]
    assert score(unknown, 1, 999, settings).ruled_out == "D AUC not measured"
    assert score(unknown, 1, 999, SearchSettings()).ruled_out == ""
    diverged = Outcome(0, Status.DIVERGED, {}, 1.0, "a loss is not finite")
    for nothing in ([], [diverged]):
        found = score(nothing, 2, 999, settings)
        assert (found.ruled_out, found.mean) == ("", 999)


def test_limits_on_what_a_trainer_does_not_measure_are_told():
    settings = SearchSettings(min_d_auc=0.8, min_d_acc=0.5)
    assert unmeasured(settings, FID) == []
    assert unmeasured(settings, ERROR) == ["min_d_auc", "min_d_acc"]
    assert unmeasured(SearchSettings(), ERROR) == []
