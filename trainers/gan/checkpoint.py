"""Generators on disk: safetensors files that carry what is needed to use them again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossgp.common.echo import printable

from ..errors import TrainerError
from ..whole_files import written_whole

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ..protocol import Protocol
    from .training import Ending

FORMAT = "lossgp generator 1"
_CURVES = ("d_real", "d_fake", "g", "d_acc_real", "d_acc_fake")  # of files that do not say
_WEIGHTS, _EXTRA = "generator.", "extra."


@dataclass(frozen=True)
class Checkpoint:
    """What a file says of the training that it is from.

    Attributes:
        path: the file.
        trainer: the name of its trainer, as in `lossgp.trainers.trainer(name, protocol)`.
        protocol: the options of its protocol.
        seed: of the training.
        loss: as text.
        history: learning curves: `iteration`, and means since the entry before, not a number
            where there was nothing: the losses of D on real images (`d_real`) and on generated ones
            (`d_fake`) and of G (`g`), and what else its recipe tells, as the parts of both that D
            took for what they are (`d_acc_real`, `d_acc_fake`; older files lack them).
    """

    path: Path
    trainer: str
    protocol: dict[str, Any]
    seed: int
    loss: str
    history: dict[str, list[float]]


def checkpoint_path(directory: Path, protocol_hash: str, key: str, seed: int, device: str) -> Path:
    """Where the generator of a training is kept in a directory; one for each kind of device."""
    kind = device.partition(":")[0]
    return directory / protocol_hash[:16] / f"{key[:16]}-{kind}-{seed}.safetensors"


def write(
    path: Path,
    protocol: Protocol,
    loss: str,
    seed: int,
    generator: nn.Module,
    ending: Ending,
    extra: Mapping[str, Tensor] | None = None,
) -> None:
    """Keep a generator, and the learning curves of its training.

    `extra` are further tensors, which `read_extra` gives back: the file then has a digest of all
    it holds.

    Raises `TrainerError` where it cannot be written.
    """
    import torch
    from safetensors.torch import save_file

    about: dict[str, Any] = {
        "format": FORMAT,
        "trainer": protocol.name,
        "protocol": protocol.model_dump(mode="json"),
        "seed": seed,
        "loss": loss,
        "curves": list(ending.curves),
    }
    tensors = {
        _WEIGHTS + name: value.detach().cpu().contiguous()
        for name, value in generator.state_dict().items()
    }
    wide = 1 + len(ending.curves)
    rows = [(*row, *[float("nan")] * (wide - len(row))) for row in ending.history]
    tensors["history"] = torch.tensor(rows, dtype=torch.float64).reshape(-1, wide)
    if extra:
        tensors |= {_EXTRA + key: value.detach().cpu().contiguous() for key, value in extra.items()}
        about["sha256"] = _digest(about, tensors)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as new:
            save_file(tensors, new, metadata={"lossgp": json.dumps(about)})
    except OSError as error:
        raise TrainerError(
            f"cannot keep the generator in {str(path)!r}: {error.strerror or error}"
        ) from error


def read(path: Path) -> Checkpoint:
    """What the file says of its training, without loading the weights.

    Raises `TrainerError` where it is not there, damaged, or of another program.
    """
    with _opened(path) as (file, about):
        history = file.get_tensor("history")  # (rows, 1 + curves)
        names = ("iteration", *map(str, about.get("curves", _CURVES)))
        return Checkpoint(
            path,
            str(about["trainer"]),
            dict(about["protocol"]),
            int(about["seed"]),
            str(about["loss"]),
            dict(zip(names, history.T.tolist(), strict=False)),
        )


def read_extra(path: Path) -> dict[str, Tensor]:
    """The further tensors of a file, by name, once its digest was found right.

    Raises `TrainerError` as `read` does, and where it has none, or was changed.
    """
    with _opened(path) as (file, about):
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if not any(name.startswith(_EXTRA) for name in tensors):
            raise TrainerError(f"{str(path)!r} holds a generator alone, and nothing that detects")
        said = about.pop("sha256", None)
        if said != _digest(about, tensors):
            raise TrainerError(f"{str(path)!r} is damaged, or was changed; train it again")
    return {k.removeprefix(_EXTRA): v for k, v in tensors.items() if k.startswith(_EXTRA)}


def load_weights(path: Path, generator: nn.Module) -> None:
    """Fill a generator, which may be on the meta device, from a file.

    Raises `TrainerError` as `read` does, and where the network is of another shape.
    """
    with _opened(path) as (file, _):
        weights = {
            name.removeprefix(_WEIGHTS): file.get_tensor(name)
            for name in file.keys()  # noqa: SIM118
            if name.startswith(_WEIGHTS)
        }
    fill(path, generator, weights)


def fill(path: Path, network: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Fill a network with weights of this file; raises `TrainerError` where they do not fit."""
    expected = {name: value.shape for name, value in network.state_dict().items()}
    if {name: value.shape for name, value in weights.items()} != expected:
        raise TrainerError(
            f"{str(path)!r} holds a generator of another shape; give the protocol options that it "
            "was trained with"
        )
    network.load_state_dict(weights, assign=True)


def _digest(about: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of all that a file holds: safetensors itself checks sizes alone."""
    import torch

    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for name, value in sorted(tensors.items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {}).get("lossgp", "{}"))
            if not isinstance(about, dict) or about.get("format") != FORMAT:
                raise TrainerError(
                    f"{str(path)!r} is no generator that lossgp has kept; give a file of "
                    "runs/checkpoints"
                )
            yield file, about
    except FileNotFoundError:
        raise TrainerError(f"there is no file {str(path)!r}") from None
    except OSError as error:
        raise TrainerError(f"cannot read {str(path)!r}: {error.strerror or error}") from error
    except (
        SafetensorError,
        KeyError,
        ValueError,
        TypeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        reason = printable(str(error).splitlines()[0])
        raise TrainerError(f"{str(path)!r} is damaged ({reason}); train it again") from error
