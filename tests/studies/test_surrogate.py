"""Searches with a surrogate: from beginning to end, interrupted, and taught by earlier runs."""

from __future__ import annotations

import json

import pytest

import lossgp
from lossgp.config import ConfigError
from lossgp.report.table import summary
from lossgp.runs import RunsError, Store
from lossgp.trainers import Outcome, Status

from .inline import CONFIG

FOREST = {
    **CONFIG["search"],
    "population": 10,
    "surrogate": "forest",
    "pool": 4,
    "generations": 4,
}


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    """Let forests be quick."""
    monkeypatch.setattr("lossgp.search.surrogate.TREES", 10)


def evolved(folder, name="guided", *, search=None, **fields):
    config = {**CONFIG, "search": {**FOREST, **(search or {})}, **fields}
    return lossgp.evolve(config, runs_dir=folder, name=name, device="cpu", write=False)


def plain(result):
    """Return a result's data without its name."""
    return json.dumps({**result.to_json(), "run": ""})


def resumed(folder, name="guided", config=None, **options):
    return lossgp.evolve(config, resume=name, runs_dir=folder, device="cpu", write=False, **options)


def test_a_search_with_a_surrogate_runs_to_its_end_and_is_read_again(laboratory, tmp_path):
    found = evolved(tmp_path)
    assert found.finished
    assert len(found.individuals) == 40
    predicted = [i for i in found.individuals if i.candidate.prediction]
    assert len(predicted) == 30
    assert sum(i.candidate.prediction.chosen for i in predicted) == 24
    again = lossgp.load("guided", tmp_path)
    assert [i.candidate.prediction for i in again.individuals] == [
        i.candidate.prediction for i in found.individuals
    ]


def test_the_result_says_how_well_it_was_guided(laboratory, tmp_path):
    found = evolved(tmp_path)
    said = found.to_json()["surrogate"]
    assert (said["chosen"], said["by_chance"], said["losses"]) == (24, 6, 30)
    assert [g["generation"] for g in said["generations"]] == [2, 3, 4]
    assert 24 < said["drawn"] <= 24 * 4
    (line,) = [line for line in summary(found) if line.startswith("Surrogate ")]
    assert f"chose 24 of {said['drawn']} losses" in line
    assert lossgp.load("guided", tmp_path).to_json()["surrogate"] == said
    alone = evolved(tmp_path, "alone", search={"surrogate": "none"})
    assert "surrogate" not in alone.to_json()
    assert not any(line.startswith("Surrogate") for line in summary(alone))


@pytest.mark.parametrize("at", [3, 20, 31])
def test_an_interrupted_search_ends_as_it_would_have(laboratory, tmp_path, at):
    whole = evolved(tmp_path / "whole")
    laboratory.wrong[at] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        evolved(tmp_path / "cut")
    assert plain(resumed(tmp_path / "cut")) == plain(whole)


def test_losses_that_were_stopped_at_a_rung_are_learnt_and_resumed(laboratory, tmp_path):
    search = {"rungs": [0.5], "promoted": 0.5, "generations": 3}
    whole = evolved(tmp_path / "whole", search=search)
    stopped = [i for i in whole.individuals if i.score.is_stopped]
    assert len(stopped) == 15
    assert whole.guidance.whole.compared == 20
    laboratory.wrong[30] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        evolved(tmp_path / "cut", search=search)
    assert plain(resumed(tmp_path / "cut")) == plain(whole)


@pytest.mark.parametrize("at", [18, 30])
def test_with_ranks_by_posterior_it_learns_changed_scores_and_resumes(laboratory, tmp_path, at):
    search = {"racing": "posterior", "fitness": "posterior", "generations": 3}
    whole = evolved(tmp_path / "whole", search=search)
    assert whole.guidance.whole.chosen.losses == 16
    laboratory.wrong[at] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        evolved(tmp_path / "cut", search=search)
    assert plain(resumed(tmp_path / "cut")) == plain(whole)


