"""Tables of a loss, as people have them."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lossgp.common.echo import printable, quoted
from lossgp.common.suggesting import did_you_mean

from .curve import Curve, CurveError, Vector

MOST_BYTES = 20_000_000
_NAMES = {
    "p": ("p", "y_pred", "ypred", "pred", "prediction", "probability", "prob", "d", "y_hat"),
    "score": ("score", "scores", "logit", "logits", "raw", "s"),
    "real": ("l1", "l_1", "real", "loss_real", "real_loss", "l_real", "loss1", "loss_1",
             "positive"),
    "fake": ("l0", "l_0", "fake", "loss_fake", "fake_loss", "l_fake", "loss0", "loss_0",
             "generated", "negative"),
    "label": ("y_real", "yreal", "y", "y_true", "label", "target", "side"),
    "loss": ("loss", "value", "l", "values"),
}  # fmt: skip
_MEANT = {name: meaning for meaning, names in _NAMES.items() for name in names}
_SIDES = {"real": 1.0, "fake": 0.0, "generated": 0.0, "true": 1.0, "false": 0.0}
_HELP = (
    "columns p (or y_pred, or score), l1 and l0 (the loss for real and for generated samples); or "
    "p, y_real and loss"
)
_COLUMNS = ("p", "l1", "l0"), ("p", "y_real", "loss")


def read(path: Path | str, loss: str | None = None) -> Curve:
    """Return the curve of a file: comma, semicolon, tab or blanks between columns.

    Known are a column p with l1 and l0, and a row for each p, y_real and loss, under many names;
    the long tables of `lossgp plot LOSS -o curves.csv`, too. Lines that begin with # or % are
    comments. Without a heading three columns are p, l1, l0, or p, y_real, loss where the second
    holds nothing but 0 and 1. Where semicolons or tabs part columns, decimals may have commas.

    Args:
        path: the file.
        loss: which loss, where the file holds several.

    Raises:
        CurveError: the file cannot be read, or is no such table; what is wrong is told.
    """
    path = Path(path)
    shown = printable(path)
    try:
        return _curve(_rows(_text(path), shown), loss)
    except CurveError as error:
        known = str(error)
        raise CurveError(known if known.startswith(shown) else f"{shown}: {known}") from None


def _text(path: Path) -> str:
    shown = printable(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CurveError(f"{shown} cannot be read: {error.strerror or error}") from None
    if len(raw) > MOST_BYTES:
        raise CurveError(f"{shown} has {len(raw):,} bytes; at most {MOST_BYTES:,} are read")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CurveError(f"{shown} is no text (UTF-8)") from None


Row = tuple[int, list[str]]


def _rows(text: str, shown: str) -> list[Row]:
    """Return the rows with their line numbers, comments left out."""
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and line.strip()[0] not in "#%"
    ]
    if not lines:
        raise CurveError(f"{shown} is empty")
    first = lines[0][1]
    mark = next((mark for mark in (";", "\t", ",") if mark in first), None)
    if mark is None:
        return [(number, line.split()) for number, line in lines]
    found: list[Row] = []
    for number, line in lines:
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=mark))]
        if mark != ",":
            cells = [re.sub(r"^([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)$", r"\1.\2", c) for c in cells]
        found.append((number, cells))
    return found


def _curve(rows: list[Row], wanted: str | None) -> Curve:
    head = rows[0][1]
    if any(_number(cell) is not None for cell in head):
        head = _headless(rows)
    else:
        rows = rows[1:]
    columns = _columns(head)
    rows, notes = _of_one_loss(rows, head, wanted)
    if not rows:
        raise CurveError("the table has a heading and no row")
    if "p" in columns:
        p = _vector(rows, columns["p"], head)
    elif "score" in columns:
        p = 1.0 / (1.0 + np.exp(-_vector(rows, columns["score"], head)))
        notes = (*notes, "scores are read as predictions, p = sigmoid(score)")
    else:
        raise CurveError(_missing("p", head))
    if "real" in columns and "fake" in columns:
        real, fake = (_vector(rows, columns[name], head) for name in ("real", "fake"))
        return Curve.by_class(p, real, fake, notes)
    if "label" in columns and "loss" in columns:
        label = _vector(rows, columns["label"], head, _SIDES)
        return Curve.of(p, label, _vector(rows, columns["loss"], head), notes)
    for name, other in (("real", "fake"), ("fake", "real"), ("label", "loss")):
        if name in columns:
            raise CurveError(_missing({"real": "l1", "fake": "l0"}.get(other, other), head))
    raise CurveError(_missing("l1", head))


def _missing(name: str, head: Sequence[str]) -> str:
    there = ", ".join(quoted(h, 40) for h in head[:20])
    return f"there is no column {name} among {there}: give {_HELP}"


def _columns(head: Sequence[str]) -> dict[str, int]:
    """Return where the known columns are."""
    found: dict[str, int] = {}
    for index, cell in enumerate(head):
        name = cell.strip().lower()
        meaning = _MEANT.get(name)
        if meaning is None or (name == "loss" and "value" in head):
            continue  # in a file of curves `loss` is a name
        if meaning in found and not (name == "side" or head[found[meaning]] == "side"):
            raise CurveError(
                f"the columns {quoted(head[found[meaning]], 40)} and {quoted(cell, 40)} mean the "
                "same; leave one out"
            )
        found[meaning] = index
    return found


def _headless(rows: list[Row]) -> list[str]:
    width = len(rows[0][1])
    if width != 3:
        raise CurveError(f"a table without a heading has three columns, not {width}: {_HELP}")
    second = {_number(row[1]) for _, row in rows if len(row) == 3}
    return list(_COLUMNS[1] if second <= {0.0, 1.0} else _COLUMNS[0])


def _of_one_loss(
    rows: list[Row], head: Sequence[str], wanted: str | None
) -> tuple[list[Row], tuple[str, ...]]:
    """Return the rows of one loss of a file of curves, without those of G; or all rows."""
    if "side" not in head or "loss" not in head or "value" not in head:
        if wanted is not None:
            raise CurveError("the table holds one loss; leave the name out")
        return rows, ()
    of_name, of_side = head.index("loss"), head.index("side")
    rows = [row for row in rows if len(row[1]) > max(of_name, of_side)]
    names = list(dict.fromkeys(row[1][of_name] for row in rows))
    if wanted is None and len(names) > 1:
        shown = ", ".join(quoted(n, 40) for n in names[:10])
        raise CurveError(f"the table holds {len(names)} losses: {shown}; name one with --loss")
    if wanted is not None and wanted not in names:
        raise CurveError(
            f"the table holds no loss {quoted(wanted, 60)}{did_you_mean(wanted, names)}"
        )
    of_loss = [row for row in rows if wanted is None or row[1][of_name] == wanted]
    kept = [row for row in of_loss if row[1][of_side] != "generator"]
    return kept, ("G's own loss is left out",) if len(kept) < len(of_loss) else ()


def _vector(
    rows: list[Row], column: int, head: Sequence[str], words: dict[str, float] | None = None
) -> Vector:
    found = []
    for number, row in rows:
        if len(row) != len(head):
            raise CurveError(f"line {number} has {len(row)} columns, and the first {len(head)}")
        value = _number(row[column])
        if value is None and words:
            value = words.get(row[column].lower())
        if value is None:
            raise CurveError(
                f"line {number}, column {quoted(head[column], 40)}: {quoted(row[column], 40)} is "
                "no number"
            )
        found.append(value)
    return np.array(found)


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None
