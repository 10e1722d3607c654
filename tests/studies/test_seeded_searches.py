"""Searches that start from known losses, from the command line to the resumed run."""

import pytest
from click.testing import CliRunner

import lossgp
from lossgp.cli.group import cli
from lossgp.config import ConfigError

from .inline import CONFIG


def evolved(folder, *options):
    small = ["--preset", "plain", "--population", "4", "--generations", "2", "--seeds", "2"]
    done = CliRunner().invoke(cli, ["evolve", *small, *options, "--runs-dir", str(folder)])
    return done


def origins(result):
    first = [i.candidate for i in result.individuals if i.candidate.generation == 0]
    return [c.origin for c in sorted(first, key=lambda c: c.slot)]


def test_names_files_and_ranks_seed_a_search(laboratory, tmp_path):
    file = tmp_path / "mine.txt"
    file.write_text("least squares = (p - y)**2\n".replace("least squares", "lsq"))
    assert evolved(tmp_path, "--seed-losses", str(file), "--name", "a").exit_code == 0
    assert origins(lossgp.load("a", tmp_path))[0] == "seed: lsq"
    best = lossgp.load("a", tmp_path).best.candidate.loss
    done = evolved(tmp_path, "--seed-losses", "bce, a#1", "--name", "b")
    assert done.exit_code == 0, done.output
    second = lossgp.load("b", tmp_path)
    assert origins(second)[:2] == ["seed: bce", "seed: a#1"]
    assert any(i.candidate.loss == best for i in second.individuals)
    assert "a#9" not in done.output
    wrong = evolved(tmp_path, "--seed-losses", "a#99", "--name", "c")
    assert wrong.exit_code != 0


def test_a_resumed_run_needs_no_file_and_keeps_its_seeds(laboratory, tmp_path):
    file = tmp_path / "mine.txt"
    file.write_text("lsq = (p - y)**2\n")
    search = {**CONFIG["search"], "seed_losses": str(file)}

    def run(**arguments):
        return lossgp.evolve(runs_dir=tmp_path, device="cpu", write=False, **arguments)

    run(config={**CONFIG, "search": {**search, "generations": 2}}, name="short")
    whole = run(config={**CONFIG, "search": search}, name="whole")
    file.unlink()
    longer = run(config={"search": {"generations": 3}}, resume="short")
    assert [i.candidate for i in longer.individuals] == [i.candidate for i in whole.individuals]
    with pytest.raises(ConfigError, match=r"search\.seed_losses: "):
        run(config={"search": {"seed_losses": "bce"}}, resume="short")
