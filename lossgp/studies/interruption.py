"""What Ctrl-C makes of a study: an exception that holds what there is so far."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class InterruptedStudyError(KeyboardInterrupt, Generic[T]):
    """A study was interrupted; every training that had finished is kept.

    Attributes:
        so_far: what there is so far.
        trainings: how many were added; None where nobody has counted.
    """

    def __init__(self, what: str, so_far: T, trainings: int | None = None) -> None:
        super().__init__(f"{what} was interrupted")
        self.so_far = so_far
        self.trainings = trainings
