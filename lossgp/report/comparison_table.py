"""The tables of a comparison, after Tables 1, 2 and E of the GANetic paper, and what they mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lossgp.common.echo import printable, quoted
from lossgp.common.suggesting import did_you_mean
from lossgp.config import ConfigError
from lossgp.results.paired import FEWEST
from lossgp.trainers.metrics import METRICS, Metric

from .real_figures import REAL, of_real, real_note

if TYPE_CHECKING:
    from rich.table import Table

    from lossgp.results.comparison import Compared, Comparison

ACCURACIES = ("d_acc", "d_acc_real", "d_acc_fake", "d_auc")
ALL = "all"
TICK = "✓"
_LONGEST = 24  # characters of a name that is never broken over two lines


@dataclass(frozen=True)
class Grid:
    """A table as text: a title, headings, and rows; the first `words` columns are no numbers."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1


def metric_of(comparison: Comparison, key: str) -> Metric:
    """Return how a metric is called and written in comparisons."""
    goal = comparison.objective.goal
    known = {metric.key: metric for metric in (goal, *comparison.objective.columns)}
    return (known.get(key) or METRICS.get(key, Metric(key, key))).finely()


def main_grid(comparison: Comparison) -> Grid:
    """Return Table 2 of the paper, or its Table E for an ablation: the objective of each loss."""
    goal = metric_of(comparison, comparison.metric)
    summaries = [comparison.summary(loss) for loss in comparison.losses]
    any_lost = any(s.lost for s in summaries)
    tested = len(comparison.losses) > 1
    kind = ("G", "D") if comparison.ablated else ("form",)
    headings = ["loss", *kind, "best", "worst", "mean", "STD", "95 % (mean)"]
    headings += ["lost seeds", "mean, all"] if any_lost else []
    headings += ["p"] if tested else []
    rows = []
    for loss, s in zip(comparison.losses, summaries, strict=True):
        short = comparison.objective.goal
        span = "–".join(short.text(end) for end in s.interval) if s.interval else "-"
        cells = [loss.name, *_kind(comparison, loss)]
        cells += [_text(goal, value) for value in (s.best, s.worst, s.mean, s.std)] + [span]
        if any_lost:
            lost = ", ".join(f"{n} {status}" for status, n in s.lost.items())
            cells += [lost, _text(goal, s.counted)]
        if tested:
            test = comparison.paired(loss)
            cells.append(f"{test.p:.3g}" if test else "-")
        rows.append(tuple(cells))
    seeds = len(comparison.seeds)
    what = "Ablation: " if comparison.ablated else ""
    title = f"{what}{goal.title} over {seeds} seed{'s' if seeds > 1 else ''} (lower is better)"
    return Grid(title, tuple(headings), tuple(rows), 1 + len(kind))


def side_grid(comparison: Comparison, columns: Sequence[str] = ()) -> Grid | None:
    """Return Table 1 of the paper: mean, spread, accuracy of D, and the columns asked for.

    Without columns these are D's accuracies where trainings have them, and what the objective
    names, as modes captured or the protocols of a portfolio; else all metrics. None where there is
    nothing beside the objective. Where real images have figures of their own, they are a row.

    Raises:
        ConfigError: no training has such a metric.
    """
    keys = side_columns(comparison, columns)
    if not keys:
        return None
    goal = metric_of(comparison, comparison.metric)
    shown = [metric_of(comparison, key) for key in keys]
    rows = []
    for loss in comparison.losses:
        s = comparison.summary(loss)
        cells = [loss.name, _text(goal, s.mean), _text(goal, s.std)]
        for metric in shown:
            own = comparison.summary(loss, metric.key)
            if own.mean is None:
                cells.append("-")
            elif metric.key in ACCURACIES or own.std is None:
                cells.append(metric.text(own.mean))
            else:
                cells.append(metric.spread(own.mean, own.std))
        rows.append(tuple(cells))
    if real := of_real(comparison.reference, keys):
        cells = [_text(metric, real.get(metric.key)) for metric in shown]
        rows.append((REAL, "-", "-", *cells))
    headings = ("loss", f"mean {goal.title}", "STD", *(m.title for m in shown))
    return Grid("Means over the living seeds", headings, tuple(rows))


def side_columns(comparison: Comparison, asked: Sequence[str]) -> list[str]:
    """Return the metrics of `side_grid`.

    Raises:
        ConfigError: no training has such a metric.
    """
    there = [key for key in comparison.metrics() if key != comparison.metric]
    accuracies = [key for key in ACCURACIES if key in there]
    columns = [metric.key for metric in comparison.objective.columns]
    usual = [*accuracies, *(key for key in columns if key in there and key not in accuracies)]
    if ALL in asked or not (asked or accuracies or len(usual) > 1):
        return [*usual, *(key for key in there if key not in usual)]
    unknown = [key for key in asked if key not in there and key != comparison.metric]
    # With no training at all (a budget) nothing can be said against a name.
    if unknown and there:
        raise ConfigError(
            f"no training has the metric {unknown[0]!r}; they have {', '.join(there)} (or {ALL!r})"
        )
    return list(dict.fromkeys([*usual, *(key for key in asked if key in there)]))


