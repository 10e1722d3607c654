"""`lossgp runs`: the list, and what changes runs."""

from __future__ import annotations

import json
import re

import pytest

from lossgp.cli.lines import message
from lossgp.runs import FILE_NAME, Store

from ..report.stored import ok, opened, remember, stored
from .scored import called, refused

LONG = "a-name-of-64-characters-" + "x" * 40


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A runs directory with two runs, whose commands are called from beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    with opened(tmp_path) as store:
        for name in ("first", LONG):
            stored(store, name, ((ok(0, 20.0), ok(1, 40.0)), (ok(0, 30.0), ok(1, 50.0))))
            store.set_status(store.run(name), "finished")
            (tmp_path / "runs" / name).mkdir(exist_ok=True)
        remember(store, "bce_logits", (ok(0, 60.0), ok(1, 80.0)))
    return tmp_path / "runs"


def broken(runs, change, name="first"):
    with Store.open(runs) as store:
        store._database.execute(f"UPDATE runs SET checksum = NULL, {change} WHERE name = '{name}'")


def lines():
    """The list without its frame: a heading, and a line a run."""
    return [line for line in called("runs").splitlines() if any(map(str.isalpha, line))]


# The list


@pytest.mark.parametrize("columns", ["30", "80", "300"])
def test_each_run_is_one_line_and_its_name_is_whole(runs, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    found = lines()
    assert [sum(name in line for line in found) for name in ("first", LONG)] == [1, 1]
    assert len(found) == 3
    assert all("FID 30.0 ± 14.1" in line for line in found[1:])


@pytest.mark.parametrize(
    ("columns", "missing"), [(300, set()), (105, {"generations", "best loss"})]
)
def test_a_narrow_terminal_gets_fewer_columns(runs, monkeypatch, columns, missing):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("FORCE_COLOR", "1")  # a terminal, as rich sees it
    heading, *rows = [re.sub(r"\x1b\[[\d;]*m", "", line).rstrip() for line in lines()]
    headings = {"run", "status", "generations", "protocol", "best score", "best loss"}
    assert {name for name in headings if name in heading} == headings - missing
    rows = [row for row in rows if "FID 30.0 ± 14.1" in row]
    assert len(rows) == 2
    assert all(len(row) <= columns for row in rows)


def test_a_formula_is_cut_to_one_line_and_never_to_nothing(runs):
    long = "y_pred*y_real + exp(y_pred - 0.1234*y_real)" + " + cos(y_pred**3 - y_real)" * 4
    with Store.open(runs) as store:
        content = store.generations(store.run("first"))[0].individuals
        content[0]["formula"] = long
        store._database.execute(
            "UPDATE generations SET checksum = NULL, individuals = ? WHERE run = 1",
            (json.dumps(content),),
        )
    found = lines()
    assert len(found) == 3
    assert "…" in found[1]
    assert "exp(" in found[1]


def test_the_list_as_json(runs):
    first, other = json.loads(called("runs", "--json"))
    assert (first["run"], first["status"], other["run"]) == ("first", "finished", LONG)
    assert (first["generations"], first["device"], first["fid_mean"]) == (1, "cpu", 30.0)
    assert first["best"].count("y_pred") > 0


def test_where_there_are_no_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "No runs in" in called("runs")
    assert called("runs", "--json") == "[]\n"
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / FILE_NAME).touch()  # as another process is about to make it
    assert called("runs", "--json") == "[]\n"
    assert (tmp_path / "runs" / FILE_NAME).stat().st_size == 0


def test_an_emptied_store_is_no_list_without_runs(runs):
    (runs / "first/result.json").write_text("{}")
    for content in (b"", b"x", None):
        (runs / FILE_NAME).unlink()
        if content is not None:
            (runs / FILE_NAME).write_bytes(content)
        assert "restore a copy" in refused("runs")
        assert (runs / FILE_NAME).exists() == (content is not None)
        (runs / FILE_NAME).touch()


