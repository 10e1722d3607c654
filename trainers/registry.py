"""Trainers by name, and devices by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from lossgp.common.echo import quoted
from lossgp.common.suggesting import did_you_mean

from .errors import DeviceError, OptionError, TrainerError, UnknownTrainerError
from .mistakes import key_of, sentence
from .portfolio import PortfolioTrainer, portfolio_type
from .trainer import Trainer
from .varied import VARIED, VariedTrainer

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Settings = Sequence[Mapping[str, Any]]
"""Options of a protocol, several times."""

GROUP = "lossgp.trainers"
DEFAULT_PROTOCOL = "digits-mlp"
"""What losses are trained on where nobody says: real images, a second or two a training."""
_BUILT_IN = {
    "digits": "lossgp.trainers.recipes.digits:DigitsTrainer",
    "digits-mlp": "lossgp.trainers.recipes.digits_mlp:DigitsMlpTrainer",
    "digits-classify": "lossgp.trainers.classification.trainer:DigitsClassificationTrainer",
    "breast-cancer": "lossgp.trainers.classification.trainer:BreastCancerTrainer",
    "mnist-classify": "lossgp.trainers.classification.trainer:MnistClassificationTrainer",
    "mnist": "lossgp.trainers.recipes.images:MnistTrainer",
    "mnist-14": "lossgp.trainers.recipes.mnist_14:Mnist14Trainer",
    "fashion-mnist": "lossgp.trainers.recipes.images:FashionMnistTrainer",
    "cifar10": "lossgp.trainers.recipes.images:Cifar10Trainer",
    "ring": "lossgp.trainers.mixtures.trainer:RingTrainer",
    "grid": "lossgp.trainers.mixtures.trainer:GridTrainer",
    "dgan-wp-tl": "lossgp.trainers.recipes.dgan_trainer:DganTrainer",
    "images": "lossgp.trainers.recipes.images:ImagesTrainer",
    "stylegan2-ada": "lossgp.trainers.recipes.stylegan2_ada:Stylegan2AdaTrainer",
    "wgan-gp": "lossgp.trainers.recipes.wgan_gp:WganGpTrainer",
    "projected-gan": "lossgp.trainers.recipes.projected:ProjectedGanTrainer",
    "f-anogan": "lossgp.trainers.recipes.fanogan:FAnoGanTrainer",
}


def names() -> list[str]:
    """The trainers that can be asked for: built-in ones, and entry points of `lossgp.trainers`."""
    return sorted(_entries())


def trainer(name: str, options: Mapping[str, object] | None = None, device: str = "cpu") -> Trainer:
    """The trainer of this name, with these protocol options, on this device.

    Raises `UnknownTrainerError` (a `LookupError`), `DeviceError` or `OptionError` (`ValueError`s).
    """
    if name == VARIED and options and "settings" in options:  # of a worker of a sweep
        return varied(str(options["protocol"]), cast("Settings", options["settings"]), device)
    kind, device = trainer_type(name), resolve_device(device)
    if issubclass(kind, PortfolioTrainer):
        return _portfolio(name, kind, options or {}, device)
    with mistakes_told(name):
        return kind.create(options, device)


def varied(name: str, settings: Settings, device: str = "cpu") -> VariedTrainer:
    """The trainers of one protocol under several settings, each the options in full.

    Raises as `trainer` does where the first is wrong (for the others see `mistakes_told`), and
    `TrainerError` for a portfolio.
    """
    if issubclass(trainer_type(name), PortfolioTrainer):
        raise TrainerError(f"{quoted(name)} are several protocols; vary the options of one alone")
    return VariedTrainer(trainer(name, settings[0], device), settings)


def trainer_type(name: str) -> type[Trainer]:
    """The class of the trainer of this name; raises `UnknownTrainerError`, or `TrainerError`.

    Several names, with commas between them, are a portfolio.
    """
    if "," in name:
        return _portfolio_type(name)
    entry = _entries().get(name)
    if entry is None:
        hint = did_you_mean(name, names())
        raise UnknownTrainerError(
            f"unknown protocol {quoted(name)}{hint}; protocols are {', '.join(names())}"
        )
    return _load(entry)


def protocol_fields(name: str) -> list[str]:
    """The options of the protocol of this name; raises as `trainer_type` does."""
    kind = trainer_type(name)
    if issubclass(kind, PortfolioTrainer):
        own = [field for field in kind.protocol_type.model_fields if field not in ("name", "parts")]
        return [*own, *(f"{p}.{f}" for p in kind.kinds for f in protocol_fields(p))]
    return [field for field in kind.protocol_type.model_fields if field != "name"]


def resolve_device(device: str) -> str:
    """`auto`, `cpu`, `cuda` or `cuda:N` as a device that is there: `cpu` or `cuda:N`.

    `auto` is the first CUDA device where there is one, else the CPU. Raises `DeviceError`.
    """
    if device == "cpu":  # the common answer needs no torch
        return "cpu"
    asked = re.fullmatch(r"auto|cuda(?::(\d+))?", device)
    if asked is None:
        raise DeviceError(f"unknown device {device!r}; use auto, cpu, cuda or cuda:N (e.g. cuda:0)")
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "auto":
        return "cuda:0" if count else "cpu"
    index = int(asked[1] or 0)
    if index >= count:
        found = f"only {count} CUDA device(s)" if count else "no CUDA device"
        raise DeviceError(f"device {device!r} is not there: torch finds {found}; use auto or cpu")
    return f"cuda:{index}"


@cache
def _portfolio_type(name: str) -> type[PortfolioTrainer]:
    parts = [part.strip() for part in name.split(",")]
    if len(set(parts)) < len(parts):
        raise UnknownTrainerError(f"protocol {quoted(name)} names one twice; name each once")
    return portfolio_type({part: trainer_type(part) for part in parts})


def _portfolio(
    name: str, kind: type[PortfolioTrainer], options: Mapping[str, object], device: str
) -> Trainer:
    with mistakes_told(name):
        asked = kind.protocol_type.model_validate(dict(options))
    parts = {part: trainer(part, asked.parts.get(part), device) for part in kind.kinds}
    return kind(asked, device, parts)


@cache
def _entries() -> dict[str, EntryPoint]:
    found = {name: EntryPoint(name, value, GROUP) for name, value in _BUILT_IN.items()}
    for entry in entry_points(group=GROUP):
        known = found.setdefault(entry.name, entry)
        if known.value != entry.value:
            raise TrainerError(
                f"two trainers are called {entry.name!r}: {known.value} and {entry.value}; "
                "uninstall one of the packages or rename its entry point"
            )
    return found


@contextmanager
def mistakes_told(name: str) -> Iterator[None]:
    """Turn what pydantic says of this protocol's options into an `OptionError`, in words."""
    try:
        yield
    except ValidationError as error:
        lines = [_mistake(name, found) for found in error.errors()]
        raise OptionError("\n  ".join(lines)) from None


def _mistake(name: str, error: ErrorDetails) -> str:
    option = key_of(error)
    if error["type"] == "extra_forbidden":
        known = protocol_fields(name)
        hint = did_you_mean(option, known)
        return f"protocol {name!r} has no option {option!r}{hint}; it has {', '.join(known)}"
    whole = f"protocol {name!r}"
    return sentence(f"option {option} of {whole}" if option else whole, error)


def _load(entry: EntryPoint) -> type[Trainer]:
    try:
        found = entry.load()
    except (ImportError, AttributeError) as error:
        reason = str(error).splitlines()[0]
        raise TrainerError(f"trainer {entry.name!r} ({entry.value}): {reason}") from error
    if not (isinstance(found, type) and issubclass(found, Trainer)):
        raise TrainerError(f"trainer {entry.name!r}: {entry.value} is not a subclass of Trainer")
    return found
