"""What a training of stylegan2-ada consists of, and what it promises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from lossgp.expressions import LossPair, zoo
from lossgp.trainers import Criterion, Trainer, trainer
from lossgp.trainers.gan.loop import Phase
from lossgp.trainers.gan.play import Play
from lossgp.trainers.recipes.stylegan2_ada import Stylegan2AdaProtocol
from lossgp.trainers.seeding import reproducible
from tests.trainers.stylegan2.trained import (
    NAME,
    TINY,
    criterion,
    training,
    weights,
)
from tests.trainers.stylegan2.watching import Watch

# Steps


def phases(play: Play, **options: Any) -> dict[str, Phase]:
    protocol = Stylegan2AdaProtocol.model_validate({**TINY, **options})
    (stage,) = protocol.recipe(play)
    return {phase.name: phase for phase in stage.phases}


def fresh(ask: Criterion | None = None, **options: Any) -> tuple[Play, dict[str, Phase]]:
    play, _ = training(ask, **options)
    made = (
        {name: play.networks[name] for name in "GD"},
        play.samples,
        play.criterion,
        3,
        4,
        play.bfloat16,
    )
    anew = Play(*made)
    return anew, phases(anew, **options)


def test_the_phases_are_the_papers() -> None:
    _, all_of_them = fresh(r1_every=16, path_every=4)
    every = {name: phase.every for name, phase in all_of_them.items()}
    assert every == {"G": 1, "path length": 4, "D": 1, "R1": 16, "average": 1, "ADA": 4}
    _, few = fresh(r1_every=0, path_weight=0.0, augment="none")
    assert list(few) == ["G", "D", "average"]


@pytest.mark.parametrize("options", [{}, {"precision": "bfloat16"}, {"generator_only": True}])
def test_no_phase_draws_or_waits(options: dict[str, Any]) -> None:
    _, made = fresh(**options)
    for phase in made.values():
        for _ in range(2):  # optimisers make their state, curves their columns
            for draw in phase.draws:
                draw.refill()
            phase.run()
        with Watch() as watch:
            phase.run()
        assert watch.seen == [], phase.name


def test_each_phase_moves_one_network() -> None:
    play, made = fresh()
    moved = {"G": "G", "path length": "G", "D": "D", "R1": "D", "average": "G average", "ADA": ""}
    for name, phase in made.items():
        before = weights(play)
        for draw in phase.draws:
            draw.refill()
        phase.run()
        after = weights(play)
        changed = {key.split(".")[0] for key in after if not torch.equal(before[key], after[key])}
        assert changed == ({moved[name]} if moved[name] else set()), name


def test_the_loss_stands_in_gs_line_alone() -> None:
    """With `generator_only` the criterion is never asked for D."""
    asked: list[str] = []

    def spying(half: str, function: Callable[[Tensor, Tensor], Tensor]) -> Any:
        def loss(scores: Tensor, labels: Tensor) -> Tensor:
            asked.append(half)
            return function(scores, labels)

        return loss

    ganetic = criterion("ganetic")
    spy = Criterion(
        spying("D", ganetic.discriminator), spying("G", ganetic.generator), ganetic.text
    )
    _, whole = training(spy, generator_only=True)
    with reproducible():
        whole.run(4)
    assert set(asked) == {"G"}


def test_d_keeps_the_logistic_loss() -> None:
    """Its curves are those of bce_logits in D and G, where no step moves anything."""

    def curves(**options: Any) -> dict[str, float]:
        _, whole = training(learning_rate=1e-30, iterations=1, **options)
        ending = whole.run(1)
        return dict(zip(ending.curves, ending.history[-1][1:], strict=True))

    original, only = curves(), curves(generator_only=True, ask=criterion("ganetic"))
    for name in ("d_real", "d_fake"):
        assert only[name] == pytest.approx(original[name], rel=1e-5)
    assert only["g"] != pytest.approx(original["g"], rel=1e-2)


def test_no_group_of_ds_holds_real_and_generated_images() -> None:
    """Batches that are no multiple of four go through D one after the other."""
    seen: dict[int, list[int]] = {}
    for batch in (4, 6):
        play, made = fresh(batch=batch, augment="none")
        sizes = seen.setdefault(batch, [])
        play.networks["D"].register_forward_pre_hook(
            lambda _, args, s=sizes: s.append(len(args[0]))
        )
        for draw in made["D"].draws:
            draw.refill()
        made["D"].run()
    assert seen == {4: [8], 6: [6, 6]}


def test_the_mean_style_follows_and_curves_are_told() -> None:
    play, whole = training()
    with reproducible():
        ending = whole.run(4)
    mean = play.networks["G"].mapping.mean
    assert bool((mean != 0).any())
    assert torch.equal(mean, play.networks["G average"].mapping.mean)
    curves = {
        "g",
        "d_real",
        "d_fake",
        "d_acc_real",
        "d_acc_fake",
        "augmentation",
        "path_length",
        "r1",
    }
    assert set(ending.curves) == curves
    assert all(np.isfinite(ending.history[-1]))


# Promises


@pytest.fixture(scope="module")
def tiny() -> Trainer:
    made = trainer(NAME, {**TINY, "iterations": 9, "augment_kimg": 0.2, "train_size": 40})
    made.prepare()
    return made


def test_a_training_repeats_to_the_bit_and_goes_on_where_it_stopped(
    tiny: Trainer, tmp_path: Path
) -> None:
    """The weights, p, the mean path length and all else: in one go, again, and in three parts."""
    pair = LossPair.of(zoo.entry("ganetic").loss)
    ask = Criterion(*pair.criterion_functions(), pair.text())
    kept = [tmp_path / f"{i}.safetensors" for i in range(3)]
    whole, again = tiny.train(ask, 1, kept[0]), tiny.train(ask, 1, kept[1])
    assert whole.metrics == again.metrics
    assert kept[0].read_bytes() == kept[1].read_bytes()
    state = tmp_path / "state"
    for part in (0.3, 0.6):  # at the third and the fifth iteration
        tiny.train_part(ask, 1, part, state)
    parts = tiny.train_part(ask, 1, 1.0, state, kept[2])
    assert parts.metrics == whole.metrics
    assert kept[2].read_bytes() == kept[0].read_bytes()
    other = tiny.train(ask, 2)
    assert other.metrics != whole.metrics


def test_the_state_holds_p_and_the_mean_path_length() -> None:
    play, whole = training(augment_kimg=0.05, iterations=8)
    whole.run(5)
    tensors, numbers = dict(whole.tensors()), whole.numbers()
    tensors = {name: value.clone() for name, value in tensors.items()}
    assert {"buffer augmentation p", "buffer augmentation signs", "buffer path length"} <= set(
        tensors
    )
    anew, restored = training(augment_kimg=0.05, iterations=8)
    restored.restore(tensors, numbers)
    for name in ("augmentation p", "augmentation signs", "path length"):
        assert torch.equal(anew.buffers[name], play.buffers[name]), name
        assert not torch.equal(anew.buffers[name], training()[0].buffers[name]), name


def test_a_kept_generator_is_the_average_and_truncates(tiny: Trainer, tmp_path: Path) -> None:
    path = tmp_path / "kept.safetensors"
    tiny.train(criterion(), 1, path)
    made: Any = tiny
    images = made.generate(path, 3, 5)
    assert images.shape == (3, 1, 8, 8)
    assert np.array_equal(images, made.generate(path, 3, 5))
    narrow: Any = trainer(NAME, {**tiny.protocol.model_dump(mode="json"), "truncation": 0.0})
    still = narrow.generate(path, 3, 5)
    spread = [part.astype(float).std(0).mean() for part in (images, still)]
    assert spread[1] < spread[0]  # what is left is noise


def test_settings_of_the_training_share_the_images(tiny: Trainer) -> None:
    options = tiny.protocol.model_dump(mode="json")
    training = {"r1_gamma": 5.0, "augment": "none", "generator_only": True, "channel_max": 2}
    assert "_images" in tiny.another({**options, **training}).__dict__
    assert "_images" not in tiny.another({**options, "size": 16}).__dict__


def test_memory_grows_with_batch_and_size() -> None:
    full = Stylegan2AdaProtocol(scale="full", data="x").memory()
    assert 5e9 < full < 20e9  # the authors report 5 GB in half precision
    assert Stylegan2AdaProtocol(scale="full", data="x", batch=32).memory() > 1.8 * full
    assert Stylegan2AdaProtocol().memory() < 0.2e9
