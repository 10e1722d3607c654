"""Sweeps over the options of a protocol, with made-up trainings."""

import pytest

import lossgp
from lossgp.config import ConfigError
from lossgp.report.sweep_table import sweep_grid
from lossgp.results.options import Varied, shown
from lossgp.results.steadiness import LOST, STABILITY
from lossgp.runs.place import CHECKPOINTS
from lossgp.studies.sweep import SweepInterruptedError
from lossgp.studies.sweep_settings import settings_of
from lossgp.trainers import Status, trainer
from lossgp.trainers.gan.checkpoint import checkpoint_path

from .sweeping import RATES, VARY, sweep, swept

__all__ = ["swept"]


def test_a_grid_has_every_combination_and_every_seed(swept, tmp_path):
    found = sweep(tmp_path, losses=["bce", "ganetic"])
    assert [cell.values for cell in found.cells] == [(r, b) for r in RATES for b in (0.0, 0.5)]
    assert found.missing == 0
    assert found.done == 6 * 2 * 2
    for cell in found.cells:
        for loss in cell.comparison.losses:
            fids = [o.metrics["fid"] for o in loss.outcomes]
            assert fids == [100 * cell.values[0], 100 * cell.values[0] + 1]
    assert found.best().values[0] == 1e-4


def test_the_first_seed_of_every_setting_comes_first(swept, tmp_path):
    sweep(tmp_path)
    assert swept.trained == [(cell, seed) for seed in (0, 1) for cell in range(6)]


def test_one_at_a_time_goes_around_the_defaults(swept, tmp_path):
    found = sweep(tmp_path, one_at_a_time=True)  # digits: 1e-3 and 0.5
    assert [cell.values for cell in found.cells] == [
        (1e-3, 0.5), (1e-1, 0.5), (1e-4, 0.5), (1e-3, 0.0)
    ]  # fmt: skip
    other = sweep(tmp_path, one_at_a_time=True, options={"learning_rate": 0.5, "beta1": 0.0})
    assert [cell.values for cell in other.cells] == [
        (0.5, 0.0), (1e-1, 0.0), (1e-3, 0.0), (1e-4, 0.0), (0.5, 0.5)
    ]  # fmt: skip


def test_defaults_are_those_that_the_protocol_fills_in():
    vary = {"width": [4, 8]}
    found = settings_of("wgan-gp", {}, vary, one_at_a_time=True, device="cpu")
    assert found.values[0] == (trainer("wgan-gp").protocol.width,)
    full = settings_of("wgan-gp", {"scale": "full"}, vary, device="cpu")
    assert full.options[0].default > found.options[0].default


def test_trainings_are_shared_with_other_commands_and_larger_sweeps(swept, laboratory, tmp_path):
    sweep(tmp_path)
    swept.times.clear()
    sweep(tmp_path, {"learning_rate": [1e-3, 2e-3]}, options={"beta1": 0.5}, seeds=3)
    assert dict(swept.times) == {(0, 2): 1, (1, 0): 1, (1, 1): 1, (1, 2): 1}
    lossgp.compare(["bce"], protocol="digits", seeds=3, device="cpu", runs_dir=tmp_path)
    assert laboratory.trained == []


def test_models_are_kept_where_other_commands_look_for_them(swept, tmp_path):
    sweep(tmp_path, {"learning_rate": [1e-1]}, seeds=1)
    own = trainer("digits", {"learning_rate": 1e-1}).protocol.hash()
    key = lossgp.LossPair.of(lossgp.zoo.bce).key()
    assert swept.kept == [
        str(checkpoint_path(tmp_path.absolute() / CHECKPOINTS, own, key, 0, "cpu"))
    ]


def test_more_seeds_near_the_defaults(swept, tmp_path):
    found = sweep(tmp_path, seeds=1, seeds_near=3)
    near = {(1e-3, 0.5), (1e-1, 0.5), (1e-4, 0.5), (1e-3, 0.0)}
    counts = {cell.values: len(cell.comparison.losses[0].outcomes) for cell in found.cells}
    assert counts == {v: 3 if v in near else 1 for v in counts}
    with pytest.raises(ConfigError, match=r"seeds_near is 1, and seeds 2: .* at least"):
        sweep(tmp_path, seeds=2, seeds_near=1)


def test_an_interrupt_keeps_what_was_trained_and_the_same_call_goes_on(swept, tmp_path):
    swept.wrong[5] = KeyboardInterrupt()
    with pytest.raises(SweepInterruptedError) as caught:
        sweep(tmp_path)
    assert caught.value.trainings == caught.value.sweep.done == 4
    assert caught.value.sweep.missing == 8
    found = sweep(tmp_path)
    assert found.missing == 0
    assert sum(swept.times.values()) == 13  # the one that was interrupted, twice


def test_a_budget_ends_a_sweep_after_the_same_trainings(swept, tmp_path):
    found = sweep(tmp_path, budget="7-trainings")
    assert found.done == 7
    assert [len(c.comparison.losses[0].outcomes) for c in found.cells] == [2, 1, 1, 1, 1, 1]
    assert sweep(tmp_path / "other", budget="360-iterations").done == 3


def test_failures_are_remembered_and_tried_again_on_request(swept, tmp_path):
    swept.wrong[(0, 0)] = Status.ERROR
    found = sweep(tmp_path)
    assert [o.status for o in found.cells[0].comparison.losses[0].outcomes] == ["error", "ok"]
    swept.wrong.clear()
    swept.times.clear()
    assert sweep(tmp_path).cells[0].comparison.losses[0].outcomes[0].status == "error"
    assert not swept.times
    again = sweep(tmp_path, retry_failed=True)
    assert swept.times == {(0, 0): 1}
    assert again.cells[0].comparison.losses[0].outcomes[0].status == "ok"


