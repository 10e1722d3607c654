"""WGAN-GP: Gulrajani et al. 2017, "Improved Training of Wasserstein GANs".

https://arxiv.org/abs/1704.00028. The training itself is `critic.CriticProtocol`.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from ..datasets import DataSet
from ..datasets.digits import digits
from ..datasets.fitting import Fit
from ..gan.file_protocols import METRICS
from ..gan.files import FolderTrainer
from ..gan.held_out import HeldOutProtocol, HeldOutTrainer
from ..objective import CRITIC_FID, Objective
from .critic import CriticProtocol


class WganGpProtocol(CriticProtocol, HeldOutProtocol):
    """WGAN-GP (Gulrajani et al. 2017): residual networks and a critic of bounded slope.

    On any images: `data` is a folder of pictures, or a file with images; without it scikit-learn's
    digits, enlarged to `size` x `size` pixels, a power of two from 16 to 256. The defaults fit a
    laptop; `wgan-gp-64` has the numbers of the paper.

    The loss is any: with `wasserstein` the training is the paper's.
    """

    name: Literal["wgan-gp"] = "wgan-gp"
    size: int = Field(default=16, ge=16, le=256)
    channels: Literal[1, 3] = 1
    samples: int = Field(default=1000, ge=2, le=100_000)
    metrics: tuple[str, ...] = METRICS

    @field_validator("size")
    @classmethod
    def _power_of_two(cls, size: int) -> int:
        if size & (size - 1):
            raise ValueError(f"{size} is no power of two; give 16, 32, 64, 128 or 256")
        return size

    def describe(self) -> str:
        """One line for people: what it is, its scale, and how it is measured."""
        penalty = (
            self.penalty if self.penalty == "none" else f"{self.penalty} {self.penalty_weight:g}"
        )
        grey = "" if self.channels == 1 else " colour"
        return (
            f"{self.name} {self.size}x{self.size}{grey}, width {self.width}, batch {self.batch}, "
            f"{self.iterations} iterations of {self.critic_steps} critic steps, penalty {penalty}, "
            f"{self.optimizer} {self.learning_rate:g}; "
            f"FID of {self.samples} images on {self.features} features"
        )


class WganGp64Protocol(WganGpProtocol):
    """WGAN-GP with the numbers of the paper: 64 x 64 colour images, width 64, 200,000 iterations.

    `data` has to be given. The other options are those of `wgan-gp`.
    """

    name: Literal["wgan-gp-64"] = "wgan-gp-64"  # type: ignore[assignment]
    size: int = Field(default=64, ge=16, le=256)
    channels: Literal[1, 3] = 3
    width: int = Field(default=64, ge=1, le=512)
    iterations: int = Field(default=200_000, ge=1, le=10_000_000)
    samples: int = Field(default=10_000, ge=2, le=100_000)


class WganGpTrainer(HeldOutTrainer):
    """Trains WGAN-GP on the images of a folder or file, or on the digits."""

    protocol_type = WganGpProtocol
    protocol: WganGpProtocol
    objective: ClassVar[Objective] = CRITIC_FID
    time_limit = 7 * 86400.0  # at full scale a training takes days on a processor

    def default_images(self) -> DataSet:
        """The digits, in the protocol's size."""
        found = digits()
        fit = Fit.of(self.protocol.size, self.protocol.channels, "center")
        return DataSet(found.name, fit.images(found.images), found.labels, found.classes)


class WganGp64Trainer(WganGpTrainer):
    """The same at the paper's scale."""

    protocol_type = WganGp64Protocol
    protocol: WganGp64Protocol
    default_images = FolderTrainer.default_images  # there are no digits of this size
