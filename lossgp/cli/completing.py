"""What a shell may complete: names of losses, runs, protocols, presets, targets and data sets.

The shell calls lossgp for each press of the tab key, so only what is needed is imported.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from .hints import DEFAULT_RUNS


def losses(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a LOSS: a known name, or the best of a run."""
    from lossgp.expressions import zoo

    known = {entry.name: entry.title for entry in zoo.ENTRIES}
    ranked = {f"{name}#1": f"the best of run {name}" for name in _run_names(ctx)}
    small = {f"{name}@size": f"the smallest good one of run {name}" for name in _run_names(ctx)}
    return _items({**known, **ranked, **small}, incomplete)


def losses_and_runs(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete a LOSS or a RUN."""
    return [*runs(ctx, param, incomplete), *losses(ctx, param, incomplete)]


def runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a RUN."""
    return _items(dict.fromkeys(_run_names(ctx), "run"), incomplete)


def protocols(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a protocol."""
    from lossgp.trainers import names

    return _items(dict.fromkeys(names(), ""), incomplete)


def algorithms(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a search algorithm."""
    from lossgp.search.algorithms import names

    return _items(dict.fromkeys(names(), ""), incomplete)


def presets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a preset."""
    from lossgp.search.settings import PRESETS

    return _items(dict.fromkeys(PRESETS, ""), incomplete)


def targets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete what a loss can be exported to."""
    from lossgp.expressions.export import GROUPS

    titles = {name: title for title, group in GROUPS.items() for name in group}
    return _items(titles, incomplete)


def data_sets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a known data set."""
    from lossgp.trainers.datasets import names

    return _items(dict.fromkeys(names(), ""), incomplete)


def _run_names(ctx: click.Context) -> list[str]:
    """Return the runs of the directory that the command line names so far; none if unreadable."""
    from lossgp.runs import FILE_NAME, RunsError, Store

    given = (c.params.get("runs_dir") for c in (ctx, ctx.parent) if c is not None)
    directory = Path(next(filter(None, given), DEFAULT_RUNS))
    if not (directory / FILE_NAME).exists():
        return []
    with contextlib.suppress(RunsError, OSError), Store.read_only(directory) as store:
        return store.names()
    return []


def _items(names: dict[str, str], incomplete: str) -> list[CompletionItem]:
    found: Iterable[tuple[str, str]] = names.items()
    return [CompletionItem(n, help=text or None) for n, text in found if n.startswith(incomplete)]
