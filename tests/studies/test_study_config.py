"""Studies as people write them: what they mean, and one clear line for each mistake."""

from pathlib import Path

import pytest

from lossgp.config import ConfigError
from lossgp.search.settings import PRESETS, SearchSettings
from lossgp.studies.ablation import PARTS
from lossgp.studies.study_config import read_study, study_of

ARMS = [{"name": "gp"}, {"name": "random", "algorithm": "random"}]
IN_THE_REPOSITORY = [
    path
    for path in sorted((Path(__file__).parents[2] / "studies").glob("*.toml"))
    if "[sweep]" not in path.read_text(encoding="utf-8")  # those are of `lossgp sweep`
]


def test_arms_stand_on_what_all_share():
    study = study_of(
        {
            "study": {"budget": "1000-iterations", "seeds": 3},
            "common": {
                "preset": "plain",
                "seeds": 4,
                "search": {"population": 6, "crossover": 0.5},
            },
            "arm": [{"name": "a"}, {"name": "b", "seeds": 2, "search": {"crossover": 0.9}}],
        },
        name="s",
    )
    a, b = (arm.config(7) for arm in study.arms)
    assert (a.seeds, a.search.population, a.search.crossover, a.seed) == (4, 6, 0.5, 7)
    assert (b.seeds, b.search.population, b.search.crossover) == (2, 6, 0.9)
    assert study.run("b", 2) == "s-b-2"
    assert study.baseline == "a"
    assert (study.confirm, study.points, study.budget.amount) == (8, 8, 1000.0)


def test_the_study_confirms_and_its_budget_ends_the_runs_whatever_the_preset_says(monkeypatch):
    monkeypatch.setitem(PRESETS, "quick", {"confirm": 10, "confirm_on": {"mnist": 3}})
    study = study_of({"study": {"budget": "10-trainings"}, "arm": ARMS}, name="s")
    search = study.arms[0].config(0).search
    assert (search.confirm, search.confirm_on) == (0, {})
    assert search.generations > 10_000
    fixed = study_of({"common": {"search": {"generations": 2}}, "arm": ARMS}, name="s")
    assert fixed.arms[0].config(0).search.generations == 2


@pytest.mark.parametrize("part", PARTS)
def test_every_part_can_be_switched_off_and_off_is_an_allowed_setting(part):
    settings = SearchSettings(**PARTS[part])
    assert all(key in SearchSettings.model_fields for key in PARTS[part])
    assert SearchSettings(**{**settings.model_dump(), **PARTS[part]}) == settings


def test_an_ablation_has_the_whole_each_without_one_part_and_the_bare():
    common = {"search": {"surrogate": "forest", "calibration": True}}
    study = study_of(
        {"study": {"ablation": ["surrogate", "calibration"]}, "common": common}, name="s"
    )
    assert [(arm.name, arm.lacks) for arm in study.arms] == [
        ("whole", ""), ("no-surrogate", "surrogate"), ("no-calibration", "calibration"),
        ("bare", "all"),
    ]  # fmt: skip
    settings = [arm.config(0).search for arm in study.arms]
    assert [(s.surrogate, s.calibration) for s in settings] == [
        ("forest", True), ("none", True), ("forest", False), ("none", False),
    ]  # fmt: skip


def test_a_control_may_stand_beside_an_ablation():
    study = study_of(
        {
            "study": {"ablation": ["crossover"], "baseline": "random"},
            "arm": [{"name": "random", "algorithm": "random"}],
        },
        name="s",
    )
    assert [arm.name for arm in study.arms] == ["random", "whole", "no-crossover"]


@pytest.mark.parametrize("path", IN_THE_REPOSITORY, ids=lambda path: path.stem)
def test_the_studies_of_the_repository_can_be_read(path):
    study = read_study(path)
    assert study.name == path.stem
    assert study.seeds >= 5
    assert study.target == "ganetic"
    assert study.budget is not None


