from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from lossgp.trainers import Status, trainer
from lossgp.trainers.data import as_floats
from lossgp.trainers.extractors import present
from lossgp.trainers.gan.augmentation import CHANGES, augmented
from lossgp.trainers.gan.play import Play
from lossgp.trainers.recipes import real_features
from lossgp.trainers.recipes.projected import ProjectedGanProtocol, ProjectedGanTrainer
from lossgp.trainers.seeding import reproducible, stream
from tests.trainers import losses
from tests.trainers.stylegan2.watching import Watch

from .tiny_projected import TINY, digits_once, equal, made, training, weights  # noqa: F401


@pytest.fixture(scope="module")
def base() -> dict[str, Tensor]:
    return weights(made())


@pytest.fixture(scope="module")
def after_two() -> dict[str, Tensor]:
    return weights(made(), 2)


def test_a_training_is_measured_kept_and_sampled_from(tmp_path: Path) -> None:
    found, path = made(), tmp_path / "kept.safetensors"
    outcome = found.train(losses.BCE, 0, path)
    assert outcome.status is Status.OK
    assert outcome.iterations == 3
    assert {"fid", "kid", "d_acc", "spread"} <= outcome.metrics.keys()
    images = found.generate(path, 5)
    assert images.shape == (5, 1, 32, 32)
    assert images.dtype == np.uint8
    assert np.array_equal(images, found.generate(path, 5))
    # What was kept is G's average, in evaluation.
    again = trainer("projected-gan", found.protocol.model_dump())
    assert isinstance(again, ProjectedGanTrainer)
    assert np.array_equal(again.generate(path, 5), images)


def test_a_training_repeats_to_the_bit_and_another_seed_is_another_one(
    base: dict[str, Tensor],
    after_two: dict[str, Tensor],
) -> None:
    torch.manual_seed(1)  # the global generator plays no part
    assert equal(weights(made(), 2), after_two)
    assert not equal(weights(made(), seed=1), base)


