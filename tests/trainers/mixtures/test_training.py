"""Trainings on ring and grid, cut short."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

from lossgp.trainers import OptionError, Status, trainer
from lossgp.trainers.mixtures.networks import PointDiscriminator, PointGenerator
from tests.trainers import losses

SHORT = {"iterations": 30, "width": 8, "batch": 16, "samples": 50, "replicas": 2}


@pytest.fixture(scope="module")
def ring():
    return trainer("ring", SHORT)


@pytest.mark.parametrize("name", ["ring", "grid"])
def test_a_training_measures_what_it_promises(name):
    made = trainer(name, SHORT)
    outcome = made.train(losses.GANETIC, 0)
    assert outcome.status is Status.OK
    assert outcome.iterations == 30
    assert set(outcome.metrics) == set(made.measures)
    assert 0 <= outcome.metrics["modes"] <= len(made.protocol.mixture().modes)
    assert made.reference()["energy_floor"] < outcome.metrics["energy"]


def test_a_result_does_not_depend_on_what_was_trained_before(ring):
    first = ring.train(losses.GANETIC, 1)
    assert not ring.train(losses.GANETIC, 2).same_result(first)
    assert not ring.train(losses.BCE, 1).same_result(first)
    assert ring.train(losses.GANETIC, 1).same_result(first)


OPTIONS = [
    {"iterations": 29}, {"width": 9}, {"batch": 15}, {"samples": 49}, {"replicas": 3},
    {"latent": 3}, {"g_layers": 1}, {"d_layers": 1}, {"learning_rate": 2e-3}, {"beta1": 0.4},
    {"modes": 7}, {"radius": 1.9}, {"sd": 0.03},
]  # fmt: skip


@pytest.mark.parametrize("option", OPTIONS, ids=str)
def test_an_option_changes_the_result_and_the_memo(ring, option):
    other = trainer("ring", {**SHORT, **option})
    assert other.protocol.hash() != ring.protocol.hash()
    assert not other.train(losses.GANETIC, 0).same_result(ring.train(losses.GANETIC, 0))


@pytest.mark.parametrize("option", [{"rows": 3}, {"spacing": 1.5}, {"sd": 0.1}], ids=str)
def test_an_option_of_the_grid_changes_the_result(option):
    usual, other = (trainer("grid", {**SHORT, **extra}) for extra in ({}, option))
    assert not other.train(losses.GANETIC, 0).same_result(usual.train(losses.GANETIC, 0))


@pytest.mark.parametrize(
    "option",
    [
        {"replicas": 0}, {"samples": 1}, {"modes": 0}, {"radius": 0}, {"sd": 0}, {"d_layers": 0},
        {"g_layers": 17}, {"iterations": 0},
    ],
    ids=str,
)  # fmt: skip
def test_bad_options_are_told(option):
    (name,) = option
    with pytest.raises(OptionError, match=f"option {name} of protocol 'ring'"):
        trainer("ring", option)


def test_what_is_of_images_is_no_option():
    with pytest.raises(OptionError, match="has no option 'stages'"):
        trainer("grid", {"stages": [1]})
    with pytest.raises(OptionError, match="option rows of protocol 'grid'"):
        trainer("grid", {"rows": 0})


def test_gans_side_by_side_have_nothing_in_common():
    """What the first is given moves neither the output nor the gradients of the second."""
    torch.manual_seed(0)
    generator, discriminator = PointGenerator(2, 3, 8, 2), PointDiscriminator(2, 8, 2)
    for network in (generator, discriminator):
        network.layers.draw(torch.Generator().manual_seed(5))
    latents = torch.randn(10, 6)
    other = latents.clone()
    other[:, :3] += 1
    points, moved = generator(latents), generator(other)
    assert (points[:, 1] == moved[:, 1]).all()
    assert (points[:, 0] != moved[:, 0]).any()
    scores = discriminator(points).view(2, 10)
    gradients = torch.autograd.grad(scores[0].sum(), list(generator.parameters()))
    assert all((each[1] == 0).all() and (each[0] != 0).any() for each in gradients)


def test_weights_are_those_of_the_seed_and_glorots():
    layers = PointGenerator(3, 50, 100, 1).layers
    layers.draw(torch.Generator().manual_seed(1))
    first = layers.weights[0].detach().clone()  # (3, 50, 100)
    layers.draw(torch.Generator().manual_seed(1))
    assert (first == layers.weights[0]).all()
    assert not torch.equal(first[0], first[1])
    assert float(first.abs().max()) == pytest.approx((6 / 150) ** 0.5, rel=1e-3)
    assert all((bias == 0).all() for bias in layers.biases)


def test_real_points_are_the_seeds_and_each_gans_own(ring):
    first, second = ring._real_samples(0), ring._real_samples(1)
    assert first.shape == (30 * 16, 2, 2)
    assert (first == ring._real_samples(0)).all()
    assert not torch.equal(first, second)
    assert not torch.equal(first[:, 0], first[:, 1])
    near = (first - torch.tensor(ring.protocol.mixture().modes).float()[:, None, None]).norm(dim=-1)
    assert float(near.min(0).values.max()) < 0.2


def test_what_is_not_finite_diverges_and_what_is_constant_is_dead(ring, monkeypatch):
    for criterion in (losses.NOT_A_NUMBER, losses.INFINITE):
        outcome = ring.train(criterion, 0)
        assert (outcome.status, outcome.metrics) == (Status.DIVERGED, {})
    monkeypatch.setattr(
        "lossgp.trainers.mixtures.networks.Layers.draw",
        lambda self, numbers: [p.data.zero_() for p in self.parameters()],
    )
    outcome = ring.train(losses.NO_GRADIENT, 0)
    assert outcome.status is Status.DEAD
    # All points at the centre: 2 (2 + sd^2/4) - E|Y - Y'|, and 0 is no mode's.
    expected = 2 * (2 + 1e-4) - ring.protocol.mixture().self_distance
    assert outcome.metrics["energy"] == pytest.approx(expected, rel=1e-6)
    assert (outcome.metrics["modes"], outcome.metrics["good"]) == (0, 0)


def test_a_kept_training_draws_again(ring, tmp_path):
    ring.train(losses.GANETIC, 0, keep=tmp_path / "kept.safetensors")
    points = ring.generate(tmp_path / "kept.safetensors", 5)
    assert points.shape == (5, 2, 2)
    assert (points == ring.generate(tmp_path / "kept.safetensors", 5)).all()
    assert (points != ring.generate(tmp_path / "kept.safetensors", 5, seed=1)).any()
    real = ring.real(400)
    assert real.shape == (400, 2)
    assert ring.protocol.mixture().captured(np.float64(real))[0] == 8


def test_a_kept_generator_is_measured_on_other_points(ring, tmp_path):
    path = tmp_path / "kept.safetensors"
    outcome = ring.train(losses.GANETIC, 0, path)
    first, again, other = (ring.measured_again(path, seed) for seed in (1, 1, 2))
    assert first == again
    assert len({first["energy"], other["energy"], outcome.metrics["energy"]}) == 3
    assert set(first) == {"energy", "modes", "good"}


def test_a_search_may_ask_for_the_protocol_without_torch():
    code = (
        "import sys; from lossgp.trainers import trainer; t = trainer('grid'); "
        "t.protocol.hash(); t.protocol.describe(); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
