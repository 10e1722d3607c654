"""`lossgp protocols`."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

import click

from . import completing
from .hints import command as hint
from .lines import say
from .options import json_option

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from lossgp.trainers import Protocol, Trainer


@click.command("protocols")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=completing.protocols)
@json_option("the protocols")
def command(names: tuple[str, ...], as_json: bool) -> None:
    """List what losses can be trained on: every protocol, or the options of some."""
    from lossgp.trainers import names as known
    from lossgp.trainers import trainer_type

    found = {name: trainer_type(name) for name in names or known()}
    if as_json:
        click.echo(json.dumps([_described(name, kind) for name, kind in found.items()], indent=1))
        return
    for name, kind in found.items():
        say(name)
        for line in _text(kind, whole=bool(names)):
            say(f"  {line}".rstrip())
        say("")
    if not names:
        say(f"Options of one: {hint('protocols')} NAME")
        say("Train on one:   --protocol NAME, of evolve, score and sample")


def _described(name: str, kind: type[Trainer]) -> dict[str, Any]:
    """Return all that is known of a protocol, as plain data."""
    from lossgp.trainers import meaning

    made = _of_defaults(kind)
    defaults = made.model_dump(mode="json") if made else {}
    return {
        "name": name,
        "about": inspect.getdoc(kind.protocol_type) or "",
        "paper": kind.protocol_type.PAPER,
        "minimises": kind.objective.goal.title,
        "defaults": {key: value for key, value in defaults.items() if key not in ("name", "parts")},
        "options": [
            {
                "name": key,
                "default": defaults.get(key),
                "needed": key not in defaults,
                "limits": _limits(field),
                "meaning": meaning(kind.protocol_type, key),
            }
            for key, field in _fields(kind).items()
        ],
    }


def _text(kind: type[Trainer], *, whole: bool) -> list[str]:
    """Return the lines on a protocol: the first of its description, or all with its options."""
    from lossgp.trainers import meaning

    paper = kind.protocol_type.PAPER
    about = (inspect.getdoc(kind.protocol_type) or "").splitlines()
    made = _of_defaults(kind)
    lines = [
        *(about if whole else about[:1]),
        *([""] if whole else []),
        *([f"paper       {paper}"] if paper else []),
        f"by default  {made.describe() if made else 'some options are needed'}",
        f"minimises   {kind.objective.goal.title}",
    ]
    if whole:
        fields = _fields(kind)
        width = max(map(len, fields))
        lines += ["", "options (--set KEY=VALUE; of evolve, and in files, trainer_options.KEY)"]
        defaults = made.model_dump(mode="json") if made else {}
        for key, field in fields.items():
            value = json.dumps(defaults[key]) if key in defaults else "needed"
            limits = _limits(field)
            lines.append(f"  {key:{width}}  {value}" + (f"  ({limits})" if limits else ""))
            if told := meaning(kind.protocol_type, key):
                lines.append(f"  {'':{width}}  {told}")
    return lines


def _fields(kind: type[Trainer]) -> dict[str, FieldInfo]:
    """Return the options of a protocol by name."""
    fields = kind.protocol_type.model_fields
    return {name: field for name, field in fields.items() if name not in ("name", "parts")}


def _of_defaults(kind: type[Trainer]) -> Protocol | None:
    """Return the protocol whose options all have their defaults; None where some have none."""
    from pydantic import ValidationError

    try:
        return kind.protocol_type()  # type: ignore[call-arg]  # the name is a field's default
    except ValidationError:
        return None


def _limits(field: FieldInfo) -> str:
    """Return what values an option takes, where its type says it briefly."""
    from typing import Literal, get_args, get_origin

    if get_origin(field.annotation) is Literal:
        return ", ".join(map(str, get_args(field.annotation)))
    if field.annotation is bool:
        return "true, false"
    words = {
        "multiple_of": "a multiple of",
        "ge": "at least",
        "gt": "above",
        "le": "at most",
        "lt": "below",
    }
    parts = [
        f"{word} {getattr(limit, name):g}"
        for limit in field.metadata
        for name, word in words.items()
        if hasattr(limit, name)
    ]
    return ", ".join(parts)
