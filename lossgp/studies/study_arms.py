"""The arms of a study: what they are searched with, and whether they can be compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lossgp.common.echo import quoted
from lossgp.common.suggesting import did_you_mean
from lossgp.config import ConfigError, EvolveConfig, build
from lossgp.runs.budget import Budget

from .ablation import BARE, PARTS, WHOLE, without

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
# More than a budget ever pays for; a run ends at its budget.
_GENERATIONS = 100_000


@dataclass(frozen=True)
class Arm:
    """One configuration of a study.

    Attributes:
        name: unique in the study.
        data: the configuration's data, without the seed of the search.
        lacks: of an ablation the part that is switched off, "all", or "" for the whole; None in
            other studies.
        budget: of each of its runs, where it is another one than the study's.
    """

    name: str
    data: Mapping[str, Any]
    lacks: str | None = None
    budget: Budget | None = None

    def config(self, seed: int) -> EvolveConfig:
        """Return the configuration of the arm's run with a seed."""
        return build({**self.data, "seed": seed}, f"arm {self.name!r}")


def arms_of(common: Mapping[str, Any], arms: list[Mapping[str, Any]], settings: Mapping[str, Any],
          problems: list[str]) -> list[Arm]:  # fmt: skip
    """Return the arms, those of an ablation last."""
    made: list[Arm] = []
    for number, arm in enumerate(arms, 1):
        name = str(arm.get("name", f"arm-{number}"))
        rest = {key: value for key, value in arm.items() if key not in ("name", "budget")}
        budget = counted_budget(arm.get("budget"), f"arm {quoted(name, 60)}: budget", problems)
        made.append(Arm(name, _merged(common, rest), None, budget))
    parts = settings.get("ablation", [])
    for part in parts:
        if part not in PARTS:
            hint = did_you_mean(str(part), PARTS)
            problems.append(
                f"study.ablation: {quoted(part, 60)} is no part that can be switched off{hint}; "
                f"parts are {', '.join(PARTS)}"
            )
    parts = [part for part in dict.fromkeys(map(str, parts)) if part in PARTS]
    if parts:
        lost: dict[str, Any] = {}
        made.append(Arm(WHOLE, dict(common), ""))
        for part in parts:
            made.append(Arm(without(part), _merged(common, {"search": PARTS[part]}), part))
            lost |= PARTS[part]
        if len(parts) > 1:
            made.append(Arm(BARE, _merged(common, {"search": lost}), "all"))
    limited = settings.get("budget") is not None
    return [
        replace(arm, data=_of_member(arm.data, limited or arm.budget is not None)) for arm in made
    ]


def counted_budget(given: object, key: str, problems: list[str]) -> Budget | None:
    """Return a budget in trainings or iterations; None where there is none, or a mistake."""
    if given is None:
        return None
    try:
        budget = Budget.parse(given) if isinstance(given, str) else Budget.of(given)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        problems.append(f"{key}: {error}")
        return None
    if budget.unit == "seconds":
        problems.append(
            f"{key} is {quoted(given, 60)}: a time depends on the machine; give it as "
            "200-trainings or 50000-iterations"
        )
        return None
    return budget


def _of_member(data: Mapping[str, Any], has_budget: bool) -> dict[str, Any]:
    """Return what a member run is searched with: the study confirms, and the budget ends it."""
    search = data.get("search", {})
    if not isinstance(search, Mapping):
        return dict(data)
    search = {**search, "confirm": 0, "confirm_on": {}, "confirm_options": {}}
    if has_budget:
        search.setdefault("generations", _GENERATIONS)
    return {**data, "search": search}


def _merged(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of an arm: its own keys over the common ones, tables key by key."""
    merged = {**common, **own}
    for key in ("search", "trainer_options"):
        tables = [data.get(key, {}) for data in (common, own)]
        if all(isinstance(table, Mapping) for table in tables) and any(tables):
            merged[key] = {**tables[0], **tables[1]}
    return merged


def is_arm_name(name: str) -> bool:
    """Tell whether an arm may be called so: its name is part of its runs' names."""
    return _NAME.fullmatch(name) is not None


def check_names(arms: list[Arm], problems: list[str]) -> None:
    """Find names that cannot be part of a run's name, and those that are given twice."""
    names = [arm.name for arm in arms]
    for index, arm in enumerate(arms):
        if not is_arm_name(arm.name):
            problems.append(
                f"arm {quoted(arm.name, 60)}: a name is 1 to 32 letters, digits, '.', '_' or "
                "'-', and starts with a letter or a digit"
            )
        if arm.name in names[:index]:
            problems.append(f"arm {quoted(arm.name, 60)} is given twice; give it once")


def configs_of(arms: list[Arm], problems: list[str]) -> dict[str, EvolveConfig]:
    """Return the configurations of those arms that have no mistake."""
    found: dict[str, EvolveConfig] = {}
    for arm in arms:
        if "seed" in arm.data:
            problems.append(
                f"arm {quoted(arm.name, 60)}: seed is the study's to set (study.seeds); leave it "
                "out"
            )
            continue
        try:
            found[arm.name] = arm.config(0)
        except ConfigError as error:
            for line in str(error).splitlines()[1:]:
                text = f"arm {quoted(arm.name, 60)}: {line.strip()}"
                # A mistake in [common] is one, however many arms take it.
                if not any(p.partition(": ")[2] == line.strip() for p in problems):
                    problems.append(text)
    return found


def check_sense(arms: list[Arm], configs: Mapping[str, EvolveConfig], budget: Budget | None,
                 problems: list[str]) -> None:  # fmt: skip
    """Find arms that cannot be compared, and parts whose absence changes nothing."""
    made = [(arm, configs[arm.name]) for arm in arms if arm.name in configs]
    for arm in arms:
        if arm.budget is not None and (
            budget is None or arm.budget.unit != budget.unit or arm.budget.amount > budget.amount
        ):
            limit = "there is none" if budget is None else f"at most {budget}"
            problems.append(
                f"arm {quoted(arm.name, 60)}: its budget is {arm.budget}; it must be a part of "
                f"the study's, study.budget ({limit})"
            )
    for arm, config in made[1:]:
        first = made[0][1]
        if (config.protocol, config.trainer_options) != (first.protocol, first.trainer_options):
            problems.append(
                f"arm {quoted(arm.name, 60)}: its protocol or trainer_options differ from those "
                f"of {quoted(made[0][0].name, 60)}; scores of different protocols do not compare"
            )
    whole = configs.get(WHOLE)
    for arm, config in made:
        if arm.lacks and arm.lacks != "all" and config == whole:
            problems.append(
                f"study.ablation: {quoted(arm.lacks)} is off in [common] already; switch it on "
                "there, or leave it out"
            )
