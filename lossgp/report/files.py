"""What a run leaves on disk: best.tex, best.py, losses.csv, shapes.png, result.json."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from lossgp.expressions import Loss, LossPair, zoo
from lossgp.expressions.printing import latex
from lossgp.search import Individual, Score

from .formulas import rounded, shown
from .result import Result
from .table import title


def write(result: Result) -> list[Path]:
    """Write the files of a run into its directory, each whole or not at all.

    Two runs with equal results write equal files: there is no time and no path in them.

    Returns:
        What was written; without `best.*` and the plot where nothing was scored.
    """
    result.directory.mkdir(parents=True, exist_ok=True)
    paths = [
        put(result.directory / "losses.csv", losses_csv(result)),
        put(result.directory / "result.json", json.dumps(result.to_json(), indent=1) + "\n"),
    ]
    if (best := result.best) is not None:
        paths = [
            put(result.directory / "best.tex", best_tex(result, best)),
            put(result.directory / "best.py", best_py(result, best)),
            *paths,
            _plot(result, best),
        ]
    return paths


def put(path: Path, text: str) -> Path:
    """Write a text file whole: no reader ever sees half of it."""
    return replace_file(path, lambda new: new.write_text(text, "utf-8"))


def replace_file(path: Path, make: Callable[[Path], object]) -> Path:
    """Make a file under another name in its directory, then put it in its place."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-", suffix=path.suffix)
    os.close(handle)
    new = Path(name)
    try:
        make(new)
        new.chmod(0o644)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    return path


def losses_csv(result: Result) -> str:
    """Return all scored losses as CSV; the numbers are exact (shortest round-trip form)."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    metric, beside = result.objective.goal.key, result.objective.beside
    rows.writerow(
        ["rank", "name", "fitness", f"{metric}_mean", f"{metric}_std", f"{metric}s", *beside,
         "seeds", "size", "complexity", "origin", "parents", "simplified", "formula"]
    )  # fmt: skip
    for y in result.yardsticks:
        rows.writerow(
            ["", y.name, *_scored(y.score, beside), y.pair.size, "", "known", "", "", y.pair.text()]
        )
    for rank, i in enumerate(result.individuals, 1):
        c = i.candidate
        rows.writerow(
            [rank, c.name, *_scored(i.score, beside), c.loss.size, c.loss.complexity, c.origin,
             " ".join(c.parents), shown(c.loss).text(), c.loss.text()]
        )  # fmt: skip
    return out.getvalue()


def _scored(score: Score, beside: Sequence[str]) -> list[object]:
    """Return the cells from fitness to the seeds' statuses."""
    values = " ".join(map(repr, score.values))
    statuses = " ".join(f"{status}:{n}" for status, n in score.statuses.items())
    others = [score.beside[key] for key in beside]
    return [score.fitness, score.mean, score.std, values, *others, statuses]


def notes(result: Result, best: Individual) -> dict[str, str]:
    """Return score and provenance of a loss in a few labelled lines."""
    c, goal = best.candidate, result.objective.goal

    def figure(score: Score) -> str:
        return f"{goal.title} {goal.spread(score.mean, score.std)}"

    lines = {
        "Score": f"{figure(best.score)} over {len(best.score.values)} seeds",
        "Protocol": result.protocol,
        "Scale": ", ".join(f"{k} {v:.4g}" for k, v in sorted(result.reference.items())),
        "Found by": f"lossgp, run {result.name}, {c.name} ({c.origin}), seed {result.config.seed}",
    }
    for y in result.yardsticks:
        lines[title(y.name)] = figure(y.score)
    return lines


def best_py(result: Result, best: Individual) -> str:
    """Return a stand-alone PyTorch module of the best loss."""
    from lossgp.expressions.export import source

    return source(best.candidate.loss, "torch", notes=notes(result, best))


def best_tex(result: Result, best: Individual) -> str:
    """Return the best loss as LaTeX to be `\\input`: the formula, and its form by class."""
    loss = best.candidate.loss
    one, zero = (rounded(t) for t in loss.by_class(epsilon=False))
    head = "".join(f"% {key}: {text}\n" for key, text in notes(result, best).items())
    lines = (
        rf"\ell(y_{{pred}}, y_{{real}}) &= {shown(loss).latex()} \\",
        rf"\ell_1(y_{{pred}}) &= {latex(one, loss.link)} \\",
        rf"\ell_0(y_{{pred}}) &= {latex(zero, loss.link)}",
    )
    body = "\n".join(f"  {line}" for line in lines)
    return f"{head}% Exact: {loss.text()}\n\\begin{{align}}\n{body}\n\\end{{align}}\n"


def _plot(result: Result, best: Individual) -> Path:
    from lossgp.analysis.plots import shapes

    losses: dict[str, Loss | LossPair] = {"best": best.candidate.loss}
    for name in result.config.yardsticks:
        known = zoo.entry(name).loss
        # BCE is what the plot is drawn against; it stands there as a function of y_pred.
        if name != "bce_logits" and known != best.candidate.loss:
            losses[title(name)] = known
    return replace_file(result.directory / "shapes.png", lambda new: shapes(losses, new))
