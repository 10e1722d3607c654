"""The options of the toy problems."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ..gan.protocol import AdversarialProtocol

if TYPE_CHECKING:
    from torch import nn

    from ..gan.loop import Stage
    from ..gan.play import Play
    from .mixture import Mixture


class MixtureProtocol(AdversarialProtocol):
    """Perceptrons on a mixture of Gaussians in the plane; the defaults are the protocol.

    `g_layers` and `d_layers` hidden layers of `width` units. Real points are drawn anew in each
    iteration: nothing can be learnt by heart. Metrics are of `samples` generated points against the
    mixture itself: the energy distance, which a search minimises, the modes captured, and the share
    of good points.

    A training trains `replicas` GANs at once, whose random numbers have nothing in common, and its
    metrics are their means (of the energy distance the geometric one): where luck decides which
    modes a GAN finds, one training then tells losses apart as so many do, and hardly costs more.
    """

    VERSION: ClassVar[int] = 1
    MODULES: ClassVar[tuple[str, ...]] = ("mixtures.mixture", "mixtures.networks")

    iterations: int = Field(default=600, ge=1, le=1_000_000)
    batch: int = Field(default=64, ge=2, le=65536)
    width: int = Field(default=64, ge=1, le=4096)
    g_layers: int = Field(default=3, ge=1, le=16)
    d_layers: int = Field(default=3, ge=1, le=16)
    latent: int = Field(default=2, ge=1, le=4096)
    learning_rate: float = Field(default=1e-3, gt=0)
    replicas: int = Field(default=4, ge=1, le=64)
    samples: int = Field(default=1000, ge=2, le=20_000)

    @property
    def latent_size(self) -> int:
        """Of all replicas."""
        return self.replicas * self.latent

    @abstractmethod
    def mixture(self) -> Mixture:
        """The distribution that is to be learnt."""

    @property
    @abstractmethod
    def subject(self) -> str:
        """What is learnt, in a few words."""

    def recipe(self, play: Play) -> list[Stage]:
        """Three Adam steps an iteration, as the GANetic paper has them."""
        from ..recipes.ganetic import GaneticRecipe

        adam = (self.learning_rate, self.beta1, self.beta2, self.epsilon)
        return GaneticRecipe(self.batch, self.latent_size, 0.0, *adam).stages(play)

    def networks(self) -> dict[str, nn.Module]:
        """Both perceptrons."""
        from .networks import PointDiscriminator, PointGenerator

        k, width = self.replicas, self.width
        generator = PointGenerator(k, self.latent, width, self.g_layers)
        return {"G": generator, "D": PointDiscriminator(k, width, self.d_layers)}

    def memory(self) -> int:
        """Bytes that a training needs, about: activations, and four numbers for each weight."""
        layers = self.g_layers + self.d_layers
        weights = (layers - 2) * self.width**2 + self.width * (self.latent + layers + 5)
        return self.replicas * (16 * weights + 4 * 6 * self.batch * layers * self.width)

    def describe(self) -> str:
        """One line for people."""
        return (
            f"{self.subject}, {self.replicas} GANs of perceptrons {self.width} wide, "
            f"batch {self.batch}, {self.iterations} iterations, Adam {self.learning_rate:g}, "
            f"energy distance of {self.samples} points"
        )


class RingProtocol(MixtureProtocol):
    """A ring of Gaussians (Metz et al. 2017, "Unrolled GANs").

    `modes` of standard deviation `sd` at equal distances on a circle of `radius`.
    """

    PAPER: ClassVar[str] = (
        "Metz et al. 2017, Unrolled Generative Adversarial Networks (arXiv:1611.02163)"
    )

    name: Literal["ring"] = "ring"
    modes: int = Field(default=8, ge=1, le=1000)
    radius: float = Field(default=2.0, gt=0, le=1e3)
    sd: float = Field(default=0.02, ge=1e-4, le=1e3)

    @property
    def subject(self) -> str:
        """What is learnt."""
        return f"ring of {self.modes} Gaussians, radius {self.radius:g}, sd {self.sd:g}"

    def mixture(self) -> Mixture:
        """The ring."""
        from .mixture import ring

        return ring(self.modes, self.radius, self.sd)


class GridProtocol(MixtureProtocol):
    """A grid of Gaussians (Srivastava et al. 2017, "VEEGAN").

    `rows` x `rows` modes of standard deviation `sd`, `spacing` apart.
    """

    PAPER: ClassVar[str] = (
        "Srivastava et al. 2017, VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational "
        "Learning (arXiv:1705.07761)"
    )

    name: Literal["grid"] = "grid"
    iterations: int = Field(default=400, ge=1, le=1_000_000)
    rows: int = Field(default=5, ge=1, le=50)
    spacing: float = Field(default=2.0, gt=0, le=1e3)
    sd: float = Field(default=0.05, ge=1e-4, le=1e3)

    @property
    def subject(self) -> str:
        """What is learnt."""
        count = f"{self.rows} x {self.rows}"
        return f"grid of {count} Gaussians, spacing {self.spacing:g}, sd {self.sd:g}"

    def mixture(self) -> Mixture:
        """The grid."""
        from .mixture import grid

        return grid(self.rows, self.spacing, self.sd)
