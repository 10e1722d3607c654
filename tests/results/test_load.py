"""Stored runs as results: the device that their figures are of, and rows that are broken."""

from __future__ import annotations

import pytest

from lossgp.results.load import load
from lossgp.runs import RunsError

from ..report.stored import ok, opened, remember, stored

CPU, CUDA = (ok(0, 50.0), ok(1, 60.0)), (ok(0, 500.0), ok(1, 600.0))


def known(result):
    """The mean of BCE beside the run."""
    return [y.score.mean for y in result.yardsticks]


@pytest.mark.parametrize(("device", "mean"), [("cpu", 55.0), ("cuda:1", 550.0)])
def test_known_losses_are_those_of_the_runs_own_device(tmp_path, device, mean):
    with opened(tmp_path) as store:
        stored(store, device=device, at=device)
        remember(store, "bce_logits", CPU, "cpu")
        remember(store, "bce_logits", CUDA, "cuda")
        result = load(store, "first")
    assert result.device == device.partition(":")[0]
    assert known(result) == [mean]
    assert result.to_json()["device"] == result.device


def test_without_trainings_of_the_runs_device_nothing_is_compared(tmp_path):
    with opened(tmp_path) as store:
        stored(store, device="cuda", at="cuda")
        remember(store, "bce_logits", CPU, "cpu")
        assert known(load(store, "first")) == []


def test_the_device_of_an_old_run_is_the_one_that_its_figures_were_measured_on(tmp_path):
    with opened(tmp_path) as store:
        stored(store, device=None, at="cuda")
        only = load(store, "first")
        assert (only.device, known(only)) == ("cuda", [])
        # The same losses were trained on the processor later, and ended elsewhere.
        stored(store, "second", ((ok(0, 21.0), ok(1, 41.0)),), device="cpu")
        remember(store, "bce_logits", CPU, "cpu")
        remember(store, "bce_logits", CUDA, "cuda")
        found = load(store, "first")
        assert (found.device, known(found)) == ("cuda", [550.0])


def test_an_old_run_that_fits_both_devices_is_compared_with_neither(tmp_path):
    with opened(tmp_path) as store:
        stored(store, device=None)
        stored(store, "second", device="cuda", at="cuda")
        remember(store, "bce_logits", CPU, "cpu")
        result = load(store, "first")
    assert (result.device, known(result)) == (None, [])


def test_a_broken_row_of_the_memo_takes_no_run_with_it(tmp_path):
    with opened(tmp_path) as store:
        stored(store)
        remember(store, "bce_logits", CPU)
        store._database.execute("UPDATE trainings SET outcome = '[' WHERE seed = 1")
        result = load(store, "first")
    assert [i.score.mean for i in result.individuals] == [30.0, 515.0]
    assert known(result) == []


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ('{"protocol": "of-a-plug-in"}', "'of-a-plug-in'"),
        ('{"seeds": "many"}', "seeds"),
        ('{"trainer_options": {"\\u001b[31m": 1}}', r"\\x1b\[31m"),
        ('{"search": 3}', "search"),
        ('{"trainer_options": {"iterations": "x"}}', "iterations"),
    ],
)
def test_a_configuration_that_is_not_read_here_is_said_in_one_line(tmp_path, config, words):
    with opened(tmp_path) as store:
        stored(store)
        store._database.execute("UPDATE runs SET checksum = NULL, config = ?", (config,))
        with pytest.raises(RunsError, match=words) as caught:
            load(store, "first")
    assert "it was made by lossgp 0.1.0" in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "individual", ['{"name":"g0"}', '{"name":"g0sx"}', '{"name":3,"formula":"y_pred"}', "{}"]
)
def test_an_individual_that_is_not_read_here_is_said_in_one_line(tmp_path, individual):
    with opened(tmp_path) as store:
        stored(store)
        store._database.execute(
            "UPDATE generations SET checksum = NULL, individuals = ?", (f"[{individual}]",)
        )
        with pytest.raises(RunsError, match="records that this version cannot read"):
            load(store, "first")
