"""--surrogate and --learn-from: what they ask a search for, and how mistakes are told."""

import pytest
from click.testing import CliRunner

from lossgp.cli.group import cli
from lossgp.config import build


@pytest.fixture
def asked(monkeypatch):
    """The search settings of each search that is begun; none is run."""
    found = []

    def evolve(config, **_):
        found.append(build(config.model_dump()).search)
        raise KeyboardInterrupt

    monkeypatch.setattr("lossgp.studies.evolve.evolve", evolve)
    return found


def called(*arguments):
    return CliRunner().invoke(cli, ["evolve", *arguments])


@pytest.mark.parametrize(
    ("arguments", "surrogate", "learn_from"),
    [
        ((), "forest", ()),
        (("--preset", "plain"), "none", ()),
        (("--surrogate", "forest"), "forest", ()),
        (("--learn-from", "first"), "forest", ("first",)),
        (("--learn-from", "a", "--learn-from", "b", "--surrogate", "forest"), "forest", ("a", "b")),
        (("--learn-from", "all"), "forest", ("all",)),
    ],
)
def test_the_options_are_settings_of_the_search(asked, arguments, surrogate, learn_from):
    called(*arguments)
    assert [(s.surrogate, s.learn_from) for s in asked] == [(surrogate, learn_from)]


def test_a_file_may_say_it_and_options_override(asked, tmp_path):
    file = tmp_path / "search.toml"
    file.write_text('[search]\nsurrogate = "forest"\npool = 7\nlearn_from = "all"\n')
    called("--config", str(file))
    called("--config", str(file), "--learn-from", "first")
    assert [(s.pool, s.learn_from) for s in asked] == [(7, ("all",)), (7, ("first",))]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--surrogate", "tree"), "'tree' is not one of 'none', 'forest'"),
        (("--surrogate", "none", "--learn-from", "all"), "learn_from needs a surrogate"),
        (("--set", "search.pool=1", "--surrogate", "forest"), "search.pool"),
        (("--learn-from", "nothing"), "does not exist: name another directory"),
    ],
)
def test_mistakes_are_told_and_leave_nothing(tmp_path, arguments, words):
    runs_dir = tmp_path / "runs"
    done = called(*arguments, "--runs-dir", str(runs_dir))
    assert done.exit_code
    assert words in done.output + str(done.exception)
    assert not runs_dir.exists()
