"""What the option `data` of a protocol stands for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .dataset import DataSet
from .loading import load
from .published import specified
from .reading import read


def load_from(data: str | None, name: str, splits: Sequence[str] = ("train",)) -> list[DataSet]:
    """The splits of a named data set; or all that a file holds, in its place.

    Args:
        data: the file, or a published set's (`busi:FOLDER`), or the folder in which to look first;
            None looks where data sets lie.
        name: the data set.
        splits: of the named one; a file has no splits and gives one data set.

    Raises `DatasetError` as `load` and `read` do.
    """
    if data and specified(data) is not None:
        return [read(data)]
    place = Path(data).expanduser() if data else None
    if place is not None and place.is_file():
        return [read(place)]
    return [load(name, directory=place, split=split) for split in splits]