def check_columns(asked: Sequence[str], measures: Sequence[str] | None) -> None:
    """Refuse, before anything is trained, a column that no training would have.

    Args:
        asked: names of metrics, or `all`.
        measures: what the protocol measures; None where that is not known.

    Raises:
        ConfigError: a name is not among them.
    """
    if measures is None:
        return
    for name in asked:
        if name != ALL and name not in measures:
            raise ConfigError(
                f"--columns: no training has the metric {quoted(name)}"
                f"{did_you_mean(name, measures)}; they have {', '.join(measures)} (or {ALL!r})"
            )


def convention_notes(comparison: Comparison, columns: Sequence[str]) -> list[tuple[str, str]]:
    """Return how the metrics of `side_grid` are computed where programs differ, one line each."""
    found: dict[str, list[str]] = {}
    keys = side_columns(comparison, columns)
    for key in keys:
        if key in METRICS and (words := METRICS[key].convention):
            found.setdefault(words, []).append(METRICS[key].title)
    told = [(", ".join(titles), words) for words, titles in found.items()]
    return [*told, *real_note([*of_real(comparison.reference, keys)])]


def scale_notes(comparison: Comparison) -> list[tuple[str, str]]:
    """Return what stands under every table, as (key, text): protocol, features, scale."""
    goal = metric_of(comparison, comparison.metric)
    found = [("Protocol", comparison.protocol.describe())]
    if comparison.extractor:
        found.append(("Features", comparison.extractor))
    words = comparison.objective
    scale = [
        f"{goal.text(value)} {text}"
        for value, text in ((comparison.floor, words.floor), (comparison.ceiling, words.ceiling))
        if value is not None
    ]
    if scale:
        found.append(("Scale", f"{goal.title} {', '.join(scale)}"))
    return found


def notes(comparison: Comparison) -> list[tuple[str, str]]:
    """Return what stands under the main table: those of `scale_notes`, and what counts how."""
    goal = metric_of(comparison, comparison.metric)
    found = scale_notes(comparison)
    if any(len(loss.living) < len(loss.outcomes) for loss in comparison.losses):
        ceiling = "" if comparison.ceiling is None else f", else as {goal.text(comparison.ceiling)}"
        found.append((
            "Lost",
            "lost seeds are in no figure of the living; in 'mean, all' and in the test each "
            f"counts as its own {goal.title} where it has one{ceiling}",
        ))  # fmt: skip
    if comparison.cost.trainings:
        found.append(("Cost", str(comparison.cost)))
    found.append(("Interval", _interval(comparison)))
    if test := _test(comparison):
        found.append(("p", test))
    found += _forms(comparison)
    if comparison.missing:
        found.append(
            ("Missing", f"{comparison.missing} trainings are not done; ask again to go on")
        )
    return found


def lines(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Return notes as aligned lines."""
    width = max(len(key) for key, _ in pairs)
    return [printable(f"{key:{width}}  {text}", None) for key, text in pairs]


def rich_table(grid: Grid) -> Table:
    """Return a table for a rich console."""
    from rich.table import Table
    from rich.text import Text

    out = Table(title=Text(printable(grid.title, None)), title_justify="left", pad_edge=False)
    for i, heading in enumerate(grid.headings):
        words = i < grid.words or heading == "lost seeds"
        out.add_column(
            heading,
            justify="left" if words else "right",
            overflow="fold",
            no_wrap=not words or all(len(row[i]) <= _LONGEST for row in grid.rows),
        )
    for row in grid.rows:
        out.add_row(*(Text(printable(cell, None)) for cell in row))
    return out


def _kind(comparison: Comparison, loss: Compared) -> tuple[str, ...]:
    if not comparison.ablated:
        return (loss.form,)
    return tuple(TICK if network in loss.replaced else "" for network in "GD")


def _text(metric: Metric, value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else metric.text(value)


def _interval(comparison: Comparison) -> str:
    words = "95 %, bootstrap (BCa) over the living seeds"
    fewest = min((len(comparison.values(loss)) for loss in comparison.losses), default=0)
    return words if fewest >= FEWEST else f"{words}; none (-) of fewer than {FEWEST}"


def _test(comparison: Comparison) -> str:
    tests = [test for loss in comparison.losses if (test := comparison.paired(loss))]
    if not tests:
        return ""
    fewest = min(tests, key=lambda test: test.seeds)
    many = f", not corrected for {len(tests)} comparisons" if len(tests) > 1 else ""
    seeds = f"{fewest.seeds} seed{'s' if fewest.seeds > 1 else ''}"
    return (
        f"against {comparison.losses[0].name}: sign-flip permutation test over the shared seeds, "
        f"two-sided{many}; with {seeds} p is at least {fewest.smallest:.2g}"
    )


def _forms(comparison: Comparison) -> list[tuple[str, str]]:
    handicapped = [loss for loss in comparison.losses if loss.best_form and not loss.replaced]
    if not handicapped:
        return []
    names = ", ".join(loss.name for loss in handicapped)
    best = ", ".join(dict.fromkeys(loss.best_form for loss in handicapped))
    verb, own = ("is", "its") if len(handicapped) == 1 else ("are", "their")
    return [("Form", f"{names} {verb} not in {own} own best form, on the raw score: {best}")]
