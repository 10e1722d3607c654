"""Kept f-AnoGANs: a generator's file with critic, encoder and the scores of the test images.

As a generator it can be drawn from (`gan.checkpoint`); the rest is below. A digest of all tensors
and of what the file says of itself tells a damaged one, and nothing in it is ever executed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import TrainerError
from ..gan import checkpoint
from .detection import Scores

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ..gan.training import Ending
    from ..recipes.fanogan import FAnoGanProtocol
    from .residuals import Residuals

_PARTS = {"D": "critic.", "E": "encoder."}
_KINDS = ("normal", "abnormal")


def write(
    path: Path,
    protocol: FAnoGanProtocol,
    loss: str,
    seed: int,
    networks: Mapping[str, nn.Module],
    ending: Ending,
    tested: tuple[Residuals, Residuals],
) -> None:
    """Keep "G", "D" and "E" of a training, with the residuals of normal and abnormal test images.

    Raises `TrainerError` where the file cannot be written.
    """
    extra: dict[str, Tensor] = {}
    for name, prefix in _PARTS.items():
        extra |= {prefix + key: value for key, value in networks[name].state_dict().items()}
    for kind, found in zip(_KINDS, tested, strict=True):
        extra[f"scores.{kind}"] = found.score(protocol.kappa)
    checkpoint.write(path, protocol, loss, seed, networks["G"], ending, extra)


def load(path: Path, networks: Mapping[str, nn.Module]) -> None:
    """Fill "G", "D" and "E", which may be on the meta device, from a file.

    Raises `TrainerError` where it is not there, damaged, or of other networks.
    """
    import torch

    extra = checkpoint.read_extra(path)
    checkpoint.load_weights(path, networks["G"])
    for name, prefix in _PARTS.items():
        weights = {
            key.removeprefix(prefix): value
            for key, value in extra.items()
            if key.startswith(prefix)
        }
        checkpoint.fill(path, networks[name], weights)
    for network in networks.values():  # in the layout in which they were trained: it is faster
        for kernel in network.parameters():
            if kernel.ndim == 4:
                kernel.data = kernel.data.contiguous(memory_format=torch.channels_last)


def read_scores(path: Path) -> Scores:
    """The scores of the test images of the study that the model is from; raises `TrainerError`."""
    extra = checkpoint.read_extra(path)
    try:
        return Scores(*(extra[f"scores.{kind}"].numpy() for kind in _KINDS))
    except (KeyError, ValueError) as error:
        raise TrainerError(
            f"{str(path)!r} holds no scores of test images ({error}); give a model that "
            "`lossgp anomaly train` kept"
        ) from error
