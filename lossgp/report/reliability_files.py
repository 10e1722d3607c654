"""What a study of reliability leaves on disk: tables, every training, and a picture."""

from __future__ import annotations

import json
from pathlib import Path

from lossgp.common.echo import printable
from lossgp.results.reliability import STATISTICS, TARGET
from lossgp.results.reliability_study import FORMAT, Reliability, Setting
from lossgp.trainers.whole_files import written_whole

from .csv_files import csv_text, put
from .identity import check_directory

DATA, FIGURE = ("reliability.json", "reliability.csv", "trainings.csv"), "reliability.png"


def check_place(directory: Path, identity: str) -> None:
    """Make sure that writing a study into a directory overwrites no other thing.

    The same settings and losses, whatever the number of seeds, may be written again.

    Raises:
        ConfigError: the directory cannot hold it, or has something else.
    """
    held = "another study, or files of something else"
    names = (*DATA, FIGURE)
    check_directory(directory, names, DATA[0], FORMAT, identity, foreign=held, other=held)


def write(study: Reliability, directory: Path) -> list[Path]:
    """Write the files of a study, each whole or not at all.

    Raises:
        ConfigError: the directory is of something else.
    """
    check_place(directory, study.identity)
    directory.mkdir(parents=True, exist_ok=True)
    paths = [
        put(directory / DATA[0], json.dumps(study.to_json(), indent=1) + "\n"),
        put(directory / DATA[1], curves_csv(study)),
        put(directory / DATA[2], trainings_csv(study)),
    ]
    picture = directory / FIGURE
    if not any(setting.curves for setting in study.settings):
        picture.unlink(missing_ok=True)
        return paths
    with written_whole(picture) as new:
        draw(study, new)
    return [*paths, picture]


def curves_csv(study: Reliability) -> str:
    """Return one row for each setting, statistic, half and number of seeds."""
    head = ["setting", "statistic", "among", "seeds", "icc", "low", "high", "measured",
            "iterations"]  # fmt: skip
    rows = [
        [
            setting.label, key, among, k, curve.icc[k - 1], curve.low[k - 1], curve.high[k - 1],
            k <= curve.measured, None if setting.length is None else k * setting.length,
        ]
        for setting in study.settings
        for (key, among), curve in setting.curves.items()
        for k in range(1, len(curve.icc) + 1)
    ]  # fmt: skip
    return csv_text(head, rows)


def trainings_csv(study: Reliability) -> str:
    """Return one row a training."""
    rows = [
        [setting.label, loss.name, o.seed, str(o.status),
         o.metrics.get(setting.objective.goal.key), o.iterations, o.seconds, o.reason]
        for setting in study.settings
        for loss in setting.losses
        for o in loss.outcomes
    ]  # fmt: skip
    metric = study.settings[0].objective.goal.key if study.settings else "figure"
    head = ["setting", "loss", "seed", "status", metric, "iterations", "seconds", "reason"]
    return csv_text(head, rows)


def draw(study: Reliability, path: Path) -> Path:
    """Draw reliability over iterations a loss, among all and in the good half.

    A line is a statistic where there is one setting; else a setting, with the statistic that has
    the highest reliability in the good half.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    from lossgp.analysis.figures import new_figure, save, styled

    single = len(study.settings) == 1
    lines = [
        (statistic.title if single else _drawn(setting.label), setting, statistic.key)
        for setting in study.settings
        for statistic in STATISTICS
        if setting.curves and (single or statistic.key == _best(setting))
    ]
    with styled():
        figure = new_figure(9.6, 4.2)
        panels = figure.subplots(1, 2, sharey=True)
        for axes, among in zip(panels, ("all", "good half"), strict=True):
            for number, (label, setting, key) in enumerate(lines):
                curve = setting.curves[key, among]
                cost = [(setting.length or 1) * (k + 1) for k in range(len(curve.icc))]
                look = {"color": f"C{number % 10}"}
                axes.plot(cost, curve.icc, "-", marker="o", markersize=3, label=label, **look)
                if not single or key == _best(setting):  # many bands would hide each other
                    axes.fill_between(cost, curve.low, curve.high, alpha=0.12, linewidth=0, **look)
            axes.axhline(TARGET, color="#888888", linestyle=":", linewidth=1)
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
            axes.xaxis.set_minor_formatter(NullFormatter())
            axes.set_ylim(-0.02, 1.02)
            axes.set_xlabel("iterations a loss" if study.settings[0].length else "seeds")
            axes.set_title("among all losses" if among == "all" else "among the good half")
        panels[0].set_ylabel("reliability, ICC(1, k)")
        panels[1].legend(loc="best", fontsize=8)
        name = _drawn(study.trainer)
        figure.suptitle(f"How far scores tell losses apart: {name}, {study.seeds} seeds")
        return save(figure, path)


def _drawn(label: str) -> str:
    """Return a label as it is drawn: no part of it is a formula, and none hides it."""
    return printable(label).replace("$", r"\$").removeprefix("_")


def _best(setting: Setting) -> str:
    """Return the statistic with the highest reliability in the good half."""
    return max(
        (statistic.key for statistic in STATISTICS),
        key=lambda key: setting.curves[key, "good half"].icc[-1],
    )
