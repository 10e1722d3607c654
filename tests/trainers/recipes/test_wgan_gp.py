"""Protocol wgan-gp: its defaults, what each option does, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import plain_wgan
from benchmarks.wgan_gp import textbook_networks
from lossgp.trainers import Criterion, trainer
from lossgp.trainers.recipes.wgan_gp import WganGpProtocol, WganGpTrainer
from lossgp.trainers.seeding import reproducible
from tests.trainers import losses
from tests.trainers.recipes.residual import (
    IMAGES,
    TINY,
    WASSERSTEIN,
    made,
    on_pixels,
    played,
    trained,
    weights,
    write_images,
)
from tests.trainers.watching import Watch


@pytest.fixture(autouse=True)
def pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    on_pixels(monkeypatch)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_images(tmp_path_factory.mktemp("data") / "noise.npz")


def test_the_defaults_are_the_papers_but_for_the_scale() -> None:
    """Gulrajani et al. 2017: algorithm 1 and section 5, and the authors' gan_64x64.py."""
    small, full = WganGpProtocol(), WganGpProtocol(scale="full", data="x")
    for protocol in (small, full):
        assert (protocol.latent, protocol.batch, protocol.critic_steps) == (128, 64, 5)
        assert (protocol.penalty, protocol.penalty_weight) == ("gradient", 10)
        assert (protocol.optimizer, protocol.learning_rate) == ("adam", 1e-4)
        assert (protocol.beta1, protocol.beta2, protocol.epsilon) == (0, 0.9, 1e-8)
        assert (protocol.output, protocol.norm, protocol.d_learning_rate) == ("tanh", "layer", None)
        assert not any((protocol.spectral_norm, protocol.ema, protocol.label_flips))
    assert (small.size, small.channels, small.width) == (16, 1, 16)
    assert (full.size, full.channels, full.width, full.iterations) == (64, 3, 64, 200_000)
    assert set(small.metrics) == set(full.metrics)
    with torch.device("meta"):
        networks = full.networks()
    counts = {k: sum(p.numel() for p in n.parameters()) for k, n in networks.items()}
    assert counts == {"G": 8_540_483, "D": 9_454_081}


# With an epsilon of the gradients' size, so that rounding is not amplified.
SMOOTH = {"epsilon": 1e-2, "iterations": 3, "learning_rate": 1e-2, "width": 2}


def gaps(**change: Any) -> list[float]:
    """How far each network, with an option changed, parts from a textbook loop's, on its way."""
    play, training = played(**SMOOTH, **change)
    protocol = WganGpProtocol(**{**TINY, "data": "x", "channels": 1, **SMOOTH})
    theirs = textbook_networks(protocol, 3)
    before = {name: weights(network) for name, network in theirs.items()}
    with reproducible():
        training.run(3)
        plain_wgan.train(theirs["G"], theirs["D"], IMAGES, WASSERSTEIN, protocol, 3, 3)
    found = []
    for name, network in theirs.items():
        plain_wgan.like(play.networks[name], ours := textbook_networks(protocol, 3)[name])
        way = weights(network) - before[name]
        found.append(float((weights(ours) - weights(network)).norm() / way.norm()))
    return found


def test_it_comes_the_way_of_a_textbook_loop() -> None:
    """Of which each layer is as the paper draws it, and each critic's pass by itself.

    Of five seeds the gap was 5e-6 at most.
    """
    assert max(gaps()) < 1e-3


@pytest.mark.parametrize("change", [{"penalty_weight": 9.9}, {"beta2": 0.89}], ids=str)
def test_another_way_is_told_from_it(change: dict[str, Any]) -> None:
    """Of five seeds the gap was 0.03 at least."""
    assert min(gaps(**change)) > 3e-3


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"penalty": "r1", "optimizer": "sgd", "momentum": 0.9, "norm": "none"},
        {"penalty": "r2", "optimizer": "rmsprop", "norm": "layer-per-channel", "output": "none"},
        {"penalty": "none", "spectral_norm": True, "ema": 100.0, "label_flips": 0.2},
        {"augment": "color,translation,cutout", "held_out": 0},
    ],
    ids=str,
)
def test_no_phase_draws_or_waits(options: dict[str, Any]) -> None:
    play, training = played(**options)
    stage, _, _ = training._current()
    for phase in stage.phases:
        phase.run()
        with Watch() as watch:
            phase.run()
        assert watch.seen == []
    with Watch() as watch:
        play.draws["mix"].refill()  # the watch sees what it should
    assert watch.seen


def test_the_critic_moves_so_many_times_an_iteration() -> None:
    for steps in (1, 3):
        play, training = played(critic_steps=steps, iterations=2)
        training.run(2)
        moved = {n: int(p.tensors()["0.step"]) for n, p in play.players.items()}
        assert moved == {"D": 2 * steps, "G": 2}


def test_the_average_follows_the_generator_and_is_what_is_kept(data: Path) -> None:
    _, found = trained(ema=4.0)
    start = weights(played()[0].networks["G"])
    assert WganGpProtocol(ema=4.0).sampler == "G average"
    assert WganGpProtocol().sampler == "G"
    way = (found["G"] - start).norm()
    assert 0 < (found["G average"] - found["G"]).norm() < way
    assert made(data, ema=50.0).train(WASSERSTEIN, 0).metrics["fid"] != pytest.approx(
        made(data).train(WASSERSTEIN, 0).metrics["fid"]
    )