@pytest.mark.parametrize(
    "change",
    [
        "config = '[1]'",
        """config = '{"protocol": "of-a-plug-in"}'""",
        """config = '{"seeds": "many"}'""",
        "version = CAST(x'ff' AS TEXT)",
        "status = 'odd'",
    ],
)
def test_one_bad_run_is_listed_and_takes_no_other_with_it(runs, change):
    broken(runs, change)
    found = lines()
    assert sum(line.startswith("Unreadable: first: ") for line in found) == 1
    assert any(LONG in line and "finished" in line for line in found)
    assert LONG in called("show", LONG)
    assert "GANetic" in called("show", "ganetic", "--seconds", 0)
    bad, good = json.loads(called("runs", "--json"))
    assert (bad["run"], bad["status"], good["run"]) == ("first", "unreadable", LONG)
    assert bad["reason"] in "\n".join(found)


def test_a_bytes_name_is_listed_and_takes_no_other_with_it(runs):
    broken(runs, "name = x'ff1b'")
    assert any("Unreadable: b'\\xff\\x1b'" in line for line in lines())
    assert "no run called 'frist'" in refused("show", "frist#1")


def test_a_damaged_store_hides_no_known_loss(runs):
    (runs / FILE_NAME).write_bytes(b"no database")
    assert "GANetic" in called("show", "ganetic", "--seconds", 0)
    for formula in ("y_pred*y_real", "p-y"):
        assert "y_pred" in called("show", formula, "--seconds", 0)
    assert "is not a database" in refused("show", "first")
    assert "is not a database" in refused("runs")


EVIL = "\x1b[31mred\nError: forged\u202e\x00"


def test_nothing_in_a_store_reaches_the_terminal_raw(runs):
    with Store.open(runs) as store:
        store.set_note(store.run("first"), EVIL)
        individuals = json.loads(json.dumps(store.generations(store.run("first"))[0].individuals))
        individuals[0]["origin"] = individuals[0]["parents"] = EVIL
        individuals[0]["score"]["statuses"] = {"ok": 1, EVIL: 1}
        store._database.execute(
            "UPDATE generations SET checksum = NULL, individuals = ?, rejects = ?",
            (json.dumps(individuals), json.dumps({EVIL: 3})),
        )
    commands = [("runs",), ("show", "first"), ("show", "first#1", "--seconds", 0),
                ("show", "first#2", "--seconds", 0), ("export", "first#1")]  # fmt: skip
    broken(runs, "version = 'a' || char(27) || char(10) || 'Error: forged'", LONG)
    broken(runs, "config = json_object('a' || char(27) || char(10) || 'Error: forged', 1)", LONG)
    for command in commands:
        out = called(*command)
        assert all(line.isprintable() for line in out.split("\n")), command
        assert not any(line.startswith("Error") for line in out.split("\n")), command
    shown = message(refused("show", LONG))
    assert shown.isprintable()
    assert r"a\x1b\nError: forged" in shown


def test_messages_keep_their_own_lines_and_no_others():
    own = "the configuration has 2 mistakes:\n  seeds: 'a'\n  seed: 'b'"
    assert message(own) == own
    assert message("a\nError: b\r\x1b[2K") == r"a\nError: b\r\x1b[2K"
    assert message("a\n\n  b\n c") == "a\\n\n  b\\n c"


# What changes runs


def test_a_run_is_deleted_when_that_is_said(runs):
    assert "for good; add --yes" in refused("runs", "delete", "first")
    assert (runs / "first").is_dir()
    out = called("runs", "delete", "first", "--yes")
    assert "Deleted run first; its trainings stay in the memo" in out
    assert not (runs / "first").exists()
    assert [row["run"] for row in json.loads(called("runs", "--json"))] == [LONG]
    assert "no run called 'frist'" in refused("runs", "delete", LONG, "frist", "--yes")
    assert [row["run"] for row in json.loads(called("runs", "--json"))] == [LONG]


