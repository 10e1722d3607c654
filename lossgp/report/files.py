"""What a run leaves on disk: best.tex, best.py, losses.csv, shapes.png, result.json."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from lossgp.expressions import Loss, LossPair, zoo
from lossgp.expressions.printing import latex
from lossgp.search import Individual

from .formulas import rounded, shown
from .result import Result
from .table import title

COLUMNS = (
    "rank", "name", "fitness", "fid_mean", "fid_std", "fids", "kid", "d_acc", "seeds", "size",
    "complexity", "origin", "parents", "simplified", "formula",
)  # fmt: skip


def write(result: Result) -> list[Path]:
    """Write the files of a run into its directory, each whole or not at all.

    Two runs with equal results write equal files: there is no time and no path in them.

    Returns:
        What was written; without `best.*` and the plot where nothing was scored.
    """
    result.directory.mkdir(parents=True, exist_ok=True)
    paths = [
        _put(result.directory / "losses.csv", losses_csv(result)),
        _put(result.directory / "result.json", json.dumps(result.to_json(), indent=1) + "\n"),
    ]
    if (best := result.best) is not None:
        paths = [
            _put(result.directory / "best.tex", best_tex(result, best)),
            _put(result.directory / "best.py", best_py(result, best)),
            *paths,
            _plot(result, best),
        ]
    return paths


def _put(path: Path, text: str) -> Path:
    return _replace(path, lambda new: new.write_text(text, "utf-8"))


def _replace(path: Path, make: Callable[[Path], object]) -> Path:
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
    rows.writerow(COLUMNS)
    for y in result.yardsticks:
        s = y.score
        rows.writerow(
            ["", y.name, s.fitness, s.fid_mean, s.fid_std, _join(s.fids), s.kid, s.d_acc,
             _statuses(s.statuses), y.pair.size, "", "known", "", "", y.pair.text()]
        )  # fmt: skip
    for rank, i in enumerate(result.individuals, 1):
        s, c = i.score, i.candidate
        rows.writerow(
            [rank, c.name, s.fitness, s.fid_mean, s.fid_std, _join(s.fids), s.kid, s.d_acc,
             _statuses(s.statuses), c.loss.size, c.loss.complexity, c.origin,
             " ".join(c.parents), shown(c.loss).text(), c.loss.text()]
        )  # fmt: skip
    return out.getvalue()


def _join(values: tuple[float, ...]) -> str:
    return " ".join(map(repr, values))


def _statuses(statuses: dict[str, int]) -> str:
    return " ".join(f"{status}:{n}" for status, n in statuses.items())


def notes(result: Result, best: Individual) -> dict[str, str]:
    """Return score and provenance of a loss in a few labelled lines."""
    s, c = best.score, best.candidate
    lines = {
        "Score": f"FID {s.fid_mean:.2f} ± {s.fid_std:.2f} over {len(s.fids)} seeds",
        "Protocol": result.protocol,
        "Scale": ", ".join(f"{k} {v:.2f}" for k, v in sorted(result.reference.items())),
        "Found by": f"lossgp, run {result.name}, {c.name} ({c.origin}), seed {result.config.seed}",
    }
    for y in result.yardsticks:
        lines[title(y.name)] = f"FID {y.score.fid_mean:.2f} ± {y.score.fid_std:.2f}"
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
    return _replace(result.directory / "shapes.png", lambda new: shapes(losses, new))
