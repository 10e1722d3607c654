"""Studies as people write them: a TOML file with what all arms share, and the arms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lossgp.common import toml
from lossgp.common.echo import printable, quoted
from lossgp.common.suggesting import did_you_mean
from lossgp.config import ConfigError
from lossgp.expressions import zoo
from lossgp.results.study import SPACINGS
from lossgp.runs.budget import Budget
from lossgp.runs.names import is_name, is_reserved

from .study_arms import (
    Arm,
    arms_of,
    check_names,
    check_sense,
    configs_of,
    counted_budget,
    is_arm_name,
)

_TABLES = ("study", "common", "arm")
_STUDY: dict[str, type] = {
    "name": str, "seeds": int, "confirm": int, "points": int, "budget": str, "target": str,
    "baseline": str, "ablation": list, "spacing": str,
}  # fmt: skip
_KINDS = {str: "text", int: "a whole number", list: "a list"}
_LIMITS = {"seeds": (1, 1000), "confirm": (1, 1000), "points": (1, 100)}
_DEFAULTS = {"seeds": 5, "confirm": 8, "points": 8, "spacing": "equal"}


@dataclass(frozen=True)
class StudyConfig:
    """A study: arms, run seeds, what a run may cost, and how its finds are confirmed.

    Attributes:
        name: names the study's runs, `NAME-ARM-SEED`, and its folder.
        seeds: runs of each arm, with the seeds 0, 1, ...
        confirm: fresh seeds for each incumbent.
        points: at how many costs incumbents are confirmed.
        spacing: how these lie: in equal steps, or each twice the one before.
        budget: of each run, in trainings or iterations; None where its generations end it.
        target: a known loss whose confirmed score is to be reached, or "".
        baseline: the arm that others are tested against.
        arms: in order.
    """

    name: str
    seeds: int
    confirm: int
    points: int
    spacing: str
    budget: Budget | None
    target: str
    baseline: str
    arms: tuple[Arm, ...]

    def run(self, arm: str, seed: int) -> str:
        """Return the name under which a run of the study is stored."""
        return f"{self.name}-{arm}-{seed}"


def read_study(path: Path) -> StudyConfig:
    """Return the study of a TOML file.

    Raises:
        ConfigError: the file cannot be read, or holds mistakes; all of them are named, one a
            line.
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
    if "sweep" in data:
        raise ConfigError(f"{shown} varies the options of a protocol: call lossgp sweep {shown}")
    return study_of(data, shown, path.stem)


def study_of(data: Mapping[str, Any], where: str = "the study", name: str = "") -> StudyConfig:
    """Return the study of plain data.

    Args:
        data: as in the TOML file.
        where: what the data are called in messages.
        name: of the study, where it gives none.

    Raises:
        ConfigError: with every mistake, one a line.
    """
    problems: list[str] = []
    for key in data:
        if key not in _TABLES:
            hint = did_you_mean(key, _TABLES)
            problems.append(
                f"{printable(key)}: unknown table{hint}; a study has [study], [common] and [[arm]]"
            )
    study, common, arms = data.get("study", {}), data.get("common", {}), data.get("arm", [])
    for key, table in (("study", study), ("common", common)):
        if not isinstance(table, Mapping):
            problems.append(f"{key}: is {quoted(table, 60)}; it must be a table, [{key}]")
    if not isinstance(arms, list) or not all(isinstance(arm, Mapping) for arm in arms):
        problems.append("arm: must be tables, each under [[arm]]")
    if problems:
        raise ConfigError(_message(where, problems))
    settings = _settings(study, problems)
    made = arms_of(common, arms, settings, problems)
    found = _checked(settings, made, name, problems)
    if problems:
        raise ConfigError(_message(where, problems))
    return found


def _settings(study: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    """Return the keys of [study] that are well-formed, with the defaults of the others."""
    settings: dict[str, Any] = dict(_DEFAULTS)
    for key, value in study.items():
        shown = f"study.{printable(key)}"
        if key not in _STUDY:
            known = ", ".join(_STUDY)
            problems.append(f"{shown}: unknown key{did_you_mean(key, _STUDY)}; known are {known}")
        elif not isinstance(value, _STUDY[key]) or isinstance(value, bool):
            problems.append(f"{shown} is {quoted(value, 60)}; it must be {_KINDS[_STUDY[key]]}")
        elif key in _LIMITS and not _LIMITS[key][0] <= int(study[key]) <= _LIMITS[key][1]:
            low, high = _LIMITS[key]
            problems.append(f"{shown} is {value}; it must be from {low} to {high}")
        else:
            settings[key] = value
    return settings


def _checked(settings: Mapping[str, Any], arms: list[Arm], name: str,
             problems: list[str]) -> StudyConfig:  # fmt: skip
    """Return the study; what is wrong with it as a whole is added to the problems."""
    name = settings.get("name", name)
    if not arms and "ablation" not in settings:
        problems.append("there is no arm: give [[arm]] tables, or study.ablation")
    names = [arm.name for arm in arms]
    check_names(arms, problems)
    fit = [each for each in names if is_arm_name(each)]
    longest = f"{name}-{max(fit, key=len, default='x')}-{settings['seeds'] - 1}"
    if not is_name(longest) or is_reserved(longest):
        problems.append(
            f"study.name is {quoted(name, 80)}: the runs are called NAME-ARM-SEED, and that must "
            "be 64 letters, digits, '.', '_' or '-' at most, beginning with a letter or a digit"
        )
    baseline = settings.get("baseline") or (names[0] if names else "")
    if names and baseline not in names:
        problems.append(
            f"study.baseline: {quoted(baseline, 60)} is no arm{did_you_mean(baseline, names)}; "
            f"arms are {', '.join(printable(n, 40) for n in names)}"
        )
    target = settings.get("target", "")
    if target and target not in zoo.BY_NAME:
        problems.append(
            f"study.target: {quoted(target, 60)} is no known loss"
            f"{did_you_mean(target, zoo.names())}; known are {', '.join(zoo.names())}"
        )
    if settings["spacing"] not in SPACINGS:
        problems.append(
            f"study.spacing is {quoted(settings['spacing'], 60)}; it must be one of "
            f"{', '.join(SPACINGS)}"
        )
    configs = configs_of(arms, problems)
    budget = counted_budget(settings.get("budget"), "study.budget", problems)
    check_sense(arms, configs, budget, problems)
    return StudyConfig(
        name=str(name),
        seeds=settings["seeds"],
        confirm=settings["confirm"],
        points=settings["points"],
        spacing=settings["spacing"],
        budget=budget,
        target=target,
        baseline=baseline,
        arms=tuple(arms),
    )


def _message(where: str, problems: list[str]) -> str:
    count = "a mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
    return "\n  ".join([f"{where} has {count}:", *problems])
