"""Searches whose trainings go where they decide most: what they store, and that they resume."""

import csv
import io
import json

import pytest

import lossgp
from lossgp.config import ConfigError, build
from lossgp.report.estimates import interval
from lossgp.report.files import losses_csv
from lossgp.report.table import summary, table
from lossgp.results.frames import result_rows
from lossgp.runs import Store
from lossgp.studies.evolve import SearchInterruptedError
from lossgp.trainers import Status

SEARCH = {
    "population": 3,
    "generations": 2,
    "racing": "posterior",
    "fitness": "posterior",
    "extra": 1.5,
    "final": 4,
    "round_size": 2,
}
FIRST, EXTRA, KNOWN = 3, 5, 4  # ceil(1.5 * 3) extra trainings a generation
ALL = 2 * (FIRST + EXTRA) + 4


def config(**search):
    settings = {"preset": "plain", "seeds": 4, "yardsticks": ["bce"]}
    return {**settings, "search": {**SEARCH, **search}}


def evolve(folder, given=None, **options):
    options = {"name": "run", "write": False} | options
    return lossgp.evolve(given or config(), runs_dir=folder, device="cpu", **options)


def resumed(folder, given=None, **options):
    return lossgp.evolve(given, resume="run", runs_dir=folder, device="cpu", write=False, **options)


def stored(folder):
    """What the store holds of the run's generations, to the byte."""
    with Store.read_only(folder) as store:
        run = store.run("run")
        rows = [(g.individuals, g.archive, g.rejects) for g in store.generations(run)]
        return json.dumps([rows, store.rescored(run)])


@pytest.fixture
def right(laboratory, tmp_path):
    result = evolve(tmp_path / "right")
    trained = list(laboratory.trained)
    laboratory.times.clear()
    return result, trained


def test_the_trainings_are_those_that_the_settings_allow(right, tmp_path):
    result, trained = right
    assert len(trained) == KNOWN + ALL
    counts = [len(i.score.values) for i in result.individuals]
    assert sum(counts) == ALL
    assert max(counts) == 4
    # An earlier generation got trainings while a later one was trained, and the last race.
    with Store.read_only(tmp_path / "right") as store:
        rescored = store.rescored(store.run("run"))
    assert {i["name"][:2] for i in rescored[1]} == {"g0"}
    assert rescored[2]


@pytest.mark.parametrize(
    ("search", "trainings"),
    [({"extra": 0.0}, 2 * FIRST + 4), ({"final": 0}, ALL - 4), ({"extra": 0.5}, 2 * 5 + 4)],
)
def test_fewer_trainings_where_the_settings_say_so(laboratory, tmp_path, search, trainings):
    evolve(tmp_path, config(**search))
    assert len(laboratory.trained) == KNOWN + trainings


def test_the_size_of_a_round_decides_what_is_trained(laboratory, tmp_path, right):
    evolve(tmp_path, config(round_size=8))
    assert len(laboratory.trained) == KNOWN + ALL
    assert set(laboratory.trained) != set(right[1])


def test_an_interruption_after_any_training_changes_nothing(laboratory, tmp_path, right):
    result, trained = right
    whole = stored(tmp_path / "right")
    for number in range(KNOWN + 1, len(trained) + 1):
        folder = tmp_path / str(number)
        laboratory.wrong = {number: KeyboardInterrupt()}
        with pytest.raises(SearchInterruptedError):
            evolve(folder)
        laboratory.wrong = {}
        again = resumed(folder)
        assert again.to_json() == result.to_json(), number
        assert stored(folder) == whole, number
        laboratory.times.clear()


def test_what_is_loaded_is_what_the_search_returned(right, tmp_path):
    result, _ = right
    loaded = lossgp.load("run", tmp_path / "right")
    assert loaded.to_json() | {"reference": {}} == result.to_json() | {"reference": {}}
    assert [i.outcomes for i in loaded.individuals] == [i.outcomes for i in result.individuals]
    from lossgp.results.overview import overviews

    with Store.read_only(tmp_path / "right") as store:
        (overview,) = overviews(store)
    assert overview.best == result.best


def test_a_longer_run_is_the_one_that_was_long_from_the_start(laboratory, tmp_path, right):
    longer = evolve(tmp_path, config(generations=3))
    extended = resumed(tmp_path / "right", {"search": {"generations": 3}})
    assert extended.to_json() == longer.to_json()
    assert stored(tmp_path / "right") == stored(tmp_path)


def test_neither_what_else_is_in_the_store_nor_the_order_decides(laboratory, tmp_path, right):
    result, _ = right
    lossgp.evolve(
        {**config(racing="fixed", promoted=1.0), "seeds": 4}, runs_dir=tmp_path, device="cpu",
        name="other", write=False,
    )  # fmt: skip
    assert evolve(tmp_path).to_json() == result.to_json()


