"""A run is resumed on the type of device that it was begun on."""

from __future__ import annotations

import pytest

import lossgp
from lossgp import evolution
from lossgp.runs import RunsError, Store

from ..report.stored import stored


def test_a_run_is_not_resumed_on_another_device(tmp_path):
    with Store.open(tmp_path) as store:
        stored(store, device="cuda", at="cuda")
    for device in ("cpu", "auto"):
        if evolution.resolve_device("auto") != "cpu" and device == "auto":
            continue
        with pytest.raises(RunsError, match=r"is trained on cuda.* do not compare"):
            lossgp.evolve(runs_dir=tmp_path, resume="first", device=device)


def test_auto_means_the_runs_own_device(tmp_path, monkeypatch):
    with Store.open(tmp_path) as store:
        stored(store)
        monkeypatch.setattr(evolution, "resolve_device", lambda device: f"{device} is there")
        assert evolution._resumed_device(store, "first", "auto") == "cpu is there"
        assert evolution._resumed_device(store, "first", "cpu") == "cpu"
