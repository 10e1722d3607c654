"""Searches, comparisons and confirmations on several protocols, their trainings made up."""

from __future__ import annotations

import hashlib
import math
from statistics import geometric_mean

import pytest

import lossgp
from lossgp.config import load
from lossgp.runs import Store
from lossgp.runs.portfolio_trials import PortfolioTrials
from lossgp.studies.evolve import SearchInterruptedError
from lossgp.trainers import Outcome, Status, trainer

from .inline import Laboratory

BOTH = "ring,grid"
OPTIONS = {"ring": {"iterations": 7}, "grid": {"iterations": 5}}
CONFIG = {
    "preset": "plain",
    "protocol": BOTH,
    "trainer_options": OPTIONS,
    "search": {"population": 4, "generations": 2, "promoted": 0.5, "give_up_after": 1},
    "seeds": 3,
}


class Bench(Laboratory):
    """Energies made up from protocol, key and seed."""

    def energy(self, protocol, key, seed):
        digest = hashlib.sha256(f"{protocol}|{key}|{seed}".encode()).digest()
        return 0.05 + int.from_bytes(digest[:4]) / 2**33

    def outcome(self, task):
        at = (task.protocol, task.key, task.seed)
        self.trained.append(at)
        self.times[at] += 1
        what = self.wrong.pop(len(self.trained), None) or self.wrong.get(at)
        if isinstance(what, BaseException):
            raise what
        if what is not None:
            return Outcome(task.seed, what, {}, 1.0, "a reason")
        return Outcome(task.seed, Status.OK, {"energy": self.energy(*at)}, 1.0, None, 5)


@pytest.fixture
def bench(monkeypatch):
    found = Bench()
    monkeypatch.setattr("lossgp.studies.session.make_engine", found)
    return found


def searched(tmp_path, **changes):
    given = {"write": False, "device": "cpu", "runs_dir": tmp_path / "runs", **changes}
    config = None if "resume" in changes else {**CONFIG, **given.pop("config", {})}
    return lossgp.evolve(config, **given)


def bce(bench, protocol):
    from lossgp.expressions import LossPair, zoo

    key = LossPair.of(zoo.entry("bce_logits").loss).key()
    return geometric_mean([bench.energy(protocol, key, seed) for seed in range(3)])


def test_the_score_is_the_mean_of_ratios_to_bce_over_the_protocols(bench, tmp_path):
    result = searched(tmp_path, name="a")
    scales = {protocol: bce(bench, protocol) for protocol in ("ring", "grid")}
    whole = [i for i in result.individuals if i.score.is_whole]
    assert whole
    for one in whole:
        for outcome in one.outcomes:
            made = {p: bench.energy(p, one.candidate.pair.key(), outcome.seed) for p in scales}
            expected = math.sqrt(math.prod(made[p] / scales[p] for p in scales))
            assert outcome.metrics["combined"] == pytest.approx(expected)
            assert {p: outcome.metrics[f"{p}.energy"] for p in scales} == made
    (known,) = [y for y in result.yardsticks if y.name == "bce_logits"]
    assert geometric_mean(known.score.values) == pytest.approx(1)
    assert result.best.score.beside["ring.energy"] > 0
    assert result.reference["combined_floor"] < 1 < result.reference["combined_ceiling"]


def test_a_training_of_one_protocol_serves_the_portfolio_and_the_other_way_round(bench, tmp_path):
    searched(tmp_path, name="a")
    assert max(bench.times.values()) == 1
    first = dict(bench.times)
    alone = {"protocol": "ring", "trainer_options": OPTIONS["ring"]}
    searched(tmp_path, name="b", config=alone)
    alone = {(key, seed) for protocol, key, seed in bench.times if not protocol}
    assert alone  # what the portfolio did not train
    assert not {("ring", *at) for at in alone} & set(first)
    lossgp.compare(["bce_logits", "ganetic"], protocol=BOTH, options=OPTIONS, seeds=3,
                   runs_dir=tmp_path / "runs", device="cpu")  # fmt: skip
    assert not bench.trained


