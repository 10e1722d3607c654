"""The MONAI file: called as `PatchAdversarialLoss` is, alone and in a training step of MONAI."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch import nn

from lossgp.expressions import Loss, zoo

from .files import LOSSES, SCORES, agree, file_of, halves, wanted_of_g, with_slopes

FEW, MORE = SCORES.reshape(3, 1, 11), SCORES[:8].reshape(2, 1, 4) / 3


def adversarial(loss, monkeypatch, **options):
    return file_of(loss, "monai", monkeypatch)["DiscoveredAdversarialLoss"](**options)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_values_and_gradients(name, reduction, monkeypatch):
    loss = adversarial(LOSSES[name], monkeypatch, reduction=reduction)
    of_d, of_g = halves(LOSSES[name], reduction)
    for label in (True, False):
        found = with_slopes(lambda s, label=label: loss(s, label, True), FEW)
        agree(found, with_slopes(lambda s, label=label: of_d(s, float(label)), FEW))
    agree(
        with_slopes(lambda s: loss(s, True, False), FEW), with_slopes(lambda s: of_g(s, 1.0), FEW)
    )


def test_the_outputs_of_a_multi_scale_discriminator(monkeypatch):
    """As in MONAI: reduced over the scores of each output, then over the outputs."""
    for name, loss in LOSSES.items():
        for outputs in ([FEW, MORE], (FEW, MORE)):
            of_d, _ = halves(loss)
            each = [of_d(output, 0.0) for output in outputs]
            found = adversarial(loss, monkeypatch)(outputs, False, True)
            agree([found], [torch.stack(each).mean()])
            assert not torch.allclose(found, of_d(torch.cat([o.flatten() for o in outputs]), 0.0))
            total = adversarial(loss, monkeypatch, reduction="sum")(outputs, False, True)
            agree([total], [each[0] * FEW.numel() + each[1] * MORE.numel()])
            apart = adversarial(loss, monkeypatch, reduction="none")(outputs, False, True)
            assert [x.shape for x in apart] == [FEW.shape, MORE.shape], name
            agree([x.mean() for x in apart], each)


def test_a_generator_always_wants_to_look_real(monkeypatch):
    loss = adversarial(zoo.ganetic, monkeypatch)
    with pytest.warns(UserWarning, match="target_is_real=True is meant"):
        found = loss(FEW, target_is_real=False, for_discriminator=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.equal(found, loss(FEW, target_is_real=True, for_discriminator=False))
        loss(FEW, target_is_real=False, for_discriminator=True)


def test_the_functions_that_the_trainer_of_monai_takes(monkeypatch):
    scope = file_of(zoo.hinge, "monai", monkeypatch)
    of_d, _ = halves(zoo.hinge)
    agree([scope["g_loss_function"](FEW)], [wanted_of_g(zoo.hinge, FEW)])
    wanted = 0.5 * (of_d(FEW, 1.0) + of_d(MORE, 0.0))
    agree([scope["d_loss_function"](FEW, MORE)], [wanted])


def test_half_scores_are_computed_in_float32(monkeypatch):
    loss = adversarial(zoo.ganetic, monkeypatch)
    with torch.autocast("cpu", torch.bfloat16):
        half = nn.Linear(1, 1)(SCORES.float()[:, None])
        found = loss([half, half], True, False)
    assert half.dtype == torch.bfloat16
    assert found.dtype == torch.float32
    assert torch.equal(found, wanted_of_g(zoo.ganetic, half.float()))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([], True, True), ValueError, "input holds no output of a discriminator"),
        ((0.5, True, True), TypeError, "must be a tensor of floating-point numbers"),
        (([FEW, 1], True, True), TypeError, "must be a tensor of floating-point numbers"),
        ((FEW, 1.0, True), TypeError, "target_is_real is 1.0; it must be True or False"),
        ((FEW, True, FEW), TypeError, "for_discriminator is tensor"),
    ],
)
def test_bad_input(arguments, error, message, monkeypatch):
    with pytest.raises(error, match=message):
        adversarial(zoo.bce, monkeypatch)(*arguments)


def test_a_bad_reduction(monkeypatch):
    with pytest.raises(ValueError, match="reduction is 'max'; it must be 'mean', 'sum' or 'none'"):
        adversarial(zoo.bce, monkeypatch, reduction="max")


def test_in_the_place_of_monais_own_loss(monkeypatch):
    """MONAI's least squares, written as a formula, is MONAI's own; reductions are its enum."""
    losses = pytest.importorskip("monai.losses")
    enums = pytest.importorskip("monai.utils")
    squares = Loss.parse("(score - y_real)**2")
    for reduction in enums.LossReduction:
        ours = adversarial(squares, monkeypatch, reduction=reduction)
        theirs = losses.PatchAdversarialLoss(
            reduction=reduction, criterion="least_squares", no_activation_leastsq=True
        )
        for outputs in (FEW, [FEW, MORE]):
            for target_is_real, for_discriminator in ((True, True), (False, True), (True, False)):
                call = (outputs, target_is_real, for_discriminator)
                found, wanted = ours(*call), theirs(*call)
                agree(*((x if isinstance(x, list) else [x]) for x in (found, wanted)))


@pytest.mark.slow
def test_a_training_step_of_monai(monkeypatch):
    """MONAI's networks, trained for a step as its tutorials do; D's outputs are patches."""
    nets = pytest.importorskip("monai.networks.nets")
    loss = adversarial(zoo.ganetic, monkeypatch)
    torch.manual_seed(0)
    first, last = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 1, 3, padding=1)
    generator = nn.Sequential(first, nn.ReLU(), last)
    discriminator = nets.PatchDiscriminator(
        spatial_dims=2, channels=4, in_channels=1, out_channels=1, num_layers_d=2
    )
    real, noise = torch.rand(2, 1, 32, 32), torch.rand(2, 1, 32, 32)
    for network, outputs_of in (
        (discriminator, lambda: ((generator(noise).detach(), False), (real, True))),
        (generator, lambda: ((generator(noise), True),)),
    ):
        before = [p.detach().clone() for p in network.parameters()]
        optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
        optimizer.zero_grad()
        for_d = network is discriminator
        total = sum(
            loss(discriminator(images)[-1], target_is_real=target, for_discriminator=for_d)
            for images, target in outputs_of()
        )
        total.backward()
        optimizer.step()
        assert torch.isfinite(total)
        assert all(torch.isfinite(p).all() for p in network.parameters())
        assert any(not torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True))
