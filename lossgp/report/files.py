"""What a run leaves on disk.

`losses.csv` has one row a loss, `trainings.csv` one row a training, `result.json` everything;
`confirmation.csv` has one row a training on fresh seeds, where there is any. `best.tex`,
`best.py` and `shapes.png` are of the best loss: the best that is confirmed, if one is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

from lossgp.common.echo import printable
from lossgp.expressions import Loss, LossPair, zoo
from lossgp.expressions.printing import latex
from lossgp.expressions.rounding import without_noise
from lossgp.results.confirmation import Confirmed
from lossgp.results.formulas import shown
from lossgp.results.measured import figures, imputed, measured
from lossgp.results.result import Result, Yardstick
from lossgp.runs.lock import writing
from lossgp.search import Candidate, Individual, Score, label
from lossgp.search.normalising import words
from lossgp.trainers.whole_files import written_whole

from .confirmation_files import confirmation_csv, fresh_scores
from .confirmation_table import fresh, in_words, seeds
from .csv_files import csv_text, put
from .known_titles import title
from .table import scale


def write(result: Result) -> list[Path]:
    """Write the files of a run into its directory while holding the run's lock.

    Raises:
        RunsError: another process writes the run.
    """
    with writing(result.directory):
        return write_files(result)


def write_files(result: Result) -> list[Path]:
    """Write the files of a run whose lock the caller holds, each whole or not at all.

    Two runs with equal results write equal files: there is no time and no path in them.

    Returns:
        What was written; without `best.*` and the plot where nothing was scored.
    """
    result.directory.mkdir(parents=True, exist_ok=True)
    paths = [
        put(result.directory / "losses.csv", losses_csv(result)),
        put(result.directory / "trainings.csv", trainings_csv(result)),
        put(result.directory / "result.json", json.dumps(result.to_json(), indent=1) + "\n"),
    ]
    if result.confirmations:
        paths.append(put(result.directory / "confirmation.csv", confirmation_csv(result)))
    if (best := result.best) is not None:
        paths = [
            put(result.directory / "best.tex", best_tex(result, best)),
            put(result.directory / "best.py", best_py(result, best)),
            *paths,
            _plot(result, best),
        ]
    return paths


def losses_csv(result: Result) -> str:
    """Return all scored losses as CSV, one row each, the known ones first.

    `fitness` and `<metric>_mean_all` count a seed without a figure as the ceiling; `<metric>_mean`,
    `<metric>_std` and `<metric>s` are of what was measured, with a dash in the place of each of
    the `imputed` others. `ruled_out` says by which limit, and `pareto` whether no other loss beats
    it in mean, spread and size at once. The `formula` was trained times its `multipliers`, where
    learning rates are normalised. Where losses are ranked by what all trainings say of them,
    `posterior_mean` is that, with the ends of its interval of 95 % and the probability to be the
    best. Where losses are confirmed, columns before the formula tell
    what they came to on fresh seeds.
    """
    metric, beside = result.objective.goal.key, result.objective.beside
    head = ["rank", "name", "fitness", f"{metric}_mean", f"{metric}_std", f"{metric}s"]
    head += ["imputed", f"{metric}_mean_all", *beside]
    head += ["seeds", "ruled_out", "pareto", "size", "complexity", "origin", "parents"]
    head += ["multipliers"]
    if fresh := fresh_scores(result):
        head += ["confirmed_fitness", f"confirmed_{metric}_mean", f"confirmed_{metric}_std",
                 "confirmed_seeds"]  # fmt: skip
    if joint := result.config.search.is_joint:
        head += ["posterior_mean", "posterior_low", "posterior_high", "posterior_best"]
    head += ["simplified", "formula"]
    archive = {i.candidate.name for i in result.pareto}

    def cells(name: str, score: Score) -> list[object]:
        one = fresh.get(name)
        confirmed: list[object] = [] if one is None else [
            one.score.fitness, *figures(one.score, one.outcomes), len(one.outcomes)
        ]  # fmt: skip
        own: list[object] = [*score.posterior.to_json().values()] if score.posterior else []
        return [
            *((confirmed or [None] * 4) if fresh else []),
            *((own or [None] * 4) if joint else []),
        ]

    rows: list[list[object]] = [
        ["", y.name, *_scored(y, beside), "", y.pair.size, "", "known", "", "",
         *cells(y.name, y.score), "", y.pair.text()]
        for y in result.yardsticks
    ]  # fmt: skip
    for rank, i in result.ranked:
        c = i.candidate
        place = "" if rank is None else rank
        rows.append(
            [place, c.label, *_scored(i, beside), "yes" if c.name in archive else "", c.size,
             c.loss.complexity, c.origin,
             " ".join(map(label, c.parents)), " ".join(map(repr, c.multipliers)),
             *cells(c.label, i.score), c.loss.simplified().text(), c.loss.text()]
        )  # fmt: skip
    return csv_text(head, rows)


def _scored(found: Individual | Yardstick, beside: Sequence[str]) -> list[object]:
    """Return the cells from fitness to the limit that rules out."""
    score, outcomes = found.score, found.outcomes
    values = " ".join("-" if v is None else repr(v) for v in measured(score, outcomes))
    statuses = " ".join(f"{status}:{n}" for status, n in score.statuses.items())
    others = [score.beside.get(key, math.nan) for key in beside]
    cells = [score.fitness, *figures(score, outcomes), values, imputed(score, outcomes)]
    return [*cells, score.mean, *others, statuses, score.ruled_out]


def trainings_csv(result: Result) -> str:
    """Return one row a training, its metrics exact, and empty where nothing was measured.

    `name` is that of `losses.csv`. Seeds that were given up have no row.
    """
    goal = result.objective.goal.key
    losses = [(y.name, y.outcomes) for y in result.yardsticks]
    losses += [(i.candidate.label, i.outcomes) for i in result.individuals]
    others = {key for _, outcomes in losses for o in outcomes for key in o.metrics} - {goal}
    keys = [goal, *sorted(others)]
    rows = [
        [name, o.seed, str(o.status), *(o.metrics.get(key) for key in keys), o.reason]
        for name, outcomes in losses
        for o in outcomes
    ]
    return csv_text(["name", "seed", "status", *keys, "reason"], rows)


def notes(result: Result, best: Individual) -> dict[str, str]:
    """Return score and provenance of a loss in a few labelled lines."""
    c, goal = best.candidate, result.objective.goal

    def figure(score: Score) -> str:
        return f"{goal.title} {goal.spread(score.mean, score.std)}"

    def over(one: Individual | Confirmed, how: Callable[[int], str]) -> str:
        count, without = len(one.score.values), imputed(one.score, one.outcomes)
        lost = f", {without} of them without a figure, counted as the ceiling" if without else ""
        return f"{figure(one.score)}, {how(count)}{lost}"

    confirmed = result.confirmed(best)
    searched = over(best, lambda count: f"searched on {seeds(count)}")
    lines = {
        "Score": (
            over(confirmed, lambda count: f"confirmed on {fresh(count)}") if confirmed else searched
        ),
        "Searched": searched if confirmed else "",
        "Protocol": result.protocol,
        "Scale": scale(result),
        "Learning rate": normalised(c),
        "Found by": f"lossgp, run {result.name}, {c.label} ({c.origin}), seed {result.config.seed}",
    }
    if confirmed and result.confirmation:
        for baseline, other in zip(result.confirmation.baselines, confirmed.against, strict=True):
            lines[title(baseline.name)] = (
                f"{figure(baseline.score)} on the fresh seeds; this loss has {in_words(other)}"
            )
    for y in result.yardsticks if not confirmed else ():
        lost = f", of which {y.lost}: no measure of others" if y.lost else ""
        lines[title(y.name)] = f"{figure(y.score)}{lost}"
    return {key: printable(text, None) for key, text in lines.items() if text}


def normalised(candidate: Candidate) -> str:
    """Return what the factor in a formula that was trained is; empty if there is none."""
    said = words(candidate.multipliers)
    return said and f"{said}: the factor that stands in the formula, and makes the slopes 1 in size"


def best_py(result: Result, best: Individual) -> str:
    """Return a stand-alone PyTorch module of the best loss."""
    from lossgp.expressions.export import source

    return source(best.candidate.trained, "torch", notes=notes(result, best))


def best_tex(result: Result, best: Individual) -> str:
    """Return the best loss as LaTeX to be `\\input`: the formula, and its form by class."""
    pair, short = best.candidate.pair, shown(best.candidate.trained)
    head = "% Needs \\usepackage{amsmath}.\n"
    head += "".join(f"% {key}: {text}\n" for key, text in notes(result, best).items())
    rows = _by_class(short.discriminator, "" if pair.is_single else "D")
    if not pair.is_single:  # G meets generated samples under the label 1 only
        rows.append(rf"\ell_G(y_{{pred}}) &= {short.generator.latex()}")
    body = " \\\\\n".join(f"  {row}" for row in rows)
    head += "% Simplified for the labels 0 and 1, with short constants.\n"
    return f"{head}% Exact: {pair.text()}\n\\begin{{align}}\n{body}\n\\end{{align}}\n"


def _by_class(loss: Loss, player: str = "") -> list[str]:
    """Return the rows of a loss in LaTeX: the whole, and l₁ and l₀."""
    one, zero = map(without_noise, loss.by_class(epsilon=False))
    names = [rf"\ell_{{{player},{label}}}" if player else rf"\ell_{label}" for label in (1, 0)]
    whole = rf"\ell_{player}" if player else r"\ell"
    return [
        rf"{whole}(y_{{pred}}, y_{{real}}) &= {loss.latex()}",
        rf"{names[0]}(y_{{pred}}) &= {latex(one, loss.link)}",
        rf"{names[1]}(y_{{pred}}) &= {latex(zero, loss.link)}",
    ]


def _plot(result: Result, best: Individual) -> Path:
    from lossgp.analysis.plots import shapes

    losses: dict[str, Loss | LossPair] = {"best": best.candidate.trained}
    for name in result.config.yardsticks:
        known = zoo.entry(name).loss
        # BCE is what the plot is drawn against; it stands there as a function of y_pred.
        if name != "bce_logits" and known != best.candidate.loss:
            losses[title(name)] = known
    path = result.directory / "shapes.png"
    with written_whole(path) as new:
        shapes(losses, new)
    return path
