"""What a study of anomaly detection leaves on disk, and reading it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from lossgp.common.echo import printable, quoted
from lossgp.config import ConfigError
from lossgp.results.anomaly import FORMAT, KEYS, AnomalyStudy
from lossgp.trainers.whole_files import written_whole

from .anomaly_figures import histograms, maps, roc
from .anomaly_table import grid, notes, verdicts
from .comparison_files import latex_table
from .csv_files import csv_text, put
from .identity import check_directory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossgp.results.anomaly import Example

    from .comparison_table import Grid

MAIN = "anomaly.json"
DATA = (MAIN, "table.csv", "scores.csv", "table.md", "table.tex")
FIGURES = ("histograms.png", "roc.png", "maps.png")


def check_place(directory: Path, identity: str | None = None) -> None:
    """Make sure that writing a study into a directory overwrites no other thing.

    Raises:
        ConfigError: the directory cannot hold it, or has another study or a foreign file.
    """
    check_directory(
        directory,
        (*DATA, *FIGURES),
        MAIN,
        FORMAT,
        identity,
        foreign="a {file} that is no study of anomalies",
        other="a study of other losses, images or options",
    )


def write(study: AnomalyStudy, directory: Path, examples: Sequence[Example] = ()) -> list[Path]:
    """Write the files of a study, each whole or not at all; what cannot be drawn is left out.

    Raises:
        ConfigError: the directory is of something else.
    """
    check_place(directory, study.identity())
    directory.mkdir(parents=True, exist_ok=True)
    table = grid(study)
    paths = [
        put(directory / MAIN, json.dumps(study.to_json(), indent=1) + "\n"),
        put(directory / "table.csv", table_csv(study)),
        put(directory / "scores.csv", scores_csv(study)),
        put(directory / "table.md", markdown(study)),
        put(
            directory / "table.tex",
            "% Needs \\usepackage{booktabs,amssymb,graphicx}.\n"
            + latex_table(table, notes(study), "tab:anomaly"),
        ),
    ]
    drawings = (histograms(study), roc(study), maps(examples))
    for name, figure in zip(FIGURES, drawings, strict=True):
        if figure is None:
            # What an earlier call drew would not belong to this table.
            (directory / name).unlink(missing_ok=True)
            continue
        with written_whole(directory / name) as new:
            figure(new)
        paths.append(directory / name)
    return paths


def read(path: Path) -> AnomalyStudy:
    """Return the study in a directory, or in its anomaly.json.

    Raises:
        ConfigError: there is none, or it is damaged.
    """
    file = path / MAIN if path.is_dir() else path
    try:
        data = json.loads(file.read_text("utf-8"))
        if not isinstance(data, dict):
            raise ValueError("it holds no study")
        return AnomalyStudy.from_json(data)
    except OSError as error:
        raise ConfigError(
            f"there is no study of anomalies at {quoted(str(path))} "
            f"({error.strerror or error}); give the directory that `lossgp anomaly train` wrote"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = printable(str(error).splitlines()[0] if str(error) else type(error).__name__)
        raise ConfigError(
            f"{quoted(str(file))} is no study of anomalies, or damaged ({reason})"
        ) from None


def table_csv(study: AnomalyStudy) -> str:
    """Return one row a method: its statistics with their intervals."""
    head = ["method", "kind", "replaced", "seeds", "lost"]
    parts = ("mean", "std", "images_low", "images_high", "seeds_low", "seeds_high")
    head += [f"{key}_{part}" for key in KEYS for part in parts] + ["difference", "p", "formula"]
    rows = []
    for method in study.methods:
        lost = " ".join(f"{status}:{n}" for status, n in method.lost.items())
        row: list[object] = [method.name, method.kind, method.replaced, len(method.living), lost]
        for key in KEYS:
            found = study.figures(method, key)
            row += [found.mean, found.std, *(found.images or (None, None))]
            row += [*(found.seeds or (None, None))]
        test = study.paired(method)
        row += [test.difference, test.p] if test else [None, None]
        rows.append([*row, method.formula])
    return csv_text(head, rows)


def scores_csv(study: AnomalyStudy) -> str:
    """Return one row for each test image, method and seed."""
    rows = [
        [method.name, seed, kind, number, value]
        for method in study.methods
        for seed, scores in sorted(method.scores.items())
        for kind, own in (("normal", scores.normal), ("abnormal", scores.abnormal))
        for number, value in enumerate(own.tolist())
    ]
    return csv_text(["method", "seed", "kind", "image", "score"], rows)


def markdown(study: AnomalyStudy) -> str:
    """Return the table, what stands under it and the sentences, for a page."""
    table = grid(study)
    lines = [f"**{printable(table.title, None)}**", "", *_markdown_table(table), ""]
    lines += [f"- {key}: {printable(text, None)}" for key, text in notes(study)]
    lines += ["", *(f"- {printable(each, None)}." for each in verdicts(study))]
    return "\n".join(lines).rstrip() + "\n"


def _markdown_table(table: Grid) -> list[str]:
    def row(cells: Sequence[str]) -> str:
        safe = (printable(cell, None).replace("|", r"\|") for cell in cells)
        return f"| {' | '.join(safe)} |"

    rule = ["---" if i < table.words else "--:" for i in range(len(table.headings))]
    return [row(table.headings), f"|{'|'.join(rule)}|", *map(row, table.rows)]
