"""What a shell's tab key offers."""

import pytest

from .conftest import lossgp


def offered(line, cwd, **env):
    """Return what bash would offer for the last word of a line."""
    words = line.split(" ")
    done = lossgp(cwd=cwd, env={
        "_LOSSGP_COMPLETE": "bash_complete", "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1), **env,
    })  # fmt: skip
    return [shown.removeprefix("plain,") for shown in done.stdout.split()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("lossgp ev", ["evolve"]),
        ("lossgp show gane", ["ganetic"]),
        ("lossgp evolve --preset ganetic-8", ["ganetic-8"]),
        ("lossgp evolve --protocol mnist-", ["mnist-14", "mnist-classify"]),
        ("lossgp score bce --protocol dig", ["digits", "digits-classify"]),
        ("lossgp export bce --to ma", ["mathml"]),
        ("lossgp data get fash", ["fashion-mnist"]),
    ],
)
def test_names_are_completed(line, expected, tmp_path):
    found = offered(line, tmp_path)
    assert found[: len(expected)] == expected


def test_runs_are_completed_where_they_are(finished):
    assert offered("lossgp show fir", finished) == ["first", "first#1", "first@size"]
    assert offered("lossgp evolve --resume ", finished) == ["first"]
    there = {"LOSSGP_RUNS": str(finished / "runs")}
    assert offered("lossgp evolve --resume ", finished.parent, **there) == ["first"]
    assert offered("lossgp evolve --resume ", finished.parent) == []


def test_a_damaged_store_offers_nothing_and_says_nothing(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs/lossgp.db").write_bytes(b"no database")
    assert offered("lossgp evolve --resume ", tmp_path) == []
