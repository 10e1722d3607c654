"""Which settings a sweep has: a full grid of options' values, or one option at a time."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from lossgp.common.echo import quoted, shortened
from lossgp.common.suggesting import did_you_mean
from lossgp.config import ConfigError
from lossgp.results.options import Varied, shown
from lossgp.trainers import (
    OptionError,
    Protocol,
    UnknownTrainerError,
    protocol_fields,
    trainer_type,
)
from lossgp.trainers.registry import mistakes_told, varied
from lossgp.trainers.varied import VariedTrainer

MOST = 100_000
"""Settings beyond which a grid is a mistake."""


@dataclass(frozen=True)
class Settings:
    """The settings of a sweep.

    Attributes:
        protocol: the protocol's name.
        options: those that are varied.
        one_at_a_time: whether each is varied alone around the defaults.
        values: of the varied options, a row a setting.
        given: the protocol's options in full, a setting each.
        trainer: makes the trainer of each.
        hashes: of the settings' protocols.
    """

    protocol: str
    options: tuple[Varied, ...]
    one_at_a_time: bool
    values: tuple[tuple[Any, ...], ...]
    given: tuple[Mapping[str, Any], ...]
    trainer: VariedTrainer
    hashes: tuple[str, ...]

    def near(self, index: int) -> bool:
        """Whether a setting differs from the usual one in one option at most."""
        usual = [option.usual for option in self.options]
        return sum(bool(a != b) for a, b in zip(self.values[index], usual, strict=True)) <= 1


def settings_of(
    protocol: str,
    options: Mapping[str, Any],
    vary: Mapping[str, Sequence[Any]],
    *,
    one_at_a_time: bool = False,
    device: str = "auto",
) -> Settings:
    """Return the settings of a sweep, each checked; nothing is trained yet.

    Args:
        protocol: its name.
        options: of all settings. One that is varied, too, says around which value.
        vary: options with the values that each takes.
        one_at_a_time: vary one and leave the others; else every combination is a setting.
        device: as `trainer` takes it.

    Raises:
        ConfigError: there is no such protocol or option, a value is wrong, or two settings are
            one and the same.
        TrainerError: there is no such device, no such data, or not the memory.
    """
    chosen = _varied(protocol, options, vary)
    usual = tuple(option.default for option in chosen)
    if one_at_a_time:
        rows = [usual] if _is_usual(chosen, options) else []
        rows += [(*usual[:i], value, *usual[i + 1 :])
                 for i, option in enumerate(chosen) for value in option.values]  # fmt: skip
        rows = [row for i, row in enumerate(rows) if row not in rows[:i]]
    else:
        rows = list(itertools.product(*(option.values for option in chosen)))
    keys = [option.key for option in chosen]
    given = [{**options, **dict(zip(keys, row, strict=True))} for row in rows]
    try:
        made = varied(protocol, given, device)
        hashes = []
        with mistakes_told(protocol):
            for index in range(len(given)):
                setting = made.setting(index)
                setting.check_memory()
                hashes.append(setting.protocol.hash())
    except (OptionError, UnknownTrainerError) as error:
        raise ConfigError(str(error)) from None
    _check_different(keys, rows, hashes)
    return Settings(
        *(protocol, tuple(chosen), one_at_a_time, tuple(rows), tuple(given), made, tuple(hashes))
    )


def _varied(
    protocol: str, options: Mapping[str, Any], vary: Mapping[str, Sequence[Any]]
) -> list[Varied]:
    if not vary:
        raise ConfigError(
            "there is nothing to vary: give an option and its values, as "
            "--vary learning_rate=1e-2,1e-3,1e-4"
        )
    if "," in protocol:
        raise ConfigError(
            f"{quoted(protocol)} are several protocols; vary the options of one alone"
        )
    try:
        known = protocol_fields(protocol)
        kind = trainer_type(protocol).protocol_type
    except UnknownTrainerError as error:
        raise ConfigError(str(error)) from None
    count, found = 1, []
    for key, values in vary.items():
        if key not in known:
            raise ConfigError(
                f"protocol {quoted(protocol)} has no option {quoted(key)}"
                f"{did_you_mean(key, known)}; it has {', '.join(known)}"
            )
        if isinstance(values, str | bytes) or not isinstance(values, Sequence) or not values:
            raise ConfigError(
                f"option {quoted(key)} is varied over {quoted(values)}; give a list of values"
            )
        twice = [value for i, value in enumerate(values) if value in values[:i]]
        if twice:
            raise ConfigError(f"option {quoted(key)} has the value {quoted(twice[0])} twice")
        count *= len(values)
        default = _default(kind, options, key)
        found.append(Varied(key, tuple(values), options.get(key, default)))
    if count > MOST:
        raise ConfigError(f"the grid has {count:,} settings; at most {MOST:,} are swept")
    return found


def _default(kind: type[Protocol], options: Mapping[str, Any], key: str) -> Any:
    """Return what an option is under these options; None where it has to be given.

    Some protocols fill in their defaults by another option, such as a scale.
    """
    try:
        return getattr(kind.model_validate(dict(options)), key)
    except ValidationError:  # an option that is varied may be missing
        field = kind.model_fields[key]
        return None if field.is_required() else field.get_default(call_default_factory=True)


def _is_usual(chosen: Sequence[Varied], options: Mapping[str, Any]) -> bool:
    """Whether the setting around which options are varied is one that was given, or has defaults.

    An option without a default, as the folder of the data, has none.
    """
    return all(option.default is not None or option.key in options for option in chosen)


def _check_different(
    keys: Sequence[str], rows: Sequence[Sequence[Any]], hashes: Sequence[str]
) -> None:
    first: dict[str, int] = {}
    for index, of_protocol in enumerate(hashes):
        before = first.setdefault(of_protocol, index)
        if before != index:
            a, b = (label(keys, rows[i]) for i in (before, index))
            raise ConfigError(f"settings {quoted(a)} and {quoted(b)} are the same training")


def label(keys: Sequence[str], values: Sequence[Any]) -> str:
    """Return a setting in words: its options and their values."""
    words = ", ".join(f"{key} {shown(value)}" for key, value in zip(keys, values, strict=True))
    return shortened(words, 120)
