"""A run's best on fresh seeds: what is trained, how it ranks, and what survives an end."""

import json
import math
import statistics

import pytest

import lossgp
from lossgp.results.confirmation import CONFIRMATION_SEEDS_FROM
from lossgp.runs import Store
from lossgp.studies.evolve import SearchInterruptedError
from lossgp.trainers import Status

from .inline import CONFIG

FRESH = CONFIRMATION_SEEDS_FROM


@pytest.fixture(autouse=True)
def blank_pictures(monkeypatch):
    """Pictures are tested elsewhere; to draw them takes most of the time."""
    monkeypatch.setattr("lossgp.analysis.plots.shapes", lambda losses, path: path.touch())


def config(**search):
    return {**CONFIG, "search": {**CONFIG["search"], **search}}


def evolved(folder, name="run", **search):
    return lossgp.evolve(config(**search), runs_dir=folder, name=name, device="cpu")


def confirmed(folder, **options):
    return lossgp.confirm("run", runs_dir=folder, device="cpu", **options)


def files(folder, name="run"):
    return {path.name: path.read_bytes() for path in (folder / name).iterdir() if path.is_file()}


def fresh(trained):
    return [(key, seed) for key, seed in trained if seed >= FRESH]


def test_a_search_confirms_nothing_unless_it_is_told_to(laboratory, tmp_path):
    found = evolved(tmp_path)
    assert fresh(laboratory.times) == []
    assert found.confirmations == ()
    assert "confirm" not in json.dumps(found.to_json()).replace('"confirm', "", 4)
    assert "confirmation.csv" not in files(tmp_path)


def test_the_best_and_the_known_losses_get_seeds_that_no_search_uses(laboratory, tmp_path):
    found = evolved(tmp_path, confirm=6, confirm_top=2)
    trained = fresh(laboratory.times)
    assert {seed for _, seed in trained} == set(range(FRESH, FRESH + 6))
    assert len(trained) == (2 + 2) * 6
    (confirmation,) = found.confirmations
    assert [b.name for b in confirmation.baselines] == ["bce_logits", "ganetic"]
    chosen = sorted(found.individuals, key=lambda i: i.order)[:2]
    assert {loss.name for loss in confirmation.losses} == {i.candidate.name for i in chosen}
    own = confirmation.losses[0]
    assert own.score.mean == statistics.mean(
        laboratory.fid(own.pair.key(), seed) for seed in range(FRESH, FRESH + 6)
    )


def test_what_is_confirmed_ranks_first_by_that_score(laboratory, tmp_path):
    plain = evolved(tmp_path, "plain")
    second, first = (i.candidate.pair.key() for i in plain.individuals[:2])
    fid = laboratory.fid
    # On fresh seeds the second of the search beats the first.
    laboratory.fid = lambda key, seed: (
        {first: 5.0, second: 50.0}.get(key, 30.0) if (seed >= FRESH) else fid(key, seed)
    )
    found = evolved(tmp_path, confirm=5, confirm_top=2)
    assert [i.candidate.pair.key() for i in found.individuals[:2]] == [first, second]
    assert found.searched_best.candidate.pair.key() == second
    assert found.score(found.best).mean == 5.0
    assert [rank for rank, _ in found.ranked[:3]] == [1, 2, 3]
    assert found.confirmation.better_than("ganetic") == [found.confirmation.losses[0]]
    assert lossgp.load("run", tmp_path).individuals == found.individuals
    assert "FID 5.0 ± 0.0, confirmed on 5 fresh seeds" in (tmp_path / "run/best.tex").read_text()


def test_a_search_of_equal_losses_shows_luck_and_confirmation_removes_it(laboratory, tmp_path):
    made_up = laboratory.fid

    def luck(key, seed):
        # Every loss is as good as any other: log-normal figures with mean 100 and deviation 66.
        uniform = [(made_up(key, 12 * seed + i) - 10) / 64 for i in range(12)]
        return 100 * math.exp(0.6 * (sum(uniform) - 6) - 0.18)

    laboratory.fid = luck
    found = [
        lossgp.evolve(
            {
                "preset": "plain",
                "algorithm": "random",
                "seeds": 3,
                "seed": seed,
                "search": {
                    **{"generations": 2, "population": 12, "promoted": 1.0, "fitness": "mean"},
                    **{"confirm": 10, "confirm_top": 1},
                },
            },
            runs_dir=tmp_path, name=f"r{seed}", device="cpu", write=False,
        )
        for seed in range(6)
    ]  # fmt: skip
    searched = [one.searched_best.score.mean for one in found]
    confirmed = [one.score(one.best).mean for one in found]
    # The best of 24 means of three is about 45; the mean of ten has a deviation of 21, and that
    # of six such means one of 9: the margins are four of these.
    assert max(searched) < 75
    assert 65 < statistics.mean(confirmed) < 135


@pytest.mark.parametrize("rule", ["mean", "posterior"])
def test_what_the_search_said_of_its_winner_stands_beside_what_holds(laboratory, tmp_path, rule):
    found = evolved(tmp_path, fitness=rule, confirm=6, confirm_top=1)
    winner = found.to_json()["winner"]
    best = found.searched_best
    fresh_values = found.confirmed(best).score.values
    if rule == "mean":
        expected = best.score.mean, statistics.mean(fresh_values)
    else:
        expected = best.score.posterior.mean, statistics.geometric_mean(fresh_values)
    assert (winner["searched"], winner["confirmed"]) == pytest.approx(expected)
    assert winner["ratio"] == pytest.approx(expected[1] / expected[0])
    assert winner["name"] == best.candidate.label
    assert "winner" not in evolved(tmp_path, "plain", fitness=rule).to_json()


