"""What a search minimises under a trainer, and how people read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .metrics import METRICS, Metric


@dataclass(frozen=True)
class Objective:
    """What a search minimises, what is shown beside it, and the ends of its scale.

    Attributes:
        goal: the metric that is minimised: lower is better.
        columns: the metrics shown beside it in tables.
        also: keys of further metrics that a score sums up.
        floor, ceiling: in words, what `<metric>_floor` and `<metric>_ceiling` of
            `Trainer.reference` are measured on; they follow the value.
    """

    goal: Metric
    columns: tuple[Metric, ...]
    also: tuple[str, ...]
    floor: str
    ceiling: str

    @property
    def beside(self) -> tuple[str, ...]:
        """Keys of all metrics that a score sums up besides the goal."""
        return (*self.also, *(metric.key for metric in self.columns))

    def floor_of(self, reference: Mapping[str, float]) -> float:
        """The lower end of the scale in a trainer's reference."""
        return reference[f"{self.goal.key}_floor"]

    def ceiling_of(self, reference: Mapping[str, float]) -> float:
        """The upper end: what a training counts with that gave no value."""
        return reference[f"{self.goal.key}_ceiling"]


FID = Objective(
    goal=METRICS["fid"],
    columns=(METRICS["d_acc"], METRICS["d_auc"]),
    also=("kid",),
    floor="real against real images",
    ceiling="of a dead generator",
)
"""Of GANs: the Frechet distance between generated and real images."""

CRITIC_FID = Objective(
    goal=METRICS["fid"],
    columns=(METRICS["wasserstein"], METRICS["wasserstein_held_out"]),
    also=("kid", "instability", "estimate_noise", "d_acc", "d_auc"),
    floor="real against real images",
    ceiling="of a dead generator",
)
"""Of GANs with a critic: FID, and beside it the critic's own estimate of the distance."""

DIVERSITY_FID = Objective(
    goal=METRICS["fid"],
    columns=(METRICS["kid"], METRICS["perceptual_distance"], METRICS["ms_ssim"]),
    also=("lpips", "d_acc", "d_auc"),
    floor="real against real images",
    ceiling="of a dead generator",
)
"""Of GANs that should not repeat themselves: FID and KID, and how far generated images differ."""

ENERGY = Objective(
    goal=METRICS["energy"],
    columns=(METRICS["modes"], METRICS["good"]),
    also=("d_acc", "d_auc"),
    floor="of as many exact samples",
    ceiling="of one exact sample, repeated",
)
"""Of GANs in the plane: the energy distance between generated points and the mixture itself."""

ERROR = Objective(
    goal=METRICS["error"],
    columns=(METRICS["auroc"],),
    also=("accuracy",),
    floor="without a mistake",
    ceiling="of the worst constant answer",
)
"""Of classifiers: the part of the held-out samples whose class is not predicted."""

ANOMALIES = Objective(
    goal=METRICS["auroc_gap"],
    columns=(METRICS["auroc"], METRICS["average_precision"]),
    also=("d_acc", "d_auc", "residual"),
    floor="with every abnormal image above every normal one",
    ceiling="with every one below",
)
"""Of detectors of anomalies: the share of pairs of a normal and an abnormal image in the wrong
order of their scores, 1 - AUROC. A training that measured nothing is worse than any that did."""
