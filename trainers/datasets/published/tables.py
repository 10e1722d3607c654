"""Columns of the .csv tables that come with data sets."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from lossgp.common.echo import printable

from ..dataset import DatasetError
from ..files import opened, unreadable

LARGEST = 16 << 20
"""Bytes of a table; the published ones have 1 MB at most."""


def columns(table: Path, names: tuple[str, ...], delimiter: str = ",") -> list[tuple[str, ...]]:
    """The cells of these columns, a tuple a row; case and blanks around names do not count.

    Raises `DatasetError` where it is no table, far too large, or lacks a column.
    """
    try:
        with opened(table) as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise unreadable(table, error) from error
    if len(content) > LARGEST:
        raise DatasetError(f"{table}: larger than {LARGEST >> 20} MiB; it is another table")
    text = io.StringIO(content.decode("utf-8-sig", "replace"), newline="")
    try:
        lines = csv.reader(text, delimiter=delimiter)
        header = [name.strip().casefold() for name in next(lines, [])]
        missing = [name for name in names if name.casefold() not in header]
        if missing:
            there = ", ".join(printable(name, 40) for name in header[:20]) or "none"
            raise DatasetError(f"{table}: its columns are {there}; it needs {' and '.join(names)}")
        at = [header.index(name.casefold()) for name in names]
        return [tuple(row[i].strip() for i in at) for row in lines if len(row) > max(at)]
    except csv.Error as error:
        raise DatasetError(f"{table}: damaged, or no table ({error})") from error
