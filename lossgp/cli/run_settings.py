"""Settings of a run as they are typed, `--set KEY=VALUE`, read by what each is for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .protocol_options import TABLE, of_protocol

_CONFIRMING = "search.confirm_options."


def run_settings(assignments: Mapping[str, str], protocol: str) -> dict[str, Any]:
    """Return settings by their keys in a configuration, each value as its type has it.

    Args:
        assignments: what was typed.
        protocol: of the run, whose options stand under `trainer_options`.
    """
    return {
        (place := of_protocol(key)): _value(place, text, protocol)
        for key, text in assignments.items()
    }


def protocol_of(
    overrides: Mapping[str, Any], config_file: Path | None, resume: str | None, runs_dir: Path
) -> str:
    """Return the protocol of a run: what is given, else the file's, else that of a resumed run.

    Raises:
        ConfigError: the file cannot be read.
        RunsError: there is no such run.
    """
    from lossgp.config import EvolveConfig, read
    from lossgp.runs import Store

    if named := read(config_file, overrides).get("protocol"):
        return str(named)
    if resume is not None:
        with Store.read_only(runs_dir) as store:
            return str(store.run(resume).config.get("protocol", ""))
    return str(EvolveConfig.model_fields["protocol"].default)


def _value(key: str, written: str, protocol: str) -> Any:
    """Return the value of a setting; what is none is told where the configuration is checked."""
    from pydantic import BaseModel

    from lossgp.common.written import typed, untyped
    from lossgp.config import EvolveConfig
    from lossgp.trainers import option_value

    if key.startswith(TABLE):
        return option_value(protocol, key.removeprefix(TABLE), written)
    if key.startswith(_CONFIRMING):
        other, _, option = key.removeprefix(_CONFIRMING).partition(".")
        return option_value(other, option, written)
    model: Any = EvolveConfig
    *tables, name = key.split(".")
    for table in tables:
        field = model.model_fields.get(table)
        model = None if field is None else field.annotation
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return untyped(written)
    field = model.model_fields.get(name)
    return (
        untyped(written)
        if field is None
        else typed(written, field.annotation, tuple(field.metadata))
    )
