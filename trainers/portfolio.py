"""Several protocols at once: losses that are good on all of them.

A training of a portfolio is one training of each of its protocols, with the same seed. What they
measure has different units, so each is compared with known losses under the same protocol: with
BCE alone, or by its rank among several. The trainings of known losses are part of what a score
means, and so have seeds of their own number, whatever is searched with how many.
"""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from .criterion import Criterion
from .errors import TrainerError
from .metrics import METRICS
from .objective import Objective
from .outcome import Outcome, Status
from .protocol import Protocol
from .trainer import Trainer

BASELINES = {
    "log-ratio": ("bce_logits",),
    "rank": (
        *("bce_logits", "minimax", "least_squares", "hinge"),
        *("wasserstein", "ganetic", "f1", "f2"),
    ),
}
"""With which known losses a loss is compared under each protocol, by `combine`."""


class PortfolioProtocol(Protocol):
    """Several protocols, and how what they measure becomes one number.

    `combine` is `log-ratio`: the geometric mean over the protocols of the ratio to the score of
    BCE on logits; or `rank`: the mean over the protocols of the rank among eight known losses, a
    fraction in between two of them. A known loss's score is the geometric mean over the seeds 0 to
    `baseline_seeds` - 1. The options of each protocol stand under its name.
    """

    kinds: ClassVar[Mapping[str, type[Trainer]]] = {}

    name: str = ""
    parts: dict[str, dict[str, Any]] = Field(default_factory=dict)
    combine: Literal["log-ratio", "rank"] = "log-ratio"
    baseline_seeds: int = Field(default=3, ge=1, le=1000)

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, given: Any) -> Any:
        """Gather what stands under a protocol's name, as a table or after a dot."""
        if not isinstance(given, Mapping):
            return given
        parts = {name: dict(of) for name, of in dict(given.get("parts", {})).items()}
        rest: dict[str, Any] = {}
        for key, value in given.items():
            head, _, option = str(key).partition(".")
            if head not in cls.kinds:
                rest[key] = value
            elif option:
                parts.setdefault(head, {})[option] = value
            elif not isinstance(value, Mapping):
                raise ValueError(f"{head} is {value!r}; it must be a table of options")
            else:
                parts.setdefault(head, {}).update(value)
        return {"name": ",".join(cls.kinds), **rest, "parts": parts}

    @field_validator("parts")
    @classmethod
    def _known(cls, parts: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        if unknown := [name for name in parts if name not in cls.kinds]:
            raise ValueError(f"{unknown[0]!r} is none of {', '.join(cls.kinds)}")
        return parts

    def protocols(self) -> dict[str, Protocol]:
        """The protocol of each part, by name."""
        return {
            name: kind.protocol_type.model_validate(self.parts.get(name, {}))
            for name, kind in self.kinds.items()
        }

    def hash(self) -> str:
        """SHA-256 (hex) of the parts' hashes and of how they are combined; of no part's order."""
        content = {
            "version": self.VERSION,
            "parts": {name: protocol.hash() for name, protocol in self.protocols().items()},
            "combine": self.combine,
            "baselines": [*BASELINES[self.combine], self.baseline_seeds],
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def describe(self) -> str:
        """One line for people."""
        how = "ratio to BCE on logits" if self.combine == "log-ratio" else "rank among known losses"
        parts = "; ".join(f"{n}: {p.describe()}" for n, p in self.protocols().items())
        return f"mean {how} over {len(self.kinds)} protocols ({parts})"


class PortfolioTrainer(Trainer):
    """The trainers of a portfolio's protocols; see `portfolio_type` for one of given protocols."""

    kinds: ClassVar[Mapping[str, type[Trainer]]] = {}
    protocol_type: ClassVar[type[PortfolioProtocol]]
    protocol: PortfolioProtocol

    def __init__(
        self, protocol: Protocol, device: str = "cpu", parts: Mapping[str, Trainer] | None = None
    ) -> None:
        super().__init__(protocol, device)
        options = self.protocol.parts
        self.parts = parts or {
            name: kind.create(options.get(name), device) for name, kind in self.kinds.items()
        }
        # What the parts have found out of their data, such as its content, is in the hash.
        dumps = {name: part.protocol.model_dump(mode="json") for name, part in self.parts.items()}
        self.protocol = self.protocol.model_copy(update={"parts": dumps})

    def part(self, name: str) -> Trainer:
        """The trainer of one of its protocols."""
        return self.parts[name]

    @property
    def iterations(self) -> int | None:
        """Those of all parts; None where one does not know."""
        counts = [part.iterations for part in self.parts.values()]
        return None if None in counts else sum(count or 0 for count in counts)

    @property
    def extractor_name(self) -> str:
        """The networks of the parts' metrics."""
        named = {name: part.extractor_name for name, part in self.parts.items()}
        return "; ".join(f"{name}: {network}" for name, network in named.items() if network)

    @property
    def measures(self) -> tuple[str, ...] | None:
        """The combined figure, and what each part measures, under its name."""
        keys = [f"{name}.{key}" for name, part in self.parts.items() for key in _told(part)]
        return (self.metric, *keys)

    def warnings(self) -> tuple[str, ...]:
        """What a user should know of each part's data."""
        return tuple(f"{n}: {text}" for n, part in self.parts.items() for text in part.warnings())

    def check_memory(self) -> None:
        """Each part has to fit."""
        for part in self.parts.values():
            part.check_memory()

    def side_by_side(self) -> int | None:
        """As few as the part that wants the fewest."""
        counts = [n for part in self.parts.values() if (n := part.side_by_side()) is not None]
        return min(counts, default=None)

    def imports(self) -> Sequence[str]:
        """What any part imports."""
        return [name for part in self.parts.values() for name in part.imports()]

    def prepare(self) -> None:
        """Make ready each part."""
        for part in self.parts.values():
            part.prepare()

    def train(self, criterion: Criterion, seed: int, keep: Path | None = None) -> Outcome:
        """Not to be called: each part is trained by itself, and remembered so (see `part`)."""
        raise TrainerError("a portfolio is trained part by part; ask for one of its protocols")

    def reference(self) -> Mapping[str, float]:
        """The scale of each part, under its name; `Portfolio.reference` adds the combined one."""
        return {
            f"{name}.{key}": value
            for name, part in self.parts.items()
            for key, value in part.reference().items()
        }


def portfolio_type(kinds: Mapping[str, type[Trainer]]) -> type[PortfolioTrainer]:
    """The class of trainers of a portfolio of these protocols, two or more."""
    columns = [
        replace(kind.objective.goal, key=f"{name}.{goal.key}", title=f"{name} {goal.title}")
        for name, kind in kinds.items()
        for goal in [kind.objective.goal]
    ]
    objective = Objective(
        goal=METRICS["combined"],
        columns=tuple(columns),
        also=(),
        floor="at the floor of each protocol",
        ceiling="at the ceiling of each",
    )
    protocol = type("PortfolioProtocol", (PortfolioProtocol,), {"kinds": dict(kinds)})
    members = {
        "kinds": dict(kinds),
        "protocol_type": protocol,
        "objective": objective,
        "seeds": max(kind.seeds for kind in kinds.values()),
        "time_limit": max(kind.time_limit for kind in kinds.values()),
        "__doc__": PortfolioTrainer.__doc__,
        "__module__": __name__,
    }
    return type("PortfolioTrainer", (PortfolioTrainer,), members)


class Scale:
    """How one protocol's figures are read: floor, ceiling, and the scores of known losses.

    A figure below the floor, or below a thousandth of the ceiling where the floor is 0, counts as
    the floor: beyond it there is nothing to find, and a logarithm would make much of it.
    """

    def __init__(self, floor: float, ceiling: float, baselines: Sequence[Sequence[float]]) -> None:
        self.floor = max(floor, 1e-3 * ceiling)
        self.ceiling = ceiling
        self._scores = sorted(
            math.fsum(self._log(value) for value in values) / len(values) for values in baselines
        )

    def log_ratio(self, value: float) -> float:
        """The logarithm of the ratio to the (first) known loss's score."""
        return self._log(value) - self._scores[0]

    def rank(self, value: float) -> float:
        """1 at the floor, n + 2 at the ceiling, k + 1 at the k-th best of n known losses.

        So it is the rank that a loss has among them. Piecewise linear in the logarithm, so that
        what is between or beyond them is told apart.
        """
        edges = [
            self._log(self.floor),
            *self._scores,
            max(self._log(self.ceiling), self._scores[-1]),
        ]
        at = min(self._log(value), edges[-1])
        below = min(bisect_right(edges, at), len(edges) - 1) - 1
        width = edges[below + 1] - edges[below]
        return 1 + below + ((at - edges[below]) / width if width > 0 else 1.0)

    def _log(self, value: float) -> float:
        return math.log(max(value, self.floor))


def combined(
    outcomes: Mapping[str, Outcome], trainer: PortfolioTrainer, scales: Mapping[str, Scale]
) -> Outcome:
    """What the trainings of each part with one seed come to.

    Beside the combined figure stand those that the parts minimise, and what their scores sum up
    beside them. A part without a figure counts with its ceiling; the first part that did not end
    well says how the whole ended.
    """
    figures, metrics = [], dict[str, float]()
    ranked = trainer.protocol.combine == "rank"
    for name, outcome in outcomes.items():
        scale = scales[name]
        value = outcome.metrics.get(trainer.parts[name].metric, scale.ceiling)
        figures.append(scale.rank(value) if ranked else scale.log_ratio(value))
        told = _told(trainer.parts[name])
        metrics |= {f"{name}.{key}": v for key, v in outcome.metrics.items() if key in told}
    mean = math.fsum(figures) / len(figures)
    bad = next(((n, o) for n, o in outcomes.items() if o.status is not Status.OK), None)
    counts = [outcome.iterations for outcome in outcomes.values()]
    return Outcome(
        seed=next(iter(outcomes.values())).seed,
        status=bad[1].status if bad else Status.OK,
        metrics={trainer.metric: mean if ranked else math.exp(mean), **metrics},
        seconds=math.fsum(outcome.seconds for outcome in outcomes.values()),
        reason=f"{bad[0]}: {bad[1].reason or bad[1].status}" if bad else None,
        iterations=None if None in counts else sum(count or 0 for count in counts),
    )


def ends(trainer: PortfolioTrainer, scales: Mapping[str, Scale]) -> dict[str, float]:
    """The floor and the ceiling of the combined figure."""

    def at(values: Mapping[str, float]) -> float:
        made = {
            name: Outcome(0, Status.OK, {trainer.parts[name].metric: value})
            for name, value in values.items()
        }
        return combined(made, trainer, scales).metrics[trainer.metric]

    return {
        f"{trainer.metric}_floor": at({name: scale.floor for name, scale in scales.items()}),
        f"{trainer.metric}_ceiling": at({name: scale.ceiling for name, scale in scales.items()}),
    }


def _told(part: Trainer) -> tuple[str, ...]:
    return (part.metric, *part.objective.beside)
