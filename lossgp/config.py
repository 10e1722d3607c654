"""The configuration of a run: read from TOML, checked whole, and hashed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from lossgp.search.settings import PRESETS, SearchSettings
from lossgp.trainers.mistakes import place_of, sentence

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

    preset: str = Field(default=DEFAULT_PRESET, description="quick, or one of the paper's table B")
    search: SearchSettings = SearchSettings()
    protocol: str = Field(default="digits", description="what candidates are trained on")
    trainer_options: dict[str, Any] = Field(default_factory=dict)
    seeds: int = Field(default=3, ge=1, le=1000, description="trainings of each candidate")
    seed: int = Field(default=0, ge=0, lt=2**63, description="of the search")
    yardsticks: tuple[str, ...] = Field(
        default=("bce_logits", "ganetic"), description="known losses trained for comparison"
    )
    time_limit: float | None = Field(
        default=None, gt=0, description="seconds for one training; by default the protocol's own"
    )
    memory_limit: float = Field(default=8.0, gt=0, description="gigabytes for one worker")

    @field_validator("yardsticks")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        from lossgp.expressions import zoo

        unknown = [name for name in value if name not in zoo.BY_NAME]
        if unknown:
            raise ValueError(
                f"{', '.join(map(repr, unknown))}: must be among {', '.join(zoo.names())}"
            )
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

    Raises:
        ConfigError: with every mistake.
    """
    data = dict(data)
    preset = data.get("preset", DEFAULT_PRESET)
    problems = []
    if preset not in PRESETS:
        problems.append(f"preset: {preset!r} is unknown; it must be one of {', '.join(PRESETS)}")
    search = data.get("search", {})
    if isinstance(search, Mapping):
        data["search"] = {**PRESETS.get(str(preset), {}), **search}
    try:
        config = EvolveConfig.model_validate(data)
    except ValidationError as error:
        problems += [_problem(e) for e in error.errors()]
    if problems:
        count = "a mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        raise ConfigError("\n  ".join([f"{where} has {count}:", *problems]))
    return config


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; see --config") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None


def _put(data: dict[str, Any], key: str, value: object) -> None:
    table, _, name = key.rpartition(".")
    if table:
        inner = data.setdefault(table, {})
        if isinstance(inner, dict):
            inner[name] = value
    else:
        data[key] = value


def _problem(error: ErrorDetails) -> str:
    """Return one line: the key, its value, and what is allowed."""
    place = place_of(error)
    if error["type"] == "extra_forbidden":
        known = SearchSettings if place.startswith("search.") else EvolveConfig
        return f"{place}: unknown key; known are {', '.join(known.model_fields)}"
    return sentence(place, error)


def differences(old: Mapping[str, Any], new: Mapping[str, Any], at: str = "") -> list[str]:
    """Return the lines `key: old -> new` in which two configurations differ."""
    lines = []
    for key in sorted({*old, *new}):
        a, b = old.get(key), new.get(key)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            lines += differences(a, b, f"{at}{key}.")
        elif a != b:
            lines.append(f"{at}{key}: {a!r} -> {b!r}")
    return lines
