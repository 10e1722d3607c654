import io
import sys

import pytest

from lossgp.cli.streams import tolerate

from .conftest import lossgp


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_everything_can_be_written_in_any_encoding(encoding, monkeypatch):
    pipe = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe, encoding))
    tolerate()
    print("220.5 ± 31.2, η → ∞, naïve, 損 \ud800", flush=True)
    shown = pipe.getvalue().decode(encoding)
    expected = {"ascii": "220.5 +- 31.2, eta -> inf, naive, ? ?", "utf-8": "220.5 ± 31.2, η → ∞"}
    assert shown.startswith(expected.get(encoding, "220.5 ± 31.2, eta -> inf, naïve"))


@pytest.mark.parametrize(
    "arguments", [("zoo",), ("show", "ganetic"), ("card", "bce"), ("--help",), ("data", "list")]
)
def test_commands_end_well_where_only_ascii_can_be_shown(arguments, tmp_path):
    done = lossgp(*arguments, cwd=tmp_path, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