def test_what_one_protocol_gives_up_no_other_trains(bench, tmp_path, monkeypatch):
    from lossgp.expressions import LossPair, zoo

    keys = [LossPair.of(zoo.entry(name).loss).key() for name in ("hinge", "f1")]
    bench.wrong[("ring", keys[0], 0)] = Status.ERROR
    pairs = [LossPair.of(zoo.entry(name).loss) for name in ("hinge", "f1")]
    both, told = trainer(BOTH, OPTIONS), []
    with Store.open(tmp_path / "runs") as store:
        trials = PortfolioTrials(store, bench, both, scope="a")
        trials.calibrate(both.reference(), lambda done, total: told.append((done, total)))
        assert told[-1] == (6, 6)
        assert trials.recorded == 6
        bench.trained.clear()
        left = []
        found = trials.run(
            pairs, range(2), give_up_after=1, on_start=left.append,
            on_outcome=lambda outcome, missing: left.append(missing),
        )  # fmt: skip
    assert [len(outcomes) for outcomes in found] == [1, 2]
    assert found[0][0].status is Status.ERROR
    assert ("grid", keys[0], 1) not in bench.trained
    assert ("grid", keys[1], 1) in bench.trained
    assert left[0] == 4
    assert left[-1] == 0
    assert left == sorted(left, reverse=True)


@pytest.mark.parametrize("at", [1, 5, 9, 20, 27])
def test_an_interrupted_search_ends_as_one_that_was_not(bench, tmp_path, at):
    whole = searched(tmp_path / "whole", name="a")
    bench.times.clear()
    bench.wrong[at] = KeyboardInterrupt()
    with pytest.raises(SearchInterruptedError):
        searched(tmp_path, name="a")
    resumed = searched(tmp_path, resume="a")
    assert resumed.to_json() == whole.to_json()
    assert max(bench.times.values()) <= 2  # only what was running is trained again
    loaded = lossgp.load("a", runs_dir=tmp_path / "runs")
    assert loaded.individuals == resumed.individuals
    assert loaded.yardsticks == resumed.yardsticks


def test_a_confirmation_on_fresh_seeds_is_found_again(bench, tmp_path):
    given = {**CONFIG, "search": {**CONFIG["search"], "confirm": 2, "confirm_top": 1}}
    result = searched(tmp_path, name="a", config=given)
    (confirmation,) = result.confirmations
    assert confirmation.losses[0].score.metric == "combined"
    assert any(seed >= 1000 and protocol == "grid" for protocol, _, seed in bench.times)
    loaded = lossgp.load("a", runs_dir=tmp_path / "runs")
    assert loaded.confirmations[0].losses[0].score == confirmation.losses[0].score


def test_a_file_sets_options_of_each_protocol(tmp_path):
    file = tmp_path / "search.toml"
    file.write_text(
        'protocol = "ring,grid"\n[trainer_options]\ncombine = "rank"\n'
        "[trainer_options.ring]\niterations = 7\n", encoding="utf-8",
    )  # fmt: skip
    config = load(file, {"trainer_options.grid.iterations": 5})
    assert config.trainer_options == {"combine": "rank", **OPTIONS}


def test_a_table_shows_each_protocol_and_modes_stand_beside_energies(bench, tmp_path):
    from lossgp.report.comparison_table import side_grid

    given = {"seeds": 2, "runs_dir": tmp_path / "runs", "device": "cpu"}
    both = lossgp.compare(["bce_logits", "f1"], protocol=BOTH, options=OPTIONS, **given)
    assert side_grid(both).headings == (
        "loss", "mean combined", "STD", "ring energy", "grid energy",
    )  # fmt: skip


def test_a_portfolio_has_no_models_to_draw_from(bench, tmp_path):
    from lossgp.expressions import LossPair, zoo
    from lossgp.studies.sample import Model
    from lossgp.trainers import TrainerError

    model = Model(LossPair.of(zoo.ganetic), BOTH, OPTIONS, "cpu", tmp_path / "runs")
    assert model.kept() == []
    with pytest.raises(TrainerError, match="name one of its protocols"):
        model.train(0)


def test_a_setting_on_the_command_line_is_of_the_protocol_that_it_names():
    from lossgp.cli.protocol_options import of_protocol

    assert of_protocol("digits-mlp.width") == "trainer_options.digits-mlp.width"
    assert of_protocol("search.crossover") == "search.crossover"
    assert of_protocol("trainer_options.width") == "trainer_options.width"


def test_a_search_keeps_the_models_of_toy_problems_alone(bench, tmp_path, monkeypatch):
    kept, submit = [], bench.submit
    monkeypatch.setattr(bench, "submit", lambda task: (kept.append(task.keep), submit(task)))
    searched(tmp_path, name="a", config={"protocol": "ring", "trainer_options": OPTIONS["ring"]})
    assert kept
    assert all(str(tmp_path / "runs/checkpoints") in path for path in kept)
    kept.clear()
    searched(tmp_path, name="b")
    assert kept
    assert not any(kept)
