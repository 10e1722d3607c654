"""Values as people write them on a command line, read by the type of what they are for.

A value is written as in TOML. Text needs no quotes: where text is wanted, `0`, `007` and `true` are
text, too, as they were typed. A list of plain values needs no brackets: `1,2`, or one alone; nor do
its texts need quotes: `[a, b]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from . import toml

_PLAIN = (str, int, float, bool)
_LISTS = (list, tuple, set, frozenset)


@dataclass(frozen=True)
class Whole:
    """Stands in the annotation of a list of texts whose texts may hold commas, as paths do.

    A value that is no TOML list is one text of it.
    """


def untyped(written: str) -> Any:
    """Return a value that is written as in TOML, else its text."""
    try:
        return toml.parse(f"x = {written}")["x"]
    except toml.TomlError:
        return written


def typed(written: str, annotation: Any, metadata: tuple[Any, ...] = ()) -> Any:
    """Return a value for an option of this type; what does not fit it stays as `untyped` has it.

    Whether the value is allowed is not judged here: `iterations=many` stays text.

    Args:
        written: what was typed, without spaces around it.
        annotation: the option's type, as `tuple[str, ...] | None`.
        metadata: what is annotated besides, as `Whole`.
    """
    value = untyped(written)
    kinds = _alternatives(annotation)
    elements = [each for kind in kinds if (each := _elements(kind)) is not None]
    alone = [kind for kind in kinds if _elements(kind) is None]
    if isinstance(value, list):
        return _retyped(written, value, elements[0]) if elements else value
    if any(_fits(value, kind) for kind in alone):
        return value
    if any(_is_text(kind, written) for kind in alone):
        return written
    if not elements or isinstance(value, dict):
        return value
    if not written:
        return []
    if written[0] == "[" and written[-1] == "]":  # no TOML: texts without quotes, as [a, b]
        written = written[1:-1].strip()
        return [typed(part, elements[0]) for part in parts(written)] if written else []
    whole = any(isinstance(each, Whole) for each in (*metadata, *_metadata(annotation)))
    if whole or (isinstance(value, str) and value != written):  # in TOML's quotes: one text
        return [value if isinstance(value, str) else written]
    return [typed(part, elements[0]) for part in parts(written)]


def parts(written: str) -> list[str]:
    """Return what stands between the commas outside quotes, without spaces around it."""
    found, quote = [""], ""
    for character in written:
        if character == "," and not quote:
            found.append("")
            continue
        if character == quote:
            quote = ""
        elif character in "\"'" and not quote and not found[-1].strip():
            quote = character
        found[-1] += character
    return [part.strip() for part in found]


def _retyped(written: str, value: list[Any], element: Any) -> list[Any]:
    """Return a TOML list with each of its plain values as its type has it: [1, 2] as texts."""
    pieces = parts(written.strip()[1:-1])
    if pieces and not pieces[-1]:  # a comma may end it
        pieces.pop()
    plain = all(isinstance(each, _PLAIN) for each in value)
    if not plain or len(pieces) != len(value):
        return value
    return [typed(piece, element) for piece in pieces]


def _alternatives(annotation: Any) -> list[Any]:
    """Return the types of a union without None, each without what is annotated."""
    if (named := getattr(annotation, "__value__", None)) is not None:  # of a `TypeAliasType`
        return _alternatives(named)
    origin = get_origin(annotation)
    if origin is Annotated:
        return _alternatives(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [found for each in get_args(annotation) for found in _alternatives(each)]
    return [] if annotation is NoneType else [annotation]


def _metadata(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__metadata__", ())


def _elements(kind: Any) -> Any:
    """Return the type of a list's elements where they are plain values; None of other types."""
    if get_origin(kind) not in _LISTS:
        return None
    inner = [each for each in get_args(kind) if each is not Ellipsis]
    plain = inner and all(
        each in _PLAIN or get_origin(each) is Literal for each in _alternatives(inner[0])
    )
    return inner[0] if plain else None


def _fits(value: Any, kind: Any) -> bool:
    """Return whether a value that is no list is of this type."""
    if kind is Any:
        return True
    if get_origin(kind) is Literal:
        return any(value == each and type(value) is type(each) for each in get_args(kind))
    if kind is float and type(value) is int:
        return True
    return isinstance(kind, type) and get_origin(kind) is None and type(value) is kind


def _is_text(kind: Any, written: str) -> bool:
    """Return whether the text is a value of this type."""
    return kind is str or (get_origin(kind) is Literal and written in get_args(kind))
