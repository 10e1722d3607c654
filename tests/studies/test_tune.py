"""The constants of a loss tuned on made-up trainings, whose best constant is known."""

import json

import pytest
from click.testing import CliRunner

import lossgp
from lossgp.cli.group import cli
from lossgp.config import ConfigError
from lossgp.expressions import LossPair
from lossgp.expressions.coefficients import coefficients_of
from lossgp.trainers import Outcome, Status

from .inline import CONFIG

FORMULA = "2*(p - y)**2 + sin(p)"
BEST = 2.6


@pytest.fixture
def valley(laboratory, monkeypatch):
    """Trainings whose FID is least where the first constant is 2.6; a seed scales it."""

    def outcome(task):
        laboratory.trained.append((task.key, task.seed))
        what = laboratory.wrong.pop(len(laboratory.trained), None)
        if isinstance(what, BaseException):
            raise what
        first = coefficients_of(LossPair.restored(task.loss["formula"]))[0]
        fid = (10 + 100 * (first - BEST) ** 2) * (1 + 0.01 * (task.seed % 7))
        return Outcome(task.seed, Status.OK, {"fid": fid, "d_acc": 0.5}, 1.0)

    monkeypatch.setattr(laboratory, "outcome", outcome)
    return laboratory


def tuned(folder, loss=FORMULA, **arguments):
    return lossgp.tune(loss, runs_dir=folder, device="cpu", **arguments)


def test_the_best_constant_is_found_and_checked_on_fresh_seeds(valley, tmp_path):
    found = tuned(tmp_path)
    (constant,) = coefficients_of(found.tuned)
    assert abs(constant - BEST) < 0.05
    assert found.tuned.text() == f"{constant} * (y_pred - y_real)**2 + sin(y_pred)"
    assert found.after < found.before
    assert list(found.history) == sorted(found.history, reverse=True)
    assert len(found.history) == 7
    assert found.fresh.seeds == 10
    assert found.fresh.verdict == "better"
    seeds = {seed for _, seed in valley.trained}
    assert seeds == {0, 1, 2, 3, *range(1000, 1010)}


def test_constants_are_as_short_as_the_score_allows(valley, tmp_path):
    found = tuned(tmp_path)
    assert found.digits == len(str(coefficients_of(found.tuned)[0]).replace(".", ""))
    assert found.digits < 4


def test_what_was_trained_is_not_trained_again(valley, tmp_path):
    first = tuned(tmp_path)
    trainings = len(valley.trained)
    assert tuned(tmp_path) == first
    assert valley.trained == []
    assert trainings == 4 * first.trials + 20


def test_every_option_does_something(valley, tmp_path):
    base = tuned(tmp_path, generations=2, check=0)
    assert base.fresh is None
    assert len(base.history) == 3
    assert tuned(tmp_path, generations=2, check=0, seed=1).history != base.history
    assert tuned(tmp_path, generations=2, check=0, population=20).trials > base.trials
    assert tuned(tmp_path, generations=2, check=0, spread=0.01).after > base.after
    assert tuned(tmp_path, generations=2, check=0, seeds=2).seeds == 2
    assert tuned(tmp_path, generations=2, check=3).fresh.seeds == 3
    assert tuned(tmp_path, "2.6*(p - y)**2 + sin(p)", generations=1).tuned.text() == (
        "2.6 * (y_pred - y_real)**2 + sin(y_pred)"
    )


def test_where_nothing_is_better_nothing_changes(valley, tmp_path):
    found = tuned(tmp_path, f"{BEST}*(p - y)**2 + sin(p)", generations=2)
    assert not found.has_changed
    assert found.fresh is None
    assert found.before == found.after


def test_a_budget_and_an_interrupt_keep_what_there_is(valley, tmp_path):
    short = tuned(tmp_path, budget="50-trainings")
    assert short.ended == "budget"
    assert len(short.history) < 7
    assert short.fresh is None
    at_once = tuned(tmp_path / "third", budget="1-trainings")
    told = json.loads(json.dumps(at_once.to_json(), allow_nan=False))
    assert (told["ended"], told["log_before"], told["tuned"]) == ("budget", None, told["start"])
    valley.wrong = {9: KeyboardInterrupt()}
    with pytest.raises(lossgp.TuningInterruptedError) as stop:
        tuned(tmp_path)
    assert stop.value.tuning.ended == "interrupt"
    assert stop.value.trainings > 0
    valley.wrong = {}
    assert tuned(tmp_path) == tuned(tmp_path / "other")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "exp(cos(sqrt(abs(y - p))))"}, "there is no constant in"),
        ({"seeds": 0}, "seeds is 0"),
        ({"check": -1}, "check is -1"),
        ({"population": 3}, "population is 3"),
        ({"generations": -1}, "generations is -1"),
        ({"spread": 0}, "spread is 0"),
        ({"time_limit": 0}, "time_limit is 0"),
        ({"budget": "much"}, "no budget"),
    ],
)
def test_what_cannot_be_tuned_is_told_before_anything_is_stored(tmp_path, arguments, message):
    with pytest.raises(ConfigError, match=message):
        tuned(tmp_path / "runs", **arguments)
    assert not (tmp_path / "runs").exists()


