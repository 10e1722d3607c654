"""What a study of anomaly detection has found: scores of the test images by each method."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from lossgp.common.averages import deviation, mean
from lossgp.common.echo import shortened
from lossgp.trainers import Outcome, Status
from lossgp.trainers.anomaly.detection import Interval, Scores, interval, resampled

from .paired import Paired, paired
from .paired import interval as seeds_interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT, VERSION = "lossgp.anomaly", 1
AUROC, PRECISION = "auroc", "average_precision"
KEYS = (AUROC, PRECISION)
PCA = "PCA"
Verdict = Literal["loses to", "beats", "cannot be told apart from"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True)
class Figures:
    """A statistic of a method.

    Attributes:
        mean, std: over the living seeds; `std` of two or more.
        seeds: 95 % bootstrap interval of the mean over seeds, of five or more.
        images: 95 % bootstrap interval over test images, of the mean over the seeds whose scores
            were kept.
    """

    mean: float | None
    std: float | None
    seeds: tuple[float, float] | None
    images: tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class Method:
    """A way to detect anomalies, with what it came to.

    Attributes:
        name: as tables call it; unique in the study.
        kind: a "loss" of an f-AnoGAN, or a "baseline".
        outcomes: its trainings in the order of the seeds; a baseline without random numbers has
            one.
        scores: of the test images, by seed; of a loss those of the models that were kept.
        models: the kept models, by seed.
        formula: of a loss.
        replaced: in an ablation the networks that train with the loss: "D", "G", "E", "DG", ...
        note: what it is.
    """

    name: str
    kind: Literal["loss", "baseline"]
    outcomes: tuple[Outcome, ...]
    scores: Mapping[int, Scores]
    models: Mapping[int, Path] = field(default_factory=dict)
    formula: str = ""
    replaced: str = ""
    note: str = ""

    @property
    def living(self) -> tuple[Outcome, ...]:
        """The trainings that ended well."""
        return tuple(o for o in self.outcomes if o.status is Status.OK)

    @property
    def lost(self) -> dict[str, int]:
        """How the other trainings ended."""
        counted = Counter(str(o.status) for o in self.outcomes if o.status is not Status.OK)
        return dict(sorted(counted.items()))

    @property
    def shown(self) -> list[Scores]:
        """The scores of the living seeds, in their order."""
        return [self.scores[o.seed] for o in self.living if o.seed in self.scores]

    def values(self, key: str) -> list[float]:
        """A statistic of the living seeds."""
        return [o.metrics[key] for o in self.living if key in o.metrics]

    @cached_property
    def over_images(self) -> NDArray[np.float64] | None:
        """Bootstrap values of AUROC and average precision over images, (resamples, 2)."""
        return resampled(self.shown) if self.shown else None

    @cached_property
    def over_all(self) -> NDArray[np.float64] | None:
        """The same over images and seeds."""
        return resampled(self.shown, over_seeds=True) if self.shown else None


@dataclass(frozen=True, eq=False)
class Example:
    """A test image and what a method makes of it, for a picture.

    Attributes:
        method: whose.
        abnormal: whether it is.
        image, made: it and its reconstruction, (c, h, w) in [-1, 1].
        map: where they differ, (h, w).
        score: its anomaly score.
    """

    method: str
    abnormal: bool
    image: NDArray[np.float64]
    made: NDArray[np.float64]
    map: NDArray[np.float64]
    score: float


@dataclass(frozen=True, repr=False, eq=False)
class AnomalyStudy:
    """Losses in an f-AnoGAN, and baselines, on the same test images.

    Attributes:
        protocol: what a training means, in words, and `protocol_hash` of the first group.
        options: the protocol's, as JSON.
        data: in words, which images.
        split: how many images each part has, with SHA-256, seed and notes.
        device: where it was trained.
        seeds: those asked for.
        methods: the losses, the first of which others are tested against, then the baselines.
        ablated: whether this is Table I of the GANetic paper.
        warnings: what a user should know of the data.
    """

    protocol: str
    protocol_hash: str
    options: Mapping[str, Any]
    data: str
    split: Mapping[str, Any]
    device: str
    seeds: tuple[int, ...]
    methods: tuple[Method, ...]
    ablated: bool = False
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        names = ", ".join(method.name for method in self.methods)
        return f"<AnomalyStudy of {self.data}: {shortened(names)}>"

    @property
    def losses(self) -> tuple[Method, ...]:
        """The f-AnoGANs."""
        return tuple(method for method in self.methods if method.kind == "loss")

    @property
    def baselines(self) -> tuple[Method, ...]:
        """The others."""
        return tuple(method for method in self.methods if method.kind == "baseline")

    @property
    def missing(self) -> int:
        """How many trainings are still to be done; 0 unless it ended early."""
        return sum(len(self.seeds) - len(loss.outcomes) for loss in self.losses)

    def figures(self, method: Method, key: str) -> Figures:
        """A statistic (one of `KEYS`) of a method."""
        values = method.values(key)
        found = method.over_images
        images = None if found is None else interval(found[:, KEYS.index(key)])
        return Figures(
            mean=mean(values) if values else None,
            std=deviation(values) if len(values) > 1 else None,
            seeds=seeds_interval(values),
            images=None if images is None else (images.low, images.high),
        )

    def paired(self, method: Method) -> Paired | None:
        """The test of a loss's AUROC against the first loss's over their shared seeds.

        A lost seed counts as it was measured, and as 0 where it was not: a loss must not gain by
        losing its bad seeds. None for the first loss, and for baselines.
        """
        first = self.losses[0] if self.losses else None
        if first is None or method is first or method.kind != "loss":
            return None
        theirs = {o.seed: o.metrics.get(AUROC, 0.0) for o in first.outcomes}
        shared = [o for o in method.outcomes if o.seed in theirs]
        return paired([o.metrics.get(AUROC, 0.0) for o in shared], [theirs[o.seed] for o in shared])

    def against(self, method: Method, other: Method) -> tuple[Verdict, float, Interval] | None:
        """Whether a method's AUROC beats another's on the same images, by how much, and how surely.

        The 95 % interval of the difference of the means is over images and seeds at once (both
        are resampled). None where the scores of one are not there.
        """
        if method.over_all is None or other.over_all is None:
            return None
        found = interval(method.over_all[:, 0] - other.over_all[:, 0])
        difference = mean(method.values(AUROC)) - mean(other.values(AUROC))
        verdict: Verdict = "cannot be told apart from"
        if found.low > 0:
            verdict = "beats"
        elif found.high < 0:
            verdict = "loses to"
        return verdict, difference, found

    def identity(self) -> str:
        """What tells this study from others: protocol and losses, not the seeds."""
        rows = [(method.name, method.formula) for method in self.losses]
        return identity(self.protocol_hash, rows)

    def to_json(self) -> dict[str, Any]:
        """Return plain data: every training, every score, and the figures made of them."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "identity": self.identity(),
            "protocol": self.protocol,
            "protocol_hash": self.protocol_hash,
            "options": dict(self.options),
            "data": self.data,
            "split": dict(self.split),
            "device": self.device,
            "seeds": list(self.seeds),
            "ablated": self.ablated,
            "warnings": list(self.warnings),
            "methods": [self._method_json(method) for method in self.methods],
        }

    def _method_json(self, method: Method) -> dict[str, Any]:
        test = self.paired(method)
        return {
            "name": method.name,
            "kind": method.kind,
            "formula": method.formula,
            "replaced": method.replaced,
            "note": method.note,
            "figures": {key: asdict(self.figures(method, key)) for key in KEYS},
            "against_first": asdict(test) if test else None,
            "outcomes": [o.to_json() for o in method.outcomes],
            "models": {str(seed): str(path) for seed, path in method.models.items()},
            "scores": {
                str(seed): {"normal": s.normal.tolist(), "abnormal": s.abnormal.tolist()}
                for seed, s in method.scores.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> AnomalyStudy:
        """The study that `to_json` wrote; raises `ValueError`, `KeyError` or `TypeError`."""
        if data.get("format") != FORMAT or data.get("version") != VERSION:
            raise ValueError(f"it is no {FORMAT} of version {VERSION}")
        return cls(
            protocol=str(data["protocol"]),
            protocol_hash=str(data["protocol_hash"]),
            options=dict(data["options"]),
            data=str(data["data"]),
            split=dict(data["split"]),
            device=str(data["device"]),
            seeds=tuple(int(seed) for seed in data["seeds"]),
            methods=tuple(_method(each) for each in data["methods"]),
            ablated=bool(data["ablated"]),
            warnings=tuple(map(str, data["warnings"])),
        )


def identity(protocol_hash: str, rows: Sequence[tuple[str, str]]) -> str:
    """Return 12 hex digits for a protocol and the (name, formula) of each loss."""
    content = json.dumps([protocol_hash, [list(row) for row in rows]])
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _method(data: Mapping[str, Any]) -> Method:
    kind = data["kind"]
    if kind not in ("loss", "baseline"):
        raise ValueError(f"a method is of the kind {kind!r}")
    return Method(
        name=str(data["name"]),
        kind=kind,
        outcomes=tuple(Outcome.from_json(o) for o in data["outcomes"]),
        scores={int(s): Scores(v["normal"], v["abnormal"]) for s, v in data["scores"].items()},
        models={int(s): Path(p) for s, p in data["models"].items()},
        formula=str(data["formula"]),
        replaced=str(data["replaced"]),
        note=str(data["note"]),
    )
