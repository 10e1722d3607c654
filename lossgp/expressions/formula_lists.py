"""Files of formulas: one a line, or the JSON and CSV that lossgp writes of losses."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lossgp.common.echo import printable, quoted

from .errors import FormulaError
from .formula_files import formula_of
from .loss import Loss
from .pair import LossPair, parse

MOST_BYTES = 1_000_000
NAMED = re.compile(r"\s*([A-Za-z][\w.#-]{0,99})\s*=(?!=)(.*)", re.DOTALL | re.ASCII)
"""`name = formula`"""

_COMMENT = re.compile(r"(?:^|\s)#.*")  # run#1 is a name

Named = tuple[str, Loss | LossPair]


def read(path: Path) -> list[Named]:
    """Return the losses of a file, each with its name, empty where it has none.

    A text file holds one formula or pair a line, as text or as LaTeX, or `name = formula`; what
    follows a `#`, first or after a blank, is a comment. JSON is a loss of `to_json`, or a list of
    them; CSV has a column `formula` and may have one called `name`, as the `losses.csv` of a run.

    Raises:
        FormulaError: the file cannot be read, or one of its lines; which one is told.
    """
    shown = printable(path)
    try:
        raw = path.read_bytes()
        if len(raw) > MOST_BYTES:
            raise FormulaError(f"{shown} has {len(raw):,} bytes; at most {MOST_BYTES:,} are read")
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise FormulaError(f"{shown} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise FormulaError(f"{shown} is no text (UTF-8)") from None
    found = list(_losses(text, shown))
    if not found:
        raise FormulaError(f"{shown} holds no formula; write one a line")
    return found


def written(losses: Iterable[Named], notes: Iterable[str] = ()) -> str:
    """Return the text of a file of formulas, one a line, below comments; `read` reads it."""
    head = [f"# {printable(line, None)}" for note in notes for line in note.splitlines()]
    lines = [f"{name} = {loss.text()}" if name else loss.text() for name, loss in losses]
    return "\n".join([*head, *lines]) + "\n"


def named(text: str) -> tuple[str, str]:
    """Return the name and the formula of `name = formula`; an empty name where there is none."""
    both = NAMED.fullmatch(text)
    return (both[1], both[2]) if both else ("", text)


def _losses(text: str, shown: str) -> Iterator[Named]:
    if text.lstrip()[:1] in ("{", "["):
        rows = _of_json(text, shown)
    elif _head(text) is not None:
        rows = _of_csv(text)
    else:
        rows = _of_lines(text)
    for where, name, formula in rows:
        try:
            loss = parse(formula)
            LossPair.of(loss)  # a discriminator's loss must hold y_real
        except FormulaError as error:
            raise FormulaError(f"{shown}, {where}: {error}") from None
        yield name, loss


def _of_lines(text: str) -> Iterator[tuple[str, str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        name, formula = named(_COMMENT.sub("", line).strip())
        if formula.strip():
            yield f"line {number}", name, formula.strip()


def _head(text: str) -> list[str] | None:
    """Return the columns of a CSV of losses; None where the text is none."""
    first = next(csv.reader(io.StringIO(text)), [])
    return first if "formula" in first else None


def _of_csv(text: str) -> Iterator[tuple[str, str, str]]:
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
        if formula := (row["formula"] or "").strip():
            yield f"row {number}", row.get("name") or "", formula


def _of_json(text: str, shown: str) -> Iterator[tuple[str, str, str]]:
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormulaError(f"{shown} is no JSON: {printable(error)}") from None
    for number, one in enumerate(data if isinstance(data, list) else [data], 1):
        try:
            formula = formula_of(one)
        except FormulaError as error:
            raise FormulaError(f"{shown}, entry {number}: {error}") from None
        name = one.get("name", "") if isinstance(one, Mapping) else ""
        if not isinstance(name, str):
            raise FormulaError(f"{shown}, entry {number}: the name is {quoted(name, 60)}, no text")
        yield f"entry {number}", name, formula
