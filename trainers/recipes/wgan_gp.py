"""WGAN-GP: Gulrajani et al. 2017, "Improved Training of Wasserstein GANs".

https://arxiv.org/abs/1704.00028. The training itself is `critic.CriticProtocol`.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from ..gan.file_protocols import METRICS
from ..gan.held_out import HeldOutProtocol, HeldOutTrainer
from ..gan.long_options import CheckpointOptions
from ..gan.scaled import ScaledProtocol, ScaledTrainer
from ..objective import CRITIC_FID, Objective
from .critic import CriticProtocol

_TOLD_IF_OTHER = (
    *("d_learning_rate", "momentum", "beta1", "beta2", "epsilon", "latent", "output", "norm"),
    *("spectral_norm", "ema", "label_flips", "augment", "flip", "train_size", "held_out"),
)


class WganGpProtocol(CheckpointOptions, CriticProtocol, ScaledProtocol, HeldOutProtocol):
    """WGAN-GP (Gulrajani et al. 2017): residual networks and a critic of bounded slope.

    On any images: `data` is a folder of pictures, or a file with images; without it scikit-learn's
    digits, enlarged. `size` is a power of two, 16 to 256. In `full` scale the numbers are those of
    the paper's networks for 64 x 64 pixels, which take days on a card.

    The loss is any: with `wasserstein` the training is the paper's.
    """

    UNHASHED: ClassVar[frozenset[str]] = ScaledProtocol.UNHASHED | {"checkpoint_every"}
    OF_TRAINING: ClassVar[frozenset[str]] = CriticProtocol.OF_TRAINING | {"checkpoint_every"}
    LAPTOP: ClassVar[dict[str, Any]] = {
        "size": 16,
        "width": 16,
        "iterations": 300,
        "samples": 1000,
    }

    name: Literal["wgan-gp"] = "wgan-gp"
    size: int = Field(default=64, ge=16, le=256)
    samples: int = Field(default=10_000, ge=2, le=100_000)
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
        others = (
            f"{name.replace('_', ' ')} {_words(value)}"
            for name in _TOLD_IF_OTHER
            if (value := getattr(self, name)) != type(self).model_fields[name].default
        )
        return (
            f"{self.name} {self.size}x{self.size}{grey}, width {self.width}, batch {self.batch}, "
            f"{self.iterations} iterations of {self.critic_steps} critic steps, penalty {penalty}, "
            f"{', '.join([f'{self.optimizer} {self.learning_rate:g}', *others])}; "
            f"FID of {self.samples} images on {self.features} features"
        )


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " and ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


class WganGpTrainer(HeldOutTrainer, ScaledTrainer):
    """Trains WGAN-GP on the images of a folder or file, or on the digits."""

    protocol_type = WganGpProtocol
    protocol: WganGpProtocol
    objective: ClassVar[Objective] = CRITIC_FID
    time_limit = 7 * 86400.0  # at full scale a training takes days on a processor
