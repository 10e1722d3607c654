"""The options that every training of two networks against each other has."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from pydantic import Field

from .protocol import Protocol

if TYPE_CHECKING:
    from .iteration import Recipe
    from .networks import DiscriminatorNetwork, GeneratorNetwork


class AdversarialProtocol(Protocol):
    """Batches, latents and optimiser of a GAN; a subclass adds its networks, data and metrics.

    Adam with `learning_rate`, `beta1`, `beta2`, `epsilon` (Keras' default). D sees `batch` real
    and as many generated samples an iteration; a latent has `latent` numbers. Metrics are
    measured on `samples` generated samples.
    """

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

    @abstractmethod
    def recipe(self, iterations: int) -> Recipe:
        """The numbers that the training loop needs."""

    @abstractmethod
    def networks(self) -> tuple[GeneratorNetwork, DiscriminatorNetwork]:
        """Both networks, not yet initialised; build them under `torch.device("meta")`."""

    @abstractmethod
    def memory(self) -> int:
        """Bytes that a training needs, about."""