@pytest.mark.parametrize("options", [{}, {"one_batch": True, "augment": "none", "flip": False}])
def test_a_training_that_was_put_away_ends_to_the_bit_as_one_that_was_not(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    found = made(**options)
    whole = found.train(losses.BCE, 0, tmp_path / "whole.safetensors")
    for part in (1 / 3, 1.0):
        parted = found.train_part(
            losses.BCE, 0, part, tmp_path / "state", tmp_path / "parted.safetensors"
        )
    assert parted.metrics == whole.metrics
    one, other = (found.generate(tmp_path / f"{n}.safetensors", 4) for n in ("whole", "parted"))
    assert np.array_equal(one, other)


@pytest.mark.parametrize(
    "change",
    [
        {"batch": 4},
        {"latent": 5},
        {"light": False},
        {"width": 2},
        {"d_width": 16},
        {"mixing": 3},
        {"view": 96},
        {"one_batch": True},
        {"half_life": 1.0, "ramp": 0.0},
        {"ramp": 10.0},
        {"learning_rate": 1e-3},
        {"epsilon": 1.0},
        {"precision": "bfloat16"},
        {"augment": "none"},
        {"augment": ["color"]},
        {"augment": "cutout,translation"},
        {"flip": True},
        {"train_size": 13},
        {"size": 64},
    ],
    ids=lambda change: ",".join(f"{key}={value}" for key, value in change.items()),
)
def test_every_option_changes_the_training(change: dict[str, Any], base: dict[str, Tensor]) -> None:
    changed = made(**change)
    assert changed.protocol.hash() != made().protocol.hash()
    assert not equal(weights(changed), base)


@pytest.mark.parametrize("change", [{"beta1": 0.5}, {"beta2": 0.5}], ids=str)
def test_moments_change_the_second_step(
    change: dict[str, Any], after_two: dict[str, Tensor]
) -> None:
    assert not equal(weights(made(**change), 2), after_two)


def test_the_half_life_is_that_of_the_paper() -> None:
    """312.5 batches, that is batch * 10 / 32 thousand images."""
    assert equal(weights(made(ramp=0)), weights(made(ramp=0, half_life=3 * 312.5)))


def test_pretrained_features_are_the_default_and_random_ones_said() -> None:
    assert ProjectedGanProtocol().projection == "efficientnet"
    assert made().protocol.projection == "random"
    assert "random features" in made().protocol.describe()


@pytest.mark.skipif(present.efficientnet_weights() is None, reason="its weights are not installed")
def test_images_of_a_folder_in_colour(tmp_path: Path) -> None:
    from PIL import Image

    numbers = np.random.default_rng(0)
    for name in range(6):
        pixels = numbers.integers(0, 256, (40, 50, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    found = made(data=str(tmp_path), features="efficientnet", train_size=None, batch=3)
    assert found.protocol.channels == 3
    assert "network G.to_image.weight" in weights(found)


def test_the_steps_are_those_of_a_plain_loop() -> None:
    """G on hinge, its average, then D on real and made images; each on draws of its own."""
    # With this epsilon a step is nearly the gradient's own: last bits are not made large.
    found = made(epsilon=1.0, learning_rate=0.1)
    found.prepare()
    adam: dict[str, Any] = {"lr": 0.1, "betas": (0.0, 0.99), "eps": 1.0}
    with reproducible():
        ours = training(found, 5, losses.HINGE)
        ours.run(1)
        networks = found._networks(5)
        g, d = networks["G"], networks["D"]
        mean = deepcopy(g)
        begun = {"G": deepcopy(g).state_dict(), "D": deepcopy(d).state_dict()}
        of_g = torch.optim.Adam(g.parameters(), **adam)
        of_d = torch.optim.Adam(d.parameters(), **adam)
        draws = ("data", "latents", "latents of D", "augmentation", "augmentation of D")
        draws = (*draws, "augmentation of real images")
        streams = {name: stream(5, name) for name in draws}
        images = as_floats(found._images)
        order = torch.randperm(12, generator=streams["data"])
        numbers = {n: torch.rand(3, 7, generator=streams[n]) for n in draws[3:]}
        z = torch.randn(3, 4, generator=streams["latents"])
        scores = d(augmented(g(z), numbers["augmentation"], CHANGES))
        of_g.zero_grad()
        torch.autograd.backward(-scores.mean())
        of_g.step()
        beta = 0.5 ** (3 / (0.05 * 3))
        with torch.no_grad():
            for kept, now in zip(mean.parameters(), g.parameters(), strict=True):
                kept.mul_(beta).add_((1 - beta) * now)
        z = torch.randn(3, 4, generator=streams["latents of D"])
        real = images[order[:3]]
        on_real = d(augmented(real, numbers["augmentation of real images"], CHANGES))
        on_made = d(augmented(g(z).detach(), numbers["augmentation of D"], CHANGES))
        of_d.zero_grad()
        torch.autograd.backward((1 - on_real).relu().mean() + (1 + on_made).relu().mean())
        of_d.step()
    expected, moved = {"G": g, "D": d, "G average": mean}, 0.0
    for name, network in expected.items():
        for key, value in network.named_parameters():
            got = ours.tensors()[f"network {name}.{key}"]
            torch.testing.assert_close(got, value.detach(), rtol=0, atol=1e-3)
            moved += float((value.detach() - begun[name[0]][key]).abs().max() > 1e-2)
    assert moved > 10


@pytest.mark.parametrize(
    "options",
    [{}, {"precision": "bfloat16"}, {"one_batch": True}, {"augment": "none"}],
    ids=["apart", "bfloat16", "one batch", "kept"],
)
def test_no_phase_draws_or_waits(options: dict[str, Any]) -> None:
    found = made(**options)
    found.prepare()
    with reproducible():
        played = Play(
            found._networks(0), found._real_samples(0), losses.BCE, 0, 9, found.protocol.bfloat16
        )
        (stage,) = found.protocol.recipe(played)
        for phase in stage.phases:  # the optimisers make their state
            for draw in phase.draws:
                draw.refill()
            phase.run()
        for phase in stage.phases:
            with Watch() as watch:
                phase.run()
            assert watch.seen == []


def test_maps_of_real_images_are_kept_only_where_nothing_changes_them() -> None:
    def kept(**options: Any) -> bool:
        found = made(**options)
        found.prepare()
        play = Play(found._networks(0), found._real_samples(0), losses.BCE, 0, 9)
        found.protocol.recipe(play)
        return play.draws["data"].buffer.ndim == 2

    assert kept(augment="none")
    assert not kept(augment="color")
    assert not kept(augment="none", flip=True)


def test_kept_maps_are_those_of_the_images_that_would_have_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def first(limit: int) -> Tensor:
        monkeypatch.setattr(real_features, "LARGEST", limit)
        found = made(augment="none")
        found.prepare()
        with reproducible():
            play = Play(found._networks(0), found._real_samples(0), losses.BCE, 0, 9)
            maps = play.networks["D"].projection.maps
            real = real_features.RealMaps(play, 3, maps, True, None)
            real.draw.refill()
            assert real.kept == (limit > 0)
            with torch.no_grad():
                return torch.cat([m.flatten(1) for m in real(lambda images: images)], 1)

    before = real_features.LARGEST
    torch.testing.assert_close(first(before), first(0), rtol=1e-4, atol=1e-4)