def test_a_crash_of_an_earlier_loss_is_tried_again_when_it_is_asked_for(
    laboratory, tmp_path, right
):
    result, trained = right
    key, seed = trained[-1]  # of the last race
    laboratory.wrong = {(key, seed): Status.CRASHED}
    crashed = evolve(tmp_path)
    assert crashed.failed == 1
    laboratory.wrong = {}
    assert resumed(tmp_path).to_json() == crashed.to_json()
    assert resumed(tmp_path, retry_failed=True).to_json() == result.to_json()


def test_a_loss_that_has_failed_gets_no_more(laboratory, tmp_path, right):
    best = right[0].best.candidate.pair.key()
    laboratory.wrong = {(best, 0): Status.DEAD}
    evolve(tmp_path)
    assert [seed for key, seed in laboratory.trained if key == best] == [0]


def test_the_time_that_is_left_counts_every_race(laboratory, tmp_path):
    told = []
    evolve(tmp_path, on_progress=told.append)
    racing = [p for p in told if p.stage in ("generation", "last race")]
    # A made-up training takes a second, and two run at once.
    assert racing[0].remaining == ALL / 2
    assert racing[-1].stage == "last race"
    assert (racing[-1].done, racing[-1].remaining) == (racing[-1].total, 0)
    assert [p.total for p in racing if p.stage == "last race"] == [4] * 6


def test_the_fixed_racing_may_be_ranked_by_posterior_too(laboratory, tmp_path):
    plain = evolve(tmp_path, config(racing="fixed", fitness="mean"), name="plain")
    found = evolve(tmp_path, config(racing="fixed"))
    assert all(i.score.posterior for i in found.individuals)
    assert not any(i.score.posterior for i in plain.individuals)
    with Store.read_only(tmp_path) as store:
        assert store.rescored(store.run("run")) == {}
    assert lossgp.load("run", tmp_path).individuals == found.individuals


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ({"racing": "posterior"}, 'set fitness = "posterior"'),
        ({"fitness": "posterior", "failed": "exclude"}, "counts failed seeds"),
        ({"racing": "thompson"}, "racing"),
        ({"extra": -0.1}, "extra"),
        ({"final": -1}, "final"),
        ({"round_size": 0}, "round_size"),
    ],
)
def test_what_does_not_go_together_is_refused(search, words):
    with pytest.raises(ConfigError, match=words):
        build({"preset": "plain", "search": search})


def test_tables_show_estimates_and_intervals(right, tmp_path):
    result, _ = right
    headings = [str(column.header) for column in table(result)[0].columns]
    assert headings[1] == "FID [95 %]"
    assert "seeds" in headings
    data = result.to_json()
    best = data["losses"][0]["score"]
    assert best["fitness"] == best["posterior"]["mean"]
    assert best["posterior"]["low"] < best["posterior"]["mean"] < best["posterior"]["high"]
    assert sum(loss["score"]["posterior"]["best"] for loss in data["losses"]) == pytest.approx(1)
    assert data["yardsticks"][0]["score"]["posterior"]["best"] is None
    shown = interval(result.best.score.posterior, result.objective.goal)
    assert shown in str(list(table(result)[0].columns[1].cells))
    words = "\n".join(summary(result))
    assert f"{ALL} trainings of 6 losses, {min(counted(result))} to {max(counted(result))}" in words
    assert "up to 4 seeds a loss" in words
    assert "of the differences among the 6 best" in words
    assert "Best      estimated FID" in words


def test_files_have_the_estimates(right):
    result, _ = right
    rows = list(csv.DictReader(io.StringIO(losses_csv(result))))
    ranked = [row for row in rows if row["rank"]]
    assert [float(row["posterior_mean"]) for row in ranked] == [
        i.score.posterior.mean for i in result.individuals
    ]
    assert all(row["posterior_low"] for row in rows)
    assert result_rows(result)[0]["posterior_high"] > result_rows(result)[0]["posterior_mean"]


def counted(result):
    return [len(i.score.values) for i in result.individuals]


def test_without_estimates_nothing_speaks_of_them(laboratory, tmp_path):
    plain = evolve(tmp_path, config(racing="fixed", fitness="mean"))
    assert "seeds" not in [str(column.header) for column in table(plain)[0].columns]
    assert "posterior" not in losses_csv(plain) + str(result_rows(plain)) + str(summary(plain))


def test_losses_that_were_stopped_at_a_rung_have_no_estimate(laboratory, tmp_path):
    found = evolve(tmp_path, config(rungs=[0.5], promoted=0.5, population=4))
    stopped = [i for i in found.individuals if i.score.is_stopped]
    assert stopped
    assert not any(i.score.posterior for i in stopped)
    assert all(i.score.posterior for i in found.individuals if i not in stopped)
    assert lossgp.load("run", tmp_path).individuals == found.individuals
    assert resumed(tmp_path).to_json() == found.to_json()