def test_complete_generations_are_not_drawn_again(laboratory, tmp_path, monkeypatch):
    evolved(tmp_path)
    drawn = []
    from lossgp.search import ask_tell

    monkeypatch.setattr(ask_tell, "guided", lambda *_: drawn.append(1) or [])
    monkeypatch.setattr(ask_tell.GenerationalSearch, "by_chance", lambda *_: drawn.append(2) or [])
    assert resumed(tmp_path).finished
    assert drawn == []


def test_a_run_is_extended_as_if_it_had_been_longer(laboratory, tmp_path):
    longer = evolved(tmp_path / "long", search={"generations": 5})
    evolved(tmp_path / "short")
    found = resumed(tmp_path / "short", config={"search": {"generations": 5}})
    assert plain(found) == plain(longer)


def test_what_else_is_in_the_store_changes_nothing(laboratory, tmp_path):
    alone = evolved(tmp_path / "alone")
    evolved(tmp_path / "shared", "other", seed=7)
    assert plain(evolved(tmp_path / "shared")) == plain(alone)


def test_drawing_is_shown(laboratory, tmp_path):
    said = []
    lossgp.evolve({**CONFIG, "search": FOREST}, runs_dir=tmp_path, device="cpu", write=False,
                  on_progress=said.append)  # fmt: skip
    drawing = [p for p in said if p.activity == "drawing candidates"]
    assert {p.generation for p in drawing} == {2, 3, 4}
    assert {(p.stage, p.total, p.remaining) for p in drawing} == {("generation", 8, None)}


def test_a_loss_that_crashed_is_not_learnt_but_a_dead_one_is(laboratory, tmp_path, monkeypatch):
    from lossgp.search.surrogate import Surrogate

    learnt = []
    real = Surrogate._add
    monkeypatch.setattr(
        Surrogate, "_add", lambda s, all_: real(s, learnt.extend(found := list(all_)) or found)
    )
    laboratory.wrong[1] = Status.CRASHED
    laboratory.wrong[2] = Outcome(0, Status.DEAD, {}, 1.0, "constant")
    evolved(tmp_path, search={"generations": 1, "give_up_after": 1, "promoted": 0.1},
            yardsticks=())  # fmt: skip
    assert len(learnt) == 9
    assert (1000.0,) in [values for _, _, values in learnt]


# Learning from earlier runs


def test_what_an_earlier_run_learnt_guides_the_first_generation(laboratory, tmp_path):
    evolved(tmp_path, "first", search={"surrogate": "none"})
    taught = evolved(tmp_path, "taught", seed=1, search={"learn_from": "first"})
    untaught = evolved(tmp_path, "untaught", seed=1)
    firsts = [
        [i.candidate for i in r.individuals if i.candidate.generation == 0]
        for r in (taught, untaught)
    ]
    assert sum(c.prediction is not None and c.prediction.chosen for c in firsts[0]) == 8
    assert not any(c.prediction for c in firsts[1])
    assert {c.loss for c in firsts[0]} != {c.loss for c in firsts[1]}


def test_what_was_learnt_stays_whatever_becomes_of_the_other_run(laboratory, tmp_path):
    search = {"learn_from": ["first"]}
    for folder in ("whole", "cut"):
        evolved(tmp_path / folder, "first", search={"surrogate": "none", "generations": 2})
    whole = evolved(tmp_path / "whole", seed=1, search=search)
    laboratory.wrong[25] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        evolved(tmp_path / "cut", seed=1, search=search)
    resumed(tmp_path / "cut", "first", {"search": {"generations": 3}})
    with Store.open(tmp_path / "cut") as store, store.lock("first"):
        store.delete_run("first")
    assert plain(resumed(tmp_path / "cut")) == plain(whole)


