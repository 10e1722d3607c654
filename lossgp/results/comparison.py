"""What a comparison of losses has found: its trainings, and the figures made of them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossgp.common.averages import deviation, mean
from lossgp.common.echo import shortened
from lossgp.expressions import LossPair
from lossgp.trainers import Outcome, Protocol, Status
from lossgp.trainers.objective import Objective

from .cost import Cost, cost
from .frames import comparison_rows, dataframe
from .notebooks import html
from .paired import Paired, interval, paired

if TYPE_CHECKING:
    from pandas import DataFrame

FORMAT = "lossgp.scores"
VERSION = 1
NOT_TRAINED = "not trained"
_FORMS = {"sigmoid": "sigmoid", "identity": "raw score"}


@dataclass(frozen=True)
class Compared:
    """A loss of a comparison with its trainings.

    Attributes:
        name: as tables and figures call it; unique in the comparison.
        pair: what was trained.
        outcomes: its trainings, in the order of the seeds; fewer than the comparison's seeds
            where it was stopped by its budget.
        note: what it is and where it comes from, if it is a known loss.
        best_form: name of the known loss that is this one in its own best form, or "".
        replaced: in an ablation, the networks that train with the loss in place of the base:
            "D", "G", "DG", or "" for the base itself.
    """

    name: str
    pair: LossPair
    outcomes: tuple[Outcome, ...]
    note: str = ""
    best_form: str = ""
    replaced: str = ""

    @property
    def form(self) -> str:
        """What the loss is a function of: D's "sigmoid", or its "raw score"."""
        d, g = (_FORMS[half.link] for half in (self.pair.discriminator, self.pair.generator))
        return d if d == g else f"D {d}, G {g}"

    @property
    def living(self) -> tuple[Outcome, ...]:
        """The trainings that ended well."""
        return tuple(o for o in self.outcomes if o.status is Status.OK)


@dataclass(frozen=True)
class Summary:
    """The figures of one loss in one metric (Table 2 of the GANetic paper).

    `best`, `worst`, `mean`, `std` (sample standard deviation) and `interval` (95 %, bootstrap,
    of the mean; of five or more) are over the `living` seeds, None where there are too few;
    `lost` counts the others by how they ended; `counted` is the mean over all trained seeds,
    each lost one with the figure that it counts as.
    """

    living: int
    best: float | None
    worst: float | None
    mean: float | None
    std: float | None
    interval: tuple[float, float] | None
    lost: Mapping[str, int]
    counted: float | None


