"""What is confirmed of a run: a table a protocol, and what it comes to in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from lossgp.common.echo import printable
from lossgp.results.against import CONFIDENCE, FEWEST, Against, Interval
from lossgp.results.confirmation import CONFIRMATION_SEEDS_FROM, Confirmation, held

from .known_titles import title

if TYPE_CHECKING:
    from lossgp.results.result import Result

_MANY = 1e6


def seeds(count: int) -> str:
    """Return a number of seeds in words."""
    return f"{count} seed{'s' * (count != 1)}"


def fresh(count: int) -> str:
    """Return a number of fresh seeds in words."""
    return f"{count} fresh seed{'s' * (count != 1)}"


def confirmation_table(result: Result, confirmation: Confirmation) -> Table:
    """Return the confirmed losses and the baselines, best first, with their ratios to these."""
    goal = confirmation.objective.goal
    where = "" if confirmation.own else f" under {printable(confirmation.trainer, 40)}"
    out = Table(
        title=f"Confirmed on {fresh(confirmation.seeds)}{where}",
        title_justify="left",
        pad_edge=False,
    )
    names = [baseline.name for baseline in confirmation.baselines]
    # Ratios of the two known losses fit beside each other into 80 columns by their short names.
    ratios_to = [f"/ {title(name).partition(' ')[0]}" for name in names]
    for heading in ("rank", goal.title, *ratios_to):
        out.add_column(heading, justify="right", no_wrap=True)
    out.add_column("loss", no_wrap=True)
    labels = {i.candidate.name: f"#{rank}  {i.candidate.label}" for rank, i in result.ranked}
    rows = [
        (loss.score, str(rank), [times(other) for other in loss.against], labels[loss.name])
        for rank, loss in enumerate(confirmation.losses, 1)
    ]
    rows += [(b.score, "", [""] * len(names), title(b.name)) for b in confirmation.baselines]
    for score, place, ratios, name in sorted(
        rows, key=lambda row: (row[0].fitness, row[1] == "", row[3])
    ):
        spread = goal.spread(score.mean, score.std)
        out.add_row(place, spread, *ratios, name, style="" if place else "bold")
    return out


def times(other: Against) -> str:
    """Return a ratio with its interval, as 0.71 [0.55, 0.93]; a difference where there is none."""
    middle, interval = (
        (other.difference, other.difference_interval)
        if other.ratio is None
        else (other.ratio, other.ratio_interval)
    )
    plus = "+" if other.ratio is None and middle >= 0 else ""
    return f"{plus}{_figure(middle)}{_interval(interval)}"


def in_words(other: Against) -> str:
    """Return a comparison in words, as "0.71 [0.55, 0.93] times that (95 %): better"."""
    kind = "times that" if other.ratio is not None else "compared with that"
    level = f" ({100 * other.confidence:.3g} %)" if other.ratio_interval else ""
    return f"{times(other)} {kind}{level}: {other.verdict}"


def _interval(interval: Interval | None) -> str:
    return "" if interval is None else f" [{_figure(interval[0])}, {_figure(interval[1])}]"


def _figure(value: float) -> str:
    return f"{value:.2f}" if abs(value) < _MANY else f"{value:.3g}"


def confirmation_notes(result: Result, confirmation: Confirmation) -> list[str]:
    """Return what stands below the table of a confirmation."""
    lines = []
    if not confirmation.own:
        lines.append(f"Protocol  {confirmation.protocol}")
    if confirmation.losses:
        level = f"{100 * CONFIDENCE:g} %"
        if len(confirmation.losses) > 1:
            level += f" for all {len(confirmation.losses)} together"
        if confirmation.seeds >= FEWEST:
            lines.append(
                f"Intervals {level}: paired bootstrap of the mean log ratio over the same seeds, "
                f"from {CONFIRMATION_SEEDS_FROM} on"
            )
        else:
            lines.append(f"Intervals none from fewer than {FEWEST} seeds")
        lines += [f"Verdict   {line}" for line in verdicts(result, confirmation)]
        if confirmation.own and (words := curse(result)):
            lines.append(f"Searched  {words}")
    if confirmation.waiting:
        count = len(confirmation.waiting)
        lines.append(
            f"Waiting   {count} loss{'es' * (count > 1)} of which trainings on fresh seeds are "
            "missing"
        )
    return [printable(line, None) for line in lines]


def verdicts(result: Result, confirmation: Confirmation) -> list[str]:
    """Return one line a baseline: which losses are better beyond their intervals, if any is."""
    labels = {i.candidate.name: i.candidate.label for i in result.individuals}
    lines = []
    for baseline in confirmation.baselines:
        better = [labels[loss.name] for loss in confirmation.better_than(baseline.name)]
        name = title(baseline.name)
        if better:
            verb = "is" if len(better) == 1 else "are"
            lines.append(f"{', '.join(better)} {verb} better than {name} beyond the interval")
        elif confirmation.seeds < FEWEST:
            lines.append(f"{fresh(confirmation.seeds)} cannot tell a loss from {name}")
        else:
            lines.append(f"no loss is better than {name} beyond its interval")
    return lines


def curse(result: Result) -> str:
    """Return what the search's winner showed then and shows on fresh seeds (winner's curse)."""
    winner = result.searched_best
    confirmed = result.confirmed(winner) if winner is not None else None
    if winner is None or confirmed is None:
        return ""
    goal = result.objective.goal
    then, now = held(winner.score, confirmed.score)
    words = (
        f"{winner.candidate.label}, the best of the search, showed {goal.title} "
        f"{goal.text(then)} on the {seeds(len(winner.score.trained))} that selected it, and "
        f"{goal.text(now)} on {fresh(len(confirmed.outcomes))}"
    )
    if then > 0:
        words += f": {_figure(now / then)} times"
    return words
