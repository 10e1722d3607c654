"""Options of projected GANs: bad ones, what a scale fills in, sizes and memory."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from lossgp.trainers import OptionError, TrainerError
from lossgp.trainers.extractors import present
from lossgp.trainers.networks.fastgan import FastGanGenerator
from lossgp.trainers.recipes.projected import ProjectedGanProtocol

from .tiny_projected import digits_once, made  # noqa: F401


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": 48}, "power of two"),
        ({"size": 1024}, "512"),
        ({"size": 16}, "32"),
        ({"view": 100}, "multiple of 32"),
        ({"view": 32}, "64"),
        ({"batch": 1}, "2"),
        ({"latent": 0}, "1"),
        ({"width": 0}, "1"),
        ({"d_width": 4}, "8"),
        ({"mixing": 0}, "1"),
        ({"augment": "colour"}, "augment"),
        ({"augment": "color,color"}, "once"),
        ({"projection": "vgg"}, "efficientnet"),
        ({"half_life": -1}, "0"),
        ({"ramp": -0.1}, "0"),
        ({"scale": "huge"}, "laptop"),
        ({"channels": 3}, "grey"),
        ({"iterations": 0}, "1"),
        ({"one_batch": "perhaps"}, "one_batch"),
        ({"light": "perhaps"}, "light"),
        ({"precision": "float16"}, "bfloat16"),
        ({"learning_rate": 0}, "0"),
        ({"data": "/nowhere", "features": "digits"}, "digits"),
        ({"train_size": 2}, "4"),
        ({"batch": 100}, "smaller batch"),
    ],
    ids=str,
)
def test_a_bad_option_is_refused_in_one_line(options: dict[str, Any], words: str) -> None:
    with pytest.raises((OptionError, TrainerError)) as refused:
        made(**options)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_missing_weights_are_explained_before_a_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(present, "efficientnet_weights", lambda: None)
    found = made(projection="efficientnet")
    with pytest.raises(TrainerError, match=r"lossgp\[features\].*projection=random"):
        found.prepare()
    made().prepare()


def test_the_scale_fills_in_what_is_not_given() -> None:
    laptop, full = ProjectedGanProtocol(), ProjectedGanProtocol(scale="full")
    assert laptop.size == 32
    assert full.size == 256
    assert ProjectedGanProtocol(scale="full", size=64).size == 64
    # It is no part of what a training means.
    whole = {**full.model_dump(), "scale": "laptop"}
    assert ProjectedGanProtocol(**whole).hash() == full.hash()


def test_at_full_scale_the_networks_are_the_papers() -> None:
    protocol = ProjectedGanProtocol(scale="full", data="FOLDER")
    with torch.device("meta"):
        networks = protocol.networks()
    counts = {n: sum(p.numel() for p in net.parameters()) for n, net in networks.items()}
    assert round(counts["G"] / 1e6, 1) == 105.7
    assert round(counts["D"] / 1e6, 2) == 10.33
    assert protocol.iterations * protocol.batch == 10_000_000


@pytest.mark.parametrize("light", [True, False])
@pytest.mark.parametrize("size", [32, 64, 512])
def test_a_latent_holds_the_noise_too(size: int, light: bool) -> None:
    protocol = ProjectedGanProtocol(size=size, light=light)
    with torch.device("meta"):
        generator = protocol.networks()["G"]
    assert isinstance(generator, FastGanGenerator)
    assert protocol.latent_size == generator.inputs


def test_memory_grows_with_what_needs_it() -> None:
    laptop = ProjectedGanProtocol()
    assert laptop.memory() < 0.5e9
    for change in ({"batch": 64}, {"view": 224}, {"width": 64}):
        assert ProjectedGanProtocol(**change).memory() > 1.3 * laptop.memory()
