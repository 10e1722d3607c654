"""`lossgp tune`."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lossgp.trainers import DEFAULT_PROTOCOL

from . import completing
from .hints import after_interruption
from .interrupts import interrupts
from .lines import say
from .options import output_file, study_options
from .protocol_options import SUGAR, protocol_options, trainer_options
from .under_display import under_display

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
@study_options("what was found")
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
    from lossgp.studies.resources import TIME_LIMIT
    from lossgp.studies.tune import tune

    from .losses import resolve

    named = resolve(what, runs_dir)
    options: dict[str, Any] = {}
    if protocol is None and (ranked := _OF_RUN.fullmatch(what)):
        protocol, options = _of_run(ranked["run"], runs_dir)
    trained_on = protocol or DEFAULT_PROTOCOL
    options |= trainer_options(trained_on, assignments, {name: given.pop(name) for name in SUGAR})

    def tuned(display: TrainingDisplay) -> Tuning:
        return tune(
            named.loss if named.evolved is None else named.evolved,
            normalise=named.evolved is not None,
            protocol=trained_on,
            options=options,
            time_limit=time_limit or TIME_LIMIT,
            runs_dir=runs_dir,
            on_progress=display.progress,
            **given,
        )

    with under_display(TrainingDisplay(), tuned) as (found, _):
        if as_json:
            click.echo(json.dumps({"name": named.name, **found.to_json()}, indent=1))
        else:
            show_tuning(found, named.name)
        if output is not None and found.has_changed:
            from lossgp.expressions.formula_lists import written

            name = f"{re.sub('[^A-Za-z0-9_.#-]', '_', named.name)}-tuned"
            text = written([(name, found.tuned)], [f"Tuned from {named.name}"])
            output.write_text(text, "utf-8")
            say(f"Wrote {output}", err=as_json)


def _of_run(run: str, runs_dir: Path) -> tuple[str, dict[str, Any]]:
    """Return the protocol of a run, and its options."""
    from lossgp.config import rebuild
    from lossgp.runs import Store

    with Store.read_only(runs_dir) as store:
        config = rebuild(store.run(run).config, f"run {run!r}")
    return config.protocol, dict(config.trainer_options)


def show_tuning(tuning: Tuning, name: str) -> None:
    """Print what was found of a loss of this name."""
    goal, count = tuning.objective.goal, tuning.seeds
    seeds = f"{count} seed{'s' * (count > 1)}"
    say(f"Protocol  {tuning.protocol}")
    say(f"Start     {tuning.start.text()}")
    if tuning.normalised:
        say("          trained times its LR, which makes its slopes 1 in size")
    if math.isfinite(tuning.before):
        say(f"          {goal.title} {_figure(tuning.before)} (geometric mean of {seeds})")
    if not tuning.has_changed:
        said = (
            "No constants were found that are better" if not tuning.ended else "Nothing better yet"
        )
        say(f"Tuned     {said}: {tuning.trials} losses were tried")
    else:
        say(f"Tuned     {tuning.tuned.text()}")
        say(f"          {goal.title} {_figure(tuning.after)} on the seeds tuned on, the best of "
            f"{tuning.trials} losses")  # fmt: skip
        if tuning.digits:
            say(f"          constants of {tuning.digits} digit{'s' * (tuning.digits > 1)}, within "
                "the standard error of the best")  # fmt: skip
    if (fresh := tuning.fresh) is not None and fresh.ratio is not None:
        interval = fresh.ratio_interval
        between = f", 95 % interval {interval[0]:.3g} to {interval[1]:.3g}" if interval else ""
        say(f"Fresh     {goal.title} {fresh.ratio:.3g} times that of {name} on {fresh.seeds} seeds "
            f"that were not tuned on{between}: {fresh.verdict}")  # fmt: skip
    elif tuning.has_changed:
        say("Fresh     not compared on fresh seeds yet: the scores above are those tuned on")
    if tuning.ended == "budget":
        say("The budget is used up; the same command goes on where it ended")


def _figure(log: float) -> str:
    return f"{math.exp(log):.4g}"