@pytest.mark.parametrize("when", [1, 7, 19])
def test_an_interrupted_confirmation_goes_on_where_it_was(laboratory, tmp_path, when):
    evolved(tmp_path / "whole", confirm=5)
    whole = len(laboratory.trained)
    searched = sum(seed < FRESH for _, seed in laboratory.times)
    assert whole == 5 * 5  # the engine of the confirmation
    laboratory.times.clear()
    calls = []

    def interrupting(key, seed):
        calls.append((key, seed))
        if len(calls) == searched + when:
            raise KeyboardInterrupt
        return fid(key, seed)

    fid, laboratory.fid = laboratory.fid, interrupting
    with pytest.raises(SearchInterruptedError) as stop:
        evolved(tmp_path / "cut", confirm=5)
    assert stop.value.trainings == searched + when - 1
    laboratory.fid = fid
    lossgp.evolve(resume="run", runs_dir=tmp_path / "cut", device="cpu")
    assert files(tmp_path / "cut") == files(tmp_path / "whole")
    assert max(laboratory.times.values()) <= 2


def test_a_stored_run_is_confirmed_as_its_own_end_would_have_done(laboratory, tmp_path):
    evolved(tmp_path / "at-the-end", confirm=5, confirm_top=2)
    plain = evolved(tmp_path / "later")
    assert not plain.confirmations
    later = confirmed(tmp_path / "later", top=2, seeds=5)
    assert len(laboratory.trained) == (2 + 2) * 5
    mine, other = files(tmp_path / "later"), files(tmp_path / "at-the-end")
    assert mine.keys() == other.keys()
    assert {name for name in mine if mine[name] != other[name]} == {"result.json"}  # its config
    assert later.confirmations == lossgp.load("run", tmp_path / "at-the-end").confirmations
    again = confirmed(tmp_path / "later", top=2, seeds=5)
    assert laboratory.trained == []
    assert again.confirmations == later.confirmations


def test_more_losses_and_more_seeds_come_on_top(laboratory, tmp_path):
    evolved(tmp_path)
    confirmed(tmp_path, top=3, seeds=5)
    found = confirmed(tmp_path, top=1, seeds=8)
    counts = {loss.name: len(loss.outcomes) for loss in found.confirmation.losses}
    best = found.searched_best.candidate.name
    assert counts.pop(best) == 8
    assert set(counts.values()) == {5}
    # Each is compared over the seeds that it shares with the known losses.
    assert {o.seeds for c in found.confirmation.losses for o in c.against} == {5, 8}
    with Store.read_only(tmp_path) as store:
        assert len(store.confirmations(store.run("run"))) == 1


def test_an_extended_search_confirms_anew_and_keeps_what_a_person_asked_for(laboratory, tmp_path):
    evolved(tmp_path, confirm=5, confirm_top=1, generations=1)
    lossgp.evolve({"search": {"generations": 3}}, resume="run", runs_dir=tmp_path, device="cpu")
    evolved(tmp_path / "straight", confirm=5, confirm_top=1, generations=3)
    assert files(tmp_path) == files(tmp_path / "straight")
    confirmed(tmp_path, top=3, seeds=5)
    more = lossgp.evolve(
        {"search": {"generations": 4}}, resume="run", runs_dir=tmp_path, device="cpu"
    )
    assert len(more.confirmation.losses) >= 3


def test_a_finished_run_is_confirmed_by_resuming_it_so(laboratory, tmp_path):
    evolved(tmp_path)
    found = lossgp.evolve(
        {"search": {"confirm": 5, "confirm_top": 1}}, resume="run", runs_dir=tmp_path, device="cpu"
    )
    assert len(found.confirmation.losses) == 1
    assert lossgp.load("run", tmp_path).config.search.confirm == 5


def test_other_protocols_have_their_own_confirmations(laboratory, tmp_path):
    found = evolved(
        tmp_path, confirm_on={"digits": 6}, confirm_options={"digits": {"iterations": 7}},
        confirm_top=2,
    )  # fmt: skip
    (other,) = found.confirmations
    assert "7 iterations" in other.protocol
    assert (other.own, other.seeds, len(other.losses)) == (False, 6, 2)
    assert found.confirmation is None  # the ranks are of the search's own protocol
    assert found.individuals == tuple(sorted(found.individuals, key=lambda i: i.order))
    both = confirmed(tmp_path, seeds=5, top=1)
    assert [c.own for c in both.confirmations] == [True, False]
    # The run's own protocol by its name, with no options of its own, is the run's own.
    same = confirmed(tmp_path, seeds=0, on={"digits": 8}, top=1)
    assert [(c.own, c.seeds) for c in same.confirmations] == [(True, 8), (False, 6)]


def test_seeds_that_are_lost_count_as_the_ceiling(laboratory, tmp_path):
    found = evolved(tmp_path, confirm=5, confirm_top=1)
    key = found.best.candidate.pair.key()
    laboratory.wrong = {(key, FRESH + 5): Status.CRASHED, (key, FRESH + 6): Status.DIVERGED}
    more = confirmed(tmp_path, top=1, seeds=7)
    score = more.confirmation.losses[0].score
    assert score.values[5:] == (1000.0, 1000.0)
    assert score.failures == 2
    laboratory.wrong.clear()
    assert confirmed(tmp_path, top=1, seeds=7).confirmation.losses[0].score == score
    again = confirmed(tmp_path, top=1, seeds=7, retry_failed=True)
    assert again.confirmation.losses[0].score.values[5] == laboratory.fid(key, FRESH + 5)
    assert again.confirmation.losses[0].score.values[6] == 1000.0  # to diverge is the loss's own
