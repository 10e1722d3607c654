"""Algorithms and adaptation in whole searches: what is resumed ends as what was never stopped."""

import csv
import io
import json

import pytest
from click.testing import CliRunner

import lossgp
from lossgp.cli.group import cli
from lossgp.cli.losses import resolve
from lossgp.cli.seeds import seed_losses
from lossgp.config import ConfigError
from lossgp.report.files import losses_csv
from lossgp.report.table import summary, table
from lossgp.studies.evolve import SearchInterruptedError

from .inline import CONFIG

ADAPTIVE = {"adaptation": "success-history", "success_margin": 0.0, "memory_size": 2}
CHOOSING = {"surrogate": "forest", "pool": 3, "explore": 0.5}
OTHERS = {"crossover_kind": "size-fair", "insertion": 0.3, "constant_mutation": 0.3}


@pytest.fixture(autouse=True)
def blank_pictures(monkeypatch):
    """Pictures are tested elsewhere; to draw them takes most of the time."""
    monkeypatch.setattr("lossgp.analysis.plots.shapes", lambda losses, path: path.touch())


def evolve(folder, config=None, **options):
    return lossgp.evolve(config, runs_dir=folder, device="cpu", **options)


def config(**search):
    return {**CONFIG, "search": {**CONFIG["search"], "generations": 4, **search}}


@pytest.mark.parametrize(
    "chosen",
    [
        {**config(**ADAPTIVE, **OTHERS), "algorithm": "gp"},
        {**config(**OTHERS, lifetime=1), "algorithm": "regularised-evolution"},
        {**config(**OTHERS, patience=1), "algorithm": "hill-climb"},
        {**config(**ADAPTIVE, **OTHERS, **CHOOSING, genome="pair", normalise=True)},
    ],
    ids=["adaptive", "ageing", "climbing", "everything"],
)
def test_a_search_that_was_killed_goes_on_as_if_it_had_not_been(laboratory, tmp_path, chosen):
    whole = evolve(tmp_path / "whole", chosen, name="run").to_json()
    laboratory.wrong = {24: KeyboardInterrupt()}  # two generations are complete
    with pytest.raises(SearchInterruptedError):
        evolve(tmp_path, chosen, name="run")
    resumed = evolve(tmp_path, resume="run")
    assert json.dumps(resumed.to_json()) == json.dumps(whole)


def test_what_the_memory_has_learnt_stands_in_the_files_and_in_the_store(laboratory, tmp_path):
    result = evolve(tmp_path, config(**ADAPTIVE, **OTHERS), name="run")
    data = json.loads((result.directory / "result.json").read_text("utf-8"))
    assert [one["generation"] for one in data["adaptation"]] == [2, 3, 4]
    # The last ones were drawn of what had been learnt: the shares are no longer the settings'.
    first, last = data["adaptation"][0]["shares"], data["adaptation"][-1]["shares"]
    assert first == pytest.approx(dict.fromkeys(first, 1 / 3))
    assert set(first) == {"subtree mutation", "insertion", "constant mutation"}
    assert last != first
    loaded = lossgp.load("run", runs_dir=tmp_path).to_json()
    assert all(loaded[key] == data[key] for key in ("adaptation", "losses"))


def test_what_is_ruled_out_says_so(laboratory, tmp_path):
    search = {"population": 3, "generations": 1, "min_d_auc": 0.7, "promoted": 1.0}
    result = evolve(tmp_path, {"search": search, "seeds": 2, "yardsticks": ["bce"]})
    # The made-up trainings report no area.
    assert {i.score.ruled_out for i in result.individuals} == {"D AUC not measured"}
    assert "Ruled out 3 losses: D AUC below 0.7" in summary(result)
    assert "seeds lost, or ruled out" in [column.header for column in table(result)[0].columns]
    rows = csv.DictReader(io.StringIO(losses_csv(result)))
    assert {row["ruled_out"] for row in rows} == {"D AUC not measured"}
    assert result.pareto == []


def test_limits_that_cannot_be_kept_are_refused_before_anything(tmp_path):
    asked = ["evolve", "--runs-dir", str(tmp_path / "r"), "--device", "cpu", "--min-d-auc"]
    for more, words in (
        (["0.7", "--protocol", "breast-cancer"], "has no discriminator to measure"),
        (["0.3"], "search.min_d_auc"),
    ):
        with pytest.raises(ConfigError, match=words):
            CliRunner().invoke(cli, asked + more, catch_exceptions=False, standalone_mode=False)
        assert not (tmp_path / "r").exists()


def test_normalised_trainings_are_others_and_say_so(laboratory, tmp_path):
    def searched(name, **search):
        search = {"population": 3, "generations": 2, **search}
        config = {"preset": "plain", "search": search, "seeds": 1}
        result = evolve(tmp_path, config, name=name)
        return result, {key for key, _ in laboratory.trained}

    plain, raw = searched("plain")
    result, normalised = searched("normal", normalise=True)
    assert {i.candidate.pair.key() for i in result.individuals} <= normalised
    assert not raw & normalised
    best = result.best.candidate
    factor = f"LR x {best.multipliers[0]:.3g}"
    # In the tables, in the files, and where the loss is named.
    assert "LR" in [column.header for column in table(result)[0].columns]
    assert "LR" not in [column.header for column in table(plain)[0].columns]
    assert any(line.startswith("Rates     normalised") for line in summary(result))
    row = next(row for row in csv.DictReader(io.StringIO(losses_csv(result))) if row["rank"] == "1")
    assert row["multipliers"] == repr(best.multipliers[0])
    assert row["formula"] == best.loss.text()
    for name in ("best.py", "best.tex"):
        text = (result.directory / name).read_text("utf-8")
        assert factor in text
        assert best.trained.text() in text
        assert "LR x" not in (plain.directory / name).read_text("utf-8")
    named = resolve("normal#1", tmp_path)
    assert (named.loss, named.evolved) == (best.trained, best.loss)
    assert factor in named.note
    assert seed_losses("normal#1,bce", tmp_path)[0]["formula"] == best.loss.text()
    json_text = json.dumps(evolve(tmp_path, resume="normal").to_json())
    assert json_text == json.dumps(result.to_json())
