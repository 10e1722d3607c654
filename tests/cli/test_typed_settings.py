"""`--set` and `--vary`: what is typed is read by the type of the option, in every command."""

import pytest

from lossgp import ConfigError
from lossgp.runs import Store

from .scored import called, refused

TYPED = ("--set", "trainer_options.data=007", "--set", "include=1,02", "--set", "size=16")
READ = {"data": "007", "include": ["1", "02"], "size": 16}


@pytest.fixture
def given(monkeypatch):
    """What a function of the studies is called with; it goes no further."""

    def of(name, *arguments):
        found = {}

        def called_with(*values, **options):
            found.update(options, given=values)
            raise ConfigError("enough")

        monkeypatch.setattr(name, called_with)
        assert refused(*arguments) == "enough"
        return found

    return of


@pytest.mark.parametrize(
    ("function", "words", "where"),
    [
        ("protocols.prepared_trainer", ["score", "bce", "--protocol", "images", *TYPED], 1),
        ("tune.tune", ["tune", "bce", "--protocol", "images", *TYPED], "options"),
        ("sample.Model", ["sample", "bce", "--protocol", "images", *TYPED, "-o", "a.png"], 2),
        (
            "sweep_plan.planned",
            ["sweep", "bce", "--protocol", "images", "--vary", "width=2,3", *TYPED],
            "options",
        ),
        ("reliability.variants", ["reliability", "images", *TYPED], 1),
    ],
)
def test_texts_lists_and_numbers_of_a_protocol(given, monkeypatch, function, words, where):
    if function == "sweep_plan.planned":  # it is asked for the protocol first
        from lossgp.studies import sweep_plan

        plan = sweep_plan.planned
        found = {}

        def planned(losses, vary, **options):
            found.update(options, vary=vary)
            return plan(losses, vary, **options)

        monkeypatch.setattr("lossgp.studies.sweep_plan.planned", planned)
        given("lossgp.studies.sweep_plan.checked", *words)
        assert found["vary"] == {"width": [2, 3]}
    else:
        found = given(f"lossgp.studies.{function}", *words)
    assert (found[where] if isinstance(where, str) else found["given"][where]) == READ


def test_classes_that_are_numbers_of_a_detector(given):
    words = ["anomaly", "train", "bce", "--data", "DIR", "--set", "normal_class=0"]
    options = given("lossgp.studies.anomaly.detect", *words, "--set", "abnormal_class=2")["options"]
    assert options == {"data": "DIR", "normal_class": "0", "abnormal_class": ["2"]}


def test_classes_that_are_numbers_reach_the_images(tmp_path):
    words = ["anomaly", "train", "bce", "--data", "digits", "--set", "normal_class=3"]
    told = refused(*words, "--set", "abnormal_class=5,11", "--runs-dir", tmp_path)
    assert "no class '11'" in told


def test_values_of_vary_are_of_the_options_type(given):
    words = ["reliability", "wgan-gp", "--vary", "include=0,01", "--vary", "width=2,4"]
    found = given("lossgp.studies.reliability.variants", *words)
    assert found["given"][2] == {"include": [["0"], ["01"]], "width": [2, 4]}


def evolved(given, *words):
    config = given("lossgp.studies.evolve.evolve", "evolve", *words)["given"][0]
    return config if isinstance(config, dict) else config.model_dump()


def test_a_run_has_its_protocols_options(given):
    words = ["--protocol", "wgan-gp", "--set", "trainer_options.include=1,2"]
    config = evolved(given, *words, "--set", "trainer_options.data=0")
    assert config["trainer_options"] == {"include": ["1", "2"], "data": "0"}


def test_the_protocol_may_be_set_too_or_stand_in_a_file(given, tmp_path):
    (tmp_path / "run.toml").write_text('protocol = "wgan-gp"\n')
    words = ["--set", "trainer_options.include=1", "--config", tmp_path / "run.toml"]
    assert evolved(given, *words)["trainer_options"] == {"include": ["1"]}
    words = ["--set", "protocol=wgan-gp", "--set", "trainer_options.include=1"]
    assert evolved(given, *words)["trainer_options"] == {"include": ["1"]}


def test_a_resumed_run_has_its_own_protocol(given, tmp_path):
    with Store.open(tmp_path) as store:
        store.create_run("first", {"protocol": "wgan-gp"}, "hash", "1.0")
    words = ["--resume", "first", "--runs-dir", tmp_path, "--set", "trainer_options.include=1"]
    assert evolved(given, *words)["trainer_options"] == {"include": ["1"]}


def test_protocols_of_a_portfolio_have_their_own_options(given):
    words = ["--protocol", "wgan-gp,digits", "--set", "wgan-gp.include=1"]
    config = evolved(given, *words, "--set", "trainer_options.digits.width=4")
    assert config["trainer_options"] == {"wgan-gp": {"include": ["1"]}, "digits": {"width": 4}}


def test_settings_of_a_search_and_of_the_whole(given):
    words = ["--set", "yardsticks=bce,hinge", "--set", "search.constants=-2,2", "--set", "seeds=4"]
    words += ["--set", "search.confirm_on.wgan-gp=5"]
    words += ["--set", "search.confirm_options.wgan-gp.include=1"]
    config = evolved(given, *words)
    assert config["yardsticks"] == ("bce", "hinge")
    assert config["search"]["constants"] == (-2.0, 2.0)
    assert config["seeds"] == 4
    assert config["search"]["confirm_options"] == {"wgan-gp": {"include": ["1"]}}


def test_options_of_a_confirmation(given):
    words = ["confirm", "first", "--protocol", "wgan-gp:5", "--set", "wgan-gp.include=1,2"]
    found = given("lossgp.studies.confirm.confirm", *words, "--set", "wgan-gp.width=4")
    assert found["options"] == {"wgan-gp": {"include": ["1", "2"], "width": 4}}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["width=wide"], "width of protocol 'digits' is 'wide'; it must be a valid integer"),
        (["width=1,2"], "width of protocol 'digits' is '1,2'; it must be a valid integer"),
        (["beta1=x"], "beta1 of protocol 'digits' is 'x'; it must be a valid number"),
        (["wdth=2"], "did you mean 'width'"),
        (["stages=1,wide"], "stages.1 of protocol 'digits' is 'wide'"),
    ],
)
def test_numbers_refuse_text(words, told):
    message = refused("score", "bce", "--protocol", "digits", "--set", *words)
    assert told in message
    assert "\n" not in message


def test_the_help_says_how_a_list_is_written():
    for command in (("score",), ("evolve",), ("anomaly", "train")):
        assert "a list is A,B" in " ".join(called(*command, "--help").split())
