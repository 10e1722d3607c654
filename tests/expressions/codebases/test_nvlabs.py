"""Files for StyleGAN2-ADA, StyleGAN3 and projected GAN: a class that `class_name` chooses."""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

import pytest
import torch

from lossgp.expressions import zoo
from lossgp.expressions.export import source

from .files import LOSSES, agree, file_of, wanted_of_d, wanted_of_g
from .nvlabs import (
    BASES,
    LATENTS,
    REAL,
    REGULARISER,
    Line,
    Stats,
    arguments,
    code_base,
    phase,
)

TARGETS = list(BASES)
REGULARISED = ["stylegan2-ada", "stylegan3"]
NAMES = dict.fromkeys(REGULARISED, "DiscoveredStyleGAN2Loss")
NAMES["projected-gan"] = "DiscoveredProjectedGANLoss"


def made(loss, target, monkeypatch, *, generator_only=False, **options) -> tuple[Any, Stats]:
    """Return the object that the training loop makes, and its statistics."""
    stats, modules = code_base(target)
    scope = file_of(loss, target, monkeypatch, *modules, generator_only=generator_only)
    return scope[NAMES[target]](**arguments(target, **options)), stats


def plain(target, **options) -> Any:
    return BASES[target](**arguments(target, **options))


def gradient(function: Any, weight: torch.Tensor) -> list[torch.Tensor]:
    weight = weight.detach().clone().requires_grad_()
    return list(torch.autograd.grad(function(weight), weight))


@pytest.mark.parametrize("gain", [1.0, 4.0])
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", LOSSES)
def test_the_main_phases_have_the_gradients_and_values_of_the_loss(name, target, gain, monkeypatch):
    loss, stats = made(LOSSES[name], target, monkeypatch)
    g, d = loss.g.weight.detach(), loss.d.weight.detach()
    wanted = gradient(lambda w: gain * wanted_of_g(LOSSES[name], LATENTS * w * d), g)
    agree(phase(loss, target, "Gmain", gain=gain), wanted)
    wanted = gradient(lambda w: gain * wanted_of_d(LOSSES[name], REAL * w, LATENTS * g * w), d)
    agree(phase(loss, target, "Dmain", gain=gain), wanted)
    value = wanted_of_g(LOSSES[name], LATENTS * g * d)
    agree([stats.reported["Loss/G/loss"][-1]], [value])
    value = wanted_of_d(LOSSES[name], REAL * d, LATENTS * g * d)
    agree([stats.reported["Loss/D/loss"][-1]], [value])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["ganetic", "hinge"])
def test_the_statistic_of_adaptive_augmentation_is_of_raw_scores(name, target, monkeypatch):
    loss, stats = made(LOSSES[name], target, monkeypatch)
    phase(loss, target, "Dmain")
    scores = {"real": REAL * loss.d.weight, "fake": LATENTS * loss.g.weight * loss.d.weight}
    for which, wanted in scores.items():
        (raw,), (signs,) = (stats.reported[f"Loss/{x}/{which}"] for x in ("scores", "signs"))
        assert not raw.requires_grad
        agree([raw], [wanted.detach().flatten()])
        assert torch.equal(signs, wanted.detach().flatten().sign())
        assert {-1.0, 1.0} <= set(signs.tolist())
    assert "Loss/signs/real" not in made_after(loss, target, stats, "Gmain")


def made_after(loss, target, stats, name) -> dict[str, Any]:
    stats.reported.clear()
    phase(loss, target, name)
    return stats.reported


@pytest.mark.parametrize("target", REGULARISED)
@pytest.mark.parametrize("player", ["G", "D"])
def test_regularisers_stay_the_code_bases(player, target, monkeypatch):
    options = {"pl_weight": 2.0, "r1_gamma": 10.0}
    loss, _ = made(zoo.ganetic, target, monkeypatch, **options)
    weight = (loss.g if player == "G" else loss.d).weight.detach()
    (regular,) = phase(loss, target, f"{player}reg", gain=16.0)
    agree([regular], [2 * weight * REGULARISER * 16])
    (main,) = phase(loss, target, f"{player}main", gain=16.0)
    (both,) = phase(loss, target, f"{player}both", gain=16.0)
    agree([both], [main + regular])
    assert main.abs().sum() > 0
    assert [c for c in loss.calls if c[0] == "base"] == 2 * [("base", f"{player}reg")]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["ganetic", "mixed"])
def test_generator_only_leaves_d_its_loss(name, target, monkeypatch):
    whole, _ = made(LOSSES[name], target, monkeypatch)
    alone, _ = made(LOSSES[name], target, monkeypatch, generator_only=True)
    chosen, _ = made(LOSSES[name], target, monkeypatch)
    chosen.generator_only = True
    back = made(LOSSES[name], target, monkeypatch, generator_only=True)[0]
    back.generator_only = False
    for step in ("Dmain", "Dboth", "Dreg"):
        kept = phase(plain(target), target, step)
        agree(phase(alone, target, step), kept)
        agree(phase(chosen, target, step), kept)
        agree(phase(back, target, step), phase(whole, target, step))
    assert not torch.equal(*phase(whole, target, "Dmain"), *phase(alone, target, "Dmain"))
    for step in ("Gmain", "Gboth"):
        agree(phase(alone, target, step), phase(whole, target, step))
    assert not torch.equal(*phase(alone, target, "Gmain"), *phase(plain(target), target, "Gmain"))


