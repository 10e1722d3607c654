"""Sweeps as people write them down: a TOML file with options, values, and a study's claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lossgp.common import toml
from lossgp.common.echo import printable, quoted
from lossgp.common.suggesting import did_you_mean
from lossgp.config import ConfigError
from lossgp.results.claims import LOSS, Claim, Direction, Over
from lossgp.trainers import DEFAULT_PROTOCOL
from lossgp.trainers.mistakes import key_of, sentence

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from .compare import AnyLoss

SUFFIX = ".toml"
_STRICT = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _ClaimTable(BaseModel):
    """One [[claim]]; see `lossgp.results.claims.Claim`."""

    model_config = _STRICT

    name: str = Field(min_length=1)
    measure: str = Field(min_length=1)
    of: dict[str, Any] = Field(min_length=1)
    direction: Direction = Field(alias="is")
    than: dict[str, Any] | float | None = None
    says: str = ""
    source: str = ""
    read: str = ""
    over: Over = "usual"
    best: tuple[str, ...] = ()
    needs: str = ""

    def claim(self) -> Claim:
        """Return it as what is judged."""
        than = self.than
        if isinstance(than, Mapping):
            than = {k: v if isinstance(v, list) else [v] for k, v in than.items()}
        return Claim(
            *(self.name, self.measure, self.of, self.direction, than, self.says, self.source),
            *(self.read, self.over, self.best, self.needs),
        )


class _SweepTable(BaseModel):
    """The table [sweep]."""

    model_config = _STRICT

    title: str = ""
    paper: str = ""
    protocol: str = DEFAULT_PROTOCOL
    losses: tuple[str, ...] = Field(min_length=1)
    seeds: int | None = Field(default=None, ge=1, le=1000)
    seeds_near: int | None = Field(default=None, ge=1, le=1000)
    design: Literal["grid", "one-at-a-time"] = "grid"


class _File(BaseModel):
    model_config = _STRICT

    sweep: _SweepTable
    options: dict[str, Any] = Field(default_factory=dict)
    vary: dict[str, list[Any]] = Field(min_length=1)
    claim: tuple[_ClaimTable, ...] = ()


_TABLES: dict[str, type[BaseModel]] = {"sweep": _SweepTable, "claim": _ClaimTable, "": _File}


@dataclass(frozen=True)
class SweepPlan:
    """A sweep before it is done.

    Attributes:
        losses: what is trained; of a file as text, names or formulas.
        vary: options with their values.
        protocol, options, one_at_a_time, seeds, seeds_near: see `sweep`.
        claims: what is judged.
        title, paper: what people call it, and where the claims are from.
        name: of the folder of its files; "" for the protocol's.
    """

    losses: Sequence[AnyLoss] | Mapping[str, AnyLoss]
    vary: Mapping[str, Sequence[Any]]
    protocol: str = DEFAULT_PROTOCOL
    options: Mapping[str, Any] = ()  # type: ignore[assignment]
    one_at_a_time: bool = False
    seeds: int | None = None
    seeds_near: int | None = None
    claims: tuple[Claim, ...] = ()
    title: str = ""
    paper: str = ""
    name: str = ""


def is_file(word: object) -> bool:
    """Whether what stands for losses is a file with a sweep."""
    return isinstance(word, Path) or (isinstance(word, str) and word.lower().endswith(SUFFIX))


def read_sweep(path: Path) -> SweepPlan:
    """Return the sweep of a TOML file.

    Raises:
        ConfigError: it cannot be read, or has mistakes; all of them are named.
    """
    shown = printable(path)
    try:
        data = toml.read(path)
    except FileNotFoundError:
        raise ConfigError(f"{shown}: there is no such file") from None
    except OSError as error:
        raise ConfigError(f"{shown} cannot be read: {error.strerror or error}") from None
    except toml.TomlError as error:
        raise ConfigError(f"{shown} {error}") from None
    if "study" in data or "arm" in data:
        raise ConfigError(f"{shown} compares searches: call lossgp study {shown}")
    try:
        found = _File.model_validate(data)
    except ValidationError as error:
        problems = [_problem(one) for one in error.errors()]
        count = "a mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        raise ConfigError("\n  ".join([f"{shown} has {count}:", *problems])) from None
    table = found.sweep
    return SweepPlan(
        *(table.losses, found.vary, table.protocol, found.options),
        *(table.design == "one-at-a-time", table.seeds, table.seeds_near),
        tuple(one.claim() for one in found.claim),
        *(table.title, table.paper, path.stem),
    )


def check_claims(plan: SweepPlan, fields: Sequence[str], measures: Sequence[str]) -> None:
    """Refuse, before anything is trained, claims of options or measures that do not exist.

    Args:
        plan: the sweep.
        fields: the protocol's options.
        measures: all that may be measured.

    Raises:
        ConfigError: a claim names another.
    """
    for claim in plan.claims:
        than = claim.than if isinstance(claim.than, Mapping) else {}
        named = [*claim.of, *than, *claim.best, *([claim.needs] if claim.needs else [])]
        for key in named:
            if key == LOSS and key not in claim.best and key != claim.needs:
                _check_losses(plan, claim)
            elif key not in fields:
                raise ConfigError(
                    f"claim {quoted(claim.name, 60)}: protocol {quoted(plan.protocol)} has no "
                    f"option {quoted(key)}{did_you_mean(key, fields)}"
                )
        if claim.measure not in measures:
            raise ConfigError(
                f"claim {quoted(claim.name, 60)}: there is no measure {quoted(claim.measure)}"
                f"{did_you_mean(claim.measure, measures)}; known are {', '.join(measures)}"
            )


def _check_losses(plan: SweepPlan, claim: Claim) -> None:
    """Refuse a claim of a loss that is not trained.

    Raises:
        ConfigError: there is one.
    """
    trained = [getattr(loss, "name", loss) for loss in plan.losses]
    than = claim.than if isinstance(claim.than, Mapping) else {}
    for name in [claim.of.get(LOSS), *than.get(LOSS, [])]:
        if name is not None and name not in trained:
            known = [str(each) for each in trained]
            raise ConfigError(
                f"claim {quoted(claim.name, 60)}: {quoted(name)} is none of the losses"
                f"{did_you_mean(str(name), known)}; they are {printable(', '.join(known))}"
            )


def _problem(error: ErrorDetails) -> str:
    key = key_of(error)
    if error["type"] != "extra_forbidden":
        return sentence(key, error)
    table = str(error["loc"][0]) if len(error["loc"]) > 1 else ""
    known = [field.alias or name for name, field in _TABLES.get(table, _File).model_fields.items()]
    name = str(error["loc"][-1])
    return f"{key}: unknown key{did_you_mean(name, known)}; known are {', '.join(known)}"