def test_all_is_every_training_under_the_protocol(laboratory, tmp_path):
    evolved(tmp_path, "first", search={"surrogate": "none", "generations": 1})
    evolved(tmp_path, "second", seed=5, search={"surrogate": "none", "generations": 1})
    evolved(tmp_path, "third", search={"learn_from": "all"})
    with Store.read_only(tmp_path) as store:
        lessons = store.lessons(store.run("third"))
        known = store.memo.trainings_of_all(store.run("first").protocol_hash)
    texts = {lesson["loss"] for lesson in lessons}
    assert texts >= {
        i.candidate.loss.text()
        for name in ("first", "second")
        for i in lossgp.load(name, tmp_path).individuals
    }
    assert any("0.697" in t or "score" in t for t in texts)  # known losses, too
    assert len(lessons) < len(known)  # those of the third came later


def test_lessons_are_of_the_seeds_that_were_trained(laboratory, tmp_path):
    first = evolved(tmp_path, "first", search={"surrogate": "none", "generations": 1})
    evolved(tmp_path, "second", search={"learn_from": "first"})
    with Store.read_only(tmp_path) as store:
        lessons = store.lessons(store.run("second"))
    assert sorted((d["loss"], d["seed"], d["value"]) for d in lessons) == sorted(
        (i.candidate.loss.text(), o.seed, o.metrics["fid"])
        for i in first.individuals
        for o in i.outcomes
    )


def test_a_resumed_run_keeps_what_it_learns_from(laboratory, tmp_path):
    evolved(tmp_path, "first", search={"surrogate": "none"})
    evolved(tmp_path)
    with pytest.raises(ConfigError, match=r"search.learn_from: \[\] -> \['first'\]"):
        resumed(tmp_path, config={"search": {"learn_from": ["first"]}})


def test_what_cannot_be_learnt_from_is_refused_and_leaves_nothing(laboratory, tmp_path):
    def refused(match, **search):
        before = sorted(tmp_path.iterdir())
        with pytest.raises((ConfigError, RunsError), match=match):
            evolved(tmp_path, search=search)
        assert sorted(tmp_path.iterdir()) == before

    refused("holds no lossgp.db|no run", learn_from="all")
    evolved(tmp_path, "other", trainer_options={"iterations": 77}, search={"generations": 1})
    refused("'other' is trained under another protocol", learn_from="other")
    refused("no run called 'othr'.*did you mean 'other'", learn_from="othr")
    refused("nothing is trained under this protocol", learn_from="all")
    with Store.open(tmp_path) as store:
        run = store.run("other")
        mine = evolved(tmp_path, "mine", search={"generations": 1})
        with Store.open(tmp_path) as again:
            hash_ = again.run("mine").protocol_hash
        store.create_run("empty", run.config, hash_, "0.1", "cpu")
    assert mine.finished
    refused("nothing is trained .* in a complete generation of empty", learn_from="empty")
    refused('learn_from needs a surrogate that learns: set surrogate = "forest"',
            learn_from="mine", surrogate="none")  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"surrogate": "tree"}, "surrogate.*'tree'.*'none' or 'forest'"),
        ({"pool": 1}, "pool.*1.*2"),
        ({"pool": 1001}, "pool.*1001.*1000"),
        ({"explore": 1.5}, "explore.*1.5"),
        ({"explore": -0.1}, "explore.*-0.1"),
    ],
)
def test_settings_of_the_surrogate_are_checked(tmp_path, wrong, match):
    with pytest.raises(ConfigError, match=match):
        evolved(tmp_path / "runs", search=wrong)
    assert list(tmp_path.iterdir()) == []


def test_an_algorithm_that_draws_no_pool_takes_no_surrogate(tmp_path, monkeypatch):
    from lossgp.search import algorithms

    monkeypatch.setitem(algorithms._BUILT_IN, "mine", "lossgp.search.ask_tell:Draft")
    with pytest.raises(ConfigError, match="algorithm 'mine' draws no pool"):
        evolved(tmp_path, algorithm="mine")
