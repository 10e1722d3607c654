"""Engines by name."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from lossgp.runs import LocalEngine, RunsError, engines, make_engine
from lossgp.trainers import trainer


def test_the_local_engine_has_the_trainers_limits_unless_others_are_given() -> None:
    chosen = trainer("digits")
    with make_engine("digits", {}, chosen, workers=3) as made:
        assert isinstance(made, LocalEngine)
        assert (made.workers, made.time_limit) == (3, chosen.time_limit)
    with make_engine("digits", {}, chosen, time_limit=7.0, memory_limit=10**9) as made:
        assert isinstance(made, LocalEngine)
        assert (made.time_limit, made.memory_limit) == (7.0, 10**9)


def test_another_package_registers_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    other = EntryPoint("cluster", "lossgp.runs.local:LocalEngine", engines.GROUP)
    monkeypatch.setattr(engines, "entry_points", lambda group: [other])
    with make_engine("digits", {}, trainer("digits"), workers=1, kind="cluster") as made:
        assert made.workers == 1


def test_an_unknown_engine_is_told_with_the_known_ones() -> None:
    with pytest.raises(RunsError, match=r"no engine 'locl' \(did you mean 'local'\?\); engines"):
        make_engine("digits", {}, trainer("digits"), kind="locl")
