"""Printed commands work where they stand."""

import sys

import pytest

from lossgp.cli import hints


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A project folder with a virtual environment that is not on PATH."""
    program = tmp_path / "my project" / ".venv" / "bin" / "lossgp"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path / "my project")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.delenv("LOSSGP_RUNS", raising=False)
    return program


def test_a_program_beside_us_is_called_by_its_path(installed):
    assert hints.program() == ".venv/bin/lossgp"


def test_a_program_on_the_path_is_called_by_its_name(installed, monkeypatch):
    monkeypatch.setenv("PATH", str(installed.parent))
    assert hints.program() == "lossgp"


def test_another_program_of_the_same_name_on_the_path_is_not_ours(installed, tmp_path, monkeypatch):
    other = tmp_path / "lossgp"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert hints.program() == ".venv/bin/lossgp"


def test_from_elsewhere_the_whole_path_is_named_and_quoted(installed, tmp_path, monkeypatch):
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert hints.program() == f"'{installed}'"


def test_in_the_folder_of_the_program_a_shell_needs_the_dot(installed, monkeypatch):
    monkeypatch.chdir(installed.parent)
    assert hints.program() == "./lossgp"


def test_a_module_is_called_as_one(installed, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/site-packages/lossgp/__main__.py"])
    assert hints.program().endswith(" -m lossgp")


def test_in_a_notebook_the_plain_name_stands(installed, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/usr/lib/ipykernel_launcher.py"])
    assert hints.program() == "lossgp"


@pytest.mark.parametrize(
    ("variable", "runs_dir", "where"),
    [
        (None, "runs", ""),
        (None, "my runs", " --runs-dir 'my runs'"),
        ("elsewhere", "elsewhere", ""),
        ("elsewhere", "runs", " --runs-dir runs"),
    ],
)
def test_the_runs_directory_is_named_unless_it_is_found_anyway(
    variable, runs_dir, where, installed, monkeypatch
):
    if variable:
        monkeypatch.setenv("LOSSGP_RUNS", variable)
    shown = hints.command("show", "first#1", runs_dir=hints.Path(runs_dir))
    assert shown == f".venv/bin/lossgp show 'first#1'{where}"


def test_messages_of_lower_floors_name_the_program_too(installed):
    assert (
        hints.as_called("get it with `lossgp data get mnist`; lossgp is fine, runs/lossgp.db too")
        == "get it with `.venv/bin/lossgp data get mnist`; lossgp is fine, runs/lossgp.db too"
    )
