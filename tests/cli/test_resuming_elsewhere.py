"""A run is resumed on the type of device that it was begun on."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import lossgp
from lossgp.config import build
from lossgp.runs import RunsError, Store
from lossgp.studies import opening
from lossgp.trainers import trainer

from ..report.stored import stored


def test_a_run_is_not_resumed_on_another_device(tmp_path):
    with Store.open(tmp_path) as store:
        stored(store, device="cuda", at="cuda")
    for device in ("cpu", "auto"):
        if opening.resolve_device("auto") != "cpu" and device == "auto":
            continue
        with pytest.raises(RunsError, match=r"is trained on cuda.* do not compare"):
            lossgp.evolve(runs_dir=tmp_path, resume="first", device=device)


def test_auto_means_the_runs_own_device(tmp_path, monkeypatch):
    with Store.open(tmp_path) as store:
        stored(store)
        monkeypatch.setattr(opening, "resolve_device", lambda device: f"{device} is there")
        assert opening.resumed_device(store, "first", "auto") == "cpu is there"
        assert opening.resumed_device(store, "first", "cpu") == "cpu"


@pytest.mark.parametrize(("elsewhere", "kept"), [(False, "cpu"), (True, None)])
def test_the_device_of_an_older_versions_run_is_kept_where_it_can_be_told(
    tmp_path, elsewhere, kept
):
    prepared = SimpleNamespace(device="cpu", protocol=trainer("digits").protocol)
    with Store.open(tmp_path) as store:
        run = stored(store, device=None)
        if elsewhere:
            stored(store, "second", device="cuda", at="cuda")
        opening._run(store, "first", "first", build(run.config), prepared, None)
    with Store.read_only(tmp_path) as store:
        assert store.run("first").device == kept


@pytest.mark.parametrize(("device", "kept"), [("cpu", "cpu"), ("cuda:3", "cuda")])
def test_a_new_run_stores_its_device(tmp_path, device, kept):
    prepared = SimpleNamespace(device=device, protocol=trainer("digits").protocol)
    with Store.open(tmp_path) as store, store.lock("first"):
        opening._run(store, "first", None, build({"protocol": "digits"}), prepared, None)
        assert store.run("first").device == kept
