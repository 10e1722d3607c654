"""DGAN-WP-TL: its training, against a plain one and in parts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

from lossgp.trainers import Criterion, Outcome, Status, trainer
from lossgp.trainers.data import as_floats
from lossgp.trainers.gan.checkpoint import read
from lossgp.trainers.gan.draws import epochs
from lossgp.trainers.gan.loop import Phase
from lossgp.trainers.gan.play import Play
from lossgp.trainers.recipes.dgan_trainer import DganTrainer
from lossgp.trainers.seeding import reproducible, stream
from tests.trainers import losses
from tests.trainers.watching import Watch

WASSERSTEIN = Criterion(lambda s, y: (1 - 2 * y) * s, lambda s, y: -s)
TINY: dict[str, Any] = {
    **{"size": 8, "depth": 2, "width": 2, "latent": 4, "batch": 4, "samples": 12},
    **{"iterations": 6, "pretrain_iterations": 5, "critic_steps": 2, "train_size": 60},
    **{"perceptual": "random", "features": "classifier", "metrics": ["fid"]},
}


@pytest.fixture(scope="module", autouse=True)
def hasty_classifier() -> Iterator[None]:
    """A feature network of a few steps: what is measured here is not how good it is."""
    from lossgp.trainers.extractors import classifier

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(classifier.RECIPE, "steps", 2)
        yield


@cache
def tiny(**options: Any) -> DganTrainer:
    return cast("DganTrainer", trainer("dgan-wp-tl", {**TINY, **options}))


def played(
    made: DganTrainer, criterion: Criterion = WASSERSTEIN, seed: int = 3
) -> tuple[Play, list[Phase]]:
    """A training's parts, and the phases of its stages one after the other."""
    play = Play(made._networks(seed), made._images, criterion, seed, made.iterations)
    return play, [phase for stage in made._stages(play) for phase in stage.phases]


def weights(made: DganTrainer, until: int, criterion: Criterion = WASSERSTEIN) -> list[Tensor]:
    """All weights of G, then of D, after so many iterations of the training with seed 3."""
    with reproducible():
        networks = made._networks(3)
        made._training(networks, criterion, 3).run(until)
    return [p.detach() for name in "GD" for p in networks[name].parameters()]


def differ(one: list[Tensor], other: list[Tensor]) -> list[bool]:
    return [not torch.equal(a, b) for a, b in zip(one, other, strict=True)]


# Against a plain loop


class Plain:
    """The same training with nothing of ours but the networks and the draws' streams."""

    def __init__(self, made: DganTrainer, seed: int) -> None:
        self.made, self.protocol, self.seed = made, made.protocol, seed
        networks = made._networks(seed)
        self.g, self.d = networks["G"], networks["D"]

    def run(self) -> list[Tensor]:
        with reproducible():
            self.stage("pretrain: ", cast("Tensor", self.made._larger), 5, 0, 0)
            frozen = self.protocol.frozen_generator, self.protocol.frozen_critic
            self.stage("", self.made._images, 6, *frozen)
        return [p.detach() for n in (self.g, self.d) for p in n.parameters()]

    def stage(self, name: str, images: Tensor, iterations: int, fix_g: int, fix_d: int) -> None:
        pixels, batch, steps = as_floats(images), 4, self.protocol.critic_steps
        rows = self.rows(f"{name}data", len(pixels), iterations * steps)
        targets = self.rows(f"{name}perceptual data", len(pixels), iterations)
        numbers = {n: stream(self.seed, f"{name}{n}") for n in ("latents D", "latents G")}
        mixes = stream(self.seed, f"{name}interpolation")
        g_adam, d_adam = self.adam(self.g, fix_g), self.adam(self.d, fix_d)
        for _ in range(iterations):
            for _ in range(steps):
                real = pixels[next(rows)]
                made = self.g(torch.randn(batch, 4, generator=numbers["latents D"])).detach()
                mix = torch.rand(batch, 1, 1, 1, generator=mixes)
                between = (mix * real + (1 - mix) * made).requires_grad_(True)
                (slope,) = torch.autograd.grad(self.d(between).sum(), between, create_graph=True)
                penalty = ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
                loss = self.d(made).mean() - self.d(real).mean() + 10 * penalty
                self.step(d_adam, loss)
            made = self.g(torch.randn(batch, 4, generator=numbers["latents G"]))
            loss = -self.d(made).mean() + 5 * self.apart(made, pixels[next(targets)], images)
            self.step(g_adam, loss)

    def rows(self, name: str, n: int, batches: int) -> Iterator[Tensor]:
        order = epochs(n, 4 * batches, stream(self.seed, name))
        return iter(torch.split(order, 4))

    def adam(self, network: nn.Module, fixed: int) -> torch.optim.Adam:
        blocks = cast("nn.ModuleList", network.blocks)
        still = {id(p) for block in list(blocks)[:fixed] for p in block.parameters()}
        moved = [p for p in network.parameters() if id(p) not in still]
        return torch.optim.Adam(moved, lr=5e-4, betas=(0.0, 0.9), eps=1e-7)

    def step(self, optimiser: torch.optim.Adam, loss: Tensor) -> None:
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        for network in (self.g, self.d):
            network.zero_grad()

    def apart(self, made: Tensor, real: Tensor, images: Tensor) -> Tensor:
        total = torch.zeros(())
        with torch.no_grad():
            targets, all_real = self.made._maps(real), self.made._maps(as_floats(images))
        for level, target, whole in zip(self.made._maps(made), targets, all_real, strict=True):
            spread = 2 * whole.double().var(0).mean()  # fewer than 256 images: all of them
            total = total + ((level - target) ** 2).mean() / spread.float()
        return total / len(targets)


