"""Searches whose candidates are measured on the way: made-up trainings."""

import json
from itertools import pairwise
from typing import get_args

import pytest

import lossgp
from lossgp.report.table import summary
from lossgp.search import SearchSettings
from lossgp.studies.evolve import SearchInterruptedError
from lossgp.trainers import Outcome, Status

from .inline import CONFIG, MadeUpTrainer

RUNGS = {
    **CONFIG,
    "search": {**CONFIG["search"], "population": 8, "generations": 2, "rungs": [0.25, 0.5]},
}


@pytest.fixture
def parts(laboratory, monkeypatch):
    """What was trained: key, seed and part; a training comes down from afar, and crosses others."""
    asked = []
    outcome = laboratory.outcome

    def at_part(task):
        asked.append((task.key, task.seed, task.part))
        found = outcome(task)
        if task.part == 1 or found.status is not Status.OK:
            return found
        value = 900 * (1 - task.part) + laboratory.fid(f"{task.key} {task.part}", 0)
        run = round(120 * task.part)
        return Outcome(task.seed, Status.OK, {"fid": value}, 0.5, None, run)

    monkeypatch.setattr(laboratory, "outcome", at_part)
    monkeypatch.setattr(laboratory, "iterations", 120)
    return asked


def evolve(folder, config=RUNGS, **options):
    options = {"name": "run", **options}
    return lossgp.evolve(config, runs_dir=folder, device="cpu", write=False, **options)


def of_generation(result, generation):
    return [i for i in result.individuals if i.candidate.generation == generation]


def test_the_best_part_goes_on_from_each_rung(parts, tmp_path):
    """8 to a quarter, 4 to a half, 2 to the end, and 1 of them with all seeds."""
    found = evolve(tmp_path)
    for generation in (0, 1):
        own = of_generation(found, generation)
        keys = {i.candidate.pair.key() for i in own}
        counts = [sum(p == part and k in keys for k, _, p in parts) for part in (0.25, 0.5)]
        wholes = sorted(s for k, s, p in parts if p == 1 and k in keys)
        assert counts == [8, 4]
        assert wholes == [0, 0, 1, 2]
        for rung in (0, 1):
            there = [i for i in own if len(i.score.rungs) > rung]
            on = [i for i in there if len(i.score.rungs) > rung + 1 or not i.score.is_stopped]
            off = [i.score.rungs[rung].value for i in there if i not in on]
            assert max(i.score.rungs[rung].value for i in on) < min(off)
            assert len(on) == len(off)


RACINGS = get_args(SearchSettings.model_fields["racing"].annotation)


@pytest.mark.parametrize("racing", RACINGS)
def test_every_racing_takes_who_is_left_by_the_rungs(parts, tmp_path, racing):
    """And a search with rungs and this racing is resumed, and loaded, as it was."""
    search = {**RUNGS["search"], "racing": racing, "generations": 3}
    if racing != "fixed":
        search["fitness"] = racing
    found = evolve(tmp_path, {**RUNGS, "search": search})
    assert found.finished
    assert sum(i.score.is_stopped for i in found.individuals) == 3 * 6
    assert all(i.score.is_stopped for i in found.individuals[-18:])
    assert all(i.score.rungs for i in found.individuals)
    assert evolve(tmp_path, None, name=None, resume="run").to_json() == found.to_json()
    loaded = lossgp.load("run", tmp_path)
    assert [i.candidate.name for i in loaded.individuals] == [
        i.candidate.name for i in found.individuals
    ]


def test_without_rungs_all_is_as_it_was(parts, tmp_path):
    found = evolve(tmp_path, {**RUNGS, "search": {**RUNGS["search"], "rungs": []}})
    assert {part for *_, part in parts} == {1.0}
    assert "rungs" not in found.to_json()
    assert "rungs" not in json.dumps(found.to_json()["losses"])
    assert not any(line.startswith(("Rungs", "Stopped")) for line in summary(found))


