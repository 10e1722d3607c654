"""`compare`: losses trained under one protocol with the same seeds, through the memo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossgp.common.echo import quoted
from lossgp.config import ConfigError
from lossgp.expressions import Loss, LossPair, zoo
from lossgp.results.comparison import Compared, Comparison
from lossgp.results.formulas import short
from lossgp.results.progress import TrainingProgress
from lossgp.trainers import DEFAULT_PROTOCOL, Outcome

from .interruption import InterruptedStudyError
from .protocols import prepared_trainer
from .resources import TIME_LIMIT, Resources

if TYPE_CHECKING:
    from lossgp.trainers import Trainer

AnyLoss = Loss | LossPair | str
DEFAULT_BASE = "bce"
_LONGEST_NAME = 40


class ComparisonInterruptedError(InterruptedStudyError[Comparison]):
    """A comparison was interrupted; every training that had finished is kept.

    Attributes:
        trainings: how many were added.
        comparison: what there is so far.
    """

    def __init__(self, trainings: int, comparison: Comparison) -> None:
        super().__init__("the comparison", comparison, trainings)
        self.comparison = comparison


def compare(
    losses: Sequence[AnyLoss] | Mapping[str, AnyLoss],
    *,
    protocol: str = DEFAULT_PROTOCOL,
    seeds: int | None = None,
    options: Mapping[str, Any] | None = None,
    ablate: bool = False,
    device: str = "auto",
    workers: int | None = None,
    budget: float | str | None = None,
    time_limit: float = TIME_LIMIT,
    retry_failed: bool = False,
    runs_dir: Path | str | None = None,
    progress: bool | None = None,
    on_progress: Callable[[TrainingProgress], None] | None = None,
) -> Comparison:
    """Train each loss with each seed, and return what came of it.

    Only what the memo of the runs directory does not hold is trained. The result depends on
    nothing but the losses, the protocol, the seeds and the kind of device.

    Args:
        losses: known names, formulas, losses or pairs, each tested against the first; a
            mapping gives them names.
        protocol: the trainer's name.
        seeds: trainings of each loss, with the seeds 0, 1, ...; the trainer's own number by
            default.
        options: of the protocol.
        ablate: train each loss after the first for G alone, for D alone and for both, where
            the first is the base (Table E of the GANetic paper); `bce` is the base of a
            single loss.
        device: "auto", "cpu", "cuda", or "cuda:N".
        workers: processes that train at once; the number of cores by default.
        budget: what may be spent before no training is started, and the result lacks some:
            seconds, or text as "3m", "200-trainings" or "50000-iterations".
        time_limit: seconds that one training may take.
        retry_failed: try trainings again that crashed, timed out or raised. Without it they
            are remembered like all others, time-outs as long as the limit is the same.
        runs_dir: where memo and checkpoints live; `$LOSSGP_RUNS`, else `./runs`, by default.
        progress: whether to show progress; by default at a terminal and in a notebook, unless
            there is `on_progress`.
        on_progress: called at the start, and whenever a training has finished.

    Raises:
        ConfigError: the losses, the protocol, its options or the budget are wrong.
        FormulaError: a formula cannot be read.
        RunsError: the runs directory cannot be used, or no worker can be set up.
        TrainerError: the trainer cannot be set up.
        ComparisonInterruptedError: a `KeyboardInterrupt`, after the running trainings were
            recorded; it holds the comparison so far.
    """
    resources = Resources(
        *(device, workers, budget, time_limit, retry_failed, runs_dir, progress, on_progress)
    )
    chosen = entrants(losses, ablate=ablate)
    prepared = prepared_trainer(protocol, options, device)
    numbers = tuple(range(_seeds(prepared, seeds)))
    keep = resources.checkpoints
    with (
        resources.opened() as (store, tell),
        resources.session(store, protocol, options or {}, prepared, keep=keep) as training,
    ):
        outcomes: list[list[Outcome]] = [[] for _ in chosen]
        if not (ended := training.get_ready(tell)):
            outcomes, ended = training.train([c.pair for c in chosen], numbers, tell)
    comparison = Comparison(
        trainer=protocol,
        protocol=prepared.protocol,
        extractor=prepared.extractor_name,
        device=prepared.device,
        objective=prepared.objective,
        reference=training.reference,
        seeds=numbers,
        losses=tuple(
            Compared(c.name, c.pair, tuple(of_loss), c.note, c.best_form, c.replaced)
            for c, of_loss in zip(chosen, outcomes, strict=True)
        ),
        ablated=ablate,
        checkpoints=keep,
        warnings=training.warnings,
    )
    if ended == "interrupt":
        raise ComparisonInterruptedError(training.trials.recorded, comparison)
    return comparison


def entrants(
    losses: Sequence[AnyLoss] | Mapping[str, AnyLoss], *, ablate: bool = False
) -> list[Compared]:
    """Return the losses to be trained, named and in order, without outcomes yet.

    Raises:
        ConfigError: there is none, or two have one name.
        FormulaError: a formula cannot be read.
    """
    if isinstance(losses, Mapping):
        found = [_named(name, loss) for name, loss in losses.items()]
    elif isinstance(losses, str):
        raise ConfigError(
            f"losses is the text {quoted(losses, 80)}; give a list, as [{quoted(losses, 80)}]"
        )
    else:
        found = [_named("", loss) for loss in losses]
    if not found:
        raise ConfigError("there is no loss to compare; give one or more")
    if ablate and len(found) == 1:
        found.insert(0, _named("", DEFAULT_BASE))
    twice = [c.name for i, c in enumerate(found) if c.name in {d.name for d in found[:i]}]
    if twice:
        raise ConfigError(f"{quoted(twice[0], 80)} is given twice; give each loss once")
    return _ablation(found) if ablate else found


def _seeds(prepared: Trainer, seeds: int | None) -> int:
    count = prepared.seeds if seeds is None else seeds
    if not 1 <= count <= 1000:
        raise ConfigError(f"seeds is {count}; it must be from 1 to 1000")
    return count


def _named(name: str, loss: AnyLoss) -> Compared:
    if isinstance(loss, str) and (loss in zoo.BY_NAME or loss in zoo.ALIASES):
        return known(loss, name or loss)
    pair = LossPair.parse(loss) if isinstance(loss, str) else LossPair.of(loss)
    for entry in zoo.ENTRIES:
        if LossPair.of(entry.loss) == pair:
            return known(entry.name, name or entry.name)
    return Compared(name or short(pair, _LONGEST_NAME), pair, ())


def known(word: str, name: str) -> Compared:
    """Return a loss of the zoo under a name, with what the zoo knows of it."""
    entry = zoo.entry(word)
    note = f"{entry.title}; {entry.source}"
    return Compared(name, LossPair.of(entry.loss), (), note, entry.best_form)


def _ablation(losses: Sequence[Compared]) -> list[Compared]:
    """Return the base, and for each other loss the rows of Table E."""
    base, *others = losses
    rows = [base]
    for other in others:
        d, g = other.pair.discriminator, other.pair.generator
        for replaced, pair in (
            ("G", LossPair(base.pair.discriminator, g)),
            ("D", LossPair(d, base.pair.generator)),
            ("DG", other.pair),
        ):
            label = {"G": "G only", "D": "D only", "DG": "D and G"}[replaced]
            name = f"{other.name} ({label})"
            rows.append(Compared(name, pair, (), other.note, other.best_form, replaced))
    return rows
