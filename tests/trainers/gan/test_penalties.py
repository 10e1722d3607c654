"""Penalties against a slow reference in float64, and against the mistakes that were published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from lossgp.trainers.gan.penalties import gradient_penalty, r1, r2, squared_slopes

Array = NDArray[np.float64]
CHANNELS = [1, 3, 4]
SIZE, BATCH, MAPS = 3, 3, 2


@dataclass
class Setting:
    """A small critic, v tanh(conv 3 x 3 + b) summed over the maps, and samples to ask it about."""

    weights: dict[str, Array]
    real: Array
    made: Array
    mix: Array

    @staticmethod
    def of(channels: int, seed: int = 0) -> Setting:
        numbers = np.random.default_rng(seed)
        shape = (BATCH, channels, SIZE, SIZE)
        weights = {
            "kernel": 0.3 * numbers.normal(size=(MAPS, channels, 3, 3)),
            "bias": numbers.normal(size=MAPS),
            "score": numbers.normal(size=MAPS),
        }
        real, made = numbers.uniform(-1, 1, (2, *shape))
        return Setting(weights, real, made, numbers.uniform(size=(BATCH, 1, 1, 1)))

    def tensors(self) -> tuple[dict[str, Tensor], Tensor, Tensor, Tensor]:
        weights = {k: torch.tensor(v, requires_grad=True) for k, v in self.weights.items()}
        return weights, *map(torch.tensor, (self.real, self.made, self.mix))


def critic(weights: dict[str, Tensor]) -> Callable[[Tensor], Tensor]:
    def scores(samples: Tensor) -> Tensor:
        maps = torch.nn.functional.conv2d(samples, weights["kernel"], weights["bias"], padding=1)
        return (maps.tanh() * weights["score"][:, None, None]).sum((1, 2, 3))[:, None]

    return scores


# The slow reference: NumPy, one sample after another, and no automatic differentiation


def slow_score(weights: dict[str, Array], samples: NDArray[np.complex128]) -> Array:
    """Scores (n,) of samples (n, c, s, s), which may be complex."""
    padded = np.pad(samples, ((0, 0), (0, 0), (1, 1), (1, 1)))
    total = 0.0
    for kernel, bias, score in zip(*weights.values(), strict=True):
        for row in range(SIZE):
            for column in range(SIZE):
                patch = padded[:, :, row : row + 3, column : column + 3]
                total = total + score * np.tanh((patch * kernel).sum((1, 2, 3)) + bias)
    return total  # type: ignore[return-value]


def slow_norms(weights: dict[str, Array], samples: Array) -> Array:
    """The norm of each sample's slope, (n,), each pixel's derivative by a complex step: exact."""
    norms = []
    for sample in samples:
        pixels = sample.size
        steps = 1e-30j * np.eye(pixels).reshape(pixels, *sample.shape)
        slopes = slow_score(weights, sample[None] + steps).imag / 1e-30
        norms.append(np.sqrt((slopes**2).sum()))
    return np.array(norms)


def slow_gradient_penalty(at: Setting) -> float:
    points = at.mix * at.real + (1 - at.mix) * at.made
    return float(10 * ((slow_norms(at.weights, points) - 1) ** 2).mean())


def slow_r1(at: Setting) -> float:
    return float(10 / 2 * (slow_norms(at.weights, at.real) ** 2).mean())


def slow_r2(at: Setting) -> float:
    return float(10 / 2 * (slow_norms(at.weights, at.made) ** 2).mean())


def slow_gradients(penalty: Callable[[Setting], float], at: Setting) -> dict[str, Array]:
    """The penalty's derivative by each weight, by central differences."""
    gradients = {}
    for name, weight in at.weights.items():
        gradient = np.zeros_like(weight)
        for index in np.ndindex(*weight.shape):
            kept, sides = weight[index], []
            for step in (1e-5, -1e-5):
                weight[index] = kept + step
                sides.append(penalty(at))
            weight[index] = kept
            gradient[index] = (sides[0] - sides[1]) / 2e-5
        gradients[name] = gradient
    return gradients


