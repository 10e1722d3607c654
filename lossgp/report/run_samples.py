"""What the best loss of a search generates beside known ones, where their models were kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lossgp.results.result import Result
from lossgp.runs.place import CHECKPOINTS
from lossgp.trainers import Outcome, trainer, trainer_type
from lossgp.trainers.gan.checkpoint import checkpoint_path

from .comparison_figures import draw_generated
from .known_titles import title

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Shown(NamedTuple):
    """A training that is shown: of which loss, how it went, and the file of its model."""

    name: str
    outcome: Outcome
    path: Path


class Samples(NamedTuple):
    """What generates, and the trainings that are shown."""

    trainer: Any
    shown: tuple[Shown, ...]


def samples_of(result: Result) -> Samples | None:
    """Return what can be shown of the best loss and the known ones: of each its middle training.

    That is the one in the middle by the metric, of those whose models are there. None where the
    protocol keeps no models in a search, or there are none.
    """
    config, key = result.config, result.objective.goal.key
    if result.best is None or not trainer_type(config.protocol).keeps_models:
        return None
    made = trainer(config.protocol, config.trainer_options)
    best = result.best
    losses = [("best", best.candidate.pair, best.outcomes)]
    losses += [(title(y.name), y.pair, y.outcomes) for y in result.yardsticks]
    found = []
    for name, pair, outcomes in losses:
        kept = [
            Shown(name, outcome, path)
            for outcome in outcomes
            if key in outcome.metrics
            and (path := _path(result, made.protocol.hash(), pair.key(), outcome.seed)).exists()
        ]
        kept.sort(key=lambda one: one.outcome.metrics[key])
        found += kept[(len(kept) - 1) // 2 :][:1]
    return Samples(made, tuple(found)) if found else None


def _path(result: Result, protocol_hash: str, key: str, seed: int) -> Path:
    directory = result.directory.parent / CHECKPOINTS
    return checkpoint_path(directory, protocol_hash, key, seed, result.device or "cpu")


def draw_samples(row: Sequence[Axes], result: Result, samples: Samples) -> None:
    """Draw what each of them generates, one on each axes; others stay empty."""
    goal = result.objective.goal
    for axes in row:
        axes.set_axis_off()
    for axes, (name, outcome, path) in zip(row, samples.shown, strict=False):
        draw_generated(axes, samples.trainer, path)
        others = [
            f"{metric.title} {metric.text(outcome.metrics[metric.key])}"
            for metric in (goal, *result.objective.columns)
            if metric.key in outcome.metrics
        ]
        axes.set_title(f"{name}, seed {outcome.seed}: {', '.join(others)}", fontsize=8)
