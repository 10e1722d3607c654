"""Every GAN that the registry knows, on made-up samples: time and memory of an iteration.

No data are read, and no metrics are measured.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from benchmarks.criteria import CRITERIA
from lossgp.trainers import TrainerError, names, protocol_fields, trainer_type
from lossgp.trainers.gan.files import FolderTrainer
from lossgp.trainers.gan.graphs import recorder
from lossgp.trainers.gan.loop import Stage
from lossgp.trainers.gan.play import Play
from lossgp.trainers.gan.protocol import AdversarialProtocol
from lossgp.trainers.gan.trainer import GanTrainer
from lossgp.trainers.gan.training import WARM_UP, Capture, Training
from lossgp.trainers.mixtures.protocol import MixtureProtocol
from lossgp.trainers.seeding import reproducible, stream

from .scale import Scale
from .timing import fresh, seconds_of

SMALL: dict[str, Any] = {
    "width": 4, "batch": 6, "latent": 8, "samples": 20, "size": 16, "channels": 1, "replicas": 1,
    "metrics": ["fid"], "depth": 2, "perceptual": "random", "pretrain_iterations": 5,
    "train_size": 24, "encoder_iterations": 10,
}  # fmt: skip
"""Options with which most protocols are small enough for a test."""
OF: dict[str, dict[str, Any]] = {
    "cifar10": {"width": 1, "batch": 2},
    "projected-gan": {"size": 32, "view": 64, "d_width": 8, "mixing": 4, "projection": "random"},
    "stylegan2-ada": {"channel_base": 32, "channel_max": 4},
}
"""What the others need besides."""


LONG = 10**6  # iterations: no timing runs them to their end


def rows(scale: Scale) -> Iterator[dict[str, Any]]:
    """Of each protocol, at its defaults: those that should take the least memory first."""
    asked: list[tuple[int, str, dict[str, Any]]] = []
    for name in known():
        for options in _scales(name) if scale.on_card else [small(name)]:
            title = f"{name}, full scale" if "scale" in options else name
            try:
                trainer, *_ = prepared(name, options, "cpu")
                asked.append((trainer.protocol.memory(), title, {"name": name, **options}))
            except Exception as error:  # such as files that are not here
                yield {"protocol": title, "failed": _said(error)}
    for foreseen, title, options in sorted(asked, key=lambda each: each[:2]):
        row = {"protocol": title, "GB foreseen": foreseen / 1e9}
        try:
            yield {**row, **_measured(options, scale)}
        except Exception as error:  # a recipe that fails leaves the others
            yield {**row, "failed": _said(error)}


def _scales(name: str) -> list[dict[str, Any]]:
    """The defaults, and the paper's numbers where they are another scale."""
    fields = protocol_fields(name)
    return [{}, {"scale": "full"}] if "scale" in fields else [{}]


def _measured(options: Mapping[str, Any], scale: Scale) -> dict[str, Any]:
    """Milliseconds an iteration, eager and captured, and the peak of each, in GB."""
    found: dict[str, Any] = {}
    its_own = {key: value for key, value in options.items() if key != "name"}
    brief = replace(scale, seconds=scale.seconds / 2)
    for way in ("eager", "graph"):
        fresh(scale)
        capture = recorder() if way == "graph" and scale.on_card else None
        with reproducible():
            made = training(options["name"], its_own, scale.device, LONG, capture)
            made.run(WARM_UP + 1)
            seconds = seconds_of(lambda made=made: made.run(made.iteration + 1), brief)
        found[f"ms, {way}"] = seconds * 1e3
        if scale.on_card:
            found[f"GB, {way}"] = torch.cuda.max_memory_reserved() / 1e9
        if made.ending is not None:
            found["ended early"] = made.ending.status.value
    return found


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def small(name: str) -> dict[str, Any]:
    """Options with which a protocol is small enough for a test."""
    return SMALL | OF.get(name, {})


def known() -> list[str]:
    """The names of all trainers of GANs."""
    return [name for name in names() if issubclass(trainer_type(name), GanTrainer)]


def protocol(name: str, options: Mapping[str, Any]) -> AdversarialProtocol:
    """The protocol of this name with these options; those that it does not have are left out."""
    kind: Any = trainer_type(name).protocol_type
    its_own = {key: value for key, value in options.items() if key in kind.model_fields}
    made: AdversarialProtocol = kind.model_validate(its_own)
    return made


def training(
    name: str,
    options: Mapping[str, Any],
    device: str,
    iterations: int,
    capture: Capture | None = None,
) -> Training:
    """A training of this protocol, not yet begun."""
    play, stages = written(name, options, device, iterations)
    return Training(play, stages, capture)


def written(
    name: str, options: Mapping[str, Any], device: str, iterations: int
) -> tuple[Play, Sequence[Stage]]:
    """The parts of such a training, and the stages that its recipe writes."""
    trainer, samples, held_out = prepared(name, {"iterations": iterations, **options}, device)
    networks, asked = trainer._networks(0), trainer.protocol
    play = Play(networks, samples, CRITERIA["bce"], 0, iterations, asked.bfloat16)
    play.held_out = held_out
    return play, trainer._stages(play)


def prepared(
    name: str, options: Mapping[str, Any], device: str
) -> tuple[Any, Tensor, Tensor | None]:
    """A trainer of this protocol, what it learns from, and what it holds out.

    These are images that come with lossgp where the protocol takes them by itself, and made-up
    samples otherwise.
    """
    kind: Any = trainer_type(name)
    asked = protocol(name, options)
    if issubclass(kind, FolderTrainer) and kind.default_images is not FolderTrainer.default_images:
        with contextlib.suppress(TrainerError):  # none come in this size
            trainer = kind.create(asked.model_dump(exclude_unset=True), device)
            return trainer, trainer._real_samples(0), trainer._held_out_samples()
    return kind(asked, device), made_up(asked).to(device), None


def made_up(asked: AdversarialProtocol) -> Tensor:
    """Points (n, replicas, 2) for a mixture, else images (n, c, side, side) in [-1, 1]."""
    count, numbers = 2 * asked.batch + 1, stream(0, "made up")
    if isinstance(asked, MixtureProtocol):
        return torch.randn(count, asked.replicas, 2, generator=numbers)
    images: Any = asked
    channels = getattr(images, "image_channels", None) or images.channels
    side = getattr(images, "side", None) or images.size
    shape = (count, channels, side, side)
    return torch.rand(shape, generator=numbers) * 2 - 1
