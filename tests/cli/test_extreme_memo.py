"""A figure in the memo that is as large as a float can be: every command that reads goes on."""

from __future__ import annotations

from ..report.stored import ok, opened, remember, stored
from .scored import called

LARGEST = 1.7e308


def test_no_command_ends_for_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with opened(tmp_path) as store:
        most = (ok(0, LARGEST), ok(1, LARGEST))
        stored(store, trained=(most, (ok(0, LARGEST), ok(1, 1e308)), (ok(0, -LARGEST),)))
        remember(store, "bce_logits", most)
    for command in (
        ("runs",), ("runs", "--json"), ("show", "first"), ("show", "first", "--json"),
        ("show", "first#2", "--seconds", 0), ("export", "first#2"),
        ("plot", "first", "-o", "search.png"), ("plot", "first#2", "-o", "shapes.png"),
    ):  # fmt: skip
        out = called(*command)
        assert "Infinity" not in out
        assert max(map(len, out.splitlines())) < 400
