"""The options that every GAN of images has."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from pydantic import field_validator, model_validator

from ..errors import TrainerError
from .protocol import AdversarialProtocol


class ImageGanProtocol(AdversarialProtocol):
    """Metrics of images; a subclass adds networks and data, with the paper's numbers as defaults.

    `metrics` are measured on `samples` generated images.
    """

    OF_TRAINING: ClassVar[frozenset[str]] = frozenset(
        {"learning_rate", "optimizer", "optimiser", "momentum", "beta1", "beta2", "epsilon"}
        | {"critic_steps", "penalty", "iterations", "epochs", "batch", "half_batches", "precision"}
        | {"width", "layers", "stages", "latent", "dropout", "output", "norm", "ema"}
    )
    """Options that change neither the images nor how they are measured: trainers that differ in
    these alone share what they have made ready (`ImageGanTrainer.another`). A subclass may add
    its own."""

    metrics: tuple[str, ...] = ("fid", "kid")

    @field_validator("metrics")
    @classmethod
    def _metrics_known(cls, metrics: tuple[str, ...]) -> tuple[str, ...]:
        if "fid" not in metrics:
            raise ValueError("'fid' must be among them: losses are ranked by it")
        return tuple(dict.fromkeys(metrics))

    @model_validator(mode="after")
    def _metrics_possible(self) -> ImageGanProtocol:
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
        from ..metrics import check, possible

        if "metrics" not in self.model_fields_set:
            return possible(self.metrics, self.samples, real, self.side)
        check(self.metrics, self.samples, real, self.side)
        return self.metrics

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
