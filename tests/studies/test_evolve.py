"""Searches as a whole: other algorithms, and what is refused."""

import pytest

import lossgp
from lossgp.config import ConfigError, build
from lossgp.report.table import summary
from lossgp.runs import Store
from lossgp.search import PRESETS

from .inline import CONFIG, MadeUpTrainer


def evolved(folder, name, budget=None, **fields):
    config = {**CONFIG, "search": {**CONFIG["search"], "generations": 4}, **fields}
    return lossgp.evolve(
        config, runs_dir=folder, name=name, device="cpu", write=False, budget=budget
    )


def test_random_search_runs_to_its_end_and_breeds_nothing(laboratory, tmp_path):
    found = evolved(tmp_path, "random", algorithm="random")
    assert found.finished
    assert len(found.individuals) == 16
    assert not any(i.candidate.parents for i in found.individuals)
    assert lossgp.load("random", tmp_path).config.algorithm == "random"
    bred = evolved(tmp_path, "gp")
    assert any(i.candidate.parents for i in bred.individuals)


def test_an_algorithm_is_part_of_what_a_resumed_run_must_keep(laboratory, tmp_path):
    evolved(tmp_path, "random", algorithm="random")
    with pytest.raises(ConfigError, match="algorithm: 'random' -> 'gp'"):
        lossgp.evolve({"algorithm": "gp"}, resume="random", runs_dir=tmp_path, device="cpu")
    longer = lossgp.evolve(
        {"search": {"generations": 5}}, resume="random", runs_dir=tmp_path, device="cpu",
        write=False,
    )  # fmt: skip
    assert len(longer.individuals) == 20


@pytest.mark.parametrize(
    "wrong",
    [
        {"config": {"seeds": 0}},
        {"config": {"trainer_options": {"speed": 3}}},
        {"config": {"protocol": "digit"}},
        {"name": "lossgp.db-wal"},
        {"name": "a/b"},
        {"resume": "nothing"},
        {"name": "new", "if_exists": "resume", "config": {"seeds": 0}},
    ],
)
def test_what_is_refused_leaves_nothing_behind(tmp_path, wrong):
    with pytest.raises((ConfigError, lossgp.RunsError)):
        lossgp.evolve(**wrong, runs_dir=tmp_path / "runs", device="cpu")
    assert list(tmp_path.iterdir()) == []


def test_a_stored_run_keeps_what_its_version_did_where_the_preset_does_more_today(
    laboratory, tmp_path, monkeypatch
):
    with monkeypatch.context() as old:
        old.setitem(PRESETS, "plain", {})
        first = evolved(tmp_path, "old")
    with Store.open(tmp_path) as store:
        config = store.run("old").config
        for key in ("selection", "archive_probability"):  # as if they had come since
            del config["search"][key]
        store.update_config(store.run("old"), config)
    today = {"selection": "tournament", "archive_probability": 0.0, "seeds": 2}
    monkeypatch.setitem(PRESETS, "plain", today)
    laboratory.times.clear()
    again = lossgp.evolve(resume="old", runs_dir=tmp_path, device="cpu", write=False)
    assert again.to_json() == first.to_json()
    assert not laboratory.times
    assert lossgp.load("old", tmp_path).config == first.config
    new = evolved(tmp_path, "new", seeds=3).config
    assert (new.search.selection, new.search.archive_probability, new.seeds) == ("tournament", 0, 3)


def test_a_preset_may_set_what_is_not_of_the_search(monkeypatch):
    monkeypatch.setitem(PRESETS, "quick", {"seeds": 9, "population": 7})
    assert (build({}).seeds, build({}).search.population) == (9, 7)
    assert (build({"seeds": 2}).seeds, build({"search": {"population": 3}}).seeds) == (2, 9)


@pytest.mark.parametrize("budget", ["17-trainings", "2040-iterations"])
def test_a_search_ends_where_its_budget_is_used_up_and_goes_on(laboratory, tmp_path, budget):
    whole = evolved(tmp_path / "whole", "run")
    part = evolved(tmp_path / "part", "run", budget=budget)
    assert (part.ended, part.finished) == ("budget", False)
    assert len(laboratory.trained) == 17
    resumed = lossgp.evolve(resume="run", runs_dir=tmp_path / "part", device="cpu", write=False)
    assert resumed.to_json() == whole.to_json()


def test_a_result_says_what_its_trainings_have_cost(laboratory, tmp_path):
    found = evolved(tmp_path, "run")
    trained = set(laboratory.trained)
    assert len(trained) == found.cost.trainings + found.known_cost.trainings
    assert found.known_cost.trainings == 2 * 3
    assert found.cost.iterations == found.cost.trainings * laboratory.iterations
    assert found.to_json()["cost"]["iterations"] == found.cost.iterations
    assert lossgp.load("run", tmp_path).cost == found.cost
    [line] = [line for line in summary(found) if line.startswith("Cost")]
    assert str(found.cost) in line
    again = evolved(tmp_path, "again")
    assert laboratory.trained == []
    assert again.cost == found.cost


def test_iterations_are_no_budget_where_a_protocol_does_not_count_them(
    laboratory, tmp_path, monkeypatch
):
    monkeypatch.setattr(MadeUpTrainer, "iterations", None)
    with pytest.raises(ConfigError, match="does not say how many"):
        evolved(tmp_path, "run", budget="2000-iterations")
    assert evolved(tmp_path, "other", budget="200-trainings").finished


@pytest.mark.parametrize("budget", ["soon", "0-trainings", -1, 0])
def test_a_wrong_budget_leaves_nothing_behind(laboratory, tmp_path, budget):
    with pytest.raises(ConfigError, match="budget"):
        lossgp.evolve(CONFIG, runs_dir=tmp_path / "runs", budget=budget)
    with pytest.raises(ConfigError, match="budget"):
        lossgp.compare(["bce"], runs_dir=tmp_path / "runs", budget=budget)
    assert list(tmp_path.iterdir()) == []
