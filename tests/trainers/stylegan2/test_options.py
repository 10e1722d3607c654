"""The options of stylegan2-ada: each does something, and bad ones are refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from lossgp.trainers import OptionError, trainer
from lossgp.trainers.recipes.stylegan2_ada import Stylegan2AdaProtocol
from tests.trainers.stylegan2.trained import (
    NAME,
    TINY,
    criterion,
    differ,
    learned,
    training,
)


@pytest.fixture(scope="module")
def usual() -> dict[str, Tensor]:
    return learned()


# Options


@pytest.mark.parametrize(
    ("option", "value", "network"),
    [
        ("flip", True, "D"),
        ("style_mixing", 0.0, "G"),
        ("learning_rate", 0.001, "G"),
        ("beta1", 0.5, "G"),
        ("beta2", 0.9, "D"),
        ("epsilon", 1e-2, "G"),
        ("precision", "bfloat16", "D"),
        ("r1_gamma", 5.0, "D"),
        ("r1_gamma", 0.0, "D"),
        ("r1_gamma", None, "D"),
        ("r1_every", 4, "D"),
        ("r1_every", 0, "D"),
        ("path_weight", 0.0, "G"),
        ("path_weight", 20.0, "G"),
        ("path_every", 4, "G"),
        ("path_every", 0, "G"),
        ("half_life", 0.1, "G average"),
        ("ramp", 0.2, "G average"),
        ("ramp", 0.0, "G average"),
        ("augment", "fixed", "D"),
        ("augment", "none", "D"),
        ("augment_pipe", "b", "D"),
        ("augment_pipe", "bg", "D"),
        ("augment_p", 0.9, "D"),
        ("generator_only", True, "D"),
    ],
)
def test_every_option_changes_the_training(
    usual: dict[str, Tensor], option: str, value: object, network: str
) -> None:
    changes: dict[str, Any] = {option: value}
    base = usual
    if option == "augment" and value == "fixed":  # p moves after the fourth iteration
        fast = {"iterations": 5, "augment_kimg": 0.05}
        base, changes = learned(**fast), {**changes, **fast}
    if option == "generator_only":
        base, changes = learned(ask=criterion("ganetic")), {**changes, "ask": criterion("ganetic")}
    assert differ(learned(**changes), base, network)


@pytest.mark.parametrize(("option", "value"), [("augment_target", -1.0), ("augment_kimg", 0.05)])
def test_p_follows_its_options(option: str, value: float) -> None:
    """From 0.5, after four iterations, by 16 images."""

    def p(**options: Any) -> float:
        play, whole = training(augment_kimg=options.pop("augment_kimg", 1.0), **options)
        whole.run(4)
        return float(play.buffers["augmentation p"])

    usual = p()
    assert abs(usual - 0.5) == pytest.approx(0.016)
    found = p(**{option: value})
    if option == "augment_target":  # the mean sign is at least -1
        assert found >= 0.5
        assert p(augment_target=1.0) <= 0.5
    else:
        assert abs(found - 0.5) == pytest.approx(0.32)


@pytest.mark.parametrize(
    ("options", "of"),
    [
        ({"channels": 3, "data": "x"}, "channels"),
        ({"size": 16}, "size"),
        ({"latent": 5}, "latent"),
        ({"channel_base": 24}, "base"),
        ({"channel_max": 3}, "most"),
        ({"mapping_layers": 3}, "layers"),
    ],
)
def test_the_networks_follow_their_options(options: dict[str, Any], of: str) -> None:
    def shapes(**options: Any) -> list[torch.Size]:
        with torch.device("meta"):
            made = Stylegan2AdaProtocol.model_validate({**TINY, **options}).networks()
        return [p.shape for network in made.values() for p in network.parameters()]

    assert shapes(**options) != shapes(), of


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 24}, "24; use a power of two: 8, 16, 32, 64, 128, 256 or 512"),
        ({"size": 4}, "greater than or equal to 8"),
        ({"size": 1024}, "less than or equal to 512"),
        ({"batch": 1}, "greater than or equal to 2"),
        ({"channel_base": 16, "size": 32}, "channel_base 16 gives maps of 32 x 32 no channel"),
        ({"latent": 0}, "latent"),
        ({"channel_max": 0}, "channel_max"),
        ({"mapping_layers": 0}, "mapping_layers"),
        ({"style_mixing": 1.5}, "style_mixing"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"beta1": 1.0}, "beta1"),
        ({"beta2": -0.1}, "beta2"),
        ({"epsilon": 0}, "epsilon"),
        ({"precision": "float16"}, "precision"),
        ({"r1_gamma": -1}, "r1_gamma"),
        ({"r1_every": -1}, "r1_every"),
        ({"path_weight": -1}, "path_weight"),
        ({"path_every": -1}, "path_every"),
        ({"half_life": -1}, "half_life"),
        ({"ramp": -1}, "ramp"),
        ({"truncation": 2}, "truncation"),
        ({"augment": "diff"}, "augment"),
        ({"augment_pipe": "gc"}, "augment_pipe"),
        ({"augment_p": 1.5}, "augment_p"),
        ({"augment_target": 2}, "augment_target"),
        ({"augment_kimg": 0}, "augment_kimg"),
        ({"generator_only": "sometimes"}, "generator_only"),
        ({"iterations": 0}, "iterations"),
        ({"scale": "huge"}, "scale"),
        ({"generator": True}, "has no option 'generator'"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        trainer(NAME, options)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_full_scale_is_that_of_the_authors() -> None:
    full = Stylegan2AdaProtocol(scale="full", data="x")
    with torch.device("meta"):
        counts = [sum(p.numel() for p in n.parameters()) for n in full.networks().values()]
    assert counts == [24_767_458 - 6 * 262_656, 24_001_089]  # a mapping network of two layers
    assert (full.size, full.batch, full.channels) == (256, 16, 3)
    assert full.iterations * full.batch == 25_000_000
    assert full.gamma == pytest.approx(0.8192)
    assert Stylegan2AdaProtocol(scale="full", data="x", size=512).base == 32768
    assert "the loss in D and G, 1562500 iterations of batch 16" in full.describe()
    only = Stylegan2AdaProtocol(generator_only=True, augment="none")
    assert "no ADA, the loss in G's line alone" in only.describe()
    assert only.hash() != Stylegan2AdaProtocol(augment="none").hash()


@pytest.mark.parametrize("size", [8, 32])
def test_what_is_measured_has_noise_of_its_own(size: int) -> None:
    protocol = Stylegan2AdaProtocol(size=size)
    with torch.device("meta"):
        noise = protocol.networks()["G"].noise_size
    assert protocol.latent_size == protocol.latent + noise


def test_adam_is_scaled_to_the_lazy_steps() -> None:
    protocol = Stylegan2AdaProtocol(beta1=0.5)
    adam = protocol.lazy_adam(4)
    assert adam["learning_rate"] == pytest.approx(0.0025 * 4 / 5)
    assert adam["beta1"] == pytest.approx(0.5**0.8)
    assert adam["beta2"] == pytest.approx(0.99**0.8)
    assert protocol.lazy_adam(0)["learning_rate"] == 0.0025