Penalty = Callable[[Callable[[Tensor], Tensor], Tensor, Tensor, Tensor], Tensor]
PENALTIES: dict[str, tuple[Penalty, Callable[[Setting], float]]] = {
    "gradient": (gradient_penalty, slow_gradient_penalty),
    "r1": (lambda d, real, made, mix: r1(d, real), slow_r1),
    "r2": (lambda d, real, made, mix: r2(d, made), slow_r2),
}


def agrees(penalty: Penalty, at: Setting, slow: Callable[[Setting], float]) -> bool:
    """Whether the value agrees to 1e-6, and each gradient to 1e-6 of its largest entry."""
    weights, real, made, mix = at.tensors()
    value = penalty(critic(weights), real, made, mix)
    value.backward()
    close = [abs(float(value.detach()) / slow(at) - 1)]
    for name, expected in slow_gradients(slow, at).items():
        gradient = weights[name].grad
        got = np.zeros_like(expected) if gradient is None else gradient.numpy()
        close.append(float(np.abs(got - expected).max() / np.abs(expected).max()))
    return max(close) < 1e-6


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("name", PENALTIES)
def test_value_and_gradient_agree_with_the_slow_reference(name: str, channels: int) -> None:
    assert agrees(PENALTIES[name][0], Setting.of(channels), PENALTIES[name][1])


# What has been published instead


def _slopes(d: Callable[[Tensor], Tensor], points: Tensor) -> Tensor:
    points = points.detach().requires_grad_(True)
    return torch.autograd.grad(d(points).sum(), points, create_graph=True)[0]


def _norm_over_the_channels(
    d: Callable[[Tensor], Tensor], real: Tensor, made: Tensor, mix: Tensor
) -> Tensor:
    return 10 * (_slopes(d, made.lerp(real, mix)).norm(2, dim=1) - 1).square().mean()


def _a_weight_per_channel(
    d: Callable[[Tensor], Tensor], real: Tensor, made: Tensor, mix: Tensor
) -> Tensor:
    each = torch.cat([mix, mix.flip(0).expand(-1, real.shape[1] - 1, -1, -1)], 1)
    return 10 * (_slopes(d, made.lerp(real, each)).flatten(1).norm(2, dim=1) - 1).square().mean()


def _one_norm_for_the_batch(
    d: Callable[[Tensor], Tensor], real: Tensor, made: Tensor, mix: Tensor
) -> Tensor:
    return 10 * (_slopes(d, made.lerp(real, mix)).norm() - 1).square()


@pytest.mark.parametrize(
    "mistake", [_norm_over_the_channels, _a_weight_per_channel, _one_norm_for_the_batch]
)
def test_the_reference_tells_published_mistakes(mistake: Penalty) -> None:
    assert not agrees(mistake, Setting.of(3), slow_gradient_penalty)


def test_the_norm_is_over_the_whole_sample() -> None:
    """A linear critic has one slope everywhere: here of length 2 in 2 x 2 pixels of 4 channels."""
    direction = torch.full((4, 2, 2), 0.5)
    samples = torch.zeros(5, 4, 2, 2)
    penalty = gradient_penalty(
        lambda x: (x * direction).sum((1, 2, 3))[:, None], samples, samples, torch.zeros(5, 1, 1, 1)
    )
    assert float(penalty) == pytest.approx(10 * (2 - 1) ** 2)


def test_every_channel_of_a_sample_is_mixed_alike() -> None:
    seen = []
    real, made = torch.ones(4, 3, 2, 2), torch.zeros(4, 3, 2, 2)
    mix = torch.tensor([0.0, 0.25, 0.5, 1.0]).view(4, 1, 1, 1)

    def watching(points: Tensor) -> Tensor:
        seen.append(points.detach())
        return points.square().sum((1, 2, 3))

    gradient_penalty(watching, real, made, mix)
    assert torch.equal(seen[0], mix.expand(4, 3, 2, 2))


