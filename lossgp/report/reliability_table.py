"""The tables of a study of reliability, and what they mean."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lossgp.results.noise import Noise
from lossgp.results.reliability import STATISTICS, TARGET
from lossgp.results.reliability_study import NEAR_DEAD, Reliability, Setting

from .comparison_table import Grid

_TITLES = {statistic.key: statistic.title for statistic in STATISTICS}


def reliability_grid(study: Reliability) -> Grid:
    """Return the reliability of each statistic under each setting, and what 0.8 would cost."""
    seeds = study.seeds
    headings = ("setting", "statistic", "all: 1 seed", f"{seeds} seeds", "good half: 1 seed",
                f"{seeds} seeds", "95 %", f"seeds for {TARGET}", "iterations a loss")  # fmt: skip
    rows = [
        _row(setting, statistic.key)
        for setting in study.settings
        for statistic in STATISTICS
        if (statistic.key, "all") in setting.curves
    ]
    title = f"Reliability of scores under {study.trainer}, ICC(1, k) over k seeds"
    return Grid(title, headings, tuple(rows), 2)


def _row(setting: Setting, key: str) -> tuple[str, ...]:
    everything, good = setting.curves[key, "all"], setting.curves[key, "good half"]
    price = setting.price(key)
    return (
        setting.label,
        _TITLES[key],
        f"{everything.icc[0]:.2f}",
        f"{everything.icc[-1]:.2f}",
        f"{good.icc[0]:.2f}",
        f"{good.icc[-1]:.2f}",
        f"{good.low[-1]:.2f}–{good.high[-1]:.2f}",
        "-" if good.needed is None else f"{good.needed:,}",
        "-" if price is None else f"{price:,.0f}",
    )


def noise_grid(study: Reliability) -> Grid:
    """Return where the noise of each setting comes from."""
    headings = ("setting", "among", "log-sd", "taking off", "living", "dead", "dead seeds",
                "evaluation", "common")  # fmt: skip
    rows = [
        (setting.label, among, *_noise(noise))
        for setting in study.settings
        for among, noise in setting.noises.items()
    ]
    title = "Noise between the seeds of one loss: parts of the variance of the log"
    return Grid(title, headings, tuple(rows), 2)


def _noise(noise: Noise) -> tuple[str, ...]:
    def part(value: float | None) -> str:
        if value is None:
            return "-"
        return f"{value / noise.within:.0%}" if noise.within > 0 else "0%"

    return (
        f"{math.sqrt(noise.within):.2f}",
        part(noise.taking_off),
        part(noise.living),
        part(noise.dead),
        f"{noise.share_dead:.0%}",
        part(noise.evaluation),
        part(noise.common),
    )


def reliability_notes(study: Reliability) -> list[tuple[str, str]]:
    """Return what stands under the first table, as (key, text)."""
    lines = [
        ("Protocol", s.protocol if len(study.settings) == 1 else f"{s.label}: {s.protocol}")
        for s in study.settings
    ]
    lines += [_counts(setting, len(study.settings) > 1) for setting in study.settings]
    lines.append((
        "ICC",
        "of one-way random effects (Shrout and Fleiss 1979, case 1); medians and trimmed means by "
        "groups of seeds, beyond these by Spearman-Brown",
    ))  # fmt: skip
    lines.append((
        "Good half",
        "half of the seeds choose it, by the mean of logs, the others count, in 20 ways; 95 %: "
        "bootstrap over losses",
    ))  # fmt: skip
    if (cheapest := study.cheapest) is not None:
        setting, key, price = cheapest
        needed = setting.curves[key, "good half"].needed
        lines.append((
            "Cheapest",
            f"{TARGET} among the good half: {setting.label}, {_TITLES[key]} of {needed} "
            f"seeds, {price:,.0f} iterations a loss",
        ))  # fmt: skip
    if study.missing or study.left_out:
        lines.append(("Missing", _missing(study)))
    return lines


def noise_notes(study: Reliability) -> list[tuple[str, str]]:
    """Return what stands under the second table, as (key, text)."""
    title = study.settings[0].objective.goal.title if study.settings else "a score"
    lines = [
        ("Taking off", "that some seeds of a loss die and others live; with living and dead it is "
         "all of the variance"),
        ("Dead", f"ended so or was lost, or {title} of at least {NEAR_DEAD:g} times the ceiling"),
        ("Common", "what a seed brings to all losses alike, and a comparison by pairs takes away"),
    ]  # fmt: skip
    measured = [len(setting.again) for setting in study.settings]
    if any(measured):
        counts = ", ".join(map(str, dict.fromkeys(measured)))
        lines.append(
            ("Evaluation", f"of {counts} kept generators, each on {_samples(study)} other samples")
        )
    return lines


def _samples(study: Reliability) -> int:
    return max(len(figures) for setting in study.settings for figures in setting.again)


def _counts(setting: Setting, named: bool) -> tuple[str, str]:
    words = f"{len(setting.complete)} losses, {setting.cost}"
    if setting.length is not None:
        words += f"; {setting.length:,.0f} iterations a training in the mean"
    return "Trained", f"{setting.label}: {words}" if named else words


def _missing(study: Reliability) -> str:
    words: Sequence[str] = [
        *([f"{study.missing} trainings are not done"] if study.missing else []),
        *([f"not begun: {'; '.join(study.left_out)}"] if study.left_out else []),
    ]
    return f"{', '.join(words)}; ask again to go on"
