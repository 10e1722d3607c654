"""Bad input gets one clear line, exit code 2, and leaves nothing behind."""

import contextlib
import os
import shutil
import sqlite3

import pytest

from .conftest import lossgp
from .scored import refused


def error_of(*arguments, cwd):
    with contextlib.chdir(cwd):
        return refused(*arguments)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["show", "foo(y_pred)*y_real"], "Error: unknown function 'foo'"),
        (["evolve", "--resume", "nothing"], "Error: runs directory runs does not exist"),
        (["evolve", "--seeds", "0"], "  seeds is 0; it must be greater than or equal to 1"),
    ],
)
def test_what_a_terminal_shows(tmp_path, arguments, line):
    done = lossgp(*arguments, cwd=tmp_path, code=2)
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith(line)
    assert len(done.stderr.splitlines()) == 1 + line.startswith(" ")


@pytest.mark.parametrize(
    ("formula", "part"),
    [
        ("y_pred + foo*y_real", "unknown name 'foo' at column 10"),
        ("foo(y_pred)*y_real", "unknown function 'foo'"),
        ("y_pred.real + y_real", "'.' at column 7 is not allowed"),
        ("lambda y: y_pred", "is not allowed"),
        ("sin(y_pred)", "y_real is missing"),
        ("(" * 10_000 + "y_pred" + ")" * 10_000, "formula has 20006 characters"),
        ("(" * 1_000 + "y_pred" + ")" * 1_000, "nested deeper than"),
        ("9**9**9**9", "power of a power"),
        ("__import__('os').system('true')*y_pred*y_real", "is not allowed"),
        ("D: y_pred*y_real; y_pred", "D: formula; G: formula"),
    ],
)
def test_formulas(tmp_path, formula, part):
    assert part in error_of("show", formula, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_configuration_with_three_mistakes(tmp_path):
    (tmp_path / "c.toml").write_text("seeds = 'many'\nspeed = 1\n[search]\npopulation = 1\n")
    err = error_of("evolve", "--config", "c.toml", cwd=tmp_path)
    assert "3 mistakes" in err
    for part in ("seeds is 'many'", "speed: unknown key", "search.population is 1"):
        assert part in err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["evolve", "--budget", "soon"], "'soon' is no budget"),
        (["evolve", "--device", "tpu"], "unknown device 'tpu'"),
        (["evolve", "--protocol", "imagenet"], "unknown protocol 'imagenet'"),
        (["evolve", "--preset", "ganetic-9"], "ganetic-9"),
        (["evolve", "--set", "trainer_options.iterations=0"], "iterations"),
        (["evolve", "--set", "population"], "KEY=VALUE"),
        (["evolve", "--name", "a b"], "a b"),
        (["evolve", "--resume", "nothing"], "does not exist"),
        (["evolve", "--name", "a", "--resume", "b"], "give one"),
        (["evolve", "--config", "nowhere.toml"], "no such file"),
        (["plot", "bce", "-o", "x.gif"], ".png, .pdf, .svg"),
        (["plot", "bce", "-o", "no/where/x.png"], "no directory"),
        (["plot", "bce", "-o", "x.csv", "--kind", "field"], "of --kind shapes, not of field"),
        (["plot", "bse", "-o", "x.png"], "did you mean 'bce'"),
        (["show", "nothing#1"], "does not exist"),
        (["shwo"], "No such command 'shwo' (did you mean 'show'?)"),
        (["data", "chek"], "No such command 'chek'"),
        (["score", "bce", "--protocol", "digit"], "did you mean 'digits'"),
        (["evolve", "--set", "trainer_options.mode=nan"], "mode is nan; it must be a finite"),
        (["evolve", "--set", "trainer_options.iteration=3"], "did you mean 'iterations'"),
    ],
)
def test_options(tmp_path, arguments, part):
    assert part in error_of(*arguments, cwd=tmp_path)


def test_a_rank_that_does_not_exist(finished):
    assert "ranks 1 to 6, not 7" in error_of("show", "first#7", cwd=finished)


def test_resuming_with_another_configuration_shows_the_difference(finished):
    err = error_of("evolve", "--resume", "first", "--population", "9", cwd=finished)
    assert "search.population: 3 -> 9" in err
    err = error_of("evolve", "--resume", "first", "--generations", "1", cwd=finished)
    assert "search.generations: 2 -> 1" in err


def test_a_name_that_is_taken(finished):
    assert "taken" in error_of("evolve", "--name", "first", cwd=finished)


def test_a_runs_directory_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("")
    err = error_of("evolve", "--runs-dir", "file/below", cwd=tmp_path)
    assert "file/below" in err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_runs_directory_that_is_not_writable(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "writable" in error_of("evolve", "--runs-dir", "locked", cwd=tmp_path)


@pytest.mark.parametrize("keep", [10, 100, 5000])
def test_a_database_that_was_cut_off(finished, tmp_path, keep):
    shutil.copytree(finished / "runs", tmp_path / "runs")
    path = tmp_path / "runs" / "lossgp.db"
    content = path.read_bytes()[:keep]
    path.write_bytes(content)
    assert "lossgp.db" in error_of("runs", cwd=tmp_path)
    assert path.read_bytes() == content


def test_a_database_of_a_newer_version(finished, tmp_path):
    shutil.copytree(finished / "runs", tmp_path / "runs")
    with sqlite3.connect(tmp_path / "runs" / "lossgp.db") as db:
        db.execute("PRAGMA user_version = 999")
    assert "newer" in error_of("runs", cwd=tmp_path)


def test_a_second_process_on_the_same_run(finished):
    from lossgp.runs import Store

    with Store.open(finished / "runs") as store, store.lock("first"):
        err = error_of("evolve", "--resume", "first", cwd=finished)
    assert str(os.getpid()) in err


def test_debug_shows_the_traceback(tmp_path):
    done = lossgp("show", "foo(y_pred)", "--debug", cwd=tmp_path, code=1)
    assert "Traceback" in done.stderr
