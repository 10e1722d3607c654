"""The option `augment`, for every protocol of GANs of images."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

Change = Literal["color", "translation", "cutout"]


def _listed(given: object) -> object:
    if not isinstance(given, str):
        return given
    return tuple(name.strip() for name in given.split(",")) if given not in ("", "none") else ()


def _once(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    if len(set(changes)) < len(changes):
        raise ValueError(f"{', '.join(changes)}: name each change once")
    return changes


Augmentation = Annotated[tuple[Change, ...], BeforeValidator(_listed), AfterValidator(_once)]
"""Changes of images, in order; a string may name them with commas between, or be "none"."""


class AugmentOptions(BaseModel):
    """`augment`: changes of real and generated images before D sees them (`gan.augmentation`).

    Of `color`, `translation`, `cutout`, in this order of application; `none` for no change.
    """

    augment: Augmentation = Field(default=("color", "translation", "cutout"))