@pytest.mark.parametrize("shape", [(4, 3, 1, 1), (4,), (4, 1, 2, 2), (1, 1, 1, 1)])
def test_a_weight_for_less_or_more_than_a_sample_is_refused(shape: tuple[int, ...]) -> None:
    samples = torch.zeros(4, 3, 2, 2)
    with pytest.raises(ValueError, match="one number a sample"):
        gradient_penalty(lambda x: x.sum((1, 2, 3)), samples, samples, torch.rand(shape))


def test_a_slope_of_zero_has_a_finite_gradient() -> None:
    """The root's own is infinite at zero: 0 x infinity would fill the weights with NaN."""

    def gradient(norm: Callable[[Tensor], Tensor]) -> Tensor:
        scale = torch.zeros(1, requires_grad=True)
        samples = torch.ones(2, 1, 2, 2)
        slope = _slopes(lambda x: scale * x.square().sum((1, 2, 3)), samples)
        return torch.autograd.grad((norm(slope) - 1).square().mean(), scale)[0]

    assert gradient(lambda slope: slope.square().flatten(1).sum(1).sqrt()).isnan().all()
    scale = torch.zeros(1, requires_grad=True)
    samples, mix = torch.ones(2, 1, 2, 2), torch.zeros(2, 1, 1, 1)
    penalty = gradient_penalty(lambda x: scale * x.square().sum((1, 2, 3)), samples, samples, mix)
    assert float(penalty.detach()) == pytest.approx(10)
    (found,) = torch.autograd.grad(penalty, scale)
    assert found.isfinite().all()


def test_nothing_flows_into_the_generator() -> None:
    weights, real, made, mix = Setting.of(1).tensors()
    made.requires_grad_(True)
    for penalty in (gradient_penalty(critic(weights), real, made, mix), r2(critic(weights), made)):
        (into,) = torch.autograd.grad(penalty, made, allow_unused=True)
        assert into is None


@pytest.mark.parametrize("blind", [lambda x: torch.ones(len(x), 1), lambda x: 0.5])
def test_a_critic_that_does_not_look_has_no_slope(blind: Callable[..., object]) -> None:
    weight = torch.ones(1, requires_grad=True)  # used, but not with the samples
    samples, mix = torch.ones(2, 1, 2, 2), torch.zeros(2, 1, 1, 1)

    def constant(points: Tensor) -> Tensor:
        return weight * blind(points) * torch.ones(len(points), 1)

    assert squared_slopes(constant, samples).tolist() == [0, 0]
    assert float(gradient_penalty(constant, samples, samples, mix)) == pytest.approx(10)
    assert float(r1(constant, samples)) == 0


def test_several_scores_are_meant_and_several_outputs_summed() -> None:
    samples = torch.ones(2, 1, 2, 2)
    once = squared_slopes(lambda x: x.sum((1, 2, 3))[:, None], samples)
    assert squared_slopes(lambda x: 4 * x.flatten(1), samples).tolist() == once.tolist()
    assert squared_slopes(lambda x: [x.sum((1, 2, 3)), x.sum((1, 2, 3))], samples).tolist() == [
        4 * value for value in once.tolist()
    ]


def test_the_weights_and_the_target_count() -> None:
    weights, real, made, mix = Setting.of(1).tensors()
    d = critic(weights)
    for penalty in (r1, r2):
        assert penalty(d, real, 3.0).item() == pytest.approx(0.3 * penalty(d, real).item())
    one = gradient_penalty(d, real, made, mix).item()
    assert gradient_penalty(d, real, made, mix, weight=3.0).item() == pytest.approx(0.3 * one)
    centred = gradient_penalty(d, real, made, mix, target=0.0).item()
    assert centred == pytest.approx(2 * r1(d, made.lerp(real, mix)).item())
    assert centred != pytest.approx(one)


def test_slopes_of_bfloat16_networks_are_summed_in_float32() -> None:
    samples = torch.ones(1, 1, 64, 64, dtype=torch.bfloat16)
    slopes = squared_slopes(lambda x: x.sum((1, 2, 3)), samples)
    assert slopes.dtype == torch.float32
    assert slopes.tolist() == [4096]
