"""Files below folders that are named as the classes are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from lossgp.common.echo import printable

from ..dataset import DatasetError
from ..walking import Pattern, walk

Parts = tuple[str, ...]
_SHOWN = 3


def walked(root: Path, pattern: Pattern) -> tuple[list[Parts], tuple[str, ...]]:
    """The image files below a folder as the parts of their paths, and notes.

    Raises `DatasetError` where there is no such folder.
    """
    if not root.is_dir():
        raise DatasetError(f"{root} is no folder; name the one that holds the data set")
    found = walk(root, pattern)
    return found.files, found.notes


def by_class(
    files: Iterable[Parts], folders: Mapping[str, int]
) -> tuple[list[tuple[Parts, int]], list[Parts]]:
    """Files with the index of their class, and those that lie in no class folder.

    folders  the names of the folders, in lower case, each with its class; the innermost counts.
    """
    inside, outside = [], []
    for parts in files:
        named = [folders[name.casefold()] for name in parts[:-1] if name.casefold() in folders]
        if named:
            inside.append((parts, named[-1]))
        else:
            outside.append(parts)
    return inside, outside


def has_folders(root: Path, names: Iterable[str], depth: int = 2) -> bool:
    """Whether folders of all these names (in lower case) lie side by side, at most so deep."""
    if not root.is_dir():
        return False
    try:
        children = [child for child in root.iterdir() if child.is_dir()]
    except OSError:
        return False
    if {child.name.casefold() for child in children} >= set(names):
        return True
    return depth > 0 and any(has_folders(child, names, depth - 1) for child in children[:50])


def listed(files: Iterable[Parts]) -> str:
    """The first few paths, for a note."""
    names = ["/".join(parts) for parts in files]
    shown = ", ".join(printable(name, 100) for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else "")
