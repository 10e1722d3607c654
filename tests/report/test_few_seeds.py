"""Of two seeds an interval would be the span from best to worst: below five there is none."""

from __future__ import annotations

import csv
import io
import json

import pytest

from lossgp.report.comparison_files import table_csv, table_tex
from lossgp.report.comparison_table import main_grid, notes

from .comparisons import comparison, outcome


def of(seeds, others=5):
    return comparison(
        {
            "bce": [outcome(s, 10.0 + s * s) for s in range(seeds)],
            "ganetic": [outcome(s, 5.0 + s) for s in range(others)],
        }
    )


@pytest.mark.parametrize("seeds", [1, 2, 4])
def test_below_five_seeds_there_is_a_dash_everywhere(seeds):
    few = of(seeds)
    place = main_grid(few).headings.index("95 % (mean)")
    bce, ganetic = (row[place] for row in main_grid(few).rows)
    assert bce == "-"
    assert "–" in ganetic
    assert few.summary(few.losses[0]).interval is None
    data = json.loads(json.dumps(few.to_json()))
    assert data["losses"][0]["summary"]["interval"] is None
    rows = list(csv.DictReader(io.StringIO(table_csv(few))))
    assert [rows[0]["ci_low"], rows[0]["ci_high"]] == ["", ""]
    assert float(rows[1]["ci_low"]) < float(rows[1]["mean"]) < float(rows[1]["ci_high"])
    said = dict(notes(few))["Interval"]
    assert said.endswith("none (-) of fewer than 5")
    assert "none (-) of fewer than 5" in table_tex(few)


def test_lost_seeds_do_not_count_towards_the_five():
    lost = [*(outcome(s, 10.0 + s) for s in range(4)), outcome(4, None, "diverged")]
    few = comparison({"bce": lost})
    assert few.summary(few.losses[0]).interval is None


def test_from_five_seeds_on_nothing_is_said_of_fewer():
    assert dict(notes(of(5)))["Interval"] == "95 %, bootstrap (BCa) over the living seeds"