@pytest.mark.parametrize(("answer", "left"), [("n\n", 2), ("y\n", 1)])
def test_a_person_is_asked(runs, monkeypatch, answer, left):
    from click.testing import CliRunner

    from lossgp.cli import runs as module
    from lossgp.cli.group import cli

    monkeypatch.setattr(module, "_is_terminal", lambda: True)
    done = CliRunner().invoke(cli, ["runs", "delete", "first"], input=answer)
    assert done.exit_code == 0
    assert f"Delete {module.Path('runs') / 'first'} and what is in there" in done.output
    assert len(json.loads(called("runs", "--json"))) == left


def test_a_run_that_cannot_be_read_can_be_deleted(runs):
    broken(runs, "config = '['")
    assert "Deleted run first" in called("runs", "delete", "first", "--yes")
    assert len(lines()) == 2


def test_a_run_that_is_written_is_neither_deleted_nor_renamed(runs):
    with Store.open(runs) as store, store.lock("first"):
        assert "is being written by process" in refused("runs", "delete", "first", "--yes")
        assert "is being written by process" in refused("runs", "rename", "first", "new")
        assert "1 of" in lines()[1]


def test_a_renamed_run_is_the_same_under_its_new_name(runs):
    from lossgp.report.files import write
    from lossgp.results.load import load

    with Store.read_only(runs) as store:
        write(load(store, "first"))
    before = {p.name: p.read_bytes() for p in (runs / "first").iterdir()}
    assert "Run first is now better" in called("runs", "rename", "first", "better")
    after = {p.name: p.read_bytes() for p in (runs / "better").iterdir()}
    with Store.read_only(runs) as store:
        write(load(store, "better"))
    assert {p.name: p.read_bytes() for p in (runs / "better").iterdir()} == after
    assert before.keys() == after.keys()
    assert {name for name in after if before[name] != after[name]} == {
        *("best.py", "best.tex", "result.json"),
    }
    assert "better" in called("show", "better")
    assert "no run called 'first'" in refused("show", "first#1")
    assert "is taken" in refused("runs", "rename", "better", LONG)
    assert "files of its own" in refused("runs", "rename", "better", "checkpoints")
    assert "did you mean 'better'" in refused("runs", "rename", "bettr", "x")


def test_notes_stand_in_the_list(runs):
    assert "note" not in called("runs")
    called("runs", "note", "first", "seed", "3", "was", "best")
    assert "seed 3 was best" in lines()[1]
    assert json.loads(called("runs", "--json"))[0]["note"] == "seed 3 was best"
    assert "has no note now" in called("runs", "note", "first")
    assert "note" not in called("runs")
    assert "has 2,000 characters" in refused("runs", "note", "first", "x" * 2000)


def test_the_directory_may_be_named_before_or_after_the_command(runs, monkeypatch):
    monkeypatch.chdir(runs)
    called("runs", "--runs-dir", runs, "note", "first", "one")
    called("runs", "note", "--runs-dir", runs, LONG, "two")
    assert [r["note"] for r in json.loads(called("runs", "--runs-dir", runs, "--json"))] == [
        *("one", "two"),
    ]


@pytest.mark.parametrize("words", [["delete"], ["delete", "first"], ["rename"], ["note"]])
@pytest.mark.parametrize("before", [[], ["--runs-dir", "elsewhere"]])
def test_shells_complete_the_runs(runs, words, before):
    from click.shell_completion import BashComplete

    from lossgp.cli.group import cli

    if before:
        runs.rename(runs.with_name("elsewhere"))
    shell = BashComplete(cli, {}, "lossgp", "_LOSSGP_COMPLETE")
    found = shell.get_completions(["runs", *before, *words], "")
    assert {item.value for item in found} == {"first", LONG}
