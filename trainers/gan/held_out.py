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
from .instability import instability

if TYPE_CHECKING:
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
    `instability` is that of its curve (see `gan.instability`).
    """

    protocol: HeldOutProtocol
    protocol_type: ClassVar[type[HeldOutProtocol]]

    @property
    def measures(self) -> tuple[str, ...]:
        """Also what the critic estimates."""
        estimates = ("wasserstein", "wasserstein_held_out", "instability")
        return (*super().measures, *(estimates if self.protocol.held_out else estimates[::2]))

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
        means = {"wasserstein": on_real.double().mean()}
        kept = self._held_out_samples()
        if kept is not None:
            scores = torch.cat([scores_of(d(part)) for part in torch.split(kept, 256)])
            means["wasserstein_held_out"] = scores.double().mean()
        estimates = {name: float(mean - on_made.double().mean()) for name, mean in means.items()}
        return {**found, **{k: value for k, value in estimates.items() if math.isfinite(value)}}

    def _of_curves(self, ending: Ending) -> dict[str, float]:
        """How unsteady the critic's estimate ended."""
        if "wasserstein" not in ending.curves:
            return {}
        column = 1 + ending.curves.index("wasserstein")
        found = instability([row[column] for row in ending.history if len(row) > column])
        return {} if found is None else {"instability": found}
