"""Where a search stands when a command ends, and the commands that go on from there."""

from __future__ import annotations

from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from .hints import command as hint

if TYPE_CHECKING:
    from lossgp.results.result import Result


def next_steps(result: Result, runs_dir: Path, budget: str | None) -> list[str]:
    """Return where the search stands, and the commands that go on from there."""
    generations = result.config.search.generations
    resume = partial(hint, "evolve", "--resume", result.name)
    lines = [""]
    if result.ended:
        why = budget_end(budget) if result.ended == "budget" else "Interrupted"
        lines.append(f"{why}: {result.generations} of {generations} generations are complete.")
    if any(rank is None for rank, _ in result.ranked):
        lines.append(
            f"Losses without a rank are of generation {result.generations + 1}, which is not."
        )
    if result.failed:
        from lossgp.report.failures import failure_lines

        trained = [i.outcomes for i in result.individuals] + [y.outcomes for y in result.yardsticks]
        count = f"{result.failed} training{'s' * (result.failed > 1)}"
        again = resume("--retry-failed", runs_dir=runs_dir)
        lines.append(f"{count} crashed, timed out or raised. Try again: {again}")
        lines += failure_lines(chain.from_iterable(trained))
    if result.finished:
        more = ("--generations", str(generations + 3))
        lines.append(f"Extend it:  {resume(*more, runs_dir=runs_dir)}")
    elif result.ended != "interrupt":  # the last words after an interrupt say it
        lines.append(f"Resume it:  {resume(runs_dir=runs_dir)}")
    if any(rank == 1 for rank, _ in result.ranked):
        waiting = any(c.waiting for c in result.confirmations)
        if result.ended and result.finished and (waiting or result.config.search.confirm):
            lines.append("Its best are not all confirmed; resume it to go on.")
            lines.append(f"Resume it:  {resume(runs_dir=runs_dir)}")
        elif result.confirmation is None and result.best and result.best.score.is_whole:
            confirm = hint("confirm", result.name, runs_dir=runs_dir)
            lines.append(f"Confirm it: {confirm}  (its best again, on fresh seeds)")
        lines.append(f"Look at it: {hint('show', f'{result.name}#1', runs_dir=runs_dir)}")
    return lines if len(lines) > 1 else []


def budget_end(budget: str | None) -> str:
    """Return in words that what might be spent is spent."""
    from lossgp.runs.budget import Budget

    timed = budget is None or Budget.parse(budget).unit == "seconds"
    return "The time is up" if timed else f"The budget of {Budget.parse(str(budget))} is used up"
