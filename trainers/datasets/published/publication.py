"""What is published of a data set, and how its files are listed: one of these for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from lossgp.common.echo import quoted
from lossgp.common.suggesting import did_you_mean

from ..dataset import DatasetError
from ..splits import AnomalyPlan
from ..walking import Pattern
from .listing import Listing

Counts = Mapping[str, int]
_EVERYTHING = Pattern()


class ReadingOptions(BaseModel):
    """How a data set is read, beyond size, channels and crop; a subclass has a set's own.

    `PARTS` are those that take a part of the images, or several of one: what is left cannot be
    compared with what was published.
    """

    PARTS: ClassVar[frozenset[str]] = frozenset()

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Request:
    """What is to be listed.

    path     the folder or the file.
    options  the set's own; of its `options_type`.
    split    `train` or `test` as asked for; sets that are not split have `train` alone.
    pattern  which files are wanted.
    """

    path: Path
    options: Any
    split: str = "train"
    pattern: Pattern = _EVERYTHING


@dataclass(frozen=True)
class Edition:
    """One published form of a set: the images of each class, for each split.

    Sets without splits have one, named `all`. An empty class name counts images without classes.
    """

    name: str
    counts: Mapping[str, Counts]

    @property
    def images(self) -> int:
        """How many images it has."""
        return sum(sum(counts.values()) for counts in self.counts.values())


@dataclass(frozen=True)
class Publication:
    """A data set as people have it on disk.

    name          what users write.
    title         for people.
    source        who published it.
    where         how to get it.
    layout        what the folder or file to name is, in a few words.
    editions      the published counts; () for formats and for what comes with a package.
    listing       lists the images; raises `DatasetError` where the layout is another.
    options_type  its own options.
    folders       names under which it is looked for in data directories; () where a path is needed.
    recognises    whether a folder has this layout; looks at names alone.
    plan          the published split for anomaly detection.
    known         what is known to be wrong with the published files.
    size          height and width of published images; None: they differ.
    channels      1 or 3: what the images are by nature.
    bundled       whether it comes with a package, and takes no path.
    plain         what goes wrong where it is read as a plain folder; "": nothing.
    md5           of the published files, by name, where they are known.
    any_split     whether its folders may be named as splits are, as any folder's.
    """

    name: str
    title: str
    licence: str
    source: str
    where: str
    layout: str
    listing: Callable[[Request], Listing]
    classes: tuple[str, ...] = ()
    editions: tuple[Edition, ...] = ()
    options_type: type[ReadingOptions] = ReadingOptions
    folders: tuple[str, ...] = ()
    recognises: Callable[[Path], bool] | None = None
    plan: AnomalyPlan | None = None
    known: tuple[str, ...] = ()
    size: tuple[int, int] | None = None
    channels: int = 3
    bundled: bool = False
    any_split: bool = False
    plain: str = ""
    md5: Mapping[str, str] = field(default_factory=dict)

    @property
    def splits(self) -> tuple[str, ...]:
        """The names of the splits that are published; () where it is not split."""
        names = tuple(self.editions[0].counts) if self.editions else ()
        return () if names == ("all",) else names

    def parts(self, given: Mapping[str, object]) -> list[str]:
        """The options given, as `animal=dog`, that take a part of the images."""
        fields = self.options_type.model_fields
        return [
            f"{key}={value}"
            for key, value in given.items()
            if key in self.options_type.PARTS and value != fields[key].default
        ]

    def choices(self) -> dict[str, str]:
        """Its options, each with what it may be and its default, for people."""
        found = {}
        for name, known in self.options_type.model_fields.items():
            allowed = [str(each) for each in get_args(known.annotation) if each is not type(None)]
            what = "|".join(each for each in allowed if each) if _are_words(allowed) else "a value"
            if known.annotation in (int, int | None):
                what = "a whole number"
            what = known.description or what
            default = "" if known.default in ("", None) else f", by default {known.default}"
            found[name] = f"{what}{default}"
        return found

    def options(self, given: Mapping[str, object]) -> ReadingOptions:
        """The set's options from what a user wrote. Raises `DatasetError`."""
        known = self.options_type.model_fields
        for key in given:
            if key not in known:
                there = f"it has {', '.join(known)}" if known else "it has none"
                raise DatasetError(
                    f"{self.name!r} has no option {quoted(key)}{did_you_mean(key, known)}; {there}"
                )
        try:
            return self.options_type.model_validate(dict(given))
        except ValidationError as error:
            first = error.errors()[0]
            key = str(first["loc"][0]) if first["loc"] else "options"
            said = first["msg"].removeprefix("Value error, ")
            raise DatasetError(
                f"{self.name!r}: {key} is {quoted(given.get(key))}; {said[0].lower()}{said[1:]}"
            ) from error


def _are_words(allowed: list[str]) -> bool:
    return bool(allowed) and not any("class" in each for each in allowed)
