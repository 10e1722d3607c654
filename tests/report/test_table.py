"""The table of a run's best losses."""

from __future__ import annotations

from dataclasses import replace

from lossgp.report.table import table
from lossgp.results.load import load

from .stored import ok, opened, stored


def with_area(seed, area):
    return replace(ok(seed, 20.0), metrics={"fid": 20.0, "d_acc": 0.5, "d_auc": area})


def test_the_area_of_d_is_shown_turned_round_and_with_a_dash_where_it_is_not_known(tmp_path):
    new, old = (with_area(0, 0.1), with_area(1, 0.3)), (ok(0, 30.0), ok(1, 31.0))
    with opened(tmp_path) as store:
        stored(store, trained=(new, old), yardsticks=())
        shown = table(load(store, "first"))
    (areas,) = (column for column in shown.columns if column.header == "D AUC")
    assert list(areas.cells) == ["0.80 turned", "-"]
