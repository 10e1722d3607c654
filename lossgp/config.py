"""The configuration of a run: read from TOML, checked whole, and hashed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from lossgp.common import toml
from lossgp.common.echo import printable, quoted
from lossgp.common.suggesting import did_you_mean
from lossgp.search.algorithms import DEFAULT, UnknownAlgorithmError, algorithm
from lossgp.search.ask_tell import GenerationalSearch
from lossgp.search.settings import PRESETS, SearchSettings
from lossgp.trainers.mistakes import key_of, sentence

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

DEFAULT_PRESET = "quick"


class ConfigError(ValueError):
    """A configuration is wrong; the message names every mistake, one a line."""


class EvolveConfig(BaseModel):
    """Everything that fixes the result of a run, besides the device.

    In TOML the keys of `search` and `trainer_options` are tables::

        protocol = "digits"
        seeds = 5

        [search]
        population = 20

        [trainer_options]
        iterations = 500
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: str = Field(
        default=DEFAULT_PRESET, description="quick, plain, or one of the paper's table B"
    )
    algorithm: str = Field(default=DEFAULT, description="how candidates are found")
    search: SearchSettings = SearchSettings()
    protocol: str = Field(default="digits", description="what candidates are trained on")
    trainer_options: dict[str, Any] = Field(default_factory=dict)
    seeds: int = Field(default=3, ge=1, le=1000, description="trainings of each candidate")
    seed: int = Field(default=0, ge=0, lt=2**63, description="of the search")
    yardsticks: tuple[str, ...] = Field(
        default=("bce_logits", "ganetic"), description="known losses trained for comparison"
    )
    time_limit: float | None = Field(
        default=None,
        gt=0,
        le=1e9,
        description="seconds for one training; by default the protocol's own",
    )
    memory_limit: float = Field(default=8.0, gt=0, le=1e6, description="gigabytes for one worker")

    @field_validator("yardsticks")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        from lossgp.expressions import zoo

        unknown = [name for name in value if name not in zoo.BY_NAME]
        if unknown:
            raise ValueError(
                f"{quoted(unknown[0])} is no known loss{did_you_mean(unknown[0], zoo.names())}; "
                f"known are {', '.join(zoo.names())}"
            )
        return value

    @field_validator("algorithm")
    @classmethod
    def _registered(cls, value: str) -> str:
        try:
            algorithm(value)
        except UnknownAlgorithmError as error:
            raise ValueError(str(error)) from None
        return value

    @model_validator(mode="after")
    def _draws_a_pool(self) -> Self:
        if self.search.surrogate != "none":
            made = algorithm(self.algorithm)
            if not (isinstance(made, type) and issubclass(made, GenerationalSearch)):
                raise ValueError(
                    f"algorithm {quoted(self.algorithm)} draws no pool that a surrogate could "
                    'choose from: set search.surrogate = "none"'
                )
        return self

    @field_validator("trainer_options")
    @classmethod
    def _finite(cls, value: dict[str, Any]) -> dict[str, Any]:
        # JSON, in which a run keeps them, knows neither NaN nor infinities.
        for path, number in _numbers(value):
            if not math.isfinite(number):
                raise ValueError(f"{printable(path)} is {number}; it must be a finite number")
        return value