def test_the_studies_of_the_repository_are_those_that_are_promised():
    assert {path.stem for path in IN_THE_REPOSITORY} >= {
        "table_b", "gp_vs_random", "ablation", "saving",
    }  # fmt: skip
    (table_b,) = (path for path in IN_THE_REPOSITORY if path.stem == "table_b")
    presets = [arm.config(0).preset for arm in read_study(table_b).arms]
    assert presets == [f"ganetic-{n}" for n in range(1, 9)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "there is no arm: give [[arm]] tables, or study.ablation"),
        ({"arms": ARMS}, "arms: unknown table (did you mean 'arm'?)"),
        ({"study": 3, "arm": ARMS}, "study: is 3; it must be a table, [study]"),
        ({"arm": {"name": "x"}}, "arm: must be tables, each under [[arm]]"),
        ({"study": {"seed": 5}, "arm": ARMS}, "study.seed: unknown key (did you mean 'seeds'?)"),
        ({"study": {"seeds": "5"}, "arm": ARMS}, "study.seeds is '5'; it must be a whole number"),
        ({"study": {"seeds": True}, "arm": ARMS}, "study.seeds is True"),
        ({"study": {"seeds": 0}, "arm": ARMS}, "study.seeds is 0; it must be from 1 to 1000"),
        ({"study": {"points": 101}, "arm": ARMS}, "study.points is 101; it must be from 1 to 100"),
        ({"study": {"budget": "3m"}, "arm": ARMS}, "a time depends on the machine"),
        ({"study": {"budget": "much"}, "arm": ARMS}, "study.budget: 'much' is no budget"),
        ({"study": {"spacing": "log"}, "arm": ARMS}, "study.spacing is 'log'; it must be one of"),
        ({"arm": [{"name": "x", "budget": "3m"}]}, "arm 'x': budget is '3m': a time depends on"),
        ({"arm": [{"name": "x", "budget": True}]}, "arm 'x': budget is True: a time depends on"),
        ({"arm": [{"name": "x", "budget": "9-trainings"}]}, "study.budget (there is none)"),
        (
            {
                "study": {"budget": "8-trainings"},
                "arm": [{"name": "x", "budget": "9-trainings"}],
            },
            "arm 'x': its budget is 9 trainings; it must be a part of the study's",
        ),
        (
            {
                "study": {"budget": "8-trainings"},
                "arm": [{"name": "x", "budget": "9-iterations"}],
            },
            "(at most 8 trainings)",
        ),
        ({"study": {"target": "ganetik"}, "arm": ARMS}, "did you mean 'ganetic'?"),
        ({"study": {"baseline": "rand"}, "arm": ARMS}, "'rand' is no arm (did you mean 'random'?)"),
        ({"study": {"ablation": ["surogate"]}}, "did you mean 'surrogate'?"),
        ({"study": {"ablation": ["normalisation"]}}, "'normalisation' is off in [common] already"),
        ({"study": {"name": "a b"}, "arm": ARMS}, "study.name is 'a b': the runs are called"),
        ({"study": {"name": "n" * 60}, "arm": ARMS}, "64 letters"),
        ({"arm": [{"name": "a b"}]}, "arm 'a b': a name is 1 to 32 letters"),
        ({"arm": [*ARMS, {"name": "gp"}]}, "arm 'gp' is given twice"),
        ({"arm": [{"name": "x", "seed": 3}]}, "seed is the study's to set"),
        ({"arm": [{"name": "x", "algorithm": "gb"}]}, "arm 'x': algorithm"),
        ({"arm": [*ARMS, {"name": "x", "protocol": "mnist"}]}, "its protocol or trainer_options"),
    ],
)
def test_each_mistake_is_one_clear_line(data, message):
    with pytest.raises(ConfigError) as error:
        study_of(data, "bad.toml", "bad")
    first, *lines = str(error.value).splitlines()
    assert first == "bad.toml has a mistake:"
    assert len(lines) == 1
    assert message in lines[0]


def test_all_mistakes_are_told_and_one_of_all_arms_once():
    with pytest.raises(ConfigError) as error:
        study_of(
            {
                "study": {"seeds": 0, "target": "x"},
                "common": {"search": {"population": 1}},
                "arm": [*ARMS, {"name": "random"}],
            },
            name="s",
        )
    text = str(error.value)
    assert text.startswith("the study has 4 mistakes:")
    assert text.count("population") == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "there is no such file"), (b"[study", "is not TOML"), (b"\xff", "is not UTF-8 text")],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, content, message):
    path = tmp_path / "study.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        read_study(path)