def test_limits_and_workers_reach_the_engine(swept, tmp_path):
    sweep(tmp_path, workers=7, time_limit=5.0)
    assert swept.limits == {"workers": 7, "time_limit": 5.0}


def test_lost_seeds_count_and_are_told(swept, tmp_path):
    swept.wrong = {(0, 0): Status.DIVERGED, (2, 0): Status.DEAD, (2, 1): Status.DIVERGED}
    found = sweep(tmp_path)
    loss = [cell.comparison.losses[0] for cell in found.cells]
    shares = [found.cells[i].average(loss[i], LOST) for i in range(3)]
    assert shares == [0.5, 0.0, 1.0]
    assert found.cells[0].average(loss[0], "fid") == (1000.0 + 11.0) / 2  # the ceiling
    assert found.cells[2].average(loss[2], STABILITY) == 0.0
    assert 0 < found.cells[0].average(loss[0], STABILITY) <= 0.5
    assert found.best().values[0] == 1e-4


def test_the_stability_index_takes_the_trainings_own_wobble_where_it_is_measured(swept, tmp_path):
    wobbles = {0.1: 3.0, 1e-3: 0.0, 1e-4: 1.0}
    swept.figures = lambda options, seed: {
        "fid": 5.0 + seed, "instability": wobbles[options["learning_rate"]]
    }  # fmt: skip
    found = sweep(tmp_path, {"learning_rate": RATES})
    index = [cell.average(cell.comparison.losses[0], STABILITY) for cell in found.cells]
    assert index == [0.25, 1.0, 0.5]


def test_one_living_seed_without_a_curve_says_nothing_of_stability(swept, tmp_path):
    found = sweep(tmp_path, {"learning_rate": [0.1]}, seeds=1)
    (cell,) = found.cells
    assert cell.average(cell.comparison.losses[0], STABILITY) is None
    assert sweep_grid(found).rows[0][6] == "-"


def test_without_it_the_index_takes_the_spread_over_the_seeds(swept, tmp_path):
    swept.figures = lambda options, seed: {"fid": 10.0 + seed * options["learning_rate"]}
    found = sweep(tmp_path, {"learning_rate": [1e-3, 10.0]})
    steady, wild = (c.average(c.comparison.losses[0], STABILITY) for c in found.cells)
    assert 0.9999 < steady < 1
    # of 10 and 20: deviation 7.07 over the mean of 15
    assert wild == pytest.approx(1 / (1 + 50**0.5 / 15))


@pytest.mark.parametrize(
    ("vary", "fields", "words"),
    [
        ({"learning_rat": [1]}, {}, "no option 'learning_rat' .did you mean 'learning_rate'"),
        ({"learning_rate": [0.1, -1]}, {}, "learning_rate of protocol 'digits' is -1; it must"),
        ({"learning_rate": [0.1, "no"]}, {}, "learning_rate of protocol 'digits' is 'no'"),
        ({"learning_rate": 0.1}, {}, "varied over 0.1; give a list of values"),
        ({"learning_rate": []}, {}, "varied over .*; give a list of values"),
        ({"learning_rate": [0.1, 1e-1]}, {}, "has the value 0.1 twice"),
        ({}, {}, "nothing to vary"),
        (VARY, {"protocol": "digitz"}, "unknown protocol 'digitz' .did you mean 'digits'"),
        (VARY, {"options": {"width": 0}}, "width of protocol 'digits' is 0"),
        (VARY, {"options": {"widht": 1}}, "no option 'widht' .did you mean 'width'"),
        (VARY, {"seeds": 0}, "seeds is 0; it must be from 1 to 1000"),
        (VARY, {"time_limit": 0.0}, "time_limit is 0.0"),
        (VARY, {"losses": []}, "there is no loss"),
        (VARY, {"budget": "many"}, "'many' is no budget"),
        ({"width": range(1, 400), "batch": range(1, 400)}, {}, "the grid has 159,201 settings"),
    ],
)
def test_mistakes_are_told_in_one_line_before_anything_is_trained(tmp_path, vary, fields, words):
    with pytest.raises(ConfigError, match=words) as caught:
        sweep(tmp_path, vary, **fields)
    assert "\n" not in str(caught.value)
    assert not any(tmp_path.iterdir())


def test_settings_that_train_alike_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="'batch 8' and 'batch 8' are the same training"):
        sweep(tmp_path, {"batch": [8, "8"]})


def test_a_portfolio_is_not_swept():
    with pytest.raises(ConfigError, match="'ring,grid' are several protocols"):
        settings_of("ring,grid", {}, {"combine": ["rank", "log-ratio"]}, device="cpu")


def test_which_axis_suits_the_values_of_an_option():
    geometric = [(0.1, 0.01, 0.001), (1, 2, 4), (5, 1000)]
    assert all(Varied("x", values).is_geometric for values in geometric)
    linear = [(1, 2, 3), (0, 1, 10, 100), ("a", "b"), (True, False), (5,), (1, 10)]
    assert not any(Varied("x", values).is_geometric for values in linear)


def test_values_are_shown_as_people_write_them():
    values = [1e-5, 1e-1, 1e-6, 0.002, 250, 1e6, True, "adam", None, (1, 2), 3e-7]
    texts = ["1e-5", "0.1", "1e-6", "0.002", "250", "1e6", "true", "adam", "none", "1-2", "3e-7"]
    assert list(map(shown, values)) == texts


def test_a_sweep_as_a_data_frame(swept, tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = sweep(tmp_path).to_dataframe()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns[:4]) == ["learning_rate", "beta1", "loss", "seed"]
    assert len(frame) == 12
