import re

import pytest

from lossgp.config import ConfigError, build, differences, load


def written(tmp_path, text):
    path = tmp_path / "run.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_file_a_preset_and_overrides_in_this_order(tmp_path):
    path = written(
        tmp_path,
        'preset = "ganetic-5"\nseeds = 5\n[search]\npopulation = 20\ncrossover = 0.9\n',
    )
    config = load(path, {"search.population": 30, "seed": None})
    assert (config.seeds, config.search.population, config.search.crossover) == (5, 30, 0.9)
    assert config.search.selection == "tournament"
    assert config.search.node_mutation == 0.1


def test_all_mistakes_are_reported_at_once(tmp_path):
    path = written(
        tmp_path,
        'seeds = 0\npopulatoin = 3\n[search]\ncrossover = 1.5\nselection = "roulette"\n',
    )
    with pytest.raises(ConfigError) as caught:
        load(path)
    message = str(caught.value)
    assert "4 mistakes" in message
    for part in ("seeds is 0", "populatoin: unknown key", "search.crossover is 1.5",
                 "search.selection is 'roulette'; it must be 'best' or 'tournament'"):  # fmt: skip
        assert part in message
    assert len(message.splitlines()) == 5


def test_an_unknown_preset_is_reported_beside_the_rest():
    with pytest.raises(ConfigError, match=r"(?s)ganetic-9.*ganetic-1.*seed is -1"):
        build({"preset": "ganetic-9", "seed": -1})


@pytest.mark.parametrize(
    ("content", "part"),
    [(None, "no such file"), (b"\xff\xfe", "not UTF-8"), (b"a = = 1", "not TOML")],
)
def test_files_that_cannot_be_read(tmp_path, content, part):
    path = tmp_path / "x.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=part):
        load(path)


def test_a_yardstick_must_be_known():
    with pytest.raises(ConfigError, match=r"'bse' is no known loss .*did you mean 'bce'"):
        build({"yardsticks": ["bse"]})


def test_differences_name_the_keys():
    old = {"seed": 0, "search": {"population": 10, "crossover": 0.7}}
    new = {"seed": 1, "search": {"population": 10, "crossover": 0.8}}
    assert differences(old, new) == ["search.crossover: 0.7 -> 0.8", "seed: 0 -> 1"]
    assert differences(old, old) == []


def test_a_configuration_survives_json():
    config = build({"search": {"operators": ["mul", "log"]}, "trainer_options": {"width": 8}})
    assert build(config.model_dump(mode="json")) == config


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            {"search": {"populaton": 3}},
            "search.populaton: unknown key (did you mean 'population'?)",
        ),
        ({"population": 3}, "population: unknown key; write search.population"),
        ({"iterations": 3}, "iterations: unknown key; write trainer_options.iterations"),
        ({"search": {"seeds": 3}}, "search.seeds: unknown key; write seeds without a table"),
        ({"preset": "quik"}, "preset 'quik' is unknown (did you mean 'quick'?)"),
        ({"yardsticks": ["ganetik"]}, "no known loss (did you mean 'ganetic'?)"),
        ({"memory_limit": 1e308}, "memory_limit is 1e+308; it must be less than"),
        ({"time_limit": 1e308}, "time_limit is 1e+308; it must be less than"),
        ({"trainer_options": {"a": [1.0, {"b": float("nan")}]}}, "a.b is nan; it must be a finite"),
    ],
)
def test_a_mistake_is_told_with_the_way_out(data, said):
    with pytest.raises(ConfigError, match=re.escape(said)):
        build(data)


def test_a_huge_value_is_not_echoed_whole():
    with pytest.raises(ConfigError) as error:
        build({"seeds": "9" * 1_000_000})
    assert len(str(error.value)) < 500


def test_control_characters_of_a_key_do_not_reach_the_terminal():
    with pytest.raises(ConfigError) as error:
        build({"a\x1b[2J\nError: b": 1})
    assert "\x1b" not in str(error.value)
    assert len(str(error.value).splitlines()) == 2
