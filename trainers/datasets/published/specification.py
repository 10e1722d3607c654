"""`busi:FOLDER` and `busi,masks=merge:FOLDER`: a path, and what data set it is."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from lossgp.common.echo import quoted
from lossgp.common.suggesting import did_you_mean

from ..dataset import DatasetError
from .publication import Publication
from .registry import PUBLICATIONS

_FORM = re.compile(r"(?P<name>[A-Za-z][\w-]+)(?P<options>(?:,[^,:]*)*)(?P<path>:.*)?", re.S)


@dataclass(frozen=True)
class Specification:
    """A data set by name, with its options; path None: it is looked for."""

    publication: Publication
    options: dict[str, str] = field(default_factory=dict)
    path: Path | None = None


def specified(text: str | Path) -> Specification | None:
    """What a text names; None where it is a path.

    A name goes before a file that is called so with a colon in it; a name alone is a path where
    one is there. Raises `DatasetError` where a name is misspelt, or options have no value.
    """
    written = os.fspath(text)
    match = _FORM.fullmatch(written)
    if match is None:
        return None
    name, plain = match["name"], not match["options"] and match["path"] is None
    if plain and (name not in PUBLICATIONS or Path(written).exists()):
        return None
    if name not in PUBLICATIONS:
        if Path(written).expanduser().exists():
            return None
        raise DatasetError(
            f"{quoted(name)} in {quoted(written)} is no data set that is read by name"
            f"{did_you_mean(name, PUBLICATIONS)}; these are {', '.join(PUBLICATIONS)}"
        )
    path = (match["path"] or ":")[1:]
    return Specification(
        PUBLICATIONS[name],
        pairs(match["options"].split(",")[1:]),
        Path(path).expanduser() if path else None,
    )


def pairs(texts: list[str]) -> dict[str, str]:
    """Options as `key=value`. Raises `DatasetError`."""
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise DatasetError(f"option {quoted(text)}: write it as key=value, as masks=merge")
        if key in found:
            raise DatasetError(f"option {key!r} is given twice")
        found[key] = value
    return found
