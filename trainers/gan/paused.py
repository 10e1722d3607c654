"""Trainings put away in the middle: safetensors files from which they go on, to the bit.

Such a file only saves time. One that is missing, damaged or of another training is no error: the
training begins from the start, and comes to the same result.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..whole_files import written_whole

if TYPE_CHECKING:
    from torch import Tensor

    from .training import Ending, Training

FORMAT = "lossgp training 2"


@dataclass(frozen=True, eq=False)
class Paused:
    """What a training had come to.

    Attributes:
        tensors: weights, optimisers, random streams, curves.
        numbers: the rest, as JSON content; among them `iteration`.
    """

    tensors: Mapping[str, Tensor]
    numbers: Mapping[str, Any]

    @property
    def iteration(self) -> int:
        """How many iterations had been run."""
        return int(self.numbers["iteration"])


def run_on(
    training: Training, until: int, path: Path, identity: Mapping[str, Any], every: int = 0
) -> Ending:
    """Run a new training up to `until`, from where the file leaves off, and put it away again.

    One that is over is not put away; nor is one that the file is ahead of, which stays for later.
    On the way it is put away every `every` iterations, in case that it is killed; 0 is never.
    """
    before = read(path, identity)
    reached = 0 if before is None else before.iteration
    if before is not None and reached <= until:
        with suppress(LookupError, ValueError, TypeError):  # no state after all
            training.restore(before.tensors, before.numbers)
    while every and (stop := (training.iteration // every + 1) * every) < until:
        training.run(stop)
        if training.ending is not None:
            break
        if reached < training.iteration:
            write(path, identity, Paused(training.tensors(), training.numbers()))
    ending = training.run(until)
    if until < training.iterations and reached < training.iteration:
        write(path, identity, Paused(training.tensors(), training.numbers()))
    return ending


def write(path: Path, identity: Mapping[str, Any], paused: Paused) -> None:
    """Put a training away, whole or not at all.

    `identity` is JSON content that tells this training from any other. Where the file cannot be
    written (a full disk), there is none, and the training will begin from the start.
    """
    from safetensors.torch import save_file

    tensors = {name: value.detach().cpu().contiguous() for name, value in paused.tensors.items()}
    about = json.dumps({"identity": dict(identity), "numbers": dict(paused.numbers)})
    digest = _digest(about, tensors)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as new:
            metadata = {"format": FORMAT, "about": about, "sha256": digest}
            save_file(tensors, new, metadata=metadata)


def read(path: Path, identity: Mapping[str, Any]) -> Paused | None:
    """What the training of this identity had come to; None where no sound file says so."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                return None
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        about = json.loads(metadata["about"])
        if metadata["sha256"] != _digest(metadata["about"], tensors):
            return None
        if about["identity"] != dict(identity):
            return None
        return Paused(tensors, about["numbers"])
    except (OSError, SafetensorError, LookupError, ValueError, TypeError, RecursionError):
        return None


def _digest(about: str, tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of everything in the file: safetensors itself checks sizes alone."""
    import torch

    digest = hashlib.sha256(about.encode())
    for name, value in sorted(tensors.items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
