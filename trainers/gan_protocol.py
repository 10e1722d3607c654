"""The options that every GAN training of the GANetic paper's kind has."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator, model_validator

from .errors import TrainerError
from .protocol import Protocol

if TYPE_CHECKING:
    from .adversarial import Recipe


class GanProtocol(Protocol):
    """Networks, optimiser, batches and metrics; a subclass sets the paper's numbers as defaults.

    Networks: `width` channels in the first convolution, `stages` (multiples of the width, one for
    each convolution; every one after the first halves the side), `latent` size, `dropout` before
    D's output. Adam with `learning_rate`, `beta1`, `beta2`, `epsilon` (Keras' default). D sees
    `batch` real and as many generated images an iteration, or half as many with `half_batches`.
    `precision` is that of the networks; losses, weights and optimisers are always float32.
    `metrics` are measured on `samples` generated images. Where `stop_dead` is set, a generator
    that gives one image for every latent ends its training.
    """

    batch: int = Field(default=64, ge=2, le=65536)
    half_batches: bool = False
    width: int = Field(default=64, ge=1, le=512)
    stages: tuple[int, ...] = (1, 2)
    latent: int = Field(default=100, ge=1, le=4096)
    dropout: float = Field(default=0.4, ge=0, le=0.99)
    learning_rate: float = Field(default=2e-4, gt=0)
    beta1: float = Field(default=0.5, ge=0, lt=1)
    beta2: float = Field(default=0.999, ge=0, lt=1)
    epsilon: float = Field(default=1e-7, gt=0)
    precision: Literal["float32", "bfloat16"] = "float32"
    samples: int = Field(default=1000, ge=2, le=100_000)
    metrics: tuple[str, ...] = ("fid", "kid")

    @field_validator("stages")
    @classmethod
    def _stages_in_range(cls, stages: tuple[int, ...]) -> tuple[int, ...]:
        if not 1 <= len(stages) <= 8 or not all(1 <= stage <= 64 for stage in stages):
            raise ValueError(f"{list(stages)}: give 1 to 8 whole numbers from 1 to 64, as [1, 2]")
        return stages

    @field_validator("metrics")
    @classmethod
    def _metrics_known(cls, metrics: tuple[str, ...]) -> tuple[str, ...]:
        if "fid" not in metrics:
            raise ValueError("'fid' must be among them: losses are ranked by it")
        return tuple(dict.fromkeys(metrics))

    @model_validator(mode="after")
    def _metrics_possible(self) -> GanProtocol:
        try:
            self.__dict__["metrics"] = self.measurable(self.samples)
        except TrainerError as error:
            raise ValueError(str(error)) from None
        return self

    def measurable(self, real: int) -> tuple[str, ...]:
        """The metrics that can be measured against `real` images.

        Of the defaults those that cannot are left out. Raises `TrainerError` where one cannot
        that was asked for.
        """
        from .metrics import check, possible

        if "metrics" not in self.model_fields_set:
            return possible(self.metrics, self.samples, real, self.side)
        check(self.metrics, self.samples, real, self.side)
        return self.metrics

    @model_validator(mode="after")
    def _sides_halve(self) -> GanProtocol:
        halvings = len(self.stages) - 1
        if self.side % 2**halvings:
            raise ValueError(
                f"{len(self.stages)} stages halve the side {halvings} times, and {self.side} "
                f"pixels cannot be; give fewer stages, or a size that is a multiple of "
                f"{2**halvings}"
            )
        return self

    @property
    @abstractmethod
    def side(self) -> int:
        """Pixels along an image's side."""

    @property
    def image_channels(self) -> int:
        """1 for grey images, 3 for colour."""
        return 1

    @property
    def mirrored(self) -> bool:
        """Whether real images are mirrored at random."""
        return False

    def recipe(self, iterations: int) -> Recipe:
        """The numbers that the training loop needs."""
        from .adversarial import Recipe

        return Recipe(
            iterations,
            self.batch,
            self.latent,
            self.dropout,
            self.learning_rate,
            self.beta1,
            self.beta2,
            self.epsilon,
            self.half_batches,
            self.precision == "bfloat16",
            self.mirrored,
        )

    def memory(self) -> int:
        """Bytes that a training needs, about: 1.6 GB at width 64 and batch 256 (measured: 1.4).

        Weights, gradients and Adam's two moments in float32; what the backward pass of G's step
        keeps of each layer of both networks, before and after its activation.
        """
        w, pixels, c = self.width, self.side**2, self.image_channels
        sizes = [pixels >> (2 * place) for place in range(len(self.stages))]
        down = sum(stage * w * size for stage, size in zip(self.stages, sizes, strict=True))
        up = sum(stage * w * size for stage, size in zip(self.stages[1:], sizes[:-1], strict=True))
        drawn = 4 * w * pixels + down + up + (self.stages[0] * w + 2 * c) * pixels
        kept = 2 * (drawn + down) * self.batch
        weights = 4 * w * pixels * (self.latent + 1)  # the dense layer: nearly all there are
        return round(1.3 * 4 * kept) + 16 * weights

    def deviations(self) -> str:
        """What differs from the protocol's defaults, as "width 16 (64)": its scale."""
        fields = type(self).model_fields
        words = []
        for name in _SCALE:
            if name not in fields:
                continue
            value, usual = getattr(self, name), fields[name].default
            if value != usual:
                words.append(f"{name.replace('_', ' ')} {_text(value)} ({_text(usual)})")
        return ", ".join(words)


_SCALE = (
    *("epochs", "train_size", "batch", "half_batches", "width", "stages", "latent", "dropout"),
    *("learning_rate", "beta1", "beta2", "epsilon", "precision", "samples"),
)


def _text(value: object) -> str:
    if value is None:
        return "all"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "-".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
