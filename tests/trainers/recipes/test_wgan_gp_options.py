"""Options of protocol wgan-gp: each does something, and bad ones are refused in words."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from lossgp.trainers import OptionError, trainer
from lossgp.trainers.recipes.wgan_gp import WganGpProtocol
from tests.trainers.recipes.residual import TINY, played, trained, weights

OPTIONS: list[dict[str, Any]] = [
    {"batch": 5},
    {"latent": 4},
    {"width": 2},
    {"critic_steps": 1},
    {"penalty": "r1"},
    {"penalty": "r2"},
    {"penalty": "none"},
    {"penalty_weight": 1.0},
    {"optimizer": "sgd"},
    {"optimizer": "rmsprop"},
    {"learning_rate": 2e-4},
    {"d_learning_rate": 3e-4},
    {"beta1": 0.5},
    {"beta2": 0.99},
    {"epsilon": 1e-3},
    {"output": "none"},
    {"norm": "layer-per-channel"},
    {"norm": "none"},
    {"spectral_norm": True},
    {"label_flips": 0.5},
    {"augment": "color"},
    {"augment": "translation"},
    {"augment": "cutout"},
    {"flip": True},
]


@pytest.fixture(scope="module")
def usual() -> dict[str, torch.Tensor]:
    return trained()[1]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_every_option_changes_the_training(
    usual: dict[str, torch.Tensor], options: dict[str, Any]
) -> None:
    found = trained(**options)[1]
    for name in ("G", "D"):
        assert not torch.equal(found[name], usual[name])


def test_the_same_options_come_to_the_same_weights(usual: dict[str, torch.Tensor]) -> None:
    again = trained()[1]
    assert all(torch.equal(again[name], usual[name]) for name in usual)
    other = trained(seed=4)[1]
    assert not any(torch.equal(other[name], usual[name]) for name in usual)


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop"])
def test_momentum_is_that_of_sgd_and_rmsprop(optimizer: str) -> None:
    without, with_it = (trained(optimizer=optimizer, momentum=m)[1]["D"] for m in (0.0, 0.9))
    assert not torch.equal(without, with_it)


def test_a_learning_rate_of_the_critic_leaves_the_first_generator_step_alone() -> None:
    """SGD: with one iteration and a critic that hardly moves, G moves by its own rate."""
    still = {"optimizer": "sgd", "iterations": 1, "d_learning_rate": 1e-30}
    start = weights(played(**still)[0].networks["G"])
    steps = [trained(**still, learning_rate=r)[1]["G"] - start for r in (1e-2, 2e-2)]
    torch.testing.assert_close(2 * steps[0], steps[1], rtol=1e-2, atol=1e-5)
    fixed = weights(played(**still)[0].networks["D"])
    unmoved = trained(**still, learning_rate=1e-2)[1]["D"]
    torch.testing.assert_close(unmoved, fixed, rtol=0, atol=1e-20)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"size": 48}, "size of protocol 'wgan-gp'.*48 is no power of two; give 16, 32, 64, 128 or"),
    ({"size": 8}, "size of protocol 'wgan-gp' is 8"),
    ({"size": 512}, "size of protocol 'wgan-gp' is 512"),
    ({"channels": 2}, "channels of protocol 'wgan-gp' is 2"),
    ({"width": 0}, "width of protocol 'wgan-gp' is 0"),
    ({"latent": 0}, "latent of protocol 'wgan-gp' is 0"),
    ({"batch": 1}, "batch of protocol 'wgan-gp' is 1"),
    ({"iterations": 0}, "iterations of protocol 'wgan-gp' is 0"),
    ({"critic_steps": 0}, "critic_steps of protocol 'wgan-gp' is 0"),
    ({"penalty": "r3"}, "penalty of protocol 'wgan-gp' is 'r3'"),
    ({"penalty_weight": -1}, "penalty_weight of protocol 'wgan-gp' is -1"),
    ({"optimizer": "adamw"}, "optimizer of protocol 'wgan-gp' is 'adamw'"),
    ({"learning_rate": 0}, "learning_rate of protocol 'wgan-gp' is 0"),
    ({"d_learning_rate": 0}, "d_learning_rate of protocol 'wgan-gp' is 0"),
    ({"momentum": 1}, "momentum of protocol 'wgan-gp' is 1"),
    ({"beta1": 1}, "beta1 of protocol 'wgan-gp' is 1"),
    ({"beta2": -0.1}, "beta2 of protocol 'wgan-gp' is -0.1"),
    ({"epsilon": 0}, "epsilon of protocol 'wgan-gp' is 0"),
    ({"output": "sigmoid"}, "output of protocol 'wgan-gp' is 'sigmoid'"),
    ({"norm": "batch"}, "norm of protocol 'wgan-gp' is 'batch'"),
    ({"spectral_norm": "often"}, "spectral_norm of protocol 'wgan-gp' is 'often'"),
    ({"ema": -1}, "ema of protocol 'wgan-gp' is -1"),
    ({"label_flips": 0.6}, "label_flips of protocol 'wgan-gp' is 0.6"),
    ({"augment": "color,blur"}, "augment.*of protocol 'wgan-gp' is 'blur'"),
    ({"held_out": 0.6}, "held_out of protocol 'wgan-gp' is 0.6"),
    ({"metrics": ["kid"]}, "'fid' must be among them"),
    ({"penalty_wieght": 1}, "no option 'penalty_wieght' \\(did you mean 'penalty_weight'"),
]


@pytest.mark.parametrize(("options", "words"), BAD, ids=lambda value: str(value)[:30])
def test_a_bad_option_is_refused_in_words(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        trainer("wgan-gp", {**TINY, **options})


def test_the_limits_themselves_pass() -> None:
    edges = {"penalty_weight": 0, "momentum": 0, "ema": 0, "label_flips": 0.5, "held_out": 0.5}
    for size in (16, 32, 64, 128, 256):
        WganGpProtocol(size=size, **edges)
