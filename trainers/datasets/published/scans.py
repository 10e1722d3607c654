"""Files of scanners below a folder: found, and arranged by what the names say."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

from ..dataset import DatasetError
from ..layout import Layout, Parts, arranged
from ..walking import walk
from .class_folders import listed
from .publication import Request


def extra(name: str, kind: str) -> ModuleType:
    """A package of the extra `medical`. Raises `DatasetError` where it is not installed."""
    try:
        return import_module(name)
    except ImportError as error:
        raise DatasetError(
            f"{kind} files need {name}, which is not here; install it with "
            '`pip install "lossgp[medical]"`'
        ) from error


def scans(request: Request, named: Callable[[str], bool]) -> Layout:
    """The files of a kind, their classes, and notes; one file alone is one without classes.

    named  whether a file's name may be of the kind.
    """
    if request.path.is_file():
        return Layout([()], None, (), ())
    found = walk(request.path, request.pattern, named)
    layout = arranged(found.files, request.split)
    notes = (*layout.notes, *(note for note in found.notes if "kinds that are not" not in note))
    if layout.labels is not None:
        notes = (
            *notes,
            f"the {len(layout.classes)} folders {listed((name,) for name in layout.classes)} were "
            "taken for classes; labels=none leaves them out",
        )
    return Layout(layout.files, layout.labels, layout.classes, notes)


def label_of(layout: Layout, index: int) -> int | None:
    """The class of the file at this index."""
    return None if layout.labels is None else layout.labels[index]


def path_of(request: Request, parts: Parts) -> Path:
    """A file's path; no parts: the request's own."""
    return request.path.joinpath(*parts)
