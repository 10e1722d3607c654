"""What follows from a sweep: verdicts on claims, in the terminal and as a page of Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lossgp.common.echo import printable
from lossgp.results.claims import AGREES, DOES_NOT, OPEN, Against, Verdict
from lossgp.results.effects import Effect, effects
from lossgp.results.options import shown

from .sweep_table import metric_of, sweep_grid, sweep_notes

if TYPE_CHECKING:
    from lossgp.results.sweep import Sweep

RULE = (
    f"{AGREES}: the measure differs as claimed from everything that it is compared with, each by a "
    f"sign-flip permutation test over pairs at 5 %; {DOES_NOT}: it differs the other way (of "
    f"several, by Simes' test); {OPEN}: neither. A pair is one seed under settings that are alike "
    "but for what the claim is about (one seed under several such settings is several pairs); in "
    "brackets is the 95 % bootstrap interval of the mean difference. Claims are judged one by one"
)


def verdict_lines(sweep: Sweep) -> list[str]:
    """Return the verdicts for a terminal, one line each, and what they mean."""
    if not sweep.verdicts:
        return []
    lines = ["Claims" + (f" of {sweep.paper}" if sweep.paper else "")]
    lines += [
        f"{one.verdict:<{len(OPEN)}}  {one.claim.name}: {figures(sweep, one)}"
        for one in sweep.verdicts
    ]
    counts = [f"{sum(v.verdict == word for v in sweep.verdicts)} {word}"
              for word in (AGREES, DOES_NOT, OPEN)]  # fmt: skip
    return [printable(line, None) for line in [*lines, f"Together  {', '.join(counts)}"]]


def figures(sweep: Sweep, verdict: Verdict) -> str:
    """Return the figures behind a verdict, in words."""
    told = [_against(sweep, verdict, test) for test in verdict.tests]
    measure = metric_of(sweep, verdict.claim.measure).title
    words = f"{measure} {'; '.join(told)}" if told else ""
    return ". ".join(filter(None, [words, verdict.why]))


def _against(sweep: Sweep, verdict: Verdict, test: Against) -> str:
    metric = metric_of(sweep, verdict.claim.measure)
    text = metric.text
    between = f" [{text(test.interval[0])}, {text(test.interval[1])}]" if test.interval else ""
    pairs = f"{test.pairs} pair{'s' * (test.pairs > 1)}"
    seeds = f"{test.seeds} seed{'s' * (test.seeds > 1)}"
    return (
        f"{text(test.value)} against {text(test.other)} ({test.than}), difference "
        f"{text(test.difference)}{between}, p {test.p:.2g}, {pairs} of {seeds}"
    )


def conclusions(sweep: Sweep, pictures: Sequence[Path] = (), columns: Sequence[str] = ()) -> str:
    """Return a page of Markdown: the claims beside the figures, the table, the pictures.

    There is no date and no absolute path in it.

    Args:
        sweep: what is told.
        pictures: those that lie beside the page.
        columns: further metrics in the table.
    """
    title = sweep.title or f"Sweep of {sweep.trainer}"
    parts = [f"# {_md(title)}", ""]
    if sweep.paper:
        parts += [f"The claims are of {_md(sweep.paper)}.", ""]
    parts += _what_was_done(sweep)
    if sweep.verdicts:
        parts += ["## Claims and figures", "", *_claims_table(sweep), "", f"{RULE}.", ""]
    parts += ["## What each option does", "", *_effects(sweep), ""]
    grid = sweep_grid(sweep, columns)
    parts += ["## All settings", "", *_markdown(grid.headings, grid.rows), ""]
    for key, text in sweep_notes(sweep, columns):
        parts.append(f"- {_md(key)}: {_md(text)}")
    if pictures:
        parts += ["", "## Pictures", ""]
        parts += [f"![{path.stem}]({path.name})\n" for path in pictures]
    return "\n".join(parts).rstrip() + "\n"


def _what_was_done(sweep: Sweep) -> list[str]:
    seeds = " to ".join(map(str, dict.fromkeys((sweep.seeds[0], sweep.seeds[-1]))))
    how = "one option at a time" if sweep.one_at_a_time else "every combination"
    values = "; ".join(
        f"{option.key}: {', '.join(map(shown, option.values))}" for option in sweep.options
    )
    text = (
        f"{len(sweep.cells)} settings ({how}: {values}), losses {', '.join(sweep.losses)}, "
        f"{seeds} seeds a setting; {sweep.cost}."
    )
    missing = f" {sweep.missing} trainings are still missing." if sweep.missing else ""
    return [_md(text + missing), ""]


def _claims_table(sweep: Sweep) -> list[str]:
    rows = []
    for one in sweep.verdicts:
        claim = one.claim
        says = claim.says or claim.name
        where = f" ({claim.source})" if claim.source else ""
        rows.append((claim.name, says + where, claim.read, figures(sweep, one), one.verdict))
    return _markdown(("claim", "what is claimed", "read as", "figures", "verdict"), rows)


def _effects(sweep: Sweep) -> list[str]:
    goal = metric_of(sweep, sweep.metric)
    rows = [
        (effect.option, effect.loss, shown(effect.best), shown(effect.other),
         *_effect_figures(effect, goal.text))
        for effect in effects(sweep)
    ]  # fmt: skip
    if not rows:
        return ["Nothing can be said yet."]
    head = (
        "option",
        "loss",
        "best",
        "against",
        f"both {goal.title}",
        "difference",
        "p",
        "pairs",
    )
    table = _markdown(head, rows)
    return [
        *table, "",
        "The best value of an option, chosen for each seed by the other seeds, against each other "
        "value, over all settings of the other options: no seed counts that has chosen. Where the "
        "choice differs between seeds, the most frequent is named.",
    ]  # fmt: skip


def _effect_figures(effect: Effect, text: object) -> tuple[str, str, str, str]:
    written = text if callable(text) else str
    test = effect.test
    ends = f" [{written(test.interval[0])}, {written(test.interval[1])}]" if test.interval else ""
    return (
        f"{written(test.value)}, {written(test.other)}",
        f"{written(test.difference)}{ends}",
        f"{test.p:.2g}",
        str(test.pairs),
    )


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(_md(cell) for cell in line)} |" for line in lines]


def _md(text: str) -> str:
    """Return text as Markdown shows it: one line, without signs of tables, tags and links."""
    shown = printable(" ".join(text.split()), None)
    return re.sub(r"([\\|*`<\[])", r"\\\1", shown)