def test_the_command_tunes_the_best_of_a_run_on_its_own_protocol(valley, tmp_path):
    search = {**CONFIG["search"], "generations": 1, "seed_losses": FORMULA, "operators": "paper"}
    monkey = {**CONFIG, "search": search, "trainer_options": {"iterations": 77}}
    valley.wrong = {}

    def only_the_seed(task):
        first = coefficients_of(LossPair.restored(task.loss["formula"]))
        close = abs(first[0] - BEST) if "sin(y_pred)" in task.loss["formula"] and first else 5.0
        fid = (10 + 100 * close**2) * (1 + 0.01 * (task.seed % 7))
        return Outcome(task.seed, Status.OK, {"fid": fid, "d_acc": 0.5}, 1.0)

    valley.outcome = only_the_seed
    lossgp.evolve(monkey, runs_dir=tmp_path, name="run", device="cpu", write=False)
    best = lossgp.load("run", tmp_path).best.candidate.pair
    here = ["--runs-dir", str(tmp_path), "--device", "cpu"]
    file = tmp_path / "tuned.txt"
    small = ["--generations", "2", "--check", "5", "-o", str(file)]
    done = CliRunner().invoke(cli, ["tune", "run#1", *small, *here])
    assert done.exit_code == 0, done.output
    assert "77 iterations" in done.output
    assert f"Start     {best.text()}" in done.output
    assert "on 5 seeds that were not tuned on" in done.output
    assert file.read_text().splitlines()[1].startswith("run#1-tuned = ")
    data = json.loads(CliRunner().invoke(cli, ["tune", "run#1", *small, *here, "--json"]).stdout)
    assert data["start"] == best.text()
    assert data["fresh"]["seeds"] == 5


def test_a_search_ends_with_the_constants_of_its_best(valley, tmp_path):
    search = "search.seed_losses=2*(p - y)**2 + sin(p)"
    options = ["--preset", "plain", "--population", "2", "--generations", "1", "--seeds", "1"]
    options += ["--set", search, "--runs-dir", str(tmp_path)]

    def always_a_number(task):
        numbers = coefficients_of(LossPair.restored(task.loss["formula"]))
        near = (numbers[0] - BEST) ** 2 if numbers else 9.0
        return Outcome(task.seed, Status.OK, {"fid": 10 + near, "d_acc": 0.5}, 1.0)

    valley.outcome = always_a_number
    done = CliRunner().invoke(cli, ["evolve", "--name", "a", "--tune", "1", *options])
    assert done.exit_code == 0, done.output
    assert done.stdout.count("Tuned  ") == 1
    assert done.stdout.index("Best losses of run a") < done.stdout.index("Tuned  ")
    told = CliRunner().invoke(cli, ["evolve", "--name", "b", "--tune", "1", "--json", *options])
    (one,) = json.loads(told.stdout)["tuned"]
    assert one["name"].startswith("b#")
    plain = CliRunner().invoke(cli, ["evolve", "--name", "c", "--json", *options])
    assert "tuned" not in json.loads(plain.stdout)
    wrong = CliRunner().invoke(cli, ["evolve", "--tune", "1", "--budget", "3m", *options])
    assert wrong.exit_code == 2
    assert "--budget is the search's" in wrong.output


def test_a_loss_of_a_normalised_run_is_tuned_without_its_multiplier(laboratory, tmp_path):
    search = {**CONFIG["search"], "generations": 1, "normalise": True, "seed_losses": FORMULA}
    search["operators"] = "paper"
    lossgp.evolve({**CONFIG, "search": search}, runs_dir=tmp_path, name="run", write=False)
    result = lossgp.load("run", tmp_path)
    (rank, found) = next((r, i) for r, i in result.ranked if coefficients_of(i.candidate.pair)[1:])
    small = ["--generations", "0", "--check", "0", "--runs-dir", str(tmp_path), "--json"]
    told = CliRunner().invoke(cli, ["tune", f"run#{rank}", *small])
    data = json.loads(told.stdout)
    assert data["normalised"]
    assert data["start"] == LossPair.of(found.candidate.loss).text()
    # The first three trainings of the loss are those of the run: the memo has them.
    key = found.candidate.pair.key()
    assert [seed for of, seed in laboratory.trained if of == key] == [3]
    assert not tuned(tmp_path, found.candidate.loss, generations=0, check=0).normalised
    assert key not in [of for of, _ in laboratory.trained]


def test_an_interrupt_before_the_first_training_is_one(valley, tmp_path, monkeypatch):
    from .inline import MadeUpTrainer

    def prepare(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(MadeUpTrainer, "prepare", prepare)
    with pytest.raises(lossgp.TuningInterruptedError) as stop:
        tuned(tmp_path)
    assert (stop.value.trainings, stop.value.tuning.trials) == (0, 0)
