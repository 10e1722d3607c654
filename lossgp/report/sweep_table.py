"""The table of a sweep: a row a setting and loss, with means, intervals, and what was lost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lossgp.common.averages import deviation
from lossgp.common.echo import quoted
from lossgp.common.suggesting import did_you_mean
from lossgp.config import ConfigError
from lossgp.results.options import shown
from lossgp.results.paired import FEWEST
from lossgp.results.steadiness import FORMULA, INSTABILITY, LOST, STABILITY
from lossgp.results.sweep import SETTLING, SHARE
from lossgp.trainers.metrics import METRICS, Metric

from .comparison_table import ALL, Grid
from .real_figures import REAL, of_real, real_columns, real_note

if TYPE_CHECKING:
    from lossgp.results.comparison import Compared
    from lossgp.results.sweep import Cell, Sweep

USUAL = ("kid", "wasserstein", "wasserstein_held_out", INSTABILITY, "estimate_noise")
"""Metrics that have a column where trainings have them."""
_OWN = {
    STABILITY: Metric(STABILITY, "stability", ".2f", better="higher"),
    LOST: Metric(LOST, "lost", ".0%"),
    SHARE: Metric(SHARE, "share of the ceiling", ".2f"),
    SETTLING: Metric(
        SETTLING,
        "settles at",
        ".0%",
        convention="part of the training from which the critic's estimate stays within a tenth of "
        "its largest size of where it ends",
    ),
    "contrast": Metric(
        "contrast",
        "contrast",
        ".3f",
        better="higher",
        convention="mean standard deviation of a generated image's pixels, in [0, 1]",
    ),
    "sharpness": Metric(
        "sharpness",
        "sharpness",
        ".3f",
        better="higher",
        convention="mean difference of neighbouring pixels of generated images, in [0, 1]",
    ),
    "colour": Metric(
        "colour",
        "colour",
        ".3f",
        better="higher",
        convention="mean standard deviation of a pixel's channels, in [0, 1]",
    ),
}
_BEST = "*"


OF_MODELS = ("contrast", "sharpness", "colour", SETTLING)
"""Columns that can be asked for, whichever the protocol: they are measured of kept models."""


def metric_of(sweep: Sweep, key: str) -> Metric:
    """Return how a metric is called and written in sweeps."""
    goal = sweep.objective.goal
    known = {metric.key: metric for metric in (goal, *sweep.objective.columns)}
    return known.get(key) or METRICS.get(key) or _OWN.get(key) or Metric(key, key)


def sweep_grid(sweep: Sweep, columns: Sequence[str] = ()) -> Grid:
    """Return the table of a sweep; the best setting of each loss has a star.

    Args:
        sweep: what is shown.
        columns: further metrics, or `ALL`.

    Raises:
        ConfigError: no training has such a metric.
    """
    goal = metric_of(sweep, sweep.metric)
    keys = shown_columns(sweep, columns)
    several = len(sweep.losses) > 1
    best = [sweep.best(number) for number in range(len(sweep.losses))]
    headings = [*(option.key for option in sweep.options), *(["loss"] if several else [])]
    words = len(headings)
    headings += ["seeds", f"mean {goal.title}", "STD", "95 % (mean)", "lost", "stability"]
    headings += [metric_of(sweep, key).title for key in keys]
    rows = []
    for cell in sweep.cells:
        for number, loss in enumerate(cell.comparison.losses):
            row = [*map(shown, cell.values), *([loss.name] if several else [])]
            row.append(_seeds(cell, loss))
            row += _figures(cell, loss, goal, best[number] is cell)
            row += [
                _text(metric_of(sweep, key), cell.average(loss, key))
                for key in (LOST, STABILITY, *keys)
            ]
            rows.append(tuple(row))
    rows += _real_rows(sweep, keys, words)
    what = "one option at a time" if sweep.one_at_a_time else "every combination"
    title = f"{sweep.title or f'Sweep of {sweep.trainer}'}: {what}, {len(sweep.cells)} settings"
    return Grid(title, tuple(headings), tuple(rows), words)


def _real_rows(sweep: Sweep, keys: Sequence[str], words: int) -> list[tuple[str, ...]]:
    """Return the figures of real images: a row, or one for each setting that changes them."""
    found: dict[tuple[str, ...], Cell] = {}
    for cell in sweep.cells:
        real = of_real(cell.comparison.reference, keys)
        if real:
            found.setdefault(tuple(_text(metric_of(sweep, k), real.get(k)) for k in keys), cell)
    rows = []
    for figures, cell in found.items():
        values = [*map(shown, cell.values)] if len(found) > 1 else ["" for _ in cell.values]
        names = [*values, ""][:words]
        names[-1 if words > len(values) else 0] += f" {REAL}"
        rows.append((*(name.strip() for name in names), *("-" for _ in range(6)), *figures))
    return rows


def _seeds(cell: Cell, loss: Compared) -> str:
    done, asked = len(loss.outcomes), len(cell.comparison.seeds)
    return f"{done}" if done == asked else f"{done} of {asked}"


def _figures(cell: Cell, loss: Compared, goal: Metric, is_best: bool) -> list[str]:
    """Return mean, spread and interval over all trainings, lost ones with what they count."""
    values = cell.values_of(loss, goal.key)
    mean = _text(goal, cell.average(loss, goal.key)) + (_BEST if is_best else "")
    spread = _text(goal, deviation(values)) if len(values) > 1 else "-"
    ends = cell.interval(loss, goal.key)
    return [mean, spread, "–".join(goal.text(end) for end in ends) if ends else "-"]


def shown_columns(sweep: Sweep, asked: Sequence[str]) -> list[str]:
    """Return the metrics that have a column beside the objective.

    Raises:
        ConfigError: no training has a metric that was asked for.
    """
    there = [key for key in sweep.metrics() if key != sweep.metric]
    usual = [key for key in USUAL if key in there]
    if ALL in asked:
        return [*usual, *(key for key in there if key not in usual)]
    known = (*there, sweep.metric, STABILITY, LOST)
    unknown = [key for key in asked if key not in known]
    if unknown and there:  # with no training at all nothing can be said against a name
        raise ConfigError(
            f"no training has the metric {quoted(unknown[0])}{did_you_mean(unknown[0], there)}; "
            f"they have {', '.join(there)} (or {ALL!r})"
        )
    return list(dict.fromkeys([*usual, *(key for key in asked if key in there)]))


def sweep_notes(sweep: Sweep, columns: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return what stands under the table with these columns, as (key, text)."""
    goal = metric_of(sweep, sweep.metric)
    first = (sweep.cell(sweep.usual) or sweep.cells[0]).comparison
    found = [("Protocol", first.protocol.describe())]
    varied = ", ".join(f"{option.key} ({shown(option.usual)})" for option in sweep.options)
    found.append(("Varied", f"{varied}; in brackets where others are compared"))
    extractors = dict.fromkeys(
        c.comparison.extractor for c in sweep.cells if c.comparison.extractor
    )
    if extractors:
        found.append(("Features", "; ".join(extractors)))
    scale = [
        f"{goal.text(value)} {text}"
        for value, text in (
            (first.floor, sweep.objective.floor),
            (first.ceiling, sweep.objective.ceiling),
        )
        if value is not None
    ]
    if scale:
        found.append(("Scale", f"{goal.title} {', '.join(scale)}"))
    found.append((
        "Mean",
        "over all seeds: one that was lost counts with its own figure, or the upper end of the "
        f"scale; {_BEST} is the best of a loss, by its mean over the seeds that chose it",
    ))  # fmt: skip
    fewest = min(sweep.seeds)
    words = "95 %, bootstrap (BCa) over the seeds"
    found.append(("Interval", words if fewest >= FEWEST else f"{words}; none (-) below {FEWEST}"))
    found.append(("Lost", "share of seeds that died (constant output) or diverged"))
    found.append(("Stability", FORMULA.format(goal=goal.title)))
    told = [metric_of(sweep, key) for key in shown_columns(sweep, columns)]
    found += [(metric.title, metric.convention) for metric in told if metric.convention]
    keys = [metric.key for metric in told]
    found += real_note(real_columns([c.comparison.reference for c in sweep.cells], keys))
    if sweep.cost.trainings:
        found.append(("Cost", str(sweep.cost)))
    if sweep.missing:
        found.append(("Missing", f"{sweep.missing} trainings are not done; ask again to go on"))
    return found


def _text(metric: Metric, value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else metric.text(value)
