"""The options that every training of two networks against each other has."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from ..protocol import Protocol

if TYPE_CHECKING:
    from torch import nn

    from .loop import Stage
    from .play import Play


class AdversarialProtocol(Protocol):
    """Batches, latents and optimiser of a GAN; a subclass adds its networks, data and metrics.

    Adam with `learning_rate`, `beta1`, `beta2`, `epsilon` (Keras' default). D sees `batch` real
    and as many generated samples an iteration; a latent has `latent` numbers. Metrics are
    measured on `samples` generated samples.
    """

    MODULES: ClassVar[tuple[str, ...]] = ()
    """What `networks` and `recipe` import late: modules of `lossgp.trainers`."""

    batch: int = Field(default=64, ge=2, le=65536)
    latent: int = Field(default=100, ge=1, le=4096)
    learning_rate: float = Field(default=2e-4, gt=0)
    beta1: float = Field(default=0.5, ge=0, lt=1)
    beta2: float = Field(default=0.999, ge=0, lt=1)
    epsilon: float = Field(default=1e-7, gt=0)
    samples: int = Field(default=1000, ge=2, le=100_000)

    @property
    def latent_size(self) -> int:
        """How many numbers the generator takes for a sample."""
        return self.latent

    @property
    def sampler(self) -> str:
        """The network that generates what is measured and kept: "G", or its average."""
        return "G"

    @property
    def adam(self) -> dict[str, Any]:
        """Adam's options, as a player takes them."""
        return {
            "learning_rate": self.learning_rate,
            "beta1": self.beta1,
            "beta2": self.beta2,
            "epsilon": self.epsilon,
        }

    @property
    def bfloat16(self) -> bool:
        """Whether the networks compute in it."""
        return getattr(self, "precision", "float32") == "bfloat16"

    @property
    def put_away_every(self) -> int:
        """Iterations after which a long training is put away; 0: only where it is stopped."""
        return int(getattr(self, "checkpoint_every", 0))

    @property
    def watched(self) -> tuple[int, int]:
        """Every how many iterations FID is measured on the way (0: never), and of how many."""
        return int(getattr(self, "fid_every", 0)), int(getattr(self, "fid_samples", 0))

    @abstractmethod
    def networks(self) -> dict[str, nn.Module]:
        """All networks by name, "G" and "D" among them, not yet initialised.

        Build them under `torch.device("meta")`.
        """

    @abstractmethod
    def recipe(self, play: Play) -> list[Stage]:
        """The stages of a training, written with the parts of a play."""

    @abstractmethod
    def memory(self) -> int:
        """Bytes that a training needs, about."""
