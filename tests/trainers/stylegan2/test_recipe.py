"""The protocol stylegan2-ada: its options, its steps, its promises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from lossgp.expressions import LossPair, zoo
from lossgp.trainers import Criterion, OptionError, Trainer, trainer
from lossgp.trainers.gan.loop import Phase
from lossgp.trainers.gan.play import Play
from lossgp.trainers.gan.training import Training
from lossgp.trainers.networks import initialise
from lossgp.trainers.recipes.stylegan2_ada import Stylegan2AdaProtocol
from lossgp.trainers.seeding import reproducible, stream
from tests.trainers.stylegan2.watching import Watch

NAME = "stylegan2-ada"
TINY: dict[str, Any] = {
    "size": 8,
    "batch": 4,
    "latent": 4,
    "channel_base": 16,
    "channel_max": 4,
    "iterations": 4,
    "r1_every": 2,
    "path_every": 2,
    "augment_p": 0.5,
    "samples": 8,
    "metrics": ["fid"],
}
PIXELS = torch.randint(0, 256, (12, 1, 8, 8), generator=stream(0, "pixels"), dtype=torch.uint8)


def criterion(name: str = "bce_logits") -> Criterion:
    return Criterion(*LossPair.of(zoo.entry(name).loss).criterion_functions())


def training(ask: Criterion | None = None, seed: int = 3, **options: Any) -> tuple[Play, Training]:
    protocol = Stylegan2AdaProtocol.model_validate({**TINY, **options})
    with torch.device("meta"):
        networks = protocol.networks()
    for name, network in networks.items():
        initialise(network, "cpu", stream(seed, name))
    images = PIXELS.expand(-1, protocol.channels, -1, -1).contiguous()
    made = (networks, images, ask or criterion(), seed, protocol.iterations, protocol.bfloat16)
    play = Play(*made)
    return play, Training(play, protocol.recipe(play))


def weights(play: Play) -> dict[str, Tensor]:
    return {
        f"{name}.{key}": value.detach().clone()
        for name, network in play.networks.items()
        for key, value in network.state_dict().items()
    }


def learned(**options: Any) -> dict[str, Tensor]:
    play, whole = training(**options)
    with reproducible():
        whole.run(whole.iterations)
    return weights(play)


def differ(a: dict[str, Tensor], b: dict[str, Tensor], network: str) -> bool:
    names = [name for name in a if name.startswith(network + ".")]
    return any(not torch.equal(a[name], b[name]) for name in names)


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
    adam = protocol.adam(4)
    assert adam["learning_rate"] == pytest.approx(0.0025 * 4 / 5)
    assert adam["beta1"] == pytest.approx(0.5**0.8)
    assert adam["beta2"] == pytest.approx(0.99**0.8)
    assert protocol.adam(0)["learning_rate"] == 0.0025


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
    made = trainer(NAME, {**TINY, "iterations": 9, "augment_kimg": 0.2})
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
