"""`lossgp tune`."""

from __future__ import annotations

import json
import math
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lossgp.trainers import DEFAULT_PROTOCOL

from . import completing
from .hints import after_interruption
from .interrupts import interrupts
from .lines import say
from .options import (
    Duration,
    budget_option,
    json_option,
    output_file,
    runs_dir_option,
    workers_option,
)
from .protocol_options import SUGAR, protocol_options, trainer_options

if TYPE_CHECKING:
    from lossgp.results.tuning import Tuning

_OF_RUN = re.compile(r"(?P<run>[A-Za-z0-9][\w.-]*)[#@]\w+", re.ASCII)


@click.command("tune")
@click.argument("what", metavar="LOSS|RUN#RANK", shell_complete=completing.losses)
@click.option("--seeds", type=int, default=4, show_default=True, metavar="K",
              help="Trainings of each trial.")  # fmt: skip
@click.option("--check", type=int, default=10, show_default=True, metavar="N",
              help="Fresh seeds on which it is compared with LOSS; 0 leaves it out.")  # fmt: skip
@click.option("--population", type=int, default=10, show_default=True, metavar="N",
              help="Trials of the first generation; later ones have fewer.")  # fmt: skip
@click.option("--generations", type=int, default=6, show_default=True, metavar="T",
              help="How many follow the first.")  # fmt: skip
@click.option("--spread", type=float, default=0.5, show_default=True, metavar="PART",
              help="How far a constant may move, in parts of its size.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, metavar="S",
              help="Of the search.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write the formula, as `evolve --seed-losses` reads it.")  # fmt: skip
@protocol_options(default=None)
@budget_option
@click.option("--time-limit", type=Duration(), metavar="TIME", help="Of one training  [7d]")
@click.option("--retry-failed", is_flag=True, help="Try again what crashed, timed out or raised.")
@workers_option
@runs_dir_option
@json_option("what was found")
def command(
    what: str,
    output: Path | None,
    protocol: str | None,
    assignments: dict[str, str],
    time_limit: float | None,
    runs_dir: Path,
    as_json: bool,
    **given: Any,
) -> None:
    """Tune the constants of a loss.

    Success-history differential evolution (L-SHADE) minimises the mean logarithm of the metric
    over the seeds 0, 1, ... of the protocol: digits by default, and of RUN#RANK that of the run.
    The constants found are cut to as few digits as leave the score within its standard error, and
    the loss is compared with what it was on fresh seeds. What was trained before is not trained
    again: the same command goes on where it was interrupted.
    """
    if output is not None:
        output_file(output, (".txt",))
    interrupts.words = after_interruption
    from lossgp.report.training_display import TrainingDisplay
    from lossgp.studies.compare import TIME_LIMIT
    from lossgp.studies.tune import TuningInterruptedError, tune

    from .losses import resolve

    named = resolve(what, runs_dir)
    options: dict[str, Any] = {}
    if protocol is None and (ranked := _OF_RUN.fullmatch(what)):
        protocol, options = _of_run(ranked["run"], runs_dir)
    protocol = protocol or DEFAULT_PROTOCOL
    options |= trainer_options(protocol, assignments, {name: given.pop(name) for name in SUGAR})
    interruption: TuningInterruptedError | None = None
    with TrainingDisplay() as display:
        try:
            found = tune(
                named.loss if named.evolved is None else named.evolved,
                normalise=named.evolved is not None,
                protocol=protocol,
                options=options,
                time_limit=time_limit or TIME_LIMIT,
                runs_dir=runs_dir,
                on_progress=display.progress,
                **given,
            )
        except TuningInterruptedError as stop:
            interrupts.words = partial(after_interruption, f"{stop.trainings} new trainings are")
            found, interruption = stop.tuning, stop
    if as_json:
        click.echo(json.dumps({"name": named.name, **found.to_json()}, indent=1))
    else:
        show_tuning(found, named.name)
    if output is not None and found.has_changed:
        from lossgp.expressions.formula_lists import written

        name = f"{re.sub('[^A-Za-z0-9_.#-]', '_', named.name)}-tuned"
        output.write_text(written([(name, found.tuned)], [f"Tuned from {named.name}"]), "utf-8")
        say(f"Wrote {output}", err=as_json)
    if interruption is not None:
        raise interruption


def _of_run(run: str, runs_dir: Path) -> tuple[str, dict[str, Any]]:
    """Return the protocol of a run, and its options."""
    from lossgp.config import rebuild
    from lossgp.runs import Store

    with Store.read_only(runs_dir) as store:
        config = rebuild(store.run(run).config, f"run {run!r}")
    return config.protocol, dict(config.trainer_options)


def show_tuning(found: Tuning, name: str) -> None:
    """Print what was found of a loss of this name."""
    goal, count = found.objective.goal, found.seeds
    seeds = f"{count} seed{'s' * (count > 1)}"
    say(f"Protocol  {found.protocol}")
    say(f"Start     {found.start.text()}")
    if found.normalised:
        say("          trained times its LR, which makes its slopes 1 in size")
    if math.isfinite(found.before):
        say(f"          {goal.title} {_figure(found.before)} (geometric mean of {seeds})")
    if not found.has_changed:
        said = (
            "No constants were found that are better" if not found.ended else "Nothing better yet"
        )
        say(f"Tuned     {said}: {found.trials} losses were tried")
    else:
        say(f"Tuned     {found.tuned.text()}")
        say(f"          {goal.title} {_figure(found.after)} on the seeds tuned on, the best of "
            f"{found.trials} losses")  # fmt: skip
        if found.digits:
            say(f"          constants of {found.digits} digit{'s' * (found.digits > 1)}, within "
                "the standard error of the best")  # fmt: skip
    if (fresh := found.fresh) is not None and fresh.ratio is not None:
        interval = fresh.ratio_interval
        between = f", 95 % interval {interval[0]:.3g} to {interval[1]:.3g}" if interval else ""
        say(f"Fresh     {goal.title} {fresh.ratio:.3g} times that of {name} on {fresh.seeds} seeds "
            f"that were not tuned on{between}: {fresh.verdict}")  # fmt: skip
    elif found.has_changed:
        say("Fresh     not compared on fresh seeds yet: the scores above are those tuned on")
    if found.ended == "budget":
        say("The budget is used up; the same command goes on where it ended")


def _figure(log: float) -> str:
    return f"{math.exp(log):.4g}"
