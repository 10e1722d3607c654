"""When progress is shown, and to whom it is told."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest

from lossgp.report import live


def shell(name):
    return SimpleNamespace(get_ipython=lambda: type(name, (), {})())


@pytest.mark.parametrize(
    ("asked", "callback", "terminal", "notebook", "wanted"),
    [
        (None, None, False, False, False),
        (None, None, True, False, True),
        (None, None, False, True, True),
        (None, print, True, True, False),
        (True, print, False, False, True),
        (False, None, True, True, False),
    ],
)
def test_progress_is_shown_where_somebody_looks_on(
    monkeypatch, asked, callback, terminal, notebook, wanted
):
    stream = io.StringIO()
    stream.isatty = lambda: terminal
    monkeypatch.setattr(sys, "stderr", stream)
    name = "ZMQInteractiveShell" if notebook else "TerminalInteractiveShell"
    monkeypatch.setitem(sys.modules, "IPython", shell(name))
    assert live.is_wanted(asked, callback) is wanted
    console = live.default_console()
    assert console.file is (sys.stdout if notebook else stream)


def test_a_notebook_gets_plain_lines_though_its_kernel_forces_colours(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", shell("ZMQInteractiveShell"))
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not live.default_console().is_terminal


def test_without_ipython_there_is_no_notebook(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not live.in_notebook()


def test_two_are_told_in_order():
    heard = []
    live.both(lambda news: heard.append(("a", news)), lambda news: heard.append(("b", news)))(3)
    live.both(lambda news: heard.append(("c", news)), None)(4)
    assert heard == [("a", 3), ("b", 3), ("c", 4)]
