"""Studies as a whole: arms over run seeds, resumed to the same bytes."""

import json

import pytest

import lossgp
from lossgp.config import ConfigError
from lossgp.report.study_files import write_study
from lossgp.report.study_table import study_notes, study_tables
from lossgp.results.arms import arm_tests
from lossgp.results.confirmation import CONFIRMATION_SEEDS_FROM
from lossgp.studies.study import StudyInterruptedError, study
from lossgp.trainers import Outcome, Status

STUDY = {
    "study": {
        "name": "s", "seeds": 2, "confirm": 3, "points": 3, "budget": "24-trainings",
        "target": "ganetic", "baseline": "random",
    },
    "common": {"preset": "plain", "seeds": 2, "search": {"population": 4, "promoted": 0.5}},
    "arm": [{"name": "gp"}, {"name": "random", "algorithm": "random"}],
}  # fmt: skip


@pytest.fixture(autouse=True)
def blank_pictures(monkeypatch):
    """Pictures are tested elsewhere; to draw them takes most of the time."""
    monkeypatch.setattr(
        "lossgp.report.study_files.draw_study", lambda study, path: path.write_bytes(b"")
    )


class KilledError(BaseException):
    """The end of a process that nothing in it can catch."""


def studied(folder, config=None, **options):
    found = study(config or STUDY, runs_dir=folder, device="cpu", **options)
    write_study(found, folder / "files")
    return found


def files(folder):
    return {path.name: path.read_bytes() for path in (folder / "files").iterdir()}


def changed(**fields):
    return {**STUDY, "study": {**STUDY["study"], **fields}}


def test_each_arm_is_searched_with_each_seed_up_to_the_budget(laboratory, tmp_path):
    found = studied(tmp_path)
    assert [(m.arm, m.seed, m.run) for m in found.members] == [
        ("gp", 0, "s-gp-0"), ("gp", 1, "s-gp-1"), ("random", 0, "s-random-0"),
        ("random", 1, "s-random-1"),
    ]  # fmt: skip
    assert found.missing == 0
    for member in found.members:
        # A generation costs at most 4 trainings of the first seed and 2 of the other.
        assert 24 <= member.cost < 24 + 6
        run = lossgp.load(member.run, tmp_path)
        assert run.cost.trainings == member.cost
        assert run.finished
        assert not run.confirmations
        assert min(run.individuals, key=lambda i: i.order).candidate.label == member.steps[-1].name
        costs = [step.cost for step in member.steps]
        assert costs == sorted(set(costs))
    assert lossgp.load("s-random-0", tmp_path).config.algorithm == "random"


def test_every_incumbent_at_the_costs_is_confirmed_on_fresh_seeds(laboratory, tmp_path):
    found = studied(tmp_path)
    trained = {(key, seed) for key, seed in laboratory.times if seed >= CONFIRMATION_SEEDS_FROM}
    assert trained == {(key, CONFIRMATION_SEEDS_FROM + n) for key in found.wanted for n in range(3)}
    member = found.members[0]
    key = member.incumbent(found.horizon).key
    figures = tuple(laboratory.fid(key, CONFIRMATION_SEEDS_FROM + n) for n in range(3))
    assert found.fresh[key] == figures
    assert found.confirmed(member, found.horizon) == pytest.approx(sum(figures) / 3)
    assert found.target_score == found.confirmed_of(found.target[1])


def test_a_planted_better_arm_is_found_and_an_equal_one_is_not(laboratory, tmp_path):
    def by_size(task):
        content = json.dumps(task.loss)
        figures = {"fid": float(len(content)), "d_acc": 0.5}
        return Outcome(task.seed, Status.OK, figures, 1.0, None, 120)

    laboratory.outcome = by_size
    found = studied(
        tmp_path,
        {
            "study": {"name": "planted", "seeds": 5, "confirm": 2, "points": 2,
                      "budget": "1400-iterations"},
            "common": {"preset": "plain", "seeds": 1, "algorithm": "random",
                       "search": {"population": 4}},
            "arm": [
                {"name": "large", "search": {"min_height": 6}},
                {"name": "small", "search": {"max_height": 3}},
                {"name": "large-too", "search": {"min_height": 6}},
            ],
        },
    )  # fmt: skip
    small, same = arm_tests(found)
    assert (small.a12, small.ratio_interval[1] < 1, small.p_adjusted < 0.05) == (1.0, True, True)
    assert (same.a12, same.p, same.ratio) == (0.5, 1.0, 1.0)
    assert found.unit == "iterations"
    assert {m.cost for m in found.members} == {12 * 120}
    words = "\n".join(study_notes(found))
    assert "small is better than large" in words
    assert "large-too cannot be told from large" in words


@pytest.mark.parametrize("end", [KilledError, KeyboardInterrupt])
def test_a_study_that_is_ended_at_any_training_goes_on_to_the_same_bytes(laboratory, tmp_path, end):
    studied(tmp_path / "whole")
    trainings = sum(laboratory.times.values())
    fid, count = laboratory.fid, 0

    def ending(key, seed):
        nonlocal count
        count += 1
        if count in ends:
            raise end
        return fid(key, seed)

    laboratory.fid = ending
    ends, sessions = {1, 9, 30, 31, trainings - 20, trainings - 3, trainings + 2}, 0
    while True:
        sessions += 1
        try:
            found = study(STUDY, runs_dir=tmp_path / "cut", device="cpu")
            break
        except (KilledError, StudyInterruptedError):
            assert sessions < 20
    assert sessions > 4
    write_study(found, tmp_path / "cut" / "files")
    assert files(tmp_path / "cut") == files(tmp_path / "whole")