@pytest.mark.parametrize("target", TARGETS)
def test_generator_only_is_an_option_of_the_class(target, monkeypatch):
    _, modules = code_base(target)
    scope = file_of(zoo.ganetic, target, monkeypatch, *modules)
    loss = scope[NAMES[target]](**arguments(target), generator_only=True)
    agree(phase(loss, target, "Dmain"), phase(plain(target), target, "Dmain"))


@pytest.mark.parametrize(
    ("name", "sync", "weight", "calls"),
    [
        ("Gmain", True, 2, [("G", True), ("D", False)]),
        ("Gmain", False, 2, [("G", False), ("D", False)]),
        ("Gboth", True, 2, [("G", False), ("D", False), ("base sync", True)]),
        ("Gboth", True, 0, [("G", True), ("D", False), ("base sync", True)]),
        ("Dmain", True, 2, [("G", False), ("D", False), ("D", True)]),
        ("Dboth", True, 2, [("G", False), ("D", False), ("D", False), ("base sync", True)]),
        ("Dboth", True, 0, [("G", False), ("D", False), ("D", True), ("base sync", True)]),
    ],
)
def test_gradients_of_several_devices_meet_in_the_last_pass(name, sync, weight, calls, monkeypatch):
    loss, _ = made(zoo.bce, "stylegan2-ada", monkeypatch, pl_weight=weight, r1_gamma=weight)
    phase(loss, "stylegan2-ada", name, sync=sync)
    assert [call for call in loss.calls if call[0] != "base"] == calls


@pytest.mark.parametrize("target", ["stylegan3", "projected-gan"])
@pytest.mark.parametrize(
    ("fade", "images", "sigma"), [(0, 0, 0), (200, 0, 2.0), (200, 150_000, 0.5), (200, 300_000, 0)]
)
def test_blur_fades_and_averages_move_in_ds_phase_alone(fade, images, sigma, target, monkeypatch):
    loss, _ = made(zoo.bce, target, monkeypatch, blur_init_sigma=2.0, blur_fade_kimg=fade)
    phase(loss, target, "Gmain", cur_nimg=images)
    assert loss.calls == [("G", False), ("D", sigma, False)]
    loss.calls.clear()
    phase(loss, target, "Dmain", cur_nimg=images)
    assert loss.calls == [("G", True), ("D", sigma, True), ("D", sigma, False)]


@pytest.mark.parametrize("target", TARGETS)
def test_every_score_of_every_discriminator_counts(target, monkeypatch):
    """Several scores an image are averaged; of a list of outputs the means are added."""
    loss, stats = made(zoo.ganetic, target, monkeypatch)

    class Several(Line):
        def forward(self, x):
            scores = super().forward(x)
            return [scores[:, :1], scores[:, 1:]]

    weights = loss.d.weight.tolist()
    loss.d = Several(weights)
    g, w = loss.g.weight.detach(), loss.d.weight.detach()
    groups = [slice(0, 1), slice(1, 3)]

    def total(scores_of):
        return sum(scores_of(s) for s in groups)

    found = phase(loss, target, "Dmain")
    wanted = gradient(
        lambda w: total(
            lambda s: wanted_of_d(zoo.ganetic, (REAL * w)[:, s], (LATENTS * g * w)[:, s])
        ),
        w,
    )
    agree(found, wanted)
    assert stats.reported["Loss/signs/real"][-1].numel() == REAL.numel()
    wanted = gradient(
        lambda g: total(lambda s: wanted_of_g(zoo.ganetic, (LATENTS * g * w)[:, s])), g
    )
    agree(phase(loss, target, "Gmain"), wanted)


@pytest.mark.parametrize("target", TARGETS)
def test_half_scores_are_computed_in_float32(target, monkeypatch):
    loss, stats = made(zoo.ganetic, target, monkeypatch)
    half = loss.d
    loss.d = half.to(torch.bfloat16)
    loss.g = loss.g.to(torch.bfloat16)
    batch = {"gen_z": LATENTS.bfloat16(), "real_img": REAL.bfloat16()}
    phase(loss, target, "Gmain", **batch)
    value = stats.reported["Loss/G/loss"][-1]
    scores = half(loss.g(LATENTS.bfloat16())).float()
    assert value.dtype == torch.float32
    assert torch.equal(value, wanted_of_g(zoo.ganetic, scores))


@pytest.mark.parametrize("target", TARGETS)
def test_a_phase_that_is_none_is_refused(target, monkeypatch):
    loss, _ = made(zoo.bce, target, monkeypatch)
    with pytest.raises(ValueError, match="phase is 'Emain'; it must be one of Gmain, Greg"):
        phase(loss, target, "Emain")
    assert loss.calls == []


@pytest.mark.parametrize("target", TARGETS)
def test_the_lines_of_use_choose_the_class_by_its_name(target, monkeypatch, tmp_path):
    """What train.py would hold, made as the code base makes it: from `class_name`."""
    text = source(zoo.hinge, target, generator_only=True)
    (tmp_path / "discovered_loss.py").write_text(text, encoding="utf-8")
    _, modules = code_base(target)
    for each in modules:
        monkeypatch.setitem(sys.modules, each.__name__, each)
    monkeypatch.setitem(sys.modules, "lossgp", None)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "discovered_loss", raising=False)
    (setting,) = re.findall(r'loss_kwargs\.class_name = "(.*)"', text)
    (choice,) = re.findall(r"loss_kwargs\.generator_only = (True|False)", text)
    module, _, name = setting.rpartition(".")
    made = getattr(importlib.import_module(module), name)
    monkeypatch.delitem(sys.modules, "discovered_loss")
    loss = made(**arguments(target))
    assert isinstance(loss, BASES[target])
    assert loss.generator_only is (choice == "True") is True
