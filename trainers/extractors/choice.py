"""Which extractor a request means here, and how it is made; torch only where one is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ..errors import TrainerError
from .present import (
    EFFICIENTNET_HELP,
    INCEPTION_HELP,
    efficientnet_weights,
    has_inception,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .extractor import Extractor

KINDS = ("auto", "classifier", "inception", "efficientnet")


class Source(Protocol):
    """What a classifier needs of a data set: uint8 images (n, c, h, w) and labels (n,)."""

    @property
    def name(self) -> str:
        """What the data set is called."""

    @property
    def images(self) -> NDArray[np.uint8]:
        """Images (n, c, h, w)."""

    @property
    def labels(self) -> NDArray[np.int64] | None:
        """Classes (n,), or none."""

    def digest(self) -> str:
        """A hash of the content."""


def choose(asked: str, labelled: bool) -> str:
    """The kind of extractor: "classifier", "inception" or "efficientnet".

    `asked` is one of `KINDS`. "auto" means InceptionV3 where its weights are at hand, else a
    classifier where the data have labels, else EfficientNet where it is installed. The answer
    depends on the machine: keep it with the protocol, not "auto".

    Raises `TrainerError` that says what to install or to choose.
    """
    if asked not in KINDS:
        raise TrainerError(f"unknown extractor {asked!r}; known are {', '.join(KINDS)}")
    possible = {
        "inception": has_inception(),
        "classifier": labelled,
        "efficientnet": efficientnet_weights() is not None,
    }
    if asked == "auto":
        for kind, there in possible.items():
            if there:
                return kind
        raise TrainerError(f"images without labels need a network to be compared by: {_HELP}")
    if not possible[asked]:
        raise TrainerError(_MISSING[asked])
    return asked


_MISSING = {
    "inception": INCEPTION_HELP,
    "classifier": (
        "a classifier cannot be trained on images without labels; give them labels (one folder "
        "for each class), or choose the extractor efficientnet"
    ),
    "efficientnet": EFFICIENTNET_HELP,
}
_HELP = 'run pip install "lossgp[features]" for EfficientNet, or give InceptionV3\'s weights'


def build(kind: str, data: Source, device: str = "cpu") -> Extractor:
    """The extractor of this kind (an answer of `choose`), ready to use.

    A classifier is trained on `data` the first time (about a minute), and stays on the CPU: it is
    small, and its figures are then the same on every device. The others ignore `data`.
    Raises `TrainerError` as they do.
    """
    kind = choose(kind, data.labels is not None)
    if kind == "inception":
        from .inception import inception

        return inception(device)
    if kind == "efficientnet":
        from .efficientnet import efficientnet

        return efficientnet(device)
    from .classifier import classifier

    assert data.labels is not None  # `choose` has checked it
    return classifier(data.name, data.images, data.labels, data.digest())