@dataclass(frozen=True, repr=False)
class Comparison:
    """Losses trained under one protocol with the same seeds.

    Attributes:
        trainer: name of the trainer.
        protocol: what a training means; one protocol, hence one table.
        extractor: what the metrics' features come from, or "".
        device: where it was trained.
        objective: what is compared, and its scale in words; lower is better.
        reference: the scale of the metrics, such as `fid_floor` and `fid_ceiling`.
        seeds: those asked for.
        losses: the first is the one that the others are tested against.
        ablated: whether this is an ablation (Table E).
        checkpoints: the directory of the trainings' checkpoints.
        warnings: what `lossgp data check` warns of in the data.
    """

    trainer: str
    protocol: Protocol
    extractor: str
    device: str
    objective: Objective
    reference: Mapping[str, float]
    seeds: tuple[int, ...]
    losses: tuple[Compared, ...]
    ablated: bool
    checkpoints: Path
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        names = ", ".join(loss.name for loss in self.losses)
        done = sum(len(loss.outcomes) for loss in self.losses)
        return (
            f"<Comparison of {len(self.losses)} losses under {self.protocol.name}, {done} of "
            f"{len(self.losses) * len(self.seeds)} trainings: {shortened(names)}>"
        )

    def _repr_html_(self) -> str | None:
        return html(self)

    def to_dataframe(self) -> DataFrame:
        """Return the trainings as a pandas data frame, a row each (`frames.comparison_rows`).

        Raises:
            ImportError: pandas is not installed.
        """
        return dataframe(comparison_rows(self))

    @property
    def metric(self) -> str:
        """The objective's key in the outcomes' metrics."""
        return self.objective.goal.key

    @property
    def missing(self) -> int:
        """How many trainings are still to be done; 0 unless a budget ended it."""
        return sum(len(self.seeds) - len(loss.outcomes) for loss in self.losses)

    @property
    def cost(self) -> Cost:
        """What its trainings have cost, whenever they were done."""
        return cost(outcome for loss in self.losses for outcome in loss.outcomes)

    @property
    def floor(self) -> float | None:
        """The objective of real samples against real ones."""
        return self.reference.get(f"{self.metric}_floor")

    @property
    def ceiling(self) -> float | None:
        """The objective of a generator that has died."""
        return self.reference.get(f"{self.metric}_ceiling")

    def identity(self) -> str:
        """Return what tells this comparison from others: protocol and losses, not the seeds."""
        losses = [(loss.name, loss.pair.key()) for loss in self.losses]
        return identity(self.protocol, losses)

    def counted(self, outcome: Outcome) -> float | None:
        """Return what a training counts as in tests: its figure, else the ceiling."""
        return outcome.metrics.get(self.metric, self.ceiling)

    def values(self, loss: Compared, metric: str | None = None) -> list[float]:
        """Return a metric (the objective) of the living seeds that have it, in their order."""
        key = metric or self.metric
        return [o.metrics[key] for o in loss.living if key in o.metrics]

    def metrics(self) -> list[str]:
        """Return the metrics that some training has, the objective first, then by name.

        Outcomes from the memo have them in another order than new ones.
        """
        found = {key for loss in self.losses for o in loss.outcomes for key in o.metrics}
        return [self.metric, *sorted(found - {self.metric})]

    def summary(self, loss: Compared, metric: str | None = None) -> Summary:
        """Return the figures of a loss in a metric, the objective by default."""
        values = self.values(loss, metric)
        lost = Counter(str(o.status) for o in loss.outcomes if o.status is not Status.OK)
        lost[NOT_TRAINED] = len(self.seeds) - len(loss.outcomes)
        counted = [] if metric else [self.counted(o) for o in loss.outcomes]
        whole = [c for c in counted if c is not None]
        return Summary(
            living=len(loss.living),
            best=min(values, default=None),
            worst=max(values, default=None),
            mean=mean(values) if values else None,
            std=deviation(values) if len(values) > 1 else None,
            interval=interval(values),
            lost={status: n for status, n in sorted(lost.items()) if n},
            counted=mean(whole) if whole and len(whole) == len(counted) else None,
        )

    def paired(self, loss: Compared) -> Paired | None:
        """Return the test of a loss against the first one over their shared seeds.

        Lost seeds count (see `counted`): a loss must not gain by losing its bad seeds. None
        for the first loss itself.
        """
        first = self.losses[0]
        if loss is first:
            return None
        theirs = {o.seed: self.counted(o) for o in first.outcomes}
        both = [(self.counted(o), theirs.get(o.seed)) for o in loss.outcomes]
        shared = [(a, b) for a, b in both if a is not None and b is not None]
        return paired([a for a, _ in shared], [b for _, b in shared])

    def checkpoint(self, loss: Compared, seed: int) -> Path | None:
        """Return the checkpoint of a training if it is there."""
        from lossgp.trainers.gan.checkpoint import checkpoint_path

        path = checkpoint_path(
            self.checkpoints, self.protocol.hash(), loss.pair.key(), seed, self.device
        )
        return path if path.is_file() else None

    def to_json(self) -> dict[str, Any]:
        """Return plain data: every training, and the figures made of them."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "identity": self.identity(),
            "trainer": self.trainer,
            "protocol": self.protocol.model_dump(mode="json"),
            "protocol_hash": self.protocol.hash(),
            "description": self.protocol.describe(),
            "extractor": self.extractor,
            "device": self.device,
            "metric": self.metric,
            "reference": dict(self.reference),
            "cost": self.cost.to_json(),
            "seeds": list(self.seeds),
            "ablation": self.ablated,
            "losses": [self._loss_json(loss) for loss in self.losses],
        }

    def _loss_json(self, loss: Compared) -> dict[str, Any]:
        test = self.paired(loss)
        return {
            "name": loss.name,
            "formula": loss.pair.text(),
            "key": loss.pair.key(),
            "form": loss.form,
            "best_form": loss.best_form,
            "replaced": loss.replaced,
            "note": loss.note,
            "summary": asdict(self.summary(loss)),
            "against_first": asdict(test) if test else None,
            "outcomes": [_outcome_json(o) for o in loss.outcomes],
        }


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    return {**outcome.to_json(), "metrics": dict(sorted(outcome.metrics.items()))}


def identity(protocol: Protocol, losses: list[tuple[str, str]]) -> str:
    """Return 12 hex digits for a protocol and the (name, key) of each loss."""
    content = json.dumps([protocol.hash(), losses])
    return hashlib.sha256(content.encode()).hexdigest()[:12]