@pytest.mark.parametrize("frozen", [(0, 0), (1, 2)])
def test_the_training_is_that_of_a_plain_loop(frozen: tuple[int, int]) -> None:
    made = tiny(frozen_generator=frozen[0], frozen_critic=frozen[1], pretrain_classes=("0",))
    for one, other in zip(weights(made, 11), Plain(made, 3).run(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=2e-6)


# The options


def test_each_option_of_the_training_moves_it() -> None:
    first = weights(tiny(), 11)
    changes: list[dict[str, Any]] = [
        {"critic_steps": 1},
        {"penalty_weight": 1.0},
        {"penalty_weight": 0.0},
        {"perceptual_weight": 0.5},
        {"perceptual_weight": 0.0},
        {"perceptual_matching": "means"},
        {"perceptual_scale": "none"},
        {"pretrain_classes": ["0", "1"], "classes": ["5", "6", "7", "8", "9"]},
        {"classes": ["5"], "pretrain_classes": ["0", "1", "2", "3", "4"]},
        {"learning_rate": 1e-3},
        {"beta1": 0.5},
        {"beta2": 0.99},
        {"epsilon": 1e-3},
        {"flip": True},
    ]
    for change in changes:
        options = {key: tuple(v) if isinstance(v, list) else v for key, v in change.items()}
        assert any(differ(first, weights(tiny(**options), 11))), change
    assert not any(differ(first, weights(tiny(), 11)))


def test_the_first_stage_is_that_of_the_larger_set_alone() -> None:
    first, other = tiny(), tiny(classes=("5",), pretrain_classes=tuple("01234"))
    assert not any(differ(weights(first, 5), weights(other, 5)))
    assert any(differ(weights(first, 6), weights(other, 6)))
    assert first.iterations == 11


def test_frozen_blocks_stay_as_pre_training_left_them() -> None:
    made = tiny(frozen_generator=2, frozen_critic=1)
    moved = differ(weights(made, 5), weights(made, 11))
    generator = [False] * 4 + [True] * 4  # dense and one convolution; then one, and to the image
    critic = [False] * 2 + [True] * 4  # one of two convolutions; then the score
    # The score's bias shifts real and generated scores alike: Wasserstein's loss does not see it.
    assert moved[:-1] == [*generator, *critic][:-1]
    before = differ(weights(made, 0), weights(made, 5))
    assert all(before[:-1])
    everything = differ(weights(tiny(), 5), weights(tiny(), 11))
    assert all(everything[:-1])


def test_without_transfer_learning_there_is_one_stage() -> None:
    made = tiny(pretrain_iterations=0, classes=("5", "6"))
    assert made.iterations == 6
    play, phases = played(made)
    assert [phase.name for phase in phases] == ["critic", "generator"]
    assert set(play.players) == {"G", "D"}


def test_without_a_weight_nobody_looks_through_the_network() -> None:
    made = tiny(perceptual_weight=0.0)
    made.prepare()
    assert "_maps" not in made.__dict__
    assert "perceptual loss" not in made.extractor_name
    assert tiny().extractor_name.endswith("; perceptual loss on random convolutions (untrained)")
    with reproducible():
        _, phases = played(made)
        assert [draw.name for draw in phases[1].draws] == ["pretrain: latents G"]


# What every recipe promises


def exact(outcome: Outcome) -> tuple[object, ...]:
    figures = {name: value.hex() for name, value in outcome.metrics.items()}
    return outcome.status, outcome.reason, outcome.iterations, figures


@pytest.mark.parametrize("criterion", [WASSERSTEIN, losses.GANETIC])
def test_a_training_repeats_to_the_bit_and_has_its_curves(
    criterion: Criterion, tmp_path: Path
) -> None:
    first = tiny().train(criterion, 0, keep=tmp_path / "a.safetensors")
    torch.manual_seed(5)
    other = cast("DganTrainer", trainer("dgan-wp-tl", TINY))
    assert exact(other.train(criterion, 0, keep=tmp_path / "b.safetensors")) == exact(first)
    assert exact(other.train(criterion, 1)) != exact(first)
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    assert first.status is Status.OK
    assert first.iterations == 11
    curves = {"d_real", "d_fake", "g", "penalty", "perceptual", "d_acc_real", "d_acc_fake"}
    assert curves <= set(read(tmp_path / "a.safetensors").history)


@pytest.mark.parametrize("stops", [(2 / 11,), (5 / 11,), (6 / 11,), (4 / 11, 9 / 11)])
def test_a_training_goes_on_across_the_border_of_its_stages(
    stops: tuple[float, ...], tmp_path: Path
) -> None:
    made, state = tiny(frozen_generator=1), tmp_path / "state.safetensors"
    straight = made.train(losses.BCE, 0, keep=tmp_path / "straight.safetensors")
    for stop in stops:
        part = made.train_part(losses.BCE, 0, stop, state)
        assert part.iterations == round(stop * 11)
    whole = made.train_part(losses.BCE, 0, 1, state, keep=tmp_path / "parts.safetensors")
    assert exact(whole) == exact(straight)
    kept = [(tmp_path / f"{n}.safetensors").read_bytes() for n in ("straight", "parts")]
    assert kept[0] == kept[1]


def test_no_phase_waits_or_draws() -> None:
    for options in ({}, {"perceptual_matching": "means", "flip": True}):
        play, phases = played(tiny(**options), losses.GANETIC)
        assert [phase.name for phase in phases] == [
            "pretrain: critic", "pretrain: generator", "critic", "generator",
        ]  # fmt: skip
        for phase in phases:
            for _ in range(2):  # the first makes the optimiser's state and the tally's columns
                for draw in phase.draws:
                    draw.refill()
                with Watch() as watch:
                    phase.run()
            assert watch.seen == [], phase.name
        assert play.made is not None


def test_a_diverged_training_is_told() -> None:
    ended = tiny().train(losses.NOT_A_NUMBER, 0)
    assert (ended.status, ended.metrics) == (Status.DIVERGED, {})


def test_memory_grows_with_what_needs_it_and_covers_what_is_kept() -> None:
    protocol = tiny().protocol
    more: list[dict[str, Any]] = [
        *({"width": 8}, {"batch": 64}, {"size": 128}, {"latent": 4096}),
        *({"perceptual": "efficientnet"}, {"perceptual": "vgg16"}),
    ]
    for change in more:
        assert protocol.model_copy(update=change).memory() > protocol.memory(), change
    assert protocol.model_copy(update={"perceptual_weight": 0.0}).memory() < protocol.memory()

    made = tiny(size=32, depth=3, width=4, batch=8)
    _, phases = played(made)
    kept: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    for phase in phases[2:]:
        for draw in phase.draws:
            draw.refill()
        kept.clear()
        with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
            phase.run()
        assert sum(kept.values()) < made.protocol.memory() < 100 * sum(kept.values())
