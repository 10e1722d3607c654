"""Adaptive augmentation as a whole: p, what moves it, and what it does at its ends."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lossgp.trainers.gan.adaptive import NORMALS, PIPES, UNIFORMS, Control, Pipeline
from tests.trainers.stylegan2.drawn import normal, uniform
from tests.trainers.stylegan2.watching import Watch

ALWAYS, NEVER, HALF = torch.ones(()), torch.zeros(()), torch.tensor(0.5)


@pytest.mark.parametrize("pipe", PIPES)
@pytest.mark.parametrize("channels", [1, 3])
def test_nothing_happens_at_0_to_the_bit_and_everything_at_1(pipe: str, channels: int) -> None:
    pipeline, images = Pipeline(pipe, channels, 8, "cpu"), normal(32, channels, 8, 8)
    images[0, 0, 0, 0] = -0.0
    draws = uniform(32, UNIFORMS), normal(32, NORMALS, purpose="normal")
    still = pipeline(images, NEVER, *draws)
    assert torch.equal(still.view(torch.int32), images.view(torch.int32))
    changed = (pipeline(images, ALWAYS, *draws) != images).flatten(1).any(dim=1)
    # Pixels may be moved by nothing: by no turn, no mirror, and less than half a pixel.
    assert bool(changed.all()) if "g" in pipe else changed.float().mean() > 0.8


def test_the_part_of_images_that_is_changed_grows_with_p() -> None:
    """In each pipe more is changed; at p as many as p asks for."""
    images = normal(400, 1, 8, 8)
    draws = uniform(400, UNIFORMS), normal(400, NORMALS, purpose="normal")
    parts = []
    for pipe in PIPES:
        pipeline = Pipeline(pipe, 1, 8, "cpu")
        for p in (0.05, 0.4):
            changed = pipeline(images, torch.tensor(p), *draws) != images
            parts.append(float(changed.flatten(1).any(dim=1).float().mean()))
    assert parts[0] < parts[2] < parts[4]
    assert all(few < many for few, many in zip(parts[::2], parts[1::2], strict=True))
    assert 0.05 < parts[0] < 0.15  # of three transforms at 0.05, some of which move nothing


@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_differentiable_twice(channels: int) -> None:
    """R1 differentiates D's slope at real images, through the pipeline."""
    pipeline = Pipeline("bgc", channels, 8, "cpu")
    images = normal(3, channels, 8, 8).requires_grad_()
    weight = normal(3, channels, 8, 8, purpose="weight").requires_grad_()
    draws = uniform(3, UNIFORMS), normal(3, NORMALS, purpose="normal")

    def slope() -> Tensor:
        made = pipeline(images, ALWAYS, *draws)
        (found,) = torch.autograd.grad((weight * made.tanh()).sum(), images, create_graph=True)
        return found

    (found,) = torch.autograd.grad(slope().square().sum(), weight)
    assert bool(found.isfinite().all())
    step, at = 1e-2, (1, 0, 4, 4)
    values = []
    for change in (step, -step):
        with torch.no_grad():
            weight[at] += change
        values.append(float(slope().detach().double().square().sum()))
        with torch.no_grad():
            weight[at] -= change
    assert float(found[at]) == pytest.approx((values[0] - values[1]) / (2 * step), rel=0.02)


def test_it_neither_waits_nor_draws() -> None:
    pipeline, images = Pipeline("bgc", 3, 8, "cpu"), normal(4, 3, 8, 8)
    draws = uniform(4, UNIFORMS), normal(4, NORMALS, purpose="normal")
    control = Control(torch.full((), 0.5), torch.zeros(2), 16)
    with Watch() as watch:
        control.observe(pipeline(images, HALF, *draws))
        control.adjust()
    assert watch.seen == []


def test_unknown_pipes_and_channels_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown pipe 'xyz'; use one of b, bg, bgc"):
        Pipeline("xyz", 3, 8, "cpu")
    with pytest.raises(ValueError, match="2 channels; colours are transformed of 1 or 3"):
        Pipeline("bgc", 2, 8, "cpu")


# p


def test_p_follows_the_signs_of_the_raw_scores() -> None:
    p, signs = torch.zeros(()), torch.zeros(2)
    control = Control(p, signs, images=64, kimg=1.0)  # 0.064 a step
    for _ in range(3):
        control.observe(torch.tensor([[3.0], [0.1], [7.0], [20.0]]))  # all taken for real
        control.observe(torch.tensor([[5.0], [5.0], [5.0], [-5.0]]))
        control.adjust()  # 6/8 above the target
    assert float(p) == pytest.approx(3 * 0.064)
    control.observe(torch.tensor([[3.0], [-1.0]]))  # mean sign 0
    control.adjust()
    assert float(p) == pytest.approx(2 * 0.064)
    assert signs.tolist() == [0, 0]
    for _ in range(5):
        control.observe(torch.tensor([[-1.0]]))
        control.adjust()
    assert float(p) == 0  # not below
    for _ in range(40):
        control.observe(torch.tensor([[1.0]]))
        control.adjust()
    assert float(p) == 1  # nor above


def test_the_target_and_the_speed_are_options() -> None:
    def after(**options: float) -> float:
        p = torch.full((), 0.5)
        control = Control(p, torch.zeros(2), 1000, **options)
        control.observe(torch.tensor([1.0, 1.0, 1.0, 1.0, -1.0]))  # mean sign 0.6 to rounding
        control.observe(torch.tensor([1.0] * 5))  # 0.8 over all
        control.adjust()
        return float(p)

    assert after() == pytest.approx(0.502)
    assert after(kimg=100.0) == pytest.approx(0.51)
    assert after(target=0.9) == pytest.approx(0.498)
