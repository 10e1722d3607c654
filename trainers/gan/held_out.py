"""GANs whose critic is also judged on images that it has not learned from."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from ..datasets.duplicates import content_hashes
from ..datasets.splits import held_out
from ..errors import TrainerError
from .file_protocols import FolderProtocol
from .files import LEAST, FolderTrainer
from .image_trainer import scores_of
from .instability import instability, noise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

    from ..datasets import DataSet
    from .training import Ending

MOST = 512  # held-out images that are looked at during a training


class HeldOutProtocol(FolderProtocol):
    """Any images, of which a part is kept from the training.

    `held_out` is that part, at most a half: always the same images, and copies of an image stay
    together. On them the critic's estimate of the Wasserstein distance is taken once more: one
    that is larger on the images it was trained on tells of a critic that knows them by heart.
    """

    held_out: float = Field(default=0.1, ge=0, le=0.5)


class HeldOutTrainer(FolderTrainer):
    """Trains on what is not held out, and measures the critic on both.

    `wasserstein` is the mean score of the critic on real images less that on generated ones, after
    the training, on the images it was trained on, and `wasserstein_held_out` on the others: the
    Wasserstein distance as far as the critic's slope is 1 (otherwise times its slope).
    `instability` is that of its curve, and `estimate_noise` the curve's noise in units of
    `score_spread`, the standard deviation of the critic's scores of real images, of those that are
    held out where there are some (see `gan.instability`).
    """

    protocol: HeldOutProtocol
    protocol_type: ClassVar[type[HeldOutProtocol]]

    @property
    def measures(self) -> tuple[str, ...]:
        """Also what the critic estimates."""
        held_out = ("wasserstein_held_out",) if self.protocol.held_out else ()
        of_curves = ("instability", "score_spread", "estimate_noise")
        return (*super().measures, "wasserstein", *held_out, *of_curves)

    def load_images(self) -> Tensor:
        """The images that are trained on (n, c, side, side), uint8."""
        import torch

        return torch.from_numpy(self._parts[0].images)

    @cached_property
    def _parts(self) -> tuple[DataSet, DataSet | None]:
        """The images to learn from, and those that are held out, where there are any.

        Raises `TrainerError` where too few are left to learn from.
        """
        data, share = self.chosen, self.protocol.held_out
        if round(share * len(set(content_hashes(data.images)))) == 0:
            return data, None
        learned, kept = held_out(data, share)
        if len(learned) < LEAST:
            raise TrainerError(
                f"held_out {share:g} leaves {len(learned)} of {len(data)} images to train on; "
                f"figures need {LEAST} at least"
            )
        return learned, kept

    def _held_out_samples(self) -> Tensor | None:
        """The first of what is held out, float32 in [-1, 1], on the device."""
        import torch

        from ..data import as_floats

        kept = self._parts[1]
        if kept is None:
            return None
        return as_floats(torch.from_numpy(kept.images[:MOST])).to(self.device)

    def _of_d(self, d: nn.Module, on_real: Tensor, on_made: Tensor) -> dict[str, float]:
        """Also what the critic estimates."""
        import torch

        found = super()._of_d(d, on_real, on_made)
        means, known = {"wasserstein": on_real.double().mean()}, on_real.double()
        kept = self._held_out_samples()
        if kept is not None:
            scores = torch.cat([scores_of(d(part)) for part in torch.split(kept, 256)])
            means["wasserstein_held_out"], known = scores.double().mean(), scores.double()
        estimates = {name: float(mean - on_made.double().mean()) for name, mean in means.items()}
        if len(known) > 1:
            estimates["score_spread"] = float(known.std())
        return {**found, **{k: value for k, value in estimates.items() if math.isfinite(value)}}

    def _of_curves(self, ending: Ending, metrics: Mapping[str, float]) -> dict[str, float]:
        """How unsteady the critic's estimate ended, on two scales."""
        if "wasserstein" not in ending.curves:
            return {}
        column = 1 + ending.curves.index("wasserstein")
        curve = [row[column] for row in ending.history if len(row) > column]
        part, own = instability(curve), noise(curve)
        found = {} if part is None else {"instability": part}
        spread = metrics.get("score_spread", 0.0)
        if own is not None and spread and math.isfinite(own / spread):
            found["estimate_noise"] = own / spread
        return found
