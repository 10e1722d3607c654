"""Options of trainings that take hours or days."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

LOOKS = 25  # iterations between two looks at a training (`training.CHECK_EVERY`)


def _at_looks(every: int) -> int:
    if every % LOOKS:
        raise ValueError(f"{every}; give a multiple of {LOOKS}, or 0 for never")
    return every


CheckpointEvery = Annotated[int, Field(ge=0, le=10_000_000)]


class CheckpointOptions(BaseModel):
    """`checkpoint_every`: what an end cannot take.

    Every `checkpoint_every` iterations (0: never), counted over all stages, a training whose model
    is kept is put away beside it: one that was killed goes on from there when it is asked for
    again, and ends as if it had not been, to the bit. That says when, and not what: a protocol
    with it names it in `UNHASHED`.
    """

    checkpoint_every: CheckpointEvery = 0


class LongOptions(BaseModel):
    """`fid_every`, `fid_samples`: FID on the way; `checkpoint_every`: see `CheckpointOptions`.

    Every `fid_every` iterations (a multiple of 25; 0: never) FID of `fid_samples` images is
    measured, and kept with the learning curves; the training goes on as if it were not.
    """

    fid_every: Annotated[int, AfterValidator(_at_looks)] = Field(default=0, ge=0, le=10_000_000)
    fid_samples: int = Field(default=1000, ge=2, le=100_000)
    checkpoint_every: CheckpointEvery = 0
