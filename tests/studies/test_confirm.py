"""A run's best on fresh seeds: what is trained, how it ranks, and what survives an end."""

import json
import math
import statistics

import pytest

import lossgp
from lossgp.config import ConfigError
from lossgp.results.confirmation import CONFIRMATION_SEEDS_FROM
from lossgp.runs import Store
from lossgp.studies.confirm import ConfirmationInterruptedError
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


def test_an_interrupt_of_confirm_says_how_much_is_kept(laboratory, tmp_path):
    evolved(tmp_path)
    laboratory.wrong = {4: KeyboardInterrupt()}
    with pytest.raises(ConfirmationInterruptedError) as stop:
        confirmed(tmp_path, seeds=5)
    assert stop.value.trainings == 3
    assert len(stop.value.result.confirmations[0].waiting) == 3
    assert stop.value.result.confirmation is None
    assert len(confirmed(tmp_path, seeds=5).confirmation.losses) == 3
    assert len(laboratory.trained) == 22


def test_when_the_time_is_up_what_is_complete_counts(laboratory, tmp_path, monkeypatch):
    evolved(tmp_path)
    laboratory.trained = []

    class Clock:
        @staticmethod
        def monotonic():
            return 100.0 if len(laboratory.trained) >= 17 else 0.0

    monkeypatch.setattr("lossgp.runs.spending.time", Clock)
    found = confirmed(tmp_path, seeds=5, budget=10)
    assert found.ended == "budget"
    (confirmation,) = found.confirmations
    assert (len(confirmation.losses), len(confirmation.waiting)) == (1, 2)


def test_the_end_of_a_search_confirms_only_what_its_budget_covers(laboratory, tmp_path):
    def searched(name, budget):
        return lossgp.evolve(
            config(confirm=5), runs_dir=tmp_path / name, name="run", device="cpu", budget=budget
        )

    evolved(tmp_path / "costs")
    cost = sum(laboratory.times.values())
    laboratory.times.clear()
    short, enough = (searched(f"{n}", f"{cost + n}-trainings") for n in (24, 25))
    assert (short.ended, short.finished, short.confirmations) == ("budget", True, ())
    assert (enough.ended, len(enough.confirmation.losses)) == ("", 3)
    # A person who confirms with a budget gets as far as it goes.
    partly = confirmed(tmp_path / "24", seeds=5, budget="16-trainings")
    assert len(partly.confirmations[0].losses) == 1


def test_progress_tells_what_is_confirmed(laboratory, tmp_path):
    steps = []
    evolved(tmp_path)
    confirmed(tmp_path, seeds=5, top=1, on_progress=steps.append)
    steps = [step for step in steps if step.stage == "confirming"]
    assert [(s.done, s.total) for s in steps] == [(done, 15) for done in range(16)]
    assert steps[0].remaining is None
    assert steps[-1].remaining == 0.0
    assert {s.protocol for s in steps} == {"digits"}


def test_the_time_left_of_a_search_counts_its_confirmation(laboratory, tmp_path):
    def left(name, **search):
        steps = []
        lossgp.evolve(
            config(**search), runs_dir=tmp_path / name, name="run", device="cpu",
            on_progress=steps.append, write=False,
        )  # fmt: skip
        return next(step.remaining for step in steps if step.remaining is not None)

    # Each made-up training takes a second, on two workers.
    assert left("confirmed", confirm=10, confirm_top=2) == left("plain") + 10 * (2 + 2) / 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"top": 0}, "top is 0; it must be from 1 to 1000"),
        ({"seeds": -1}, "seeds is -1"),
        ({"seeds": 1001}, "it must be from 0 to 1000"),
        ({"seeds": 0}, "nothing is to be confirmed"),
        ({"on": {"mnist": 0}}, "'mnist' has 0 seeds; it must be 1 to 1000"),
        ({"options": {"mnist": {"epochs": 2}}}, "it is not among the protocols to confirm on"),
    ],
)
def test_what_cannot_be_confirmed_is_said(laboratory, tmp_path, wrong, message):
    evolved(tmp_path)
    with pytest.raises(ConfigError, match=message):
        confirmed(tmp_path, **wrong)


def test_a_run_without_a_whole_loss_says_what_to_do(laboratory, tmp_path):
    laboratory.wrong = {2: KeyboardInterrupt()}
    with pytest.raises(SearchInterruptedError):
        evolved(tmp_path)
    with pytest.raises(lossgp.RunsError, match="no loss yet that was trained on all its seeds"):
        confirmed(tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"confirm": -1},
        {"confirm": 1001},
        {"confirm_top": 0},
        {"confirm_on": {"mnist": 0}},
        {"confirm_options": {"mnist": {"epochs": 2}}},
    ],
)
def test_wrong_settings_of_confirmations_are_refused(tmp_path, wrong):
    with pytest.raises(ConfigError, match="confirm"):
        lossgp.evolve(config(**wrong), runs_dir=tmp_path / "runs", device="cpu")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"confirm_on": {"mnits": 5}}, "mnist"),
        ({"confirm_on": {"digits": 5}, "confirm_options": {"digits": {"speed": 1}}}, "speed"),
    ],
)
def test_a_protocol_that_is_wrong_ends_the_search_before_it_begins(tmp_path, wrong, message):
    with pytest.raises(ConfigError, match=message):
        lossgp.evolve(config(**wrong), runs_dir=tmp_path / "runs", device="cpu")
    assert list(tmp_path.iterdir()) == []