def test_what_was_stopped_ranks_last_and_costs_what_was_run(parts, tmp_path):
    found = evolve(tmp_path, {**RUNGS, "yardsticks": []})
    stopped = [i.score.is_stopped for i in found.individuals]
    assert stopped == sorted(stopped)
    assert sum(stopped) == 12
    assert found.cost.to_json() == {
        "trainings": 2 * (4 + 2 + 4),
        "iterations": 2 * (4 * 30 + 2 * 60 + 4 * 120),
        "uncounted": 0,
    }


def test_the_rank_correlation_of_rungs_is_told(parts, tmp_path):
    found = evolve(tmp_path)
    told = found.to_json()["rungs"]
    stops = [(one["part"], one["to"], one["losses"]) for one in told]
    assert stops == [(0.25, 0.5, 8), (0.25, 1.0, 4), (0.5, 1.0, 4)]
    assert all(-1 <= one["spearman"] <= 1 for one in told)
    lines = summary(found)
    assert "Stopped   at a part of the first training: 8 at 0.25, 4 at 0.5" in lines
    (words,) = (line for line in lines if line.startswith("Rungs"))
    assert words.count("(4)") == 2
    assert f"0.25 with 0.5 {told[0]['spearman']:.2f} (8)" in words
    assert lossgp.load("run", tmp_path).to_json()["rungs"] == told


@pytest.mark.parametrize("after", [3, 9, 13, 15, 20])
def test_an_interrupted_search_comes_to_the_same_result(parts, laboratory, tmp_path, after):
    right = evolve(tmp_path / "right")
    laboratory.wrong = {after: KeyboardInterrupt()}
    with pytest.raises(SearchInterruptedError):
        evolve(tmp_path)
    again = evolve(tmp_path, None, name=None, resume="run")
    assert again.to_json() == right.to_json()
    assert [i.score for i in again.individuals] == [i.score for i in right.individuals]


def test_states_go_when_a_generation_is_complete(parts, laboratory, tmp_path):
    left = []
    states = tmp_path / "run" / "states"

    def told(result):
        left.append(states.exists())
        states.mkdir(parents=True, exist_ok=True)
        (states / "some.safetensors").touch()

    evolve(tmp_path, on_generation=told)
    assert left == [False, False]


def test_a_loss_that_fails_at_a_rung_is_passed_by(parts, laboratory, tmp_path):
    right = evolve(tmp_path / "right")
    first = of_generation(right, 0)
    chosen = next(i for i in first if not i.score.is_stopped)
    key = chosen.candidate.pair.key()
    laboratory.wrong = {(key, 0): Status.CRASHED}
    found = evolve(tmp_path)
    (same,) = (i for i in of_generation(found, 0) if i.candidate == chosen.candidate)
    assert same.score.is_stopped
    assert [(r.part, r.value, r.status) for r in same.score.rungs] == [(0.25, 1000.0, "crashed")]
    assert found.failed == 1
    laboratory.wrong = {}
    again = evolve(tmp_path, None, name=None, resume="run", retry_failed=True)
    assert again.to_json() == right.to_json()


def test_a_trainer_that_cannot_stop_trains_whole_and_says_so(parts, tmp_path, monkeypatch):
    monkeypatch.setattr(MadeUpTrainer, "continues", False)
    found = evolve(tmp_path)
    assert {part for *_, part in parts} == {1.0}
    assert any("search.rungs is not used" in line for line in found.warnings)


def test_progress_counts_up_to_its_total(parts, tmp_path):
    seen = []
    evolve(tmp_path, on_progress=seen.append)
    own = [p for p in seen if p.stage == "generation" and p.generation == 1]
    assert {p.total for p in own} == {8 + 4 + 2 + 2}
    assert all(a.done <= b.done for a, b in pairwise(own))
    assert own[-1].done == own[-1].total
