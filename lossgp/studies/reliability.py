"""`reliability`: what scores under the settings of a protocol can tell of losses."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossgp.common.echo import quoted, shortened
from lossgp.config import ConfigError
from lossgp.expressions import LossPair, zoo
from lossgp.results.comparison import Compared
from lossgp.results.progress import TrainingProgress
from lossgp.results.reliability import FEWEST_SEEDS
from lossgp.results.reliability_study import Reliability, Setting, identity
from lossgp.trainers import DEFAULT_PROTOCOL, TrainerError
from lossgp.trainers.gan.checkpoint import checkpoint_path

from .compare import AnyLoss, entrants, known
from .interruption import InterruptedStudyError
from .protocols import prepared_trainer
from .random_losses import RANDOM_LOSSES
from .resources import TIME_LIMIT, Resources, Tell
from .session import Session

if TYPE_CHECKING:
    from lossgp.results.result import Ended
    from lossgp.trainers import Trainer

DEFAULT_SEEDS = 8
_GENERATORS, _SAMPLES = 12, 4  # measured again, and how often each
_LATENTS_FROM = 10_000  # of the samples that generators are measured on again


class ReliabilityInterruptedError(InterruptedStudyError[Reliability]):
    """A study was interrupted; every training that had finished is kept.

    Attributes:
        trainings: how many were added.
        reliability: what there is so far.
    """

    def __init__(self, trainings: int, reliability: Reliability) -> None:
        super().__init__("the study of reliability", reliability, trainings)
        self.reliability = reliability


@dataclass(frozen=True)
class Variant:
    """One setting before it is trained: what it is called, its options, and its trainer."""

    label: str
    options: Mapping[str, Any]
    trainer: Trainer


def reliability(
    protocol: str = DEFAULT_PROTOCOL,
    *,
    seeds: int = DEFAULT_SEEDS,
    options: Mapping[str, Any] | None = None,
    vary: Mapping[str, Sequence[Any]] | None = None,
    losses: Sequence[AnyLoss] | Mapping[str, AnyLoss] | None = None,
    add: Sequence[AnyLoss] | Mapping[str, AnyLoss] = (),
    device: str = "auto",
    workers: int | None = None,
    budget: float | str | None = None,
    time_limit: float = TIME_LIMIT,
    retry_failed: bool = False,
    runs_dir: Path | str | None = None,
    progress: bool | None = None,
    on_progress: Callable[[TrainingProgress], None] | None = None,
) -> Reliability:
    """Train a fixed set of losses with many seeds, and return how far scores tell them apart.

    Only what the memo of the runs directory does not hold is trained.

    Args:
        protocol: the trainer's name.
        seeds: trainings of each loss; at least four, two to choose the good half by and two to
            count.
        options: of the protocol.
        vary: options with the values that each takes; every combination is a setting.
        losses: what is trained instead of the known losses and random ones of `random_losses`.
        add: what is trained besides, as finds of a search; those that are there already are
            left out.
        device: "auto", "cpu", "cuda", or "cuda:N".
        workers: processes that train at once; the number of cores by default.
        budget: what may be spent: seconds, or text as "3m", "200-trainings", "50000-iterations".
        time_limit: seconds that one training may take.
        retry_failed: try trainings again that crashed, timed out or raised.
        runs_dir: where memo and checkpoints live; `$LOSSGP_RUNS`, else `./runs`, by default.
        progress: whether to show progress; by default as `compare` does.
        on_progress: called at the start, and whenever a training has finished.

    Raises:
        ConfigError: the protocol, its options, the losses, the seeds or the budget are wrong.
        FormulaError: a formula cannot be read.
        RunsError: the runs directory cannot be used, or no worker can be set up.
        ReliabilityInterruptedError: a `KeyboardInterrupt`, after the running trainings were
            recorded; it holds what there is so far.
    """
    resources = Resources(
        *(device, workers, budget, time_limit, retry_failed, runs_dir, progress, on_progress)
    )
    if not FEWEST_SEEDS <= seeds <= 1000:
        raise ConfigError(f"seeds is {seeds}; it must be from {FEWEST_SEEDS} to 1000")
    chosen = studied_losses(losses, add)
    asked = variants(protocol, options or {}, vary or {}, device)
    settings: list[Setting] = []
    warnings: tuple[str, ...] = ()
    trainings, ended = 0, ""
    with resources.opened() as (store, tell):
        for number, variant in enumerate(asked, start=1):
            keep = resources.checkpoints
            with resources.session(
                store, protocol, variant.options, variant.trainer, keep=keep
            ) as training:
                which = f"setting {number} of {len(asked)}" if len(asked) > 1 else ""
                trained, ended = _trained(training, variant, chosen, range(seeds), tell, which)
                if trained is not None and not ended:
                    trained = _again(training, keep, trained, tell)
                if trained is not None:
                    settings.append(trained)
                warnings = training.warnings
                trainings += training.trials.recorded
            if ended:
                break
    result = Reliability(
        protocol,
        asked[0].trainer.device,
        seeds,
        mark(asked, chosen),
        tuple(settings),
        tuple(variant.label for variant in asked[len(settings) :]),
        warnings,
    )
    if ended == "interrupt":
        raise ReliabilityInterruptedError(trainings, result)
    return result


def fixed_losses() -> list[Compared]:
    """Return the known losses and random ones: a fixed set over the whole range of quality."""
    losses = [known(name, name) for name in zoo.BY_NAME]
    for name, formula in RANDOM_LOSSES.items():
        pair = LossPair.parse(formula)
        losses.append(Compared(name, pair, (), "a random tree"))
    return losses


def studied_losses(
    losses: Sequence[AnyLoss] | Mapping[str, AnyLoss] | None,
    add: Sequence[AnyLoss] | Mapping[str, AnyLoss] = (),
) -> list[Compared]:
    """Return what is trained: the fixed losses or others, and those that are added.

    Raises:
        ConfigError: there is none, or two have one name.
        FormulaError: a formula cannot be read.
    """
    chosen = fixed_losses() if losses is None else entrants(losses)
    there = {one.pair.key() for one in chosen}
    new = [one for one in entrants(add) if one.pair.key() not in there] if add else []
    taken = {one.name for one in chosen}
    for one in new:
        if one.name in taken:
            raise ConfigError(f"{quoted(one.name, 80)} is the name of two losses; choose another")
    return [*chosen, *new]


def variants(
    protocol: str, options: Mapping[str, Any], vary: Mapping[str, Sequence[Any]], device: str
) -> list[Variant]:
    """Return every combination of the values that options take, with its trainer.

    Raises:
        ConfigError: an option or a value is wrong, is given twice, or has no value.
    """
    for key, values in vary.items():
        if key in options:
            raise ConfigError(f"option {quoted(key)} is both set and varied; give one")
        if isinstance(values, str) or not len(values):
            raise ConfigError(f"option {quoted(key)} is varied over {values!r}; give a list")
    combinations = []
    hashes: dict[str, str] = {}
    for values in itertools.product(*vary.values()):
        differing = dict(zip(vary, values, strict=True))
        label = ", ".join(f"{key} {value}" for key, value in differing.items()) or protocol
        label = shortened(label, 60)
        together = {**options, **differing}
        prepared = prepared_trainer(protocol, together, device)
        of_protocol = prepared.protocol.hash()
        if of_protocol in hashes:
            raise ConfigError(
                f"settings {quoted(hashes[of_protocol])} and {quoted(label)} are the same"
            )
        hashes[of_protocol] = label
        combinations.append(Variant(label, together, prepared))
    return combinations


def mark(asked: Sequence[Variant], losses: Sequence[Compared]) -> str:
    """Return what tells a study from others (see `identity`)."""
    return identity([v.trainer.protocol.hash() for v in asked], [c.pair.key() for c in losses])


def _trained(
    training: Session,
    variant: Variant,
    losses: Sequence[Compared],
    seeds: range,
    tell: Tell,
    which: str,
) -> tuple[Setting | None, Ended]:
    """Train all losses under one setting; there is none where it ended before its first loss."""
    prepared = variant.trainer
    if ended := training.get_ready(tell):
        return None, ended
    outcomes, ended = training.train([c.pair for c in losses], seeds, tell, which)
    return (
        Setting(
            variant.label,
            variant.options,
            prepared.protocol.describe(),
            prepared.protocol.hash(),
            prepared.objective,
            prepared.objective.ceiling_of(training.reference),
            len(seeds),
            tuple(
                Compared(c.name, c.pair, tuple(trainings), c.note, c.best_form)
                for c, trainings in zip(losses, outcomes, strict=True)
            ),
        ),
        ended,
    )


def _again(
    training: Session,
    checkpoints: Path,
    setting: Setting,
    tell: Tell,
) -> Setting:
    """Return the setting with some generators measured on other samples than their own.

    They are of living trainings that were kept, spread over the range of quality. What a trainer
    cannot measure again, as a damaged file, is left out.
    """
    trainer, goal = training.trainer, setting.objective.goal.key
    kept: list[tuple[float, Path]] = []
    for loss in setting.losses:
        for outcome in loss.living:
            key = loss.pair.key()
            path = checkpoint_path(
                checkpoints, setting.protocol_hash, key, outcome.seed, trainer.device
            )
            if path.is_file():
                kept.append((outcome.metrics[goal], path))
                break
    kept.sort()
    chosen = kept[:: max(1, -(-len(kept) // _GENERATORS))]
    again = []
    for number, (_, path) in enumerate(chosen):
        activity = "measuring kept generators again"
        tell(TrainingProgress("preparing", number, len(chosen), activity=activity))
        try:
            measured = [
                trainer.measured_again(path, _LATENTS_FROM + sample).get(goal)
                for sample in range(_SAMPLES)
            ]
        except TrainerError:
            continue
        figures = tuple(value for value in measured if value is not None and value > 0)
        if len(figures) == _SAMPLES:
            again.append(figures)
    return replace(setting, again=tuple(again))
