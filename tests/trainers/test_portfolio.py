"""Several protocols as one: options, hashes, and what their trainings come to together."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.trainers import (
    Criterion,
    OptionError,
    Outcome,
    Status,
    TrainerError,
    UnknownTrainerError,
    protocol_fields,
    trainer,
    trainer_type,
)
from lossgp.trainers.portfolio import Scale, combined, ends

SCALES = {"ring": Scale(0.01, 1.0, [[0.1, 0.4]]), "grid": Scale(0.0, 10.0, [[1.0]])}


def of(ring, grid, seed=3, **of_grid):
    good = {"status": Status.OK, "iterations": 40, **of_grid}
    return {
        "ring": Outcome(
            seed, Status.OK, {"energy": ring, "modes": 2.0, "spread": 1.0}, 1, None, 30
        ),
        "grid": Outcome(seed, metrics={} if grid is None else {"energy": grid}, seconds=2, **good),
    }


def test_the_combined_figure_is_the_geometric_mean_of_the_ratios_to_bce():
    both = trainer("ring,grid")
    outcome = combined(of(0.4, 2.0), both, SCALES)
    assert outcome.metrics["combined"] == pytest.approx(math.sqrt(0.4 / 0.2 * 2.0))
    assert (outcome.seed, outcome.status, outcome.seconds, outcome.iterations) == (3, "ok", 3, 70)
    assert outcome.metrics["ring.energy"] == 0.4
    assert outcome.metrics["ring.modes"] == 2
    assert "ring.spread" not in outcome.metrics  # no score sums it up
    assert both.measures[0] == "combined"
    assert set(outcome.metrics) <= set(both.measures)
    assert [metric.key for metric in both.objective.columns] == ["ring.energy", "grid.energy"]


def test_a_part_without_a_figure_counts_with_its_ceiling_and_says_how_all_ended():
    lost = of(0.4, None, status=Status.DIVERGED, reason="not finite", iterations=None)
    outcome = combined(lost, trainer("ring,grid"), SCALES)
    assert outcome.metrics["combined"] == pytest.approx(math.sqrt(2 * 10))
    assert (outcome.status, outcome.reason) == (Status.DIVERGED, "grid: not finite")
    assert outcome.iterations is None


def test_ranks_are_places_among_known_losses():
    scale = Scale(0.01, 100.0, [[1.0], [4.0, 16.0], [2.0]])  # 1, 2, 8
    ranks = [scale.rank(v) for v in (0.01, 1.0, 2.0, 4.0, 8.0, 100.0)]
    assert ranks == pytest.approx([1, 2, 3, 3.5, 4, 5])
    ranked = trainer("ring,grid", {"combine": "rank"})
    scales = {"ring": scale, "grid": scale}
    assert combined(of(2.0, 4.0), ranked, scales).metrics["combined"] == pytest.approx(3.25)
    assert ends(ranked, scales) == pytest.approx({"combined_floor": 1, "combined_ceiling": 5})


@given(
    st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=5),
    st.floats(0, 1e7),
    st.floats(0, 1e7),
    st.floats(0, 1.0),
)
def test_a_better_figure_never_counts_as_a_worse_one(known, one, other, floor):
    scale = Scale(floor, 10.0, [[value] for value in known])
    low, high = sorted((one, other))
    assert scale.rank(low) <= scale.rank(high)
    assert scale.log_ratio(low) <= scale.log_ratio(high)
    assert 1 <= scale.rank(low) <= len(known) + 2


def test_below_the_floor_nothing_is_gained():
    assert SCALES["ring"].log_ratio(0.0) == SCALES["ring"].log_ratio(0.01)
    assert SCALES["grid"].log_ratio(0.0) == pytest.approx(math.log(0.01))


def test_options_stand_under_names_in_any_form():
    dotted = trainer("ring,grid", {"ring.modes": 6, "grid.iterations": 9})
    nested = trainer("ring, grid", {"ring": {"modes": 6}, "grid": {"iterations": 9}})
    again = trainer("grid,ring", dotted.protocol.model_dump(mode="json", exclude={"name"}))
    assert dotted.protocol.hash() == nested.protocol.hash() == again.protocol.hash()
    assert dotted.part("ring").protocol.hash() == trainer("ring", {"modes": 6}).protocol.hash()
    assert dotted.iterations == 609
    assert "ring of 6 Gaussians" in dotted.protocol.describe()
    assert "ring.modes" in protocol_fields("ring,grid")


@pytest.mark.parametrize(
    "options", [{"combine": "rank"}, {"baseline_seeds": 2}, {"ring": {"sd": 0.03}}], ids=str
)
def test_an_option_changes_the_memo(options):
    usual = trainer("ring,grid").protocol.hash()
    assert trainer("ring,grid", options).protocol.hash() != usual
    kind = trainer_type("ring,grid").protocol_type
    assert kind.model_validate(options).hash() == trainer("ring,grid", options).protocol.hash()


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("ring,grid", {"combine": "sum"}, "option combine of protocol 'ring,grid' is 'sum'"),
        ("ring,grid", {"baseline_seeds": 0}, "option baseline_seeds"),
        ("ring,grid", {"ring": 3}, "ring is 3; it must be a table of options"),
        ("ring,grid", {"ring": {"mode": 3}}, "protocol 'ring' has no option 'mode'"),
        ("ring,grid", {"grid.rows": 0}, "option rows of protocol 'grid' is 0"),
        ("ring,grid", {"rows": 3}, "protocol 'ring,grid' has no option 'rows'"),
        ("ring,grid", {"parts": {"digits": {}}}, "'digits' is none of ring, grid"),
    ],
)
def test_bad_options_are_told(name, options, message):
    with pytest.raises(OptionError, match=message):
        trainer(name, options)


@pytest.mark.parametrize(
    ("name", "message"), [("ring,ring", "names one twice"), ("ring,", "unknown protocol ''")]
)
def test_bad_names_are_told(name, message):
    with pytest.raises(UnknownTrainerError, match=message):
        trainer(name)


def test_a_portfolio_is_trained_by_its_parts_alone():
    both = trainer("ring,grid")
    with pytest.raises(TrainerError, match="part by part"):
        both.train(Criterion(lambda s, y: s, lambda s, y: s), 0)
    with pytest.raises(KeyError):
        trainer("ring").part("ring")
    assert both.reference()["ring.energy_floor"] == trainer("ring").reference()["energy_floor"]


def test_a_search_may_ask_for_a_portfolio_without_torch():
    code = (
        "import sys; from lossgp.trainers import trainer; t = trainer('ring,grid'); "
        "t.protocol.hash(); t.protocol.describe(); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
