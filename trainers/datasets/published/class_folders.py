"""Files below folders that are named as the classes are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from lossgp.common.echo import printable

from ..dataset import DatasetError
from ..walking import Pattern, walk

Parts = tuple[str, ...]
_SHOWN = 3
_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".tar.gz", ".tgz")
_LOOKED_AT = 50  # folders in a folder


def walked(root: Path, pattern: Pattern) -> tuple[list[Parts], tuple[str, ...]]:
    """The image files below a folder as the parts of their paths, and notes.

    Raises `DatasetError` where there is no such folder.
    """
    if not root.is_dir():
        packed = root.name.lower().endswith(_ARCHIVES)
        raise DatasetError(
            f"{root} is no folder; "
            + ("unpack it, and name the folder" if packed else "name the one of the data set")
        )
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
    try:
        with os.scandir(root) as entries:
            children = [entry.name for entry in entries if entry.is_dir()]
    except (OSError, ValueError):  # no folder, not readable, or no path at all
        return False
    if {child.casefold() for child in children} >= set(names):
        return True
    return depth > 0 and any(
        has_folders(root / child, names, depth - 1) for child in sorted(children)[:_LOOKED_AT]
    )


def listed(files: Iterable[Parts]) -> str:
    """The first few paths, for a note."""
    names = ["/".join(parts) for parts in files]
    shown = ", ".join(printable(name, 100) for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else "")
