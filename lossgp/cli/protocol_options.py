"""Options that say under which protocol a loss is trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from lossgp.trainers import DEFAULT_PROTOCOL

from .completing import protocols
from .options import assignments_option, device_option

TABLE = "trainer_options."
# Options of the command line that stand for a field of the protocol's where it has one.
SUGAR = ("epochs", "iterations", "train_size", "batch", "width", "generator_only")


def known_protocols() -> str:
    """Return the names of all protocols, for helps."""
    from lossgp.trainers import names

    return ", ".join(names())


def of_protocol(key: str) -> str:
    """Return a setting's key in a configuration: digits.KEY is one of a portfolio's protocol."""
    from lossgp.trainers import names

    return TABLE + key if key.partition(".")[0] in names() else key


def protocol_options(default: str | None = DEFAULT_PROTOCOL) -> Callable[[Any], Any]:
    """Return the options --protocol, --epochs ... --set and --device of a command.

    The keys of --set may be written as in a configuration, `trainer_options.KEY`.

    Args:
        default: the protocol where none is named.
    """
    count = click.IntRange(min=1)
    options = (
        click.option(
            "--protocol", default=default, show_default=bool(default), metavar="NAME",
            help=f"What losses are trained on: {known_protocols()}.", shell_complete=protocols,
        ),
        click.option("--epochs", type=count, metavar="N", help="Epochs of a training."),
        click.option("--iterations", type=count, metavar="N", help="Iterations of a training."),
        click.option("--train-size", type=count, metavar="N", help="Images to train on."),
        click.option("--batch", type=count, metavar="N", help="Images of a batch."),
        click.option("--width", type=count, metavar="N", help="Channels of the first convolution."),
        click.option(
            "--generator-only", is_flag=True, default=None,
            help="The loss in G's line alone, as the paper has StyleGAN2-ADA.",
        ),
        assignments_option("Any option of the protocol", "samples=500", table=TABLE),
        device_option,
    )  # fmt: skip

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def values(protocol: str, assignments: Mapping[str, str]) -> dict[str, Any]:
    """Return options of the protocol that were typed, read by their types."""
    from lossgp.trainers import option_value

    return {name: option_value(protocol, name, text) for name, text in assignments.items()}


def varied(protocol: str, variations: Mapping[str, list[str]]) -> dict[str, list[Any]]:
    """Return options of --vary with their values, read by their types; without `TABLE`."""
    from lossgp.trainers import option_value

    found = {key.removeprefix(TABLE): texts for key, texts in variations.items()}
    return {
        name: [option_value(protocol, name, text) for text in texts]
        for name, texts in found.items()
    }


def trainer_options(
    protocol: str, assignments: Mapping[str, str], sugar: dict[str, Any]
) -> dict[str, Any]:
    """Return the options of the protocol that the command line asks for.

    Args:
        protocol: name of the trainer.
        assignments: those of --set, as they were typed.
        sugar: values of the options named in `SUGAR`, None where not given.

    Raises:
        ConfigError: the protocol has no such option, or it is given twice.
    """
    from lossgp.config import ConfigError
    from lossgp.trainers import protocol_fields

    given = {name: value for name, value in sugar.items() if value is not None}
    fields = protocol_fields(protocol) if given else []
    for name in given:
        option = "--" + name.replace("_", "-")
        if name not in fields:
            raise ConfigError(
                f"{option}: protocol {protocol!r} has no option {name!r}; it has "
                f"{', '.join(fields)} (set one with --set KEY=VALUE)"
            )
        if name in assignments:
            raise ConfigError(f"{option} and --set {name} say the same; give one")
    return {**values(protocol, assignments), **given}
