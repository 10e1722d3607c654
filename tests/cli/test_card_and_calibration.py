"""The analysis from the command line: as a rung of the search, and as cards."""

import json

import pytest

from .conftest import QUICK, lossgp


def test_a_search_with_calibration_counts_what_that_rung_rejects(tmp_path):
    done = lossgp(
        "evolve", *QUICK, "--set", "search.calibration=true", "--name", "calibrated", cwd=tmp_path
    )
    result = json.loads((tmp_path / "runs/calibrated/result.json").read_text("utf-8"))
    counted = {reason: n for reason, n in result["rejects"].items() if "calibration" in reason}
    assert sum(counted.values()) > 0
    assert "calibration" in done.stdout


@pytest.mark.parametrize("name", ["wasserstein", "paper_hinge", "least_squares"])
def test_a_card_tells_scores_where_d_says_scores(tmp_path, name):
    out = lossgp("card", name, cwd=tmp_path).stdout
    assert ("(scores" in out) == (name != "paper_hinge")
    assert "Equilibrium" in out
