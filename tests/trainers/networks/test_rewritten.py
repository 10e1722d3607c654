"""The rewritten networks compute what the plain ones do, at every size and with every norm."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from lossgp.trainers.anomaly.detector import Detector
from lossgp.trainers.networks import initialise
from lossgp.trainers.networks.encoder import ResidualEncoder
from lossgp.trainers.networks.resnet import ResidualCritic, ResidualGenerator
from lossgp.trainers.networks.rewritten import AT_ONCE, rewritten
from lossgp.trainers.seeding import reproducible, stream


def networks(
    channels: int = 1, size: int = 16, width: int = 3, norm: str = "layer", output: str = "tanh"
) -> list[nn.Module]:
    """G, D and E, of double numbers, whose every weight, gain, bias and running mean is random."""
    shape = (channels, size, width)
    with torch.device("meta"):
        found = [
            ResidualGenerator(*shape, 5, output),  # type: ignore[arg-type]
            ResidualCritic(*shape, norm),  # type: ignore[arg-type]
            ResidualEncoder(*shape, 5, norm),  # type: ignore[arg-type]
        ]
    for i, network in enumerate(found):
        numbers = stream(i, "weights")
        initialise(network, "cpu", numbers)
        with torch.no_grad():
            for name, value in network.state_dict().items():
                if value.is_floating_point() and value.ndim in (1, 3):
                    value.add_(torch.rand(value.shape, generator=numbers))
                    assert "var" not in name or value.min() > 0
        network.double().eval()
    return found


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=stream(0, "drawn"))


def close(found: Tensor, expected: Tensor) -> bool:
    """Whether they differ by rounding alone; doubles leave no doubt whether they do."""
    return bool((found - expected).abs().max() <= 1e-9 * expected.abs().max())


@pytest.mark.parametrize("norm", ["layer", "layer-per-channel", "none"])
@pytest.mark.parametrize(("channels", "size", "width"), [(1, 8, 4), (3, 16, 3), (1, 64, 2)])
def test_each_network_gives_the_same(norm: str, channels: int, size: int, width: int) -> None:
    g, d, e = networks(channels, size, width, norm)
    quick = rewritten(g, d, e)
    assert quick is not None
    images, latents = drawn(3, channels, size, size), drawn(3, 5)
    before = images.clone()
    with torch.inference_mode(), reproducible():
        assert close(quick[0](latents), g(latents))
        assert close(quick[1](images), d.embed(images))  # type: ignore[operator]
        assert close(quick[2](images), e(images))
    assert torch.equal(images, before)


def test_a_generator_without_bounds_and_a_critic_of_spectral_norms() -> None:
    g, d, e = networks(output="none")
    with torch.device("meta"):
        d = ResidualCritic(1, 16, 3, spectral=True)
    initialise(d, "cpu", stream(0, "D"))
    quick = rewritten(g, d.double().eval(), e)
    assert quick is not None
    images, latents = drawn(2, 1, 16, 16), drawn(2, 5)
    with torch.inference_mode(), reproducible():
        made = quick[0](latents)
        assert made.abs().max() > 1
        assert close(made, g(latents))
        assert close(quick[1](images), d.embed(images))


def test_other_networks_are_not_rewritten() -> None:
    g, d, e = networks()
    assert rewritten(nn.Identity(), d, e) is None
    assert rewritten(g, nn.Identity(), e) is None
    assert rewritten(g, d, nn.Identity()) is None


@pytest.mark.parametrize("norm", ["layer", "layer-per-channel", "none"])
def test_a_quick_detector_scores_as_a_plain_one(norm: str) -> None:
    found = [network.float() for network in networks(norm=norm)]
    images = torch.randint(0, 256, (AT_ONCE + 3, 1, 16, 16), generator=stream(0, "images"))
    images = images.to(torch.uint8)
    plain, quick = Detector(*found, 2.0), Detector(*found, 2.0, quick=True)  # type: ignore[arg-type]
    for one, other in zip(plain.residuals(images), quick.residuals(images), strict=True):
        assert one.tolist() == pytest.approx(other.tolist(), rel=1e-5)
    for one, other in zip(plain.maps(images), quick.maps(images), strict=True):
        assert torch.allclose(one, other, atol=1e-4)


def test_only_a_quick_detector_keeps_the_weights_of_its_beginning() -> None:
    """So the quick way is the one that is taken: the plain one sees what has become of them."""
    found = [network.float() for network in networks()]
    quick = Detector(*found, 2.0, quick=True)  # type: ignore[arg-type]
    rough = Detector(*found, 2.0, True, quick=True)  # type: ignore[arg-type]
    images = torch.rand(2, 1, 16, 16, generator=stream(0, "images"))
    before, roughly = quick.residuals(images), rough.residuals(images)
    with torch.no_grad():
        found[0].blocks[0].conv1.weight.mul_(2)  # type: ignore[index, union-attr]
    assert quick.residuals(images).image.tolist() == before.image.tolist()
    assert rough.residuals(images).image.tolist() != roughly.image.tolist()


def test_a_score_depends_on_no_other_image() -> None:
    found = [network.float() for network in networks(size=32)]
    quick = Detector(*found, 2.0, quick=True)  # type: ignore[arg-type]
    images = torch.rand(AT_ONCE + 1, 1, 32, 32, generator=stream(0, "images")) * 2 - 1
    whole, alone = quick.residuals(images), quick.residuals(images[-1:])
    assert whole.score(2.0)[-1] == alone.score(2.0)[0]