def test_figures_depend_neither_on_workers_nor_on_what_else_is_stored(laboratory, tmp_path):
    studied(tmp_path / "one")
    lossgp.evolve(
        {"seeds": 2, "search": {"population": 4, "promoted": 1.0, "generations": 3}},
        runs_dir=tmp_path / "other", name="x", device="cpu", write=False,
    )  # fmt: skip

    def last_first():
        while laboratory.waiting:
            task = laboratory.waiting.pop()
            yield task, laboratory.outcome(task)

    laboratory.as_completed = last_first
    laboratory.workers = 7
    studied(tmp_path / "other")
    assert files(tmp_path / "one") == files(tmp_path / "other")


def test_a_study_grows_by_arms_seeds_and_budget_and_trains_only_what_is_new(laboratory, tmp_path):
    studied(tmp_path)
    before = dict(laboratory.times)
    grown = changed(seeds=3, budget="36-trainings")
    grown = {**grown, "arm": [*STUDY["arm"], {"name": "climb", "algorithm": "hill-climb"}]}
    studied(tmp_path, grown)
    assert all(laboratory.times[at] == count for at, count in before.items())
    studied(tmp_path / "fresh", grown)
    assert files(tmp_path) == files(tmp_path / "fresh")
    # And a smaller budget again shows what there was.
    studied(tmp_path)
    studied(tmp_path / "small")
    assert files(tmp_path) == files(tmp_path / "small")


def test_an_arm_may_cost_less_and_costs_may_double(laboratory, tmp_path):
    arms = [{"name": "gp"}, {"name": "random", "algorithm": "random", "budget": "8-trainings"}]
    found = studied(tmp_path, {**changed(spacing="doubling"), "arm": arms})
    assert found.costs == (6, 12, 24)
    assert found.budgets == {"random": 8}
    assert all(8 <= m.cost < 8 + 6 for m in found.of("random"))
    assert all(24 <= m.cost < 24 + 6 for m in found.of("gp"))
    assert "each of 24 trainings; of random 8" in "\n".join(study_notes(found))


def test_without_a_budget_generations_end_the_runs(laboratory, tmp_path):
    data = changed()
    del data["study"]["budget"]
    data["common"] = {"seeds": 1, "search": {"population": 4, "generations": 2}}
    found = studied(tmp_path, data)
    assert found.unit == "iterations"
    assert found.horizon == max(m.cost for m in found.members) == 8 * 120


def test_an_ablation_makes_an_arm_for_each_part(laboratory, tmp_path):
    data = {
        "study": {"name": "a", "seeds": 1, "confirm": 1, "points": 1, "budget": "8-trainings",
                  "ablation": ["promotion", "give-up"]},
        "common": {"preset": "plain", "seeds": 2, "search": {"population": 4, "promoted": 0.5}},
    }  # fmt: skip
    found = studied(tmp_path, data)
    assert found.arms == ("whole", "no-promotion", "no-give-up", "bare")
    settings = {arm: lossgp.load(f"a-{arm}-0", tmp_path).config.search for arm in found.arms}
    assert [(s.promoted, s.give_up_after) for s in settings.values()] == [
        (0.5, 1), (1.0, 1), (0.5, 0), (1.0, 0),
    ]  # fmt: skip
    assert len(study_tables(found)) == 2
    assert json.loads(files(tmp_path)["study.json"])["shares"][0]["part"] == "promotion"


def test_a_changed_study_is_refused_with_a_way_out(laboratory, tmp_path):
    studied(tmp_path)
    other = {**STUDY, "common": {**STUDY["common"], "seeds": 3}}
    with pytest.raises(ConfigError, match="study 's', arm 'gp', seed 0") as error:
        study(other, runs_dir=tmp_path, device="cpu")
    assert "seeds: 2 -> 3" in str(error.value)
    assert "call the changed study otherwise" in str(error.value)


def test_progress_tells_runs_and_confirmations(laboratory, tmp_path):
    steps = []
    studied(tmp_path, on_progress=steps.append)
    runs = [(s.member, s.members, s.arm, s.seed) for s in steps if s.search]
    assert list(dict.fromkeys(runs)) == [
        (1, 4, "gp", 0), (2, 4, "random", 0), (3, 4, "gp", 1), (4, 4, "random", 1),
    ]  # fmt: skip
    assert {s.search.generations for s in steps if s.search} == {0}
    assert steps[0].remaining is None
    last = steps[-1].confirming
    assert last.done == last.total == 3 * len({k for k, seed in laboratory.times if seed >= 1000})


def test_an_interrupted_study_shows_what_there_is(laboratory, tmp_path):
    laboratory.wrong = {4: KeyboardInterrupt()}
    with pytest.raises(StudyInterruptedError) as stop:
        study(STUDY, runs_dir=tmp_path, device="cpu")
    partial = stop.value.study
    assert partial.members == ()
    assert partial.missing > 0
    assert "Missing   4 runs" in "\n".join(study_notes(partial))
    write_study(partial, tmp_path / "files")
    assert len(study_tables(partial)) == 1