def load(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> EvolveConfig:
    """Return the configuration of a TOML file, with overrides on top.

    Args:
        path: the file; None for the defaults.
        overrides: keys of `EvolveConfig`, dotted for tables (`search.population`); None
            values are left out.

    Raises:
        ConfigError: the file cannot be read, or it or the overrides hold mistakes; all of
            them are named.
    """
    return build(read(path, overrides), str(path) if path else "the configuration")


def read(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the data of a TOML file with overrides on top, unchecked; see `load`."""
    data = _read(path) if path is not None else {}
    for key, value in (overrides or {}).items():
        if value is not None:
            _put(data, key, value)
    return data


def build(data: Mapping[str, Any], where: str = "the configuration") -> EvolveConfig:
    """Return the configuration of plain data, the preset filled in.

    A preset's keys are those of `search`, or of the whole, as `seeds` is.

    Raises:
        ConfigError: with every mistake.
    """
    data = dict(data)
    name = str(data.get("preset", DEFAULT_PRESET))
    search = data.get("search", {})
    if isinstance(search, Mapping):
        preset = PRESETS.get(name, {})
        of_all = {key: preset[key] for key in preset if key in EvolveConfig.model_fields}
        of_search = {key: preset[key] for key in preset if key not in of_all}
        data = {**of_all, **data, "search": {**of_search, **search}}
    return rebuild(data, where)


def rebuild(data: Mapping[str, Any], where: str = "the configuration") -> EvolveConfig:
    """Return the configuration that `data` holds, as a run has stored it.

    What it lacks, since the run is of an older version, has the fields' defaults: so the version
    behaved. A preset of today may say otherwise.

    Raises:
        ConfigError: with every mistake.
    """
    problems = []
    preset = data.get("preset", DEFAULT_PRESET)
    if preset not in PRESETS:
        hint = did_you_mean(str(preset), PRESETS)
        problems.append(
            f"preset {quoted(preset)} is unknown{hint}; presets are {', '.join(PRESETS)}"
        )
    try:
        config = EvolveConfig.model_validate(data)
    except ValidationError as error:
        problems += [_problem(e, str(data.get("protocol", "digits"))) for e in error.errors()]
    if problems:
        count = "a mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        raise ConfigError("\n  ".join([f"{where} has {count}:", *problems]))
    return config


def _read(path: Path) -> dict[str, Any]:
    shown = printable(path)
    try:
        return toml.read(path)
    except FileNotFoundError:
        raise ConfigError(f"{shown}: there is no such file; see --config") from None
    except OSError as error:
        raise ConfigError(f"{shown} cannot be read: {error.strerror or error}") from None
    except toml.TomlError as error:
        raise ConfigError(f"{shown} {error}") from None


def _put(data: dict[str, Any], key: str, value: object) -> None:
    head, _, rest = key.partition(".")
    if not rest:
        data[key] = value
    elif isinstance(inner := data.setdefault(head, {}), dict):
        _put(inner, rest, value)


def _problem(error: ErrorDetails, protocol: str) -> str:
    """Return one line: the key, its value, and what is allowed."""
    key = key_of(error)
    if error["type"] != "extra_forbidden":
        return sentence(key, error)
    table, _, name = key.rpartition(".")
    known: list[str] = list((SearchSettings if table == "search" else EvolveConfig).model_fields)
    where = _home(name, protocol) or did_you_mean(name, known)
    return f"{printable(key)}: unknown key{where}; known are {', '.join(known)}"


def _home(name: str, protocol: str) -> str:
    """Return words on where a key belongs that stands in the wrong table; empty if nowhere."""
    from lossgp.trainers import TrainerError, protocol_fields

    if name in SearchSettings.model_fields:
        return f"; write search.{name}"
    if name in EvolveConfig.model_fields:
        return f"; write {name} without a table"
    try:
        return f"; write trainer_options.{name}" if name in protocol_fields(protocol) else ""
    except TrainerError:  # an unknown protocol, which is told elsewhere
        return ""


def _numbers(value: object, at: str = "") -> Iterator[tuple[str, float]]:
    """Return all floating-point numbers in options, each with its dotted key."""
    if isinstance(value, float):
        yield at, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(inner, f"{at}.{key}" if at else str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _numbers(inner, at)


def differences(old: Mapping[str, Any], new: Mapping[str, Any], at: str = "") -> list[str]:
    """Return the lines `key: old -> new` in which two configurations differ."""
    lines = []
    for key in sorted({*old, *new}):
        a, b = old.get(key), new.get(key)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            lines += differences(a, b, f"{at}{key}.")
        elif a != b:
            lines.append(f"{printable(at + key)}: {quoted(a)} -> {quoted(b)}")
    return lines
