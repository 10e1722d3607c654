"""The picture of a search: its progress, its front, where the best came from, what was rejected."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lossgp.common.echo import printable
from lossgp.results.adaptation import adapted
from lossgp.results.formulas import short
from lossgp.results.result import Result
from lossgp.search import Individual, Score
from lossgp.search.scoring import NOT_TRAINED

from .adaptation_figures import draw_rates, draw_shares
from .comparison_figures import PLACED
from .confirmation_table import fresh
from .known_titles import title
from .lineage import Lineage, lineage
from .run_samples import draw_samples, samples_of
from .surrogate_figures import draw_correlations, draw_predictions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#888888"
_LOG_FROM = 8.0  # an axis is logarithmic where the largest value is so many times the least
_LABELS = 6  # losses of the front that are named
_REASONS = 8


def draw_run(result: Result, path: Path) -> Path:
    """Draw a search on one page, and return the path; equal results give equal bytes.

    Above, the best so far over the trainings that were spent, and each candidate's score
    against its size, with the front (no other is both smaller and better). Below, the lineage of
    the best, and how many trees were rejected for which reason. Of a search that adapts its
    rates these stand below: what offspring drew, and the shares of the mutations; and of one with
    a surrogate what it predicted, and what came. Where models
    are kept, as of the toy problems, the last row shows what the best and known losses generate.
    The scores are those of the search, on the seeds that selected; what was confirmed has a
    diamond, and a line from the one to the other.

    Raises:
        ValueError: the path's suffix is not .png, .pdf or .svg.
    """
    from lossgp.analysis.figures import new_figure, save, styled

    result = _placeable(result)
    with styled() as scale:
        rates = adapted(result.individuals)
        samples = samples_of(result)
        guidance = result.guidance
        rows = 2 + bool(rates) + bool(guidance) + bool(samples)
        figure = new_figure(11.5 * scale, 4.1 * rows * scale)
        above, below, *last = figure.subfigures(rows, 1, squeeze=False).flat
        progress, sizes = above.subplots(1, 2)
        ancestry, rejects = below.subplots(1, 2, width_ratios=(2, 1))
        in_order = sorted(
            result.individuals, key=lambda i: (i.candidate.generation, i.candidate.slot)
        )
        _draw_progress(progress, result, in_order)
        _draw_front(sizes, result, in_order)
        _draw_lineage(ancestry, lineage(result.individuals))
        _draw_rejects(rejects, result)
        if samples:
            draw_samples(last.pop().subplots(1, max(3, len(samples.shown))), result, samples)
        if guidance:
            predictions, correlations = last.pop().subplots(1, 2)
            draw_predictions(predictions, in_order, result.objective.goal.title)
            draw_correlations(correlations, guidance)
        for row in last:
            drawn, shares = row.subplots(1, 2)
            draw_rates(drawn, rates)
            draw_shares(shares, rates)
        rule, goal = result.config.search.rule, result.objective.goal.title
        words = "on the seeds that selected them"
        if result.confirmation is not None:
            words += f"; diamonds: confirmed on {fresh(result.confirmation.seeds)}"
        figure.suptitle(
            f"Search {result.name}: {len(in_order)} candidates by {rule} of {goal}, {words}"
        )
        return save(figure, path)


def _placeable(result: Result) -> Result:
    """Return the result with each score cut to what every backend can place on an axis."""

    def cut(score: Score) -> Score:
        if math.isinf(score.fitness) or abs(score.fitness) < PLACED:
            return score
        return replace(score, fitness=math.copysign(PLACED, score.fitness))

    return replace(
        result,
        individuals=tuple(replace(i, score=cut(i.score)) for i in result.individuals),
        yardsticks=tuple(replace(y, score=cut(y.score)) for y in result.yardsticks),
    )


def trainings(individual: Individual) -> int:
    """Return how many seeds a candidate was trained on."""
    statuses = individual.score.statuses
    return sum(count for status, count in statuses.items() if status != NOT_TRAINED)


def front(individuals: Sequence[Individual]) -> list[Individual]:
    """Return the candidates that no other matches in size and score, smallest first.

    Only those that were trained on all seeds count, where there are any.
    """
    whole = [i for i in individuals if i.score.is_whole] or list(individuals)
    found: list[Individual] = []
    for one in sorted(whole, key=lambda i: (i.candidate.size, i.order)):
        if not found or one.score.fitness < found[-1].score.fitness:
            found.append(one)
    return found


def _draw_progress(axes: Axes, result: Result, in_order: Sequence[Individual]) -> None:
    spent, at, values = 0, list[int](), list[float]()
    points: dict[bool, list[tuple[int, float]]] = {True: [], False: []}
    for place, one in enumerate(in_order):
        if place and one.candidate.generation != in_order[place - 1].candidate.generation:
            axes.axvline(spent, color=GREY, linewidth=0.6, linestyle=":", zorder=0)
        spent += trainings(one)
        fitness, whole = one.score.fitness, one.score.is_whole
        if math.isfinite(fitness):
            points[whole].append((spent, fitness))
            if whole and (not values or fitness < values[-1]):
                at.append(spent)
                values.append(fitness)
    for whole, face, label in ((True, BLUE, "all seeds"), (False, "none", "given up")):
        if points[whole]:
            x, y = zip(*points[whole], strict=True)
            axes.scatter(x, y, s=13, facecolors=face,
                         edgecolors=BLUE, linewidths=0.7, alpha=0.7, label=label)  # fmt: skip
    if values:
        # The step goes on to the last training, so that a long time without a find is seen.
        axes.step([*at, spent], [*values, values[-1]], where="post", color=ORANGE,
                  label="best so far")  # fmt: skip
    for yardstick, style in zip(result.yardsticks, ("--", "-.", ":", "--"), strict=False):
        axes.axhline(yardstick.score.fitness, color="#444444", linewidth=1, linestyle=style,
                     label=title(yardstick.name))  # fmt: skip
    _scale(axes, [y for _, y in points[True] + points[False]])
    axes.set(xlabel="trainings", ylabel=_fitness(result), title="Best so far")
    if in_order:
        axes.legend(loc="best", fontsize="x-small")


def _draw_front(axes: Axes, result: Result, individuals: Sequence[Individual]) -> None:
    best = front(individuals)
    rest = [i for i in individuals if i not in best and i.score.is_whole]
    for shown, style in ((rest, {"linestyle": "none", "color": BLUE, "alpha": 0.5}),
                         (best, {"linestyle": "-", "color": ORANGE})):  # fmt: skip
        axes.plot([i.candidate.size for i in shown], [i.score.fitness for i in shown],
                  marker="o", markersize=4, linewidth=1, **style)  # fmt: skip
    for place, one in enumerate(best):
        axes.annotate(one.candidate.label, (one.candidate.size, one.score.fitness),
                      xytext=(3, 6 if place % 2 else -12), textcoords="offset points",
                      fontsize="x-small", color=ORANGE)  # fmt: skip
    for known in result.yardsticks:
        axes.plot([known.pair.size], [known.score.fitness], marker="*", markersize=8,
                  color="#444444", linestyle="none")  # fmt: skip
        axes.annotate(title(known.name), (known.pair.size, known.score.fitness), xytext=(6, 3),
                      textcoords="offset points", fontsize="x-small")  # fmt: skip
    named = [f"{i.candidate.label}  {printable(short(i.candidate.loss, 44))}" for i in best]
    axes.text(0.98, 0.98, "\n".join(named[-_LABELS:]), ha="right", va="top", parse_math=False,
              fontsize="x-small", transform=axes.transAxes, linespacing=1.4,
              bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8})  # fmt: skip
    _scale(axes, [i.score.fitness for i in (*rest, *best)] + _draw_confirmed(axes, result))
    axes.margins(0.1)
    axes.autoscale_view()
    _room_above(axes, 0.06 * len(named[-_LABELS:]))
    axes.set(xlabel="size (nodes)", ylabel=_fitness(result),
             title="Size against score, and the front")  # fmt: skip


def _draw_confirmed(axes: Axes, result: Result) -> list[float]:
    """Draw the scores on fresh seeds, and return them; what cannot be placed is left out."""
    drawn = []
    for one in result.individuals:
        if (confirmed := result.confirmed(one)) is None:
            continue
        then, now, size = one.score.fitness, confirmed.score.fitness, one.candidate.size
        if abs(now) < PLACED and abs(then) < PLACED:
            axes.plot([size, size], [then, now], color=GREEN, linewidth=0.8, zorder=0)
            axes.plot([size], [now], marker="D", markersize=5, color=GREEN, linestyle="none")
            drawn.append(now)
    return drawn


def _room_above(axes: Axes, part: float) -> None:
    """Make the axes higher by a part of their height, for the words that stand there."""
    scale = axes.yaxis.get_transform()
    low, high = scale.transform(axes.get_ylim())
    axes.set_ylim(*scale.inverted().transform([low, high + part * (high - low)]))


def _fitness(result: Result) -> str:
    return f"{result.config.search.rule} of {result.objective.goal.title}"


def _draw_lineage(axes: Axes, found: Lineage) -> None:
    axes.set_title("Where the best came from")
    axes.set_axis_off()
    for child in found.ancestors.values():
        for name in child.individual.candidate.parents:
            if (parent := found.ancestors.get(name)) is not None:
                axes.annotate("", (child.column, child.height), (parent.column, parent.height),
                              arrowprops={"arrowstyle": "->", "color": GREY,
                                          "shrinkA": 14, "shrinkB": 14})  # fmt: skip
    for one in found.ancestors.values():
        c, is_best = one.individual.candidate, one.column == found.columns - 1
        words = f"{c.label}  {one.individual.score.mean:.4g}\n{c.origin}\n"
        axes.text(
            one.column, one.height, words + printable(short(c.loss, 24)), parse_math=False,
            ha="center", va="center", fontsize="xx-small",
            bbox={"boxstyle": "round", "facecolor": "white",
                  "edgecolor": ORANGE if is_best else GREY},
        )  # fmt: skip
    if found.left_out:
        axes.text(0.5, 0.0, f"{found.left_out} earlier ancestors are not shown", ha="center",
                  fontsize="x-small", color=GREY, transform=axes.transAxes)  # fmt: skip
    axes.set(xlim=(-0.6, found.columns - 0.4), ylim=(-0.1, 1.1))


def _draw_rejects(axes: Axes, result: Result) -> None:
    counts = sorted(result.rejects.items(), key=lambda item: (-item[1], item[0]))
    shown = counts[:_REASONS]
    if others := sum(count for _, count in counts[_REASONS:]):
        shown.append(("other reasons", others))
    axes.set_title(f"Trees that were not trained: {sum(result.rejects.values())}")
    axes.set_xlabel("trees")
    axes.grid(visible=False, axis="y")
    reasons, numbers = [reason for reason, _ in shown], [count for _, count in shown]
    rows = range(len(shown), 0, -1)
    axes.barh(rows, numbers, color=BLUE, alpha=0.3)
    for row, reason, count in zip(rows, reasons, numbers, strict=True):
        axes.text(0, row, f" {count}  {printable(reason, 60)}", va="center", fontsize="small")
    axes.set_yticks([])


def _scale(axes: Axes, values: Sequence[float]) -> None:
    positive = [v for v in values if v > 0]
    if positive and len(positive) == len(values) and max(values) > _LOG_FROM * min(values):
        axes.set_yscale("log")
