"""The options of StyleGAN2-ADA, and what follows from them."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from ..gan.long_options import LongOptions
from ..gan.scaled import ScaledProtocol

KEPT = 18  # numbers that a step keeps for each of a resolution's maps (measured: 15 to 17)


class StyleganOptions(ScaledProtocol, LongOptions):
    """The options of StyleGAN2-ADA, with the numbers of its authors' configuration for one card.

    At 256 x 256 these are Karras et al. 2020b, appendix C, and the published configuration `auto`.
    """

    UNHASHED: ClassVar[frozenset[str]] = ScaledProtocol.UNHASHED | {"checkpoint_every"}
    OF_TRAINING: ClassVar[frozenset[str]] = ScaledProtocol.OF_TRAINING | {
        *("generator_only", "channel_base", "channel_max", "mapping_layers", "style_mixing"),
        *("r1_gamma", "r1_every", "path_weight", "path_every", "half_life", "ramp", "truncation"),
        *("augment", "augment_pipe", "augment_p", "augment_target", "augment_kimg", "flip"),
    }
    LAPTOP: ClassVar = {
        "iterations": 400,
        "size": 32,
        "batch": 16,
        "latent": 64,
        "channel_base": 512,
        "channel_max": 32,
        "r1_gamma": 1.0,
        "samples": 1000,
    }

    generator_only: bool = False
    iterations: int = Field(default=1_562_500, ge=1, le=1_000_000_000)
    size: int = Field(default=256, ge=8, le=512)
    batch: int = Field(default=16, ge=2, le=65536)
    latent: int = Field(default=512, ge=1, le=4096)
    channel_base: int | None = Field(default=None, ge=8, le=2**20)
    channel_max: int = Field(default=512, ge=1, le=4096)
    mapping_layers: int = Field(default=2, ge=1, le=64)
    style_mixing: float = Field(default=0.9, ge=0, le=1)
    learning_rate: float = Field(default=0.0025, gt=0)
    beta1: float = Field(default=0.0, ge=0, lt=1)
    beta2: float = Field(default=0.99, ge=0, lt=1)
    epsilon: float = Field(default=1e-8, gt=0)
    precision: Literal["float32", "bfloat16"] = "float32"
    r1_gamma: float | None = Field(default=None, ge=0)
    r1_every: int = Field(default=16, ge=0, le=1_000_000)
    path_weight: float = Field(default=2.0, ge=0)
    path_every: int = Field(default=4, ge=0, le=1_000_000)
    half_life: float = Field(default=0.0, ge=0, le=1e9)
    ramp: float = Field(default=0.05, ge=0, le=10)
    truncation: float = Field(default=1.0, ge=0, le=1)
    augment: Literal["ada", "fixed", "none"] = "ada"
    augment_pipe: Literal["b", "bg", "bgc"] = "bgc"
    augment_p: float = Field(default=0.0, ge=0, le=1)
    augment_target: float = Field(default=0.6, ge=-1, le=1)
    augment_kimg: float = Field(default=500.0, gt=0)
    samples: int = Field(default=50_000, ge=2, le=100_000)

    @field_validator("size")
    @classmethod
    def _size_is_a_power_of_two(cls, size: int) -> int:
        if size & (size - 1):
            raise ValueError(f"{size}; use a power of two: 8, 16, 32, 64, 128, 256 or 512")
        return size

    @model_validator(mode="after")
    def _every_resolution_has_channels(self) -> Self:
        if self.base < self.size:
            raise ValueError(
                f"channel_base {self.base} gives maps of {self.size} x {self.size} no channel; "
                f"use {self.size} at least"
            )
        return self

    @property
    def base(self) -> int:
        """Channels times resolution; by default the authors', half as many below 512 x 512."""
        return self.channel_base or (32768 if self.size >= 512 else 16384)

    @property
    def latent_size(self) -> int:
        """The latent, and the noise of one image: two maps of each size, and one of 4 x 4."""
        return self.latent + sum(2 * size**2 for size in self.sizes) - 16

    @property
    def sizes(self) -> list[int]:
        """The sides of the maps, from 4 to that of the image."""
        return [4 << i for i in range(self.size.bit_length() - 2)]

    @property
    def sampler(self) -> str:
        """The moving average of G."""
        return "G average"

    @property
    def gamma(self) -> float:
        """The weight of R1; by default the rule of the authors' configuration `auto`."""
        rule = 0.0002 * self.size**2 / self.batch
        return rule if self.r1_gamma is None else self.r1_gamma

    def memory(self) -> int:
        """Bytes that a training needs, about: the largest of its steps, and what is always there.

        Always: weights in float32, their gradients and Adam's two moments, and of G the average.
        A step keeps of each convolution what its backward pass needs, of twice the batch in D's.
        """
        sizes = self.sizes
        channels = {size: min(self.base // size, self.channel_max) for size in sizes}
        maps = sum(size**2 * channels[size] for size in sizes)  # of one convolution each
        weights = sum(9 * channels[s] * channels[max(4, s // 2)] for s in sizes)
        g = 2 * weights + self.mapping_layers * self.latent**2
        d = 2 * weights + 16 * channels[4] ** 2
        return 4 * (5 * g + 4 * d + KEPT * self.batch * maps)

    def lazy_adam(self, every: int) -> dict[str, Any]:
        """Adam's numbers for a network with a lazy regulariser in every so many iterations.

        With k ordinary steps and one of the regulariser: the rate times k / (k + 1), and the betas
        to that power (Karras et al. 2020a, appendix B, "Lazy regularization").
        """
        c = every / (every + 1) if every else 1.0
        return {
            **self.adam,
            "learning_rate": self.learning_rate * c,
            "beta1": self.beta1**c,
            "beta2": self.beta2**c,
        }

    def describe(self) -> str:
        """One line for people: what it is, its scale, and how it is measured."""
        augmented = {"ada": "ADA", "fixed": f"augmented at p {self.augment_p:g}", "none": "no ADA"}
        line = "the loss in G's line alone" if self.generator_only else "the loss in D and G"
        return (
            f"{self.name} {self.size}x{self.size}{' colour' if self.channels == 3 else ''}, "
            f"{self.base}/resolution channels up to {self.channel_max}, "
            f"{augmented[self.augment]}, {line}, "
            f"{self.iterations} iterations of batch {self.batch}; "
            f"FID of {self.samples} images on {self.features} features"
        )