def test_flipped_labels_turn_the_loss_round() -> None:
    """At a rate of a half every label is another one for some numbers: D's loss is mixed."""
    play, training = played(label_flips=0.5, learning_rate=1e-30, iterations=1, penalty="none")
    seen = []

    def noted(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        seen.append(labels.flatten().tolist())
        return scores

    object.__setattr__(play, "criterion", Criterion(noted, WASSERSTEIN.generator))
    training.run(1)
    numbers = play.draws["label flips"].buffer
    asked = seen[-4:-2]  # of the last critic step; the two after it are for the learning curves
    assert asked[0] == (numbers[0].flatten() >= 0.5).float().tolist()
    assert asked[1] == (numbers[1].flatten() < 0.5).float().tolist()


def test_the_learning_curves_tell_what_the_critic_estimates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lossgp.trainers.gan.training.CHECK_EVERY", 2)
    monkeypatch.setattr("lossgp.trainers.recipes.critic.LOOK_EVERY", 2)
    play, training = played(iterations=2, critic_steps=1)
    ending = training.run(2)
    row = dict(zip(("iteration", *ending.curves), ending.history[-1], strict=True))
    assert row["wasserstein"] == pytest.approx(-row["d_real"] - row["d_fake"], abs=1e-5)
    with torch.no_grad():
        on_real, on_made = (
            float(play.networks["D"](images).mean()) for images in (IMAGES[:3], play.made)
        )
    assert row["wasserstein_held_out"] == pytest.approx(on_real - on_made, abs=1e-5)
    assert {"g", "penalty", "d_acc_real", "d_acc_fake"} <= set(ending.curves)
    without = played(iterations=2, held_out=0.0, penalty="none")[1].run(2)
    assert not {"wasserstein_held_out", "penalty"} & set(without.curves)


@pytest.mark.parametrize(
    "criterion", [losses.GANETIC, losses.BCE, losses.HINGE, losses.CONSTANT, losses.NO_GRADIENT]
)
@pytest.mark.parametrize("penalty", ["gradient", "none"])
def test_any_loss_trains_with_and_without_a_penalty(criterion: Criterion, penalty: str) -> None:
    play, _ = trained(criterion, penalty=penalty)
    values = [p for network in play.networks.values() for p in network.parameters()]
    assert all(bool(p.isfinite().all()) for p in values)


@pytest.mark.parametrize("size", [32, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_other_sizes_and_colour(size: int, channels: int) -> None:
    images = IMAGES.repeat_interleave(size // 16, 2).repeat_interleave(size // 16, 3)
    options = {"size": size, "channels": channels, "iterations": 1, "critic_steps": 1}
    play, _ = trained(images=images.expand(-1, channels, -1, -1), **options)
    assert play.made is not None
    assert play.made.shape == (4, channels, size, size)


def test_without_data_it_learns_the_digits() -> None:
    digits = trainer("wgan-gp", {**TINY, "held_out": 0.0, "features": "digits"})
    assert isinstance(digits, WganGpTrainer)
    assert digits.load_images().shape == (1797, 1, 16, 16)
    assert len(digits.protocol.content) == 64
    larger = trainer("wgan-gp", {**TINY, "held_out": 0.0, "features": "digits", "size": 32})
    assert isinstance(larger, WganGpTrainer)
    assert larger.load_images().shape == (1797, 1, 32, 32)


def test_it_says_what_it_is() -> None:
    said = WganGpProtocol(data="x", size=32, channels=3, penalty="r1", optimizer="sgd").describe()
    assert "wgan-gp 32x32 colour, width 16, batch 64" in said
    assert "300 iterations of 5 critic steps, penalty r1 10, sgd 0.0001" in said
    assert "penalty none," in WganGpProtocol(penalty="none").describe()
    assert "adam 0.0001; FID of" in WganGpProtocol().describe()
    other = WganGpProtocol(output="none", ema=500.0, augment="color,cutout", spectral_norm=True)
    words = "output none, spectral norm yes, ema 500, augment color and cutout; FID of"
    assert words in other.describe()


def test_more_memory_is_needed_for_more() -> None:
    small = WganGpProtocol().memory()
    for options in ({"width": 32}, {"size": 32}, {"batch": 128}):
        assert WganGpProtocol(**options).memory() > 1.5 * small
    assert 1e9 < WganGpProtocol(scale="full", data="x").memory() < 30e9


def test_a_paused_training_ends_as_one_that_was_not(data: Path, tmp_path: Path) -> None:
    options = {"iterations": 8, "ema": 20.0, "spectral_norm": True, "augment": "color"}
    straight = made(data, **options).train(WASSERSTEIN, 0, tmp_path / "straight")
    parted, state = made(data, **options), tmp_path / "state"
    for part in (0.25, 0.6):
        assert parted.train_part(WASSERSTEIN, 0, part, state).iterations == round(8 * part)
    whole = parted.train_part(WASSERSTEIN, 0, 1.0, state, tmp_path / "parted")
    assert whole.same_result(straight)
    assert (tmp_path / "parted").read_bytes() == (tmp_path / "straight").read_bytes()


def test_a_kept_generator_makes_images_that_do_not_depend_on_how_many(
    data: Path, tmp_path: Path
) -> None:
    found, path = made(data, output="none", latent=16), tmp_path / "kept.safetensors"
    found.train(WASSERSTEIN, 0, path)
    again = trainer("wgan-gp", found.protocol.model_dump())
    few, many = again.generate(path, 3), again.generate(path, 7)  # type: ignore[attr-defined]
    assert few.shape == (3, 1, 16, 16)
    assert (few == many[:3]).all()
