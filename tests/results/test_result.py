"""Results as data: what was stored once is read, and reads the same when written again."""

import math

import pytest

from lossgp.results.individuals import individual_from_json, individual_json
from lossgp.search import SearchSettings, score
from lossgp.trainers import Outcome, Status
from lossgp.trainers.objective import ERROR, FID

# What version 0.1 stored before a trainer had an objective of its own.
STORED = {
    "name": "g1s4",
    "formula": "y_pred**3 + y_real * (1 - y_pred)",
    "origin": "crossover",
    "parents": ["g0s4", "g0s7"],
    "score": {
        "fitness": None,
        "fid_mean": 340.0,
        "fid_std": 14.5,
        "fids": [325.5, 354.5],
        "d_acc": 0.75,
        "kid": None,
        "statuses": {"ok": 2},
    },
}


def test_a_stored_individual_is_read_and_written_unchanged():
    individual = individual_from_json(STORED)
    assert individual.score.values == (325.5, 354.5)
    assert individual.score.fitness == math.inf
    assert math.isnan(individual.score.beside["kid"])
    assert individual.candidate.name == "g1s4"
    assert individual_json(individual) == STORED  # and no word of d_auc, which came later


def test_what_is_of_another_objective_is_not_read():
    with pytest.raises(KeyError):
        individual_from_json(STORED, ERROR)


def test_a_score_is_named_after_its_metric():
    outcomes = [
        Outcome(s, Status.OK, {"error": e, "accuracy": 1 - e, "auroc": 0.9}, 1.0)
        for s, e in enumerate((0.25, 0.5))
    ]
    settings = SearchSettings(fitness="mean")
    found = score([*outcomes, Outcome(2, Status.DIVERGED)], 3, 0.75, settings, ERROR)
    data = found.to_json()
    assert data["errors"] == [0.25, 0.5, 0.75]
    assert data["error_mean"] == data["fitness"] == 0.5
    assert data["accuracy"] == 0.625
    assert not [key for key in data if "fid" in key]
    assert type(found).from_json(data, ERROR) == found


def test_numbers_are_written_as_people_read_them():
    assert FID.goal.spread(271.94, 76.02) == "271.9 ± 76.0"
    assert FID.columns[0].text(0.8) == "80 %"
    assert ERROR.goal.spread(0.025, 0.0041) == "2.50 ± 0.41 %"
    assert ERROR.columns[0].text(math.nan) == ""
