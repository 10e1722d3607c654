"""Text that others wrote, on the real command line: it stays where it belongs."""

from __future__ import annotations

import json

import pytest

from lossgp.runs import Store

from ..report.stored import stored
from .conftest import lossgp

EVIL = "a\x1b[31m\nError: forged\u202e"


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "ganetic", f"--{EVIL}"),
        ("runs", "--runs-dir", "here/" + EVIL),
        ("evolve", "--set", f"{EVIL}=3"),
    ],
)
def test_what_was_typed_forges_no_line(tmp_path, arguments):
    with Store.open(tmp_path / "runs") as store:
        stored(store)
    done = lossgp(*arguments, cwd=tmp_path, code=0 if "here" in str(arguments) else 2)
    text = done.stdout + done.stderr
    assert all(line.isprintable() for line in text.split("\n"))
    assert sum(line.startswith("Error") for line in text.split("\n")) == done.returncode // 2
    assert r"\x1b" in text


def test_a_configuration_of_others_forges_no_line_when_it_is_resumed(tmp_path):
    with Store.open(tmp_path / "runs") as store:
        stored(store)
        config = json.dumps({EVIL: 1})
        store._database.execute("UPDATE runs SET checksum = NULL, config = ?", (config,))
    done = lossgp("evolve", "--resume", "first", "--device", "cpu", cwd=tmp_path, code=2)
    assert all(line.isprintable() for line in done.stderr.split("\n"))
    assert done.stderr.count("\nError") == 0
