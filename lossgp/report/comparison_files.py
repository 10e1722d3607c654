"""What a comparison leaves on disk: tables, every training, and the figures."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from lossgp.common.echo import printable
from lossgp.results.comparison import FORMAT, Comparison
from lossgp.trainers.whole_files import written_whole

from .comparison_figures import boxes, images
from .comparison_table import (
    TICK,
    Grid,
    convention_notes,
    main_grid,
    notes,
    scale_notes,
    side_grid,
)
from .csv_files import csv_text, put
from .fid_curves import fid_curves
from .identity import check_directory
from .learning_curves import curves
from .real_figures import of_real

DATA, FIGURES = (
    ("table.csv", "trainings.csv", "scores.json", "table.tex"),
    ("box.png", "box.pdf", "images.png", "curves.png", "fid.png"),
)
_ESCAPES = {
    "\\": r"\textbackslash{}", "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$",
    "{": r"\{", "}": r"\}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "±": r"$\pm$",
    "×": r"$\times$", TICK: r"$\checkmark$", "<": r"$<$", ">": r"$>$", "…": r"\ldots{}",
    "–": "--", "|": r"\textbar{}", '"': "''",
}  # fmt: skip
# A table that is wider than its line is made to fit; graphicx alone can do that.
_BOX, _FITTED = (
    r"\sbox0{%",
    r"}\ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\usebox0}\else\usebox0\fi",
)


def check_place(directory: Path, identity: str | None = None) -> None:
    """Make sure that writing a comparison into a directory overwrites no other thing.

    The same losses under the same protocol, whatever the number of seeds, may be written again.

    Raises:
        ConfigError: the directory cannot hold it, or has another comparison or a foreign file.
    """
    check_directory(
        directory,
        (*DATA, *FIGURES),
        "scores.json",
        FORMAT,
        identity,
        foreign="a {file} that is not of lossgp score",
        other="a comparison of other losses or of another protocol",
    )


def write(comparison: Comparison, directory: Path, columns: Sequence[str] = ()) -> list[Path]:
    """Write the files of a comparison, each whole or not at all; what cannot be drawn is left out.

    Args:
        comparison: what to write.
        directory: where to; it is made if it is not there.
        columns: further metrics for the second table of table.tex.

    Raises:
        ConfigError: no training has such a metric, or the directory is of something else.
    """
    check_place(directory, comparison.identity())
    directory.mkdir(parents=True, exist_ok=True)
    paths = [
        put(directory / "scores.json", json.dumps(comparison.to_json(), indent=1) + "\n"),
        put(directory / "table.csv", table_csv(comparison)),
        put(directory / "trainings.csv", trainings_csv(comparison)),
        put(directory / "table.tex", table_tex(comparison, columns)),
    ]
    drawings = {
        "box.png": boxes,
        "box.pdf": boxes,
        "images.png": images,
        "curves.png": curves,
        "fid.png": fid_curves,
    }
    for name, draw in drawings.items():
        figure = draw(comparison)
        if figure is None:
            # What an earlier call drew, of fewer seeds, would not belong to this table.
            (directory / name).unlink(missing_ok=True)
            continue
        with written_whole(directory / name) as new:
            figure(new)
        paths.append(directory / name)
    return paths


def table_csv(comparison: Comparison) -> str:
    """Return one row a loss: the objective's figures, then mean and STD of every other metric.

    The same in every row are the figures of real images, where they have some.
    """
    others = [key for key in comparison.metrics() if key != comparison.metric]
    head = ["name", "form", "replaced", "metric", "seeds", "living", "best", "worst", "mean"]
    head += ["std", "ci_low", "ci_high", "lost", "mean_all", "difference", "p"]
    head += [f"{key}_{part}" for key in others for part in ("mean", "std")]
    real = of_real(comparison.reference, others)
    head += [f"{key}_real" for key in real]
    rows = []
    for loss in comparison.losses:
        s, test = comparison.summary(loss), comparison.paired(loss)
        low, high = s.interval or (None, None)
        lost = " ".join(f"{status}:{n}" for status, n in s.lost.items())
        row = [loss.name, loss.form, loss.replaced, comparison.metric, len(loss.outcomes)]
        row += [s.living, s.best, s.worst, s.mean, s.std, low, high, lost, s.counted]
        row += [test.difference, test.p] if test else [None, None]
        for key in others:
            own = comparison.summary(loss, key)
            row += [own.mean, own.std]
        rows.append([*row, *real.values(), loss.pair.text()])
    return csv_text([*head, "formula"], rows)


def trainings_csv(comparison: Comparison) -> str:
    """Return one row a training, with its metrics exactly."""
    keys = comparison.metrics()
    rows = [
        [loss.name, o.seed, str(o.status), *(o.metrics.get(key) for key in keys), o.seconds,
         o.reason]
        for loss in comparison.losses
        for o in loss.outcomes
    ]  # fmt: skip
    return csv_text(["name", "seed", "status", *keys, "seconds", "reason"], rows)


def table_tex(comparison: Comparison, columns: Sequence[str] = ()) -> str:
    """Return the tables as LaTeX to be `\\input`, with captions and labels."""
    label = "tab:ablation" if comparison.ablated else "tab:scores"
    # A comment has one line.
    named = [printable(" ".join(loss.name.split()), None) for loss in comparison.losses]
    exact = "".join(
        f"% {name}: {loss.pair.text()}\n"
        for name, loss in zip(named, comparison.losses, strict=True)
    )
    tables = [latex_table(main_grid(comparison), notes(comparison), label)]
    if second := side_grid(comparison, columns):
        tables.append(
            latex_table(
                second,
                scale_notes(comparison) + convention_notes(comparison, columns),
                "tab:accuracy",
            )
        )
    return "% Needs \\usepackage{booktabs,amssymb,graphicx}.\n" + exact + "\n".join(tables)


def latex_table(grid: Grid, below: Sequence[tuple[str, str]], label: str) -> str:
    """Return a table as LaTeX, with the notes as its caption."""
    caption = " ".join(f"{key}: {text}." for key, text in below)
    numbers = len(grid.headings) - grid.words
    rows = [" & ".join(map(_escaped, row)) + r" \\" for row in grid.rows]
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering\small\setlength{\tabcolsep}{4pt}\setlength{\belowcaptionskip}{6pt}",
            rf"\caption{{{_escaped(grid.title)}. {_escaped(caption)}}}",
            rf"\label{{{label}}}",
            _BOX,
            rf"\begin{{tabular}}{{{'l' * grid.words}{'r' * numbers}}}",
            r"\toprule",
            " & ".join(map(_escaped, grid.headings)) + r" \\",
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}%",
            _FITTED,
            r"\end{table}",
            "",
        ]
    )


def _escaped(text: str) -> str:
    opened = re.sub(r"(?<!\w)'(?=\w)", "`", printable(text, None))
    escaped = "".join(_ESCAPES.get(character, character) for character in opened)
    return escaped.replace(r" \%", r"~\%")  # a line never breaks before it
