"""Which network a perceptual loss looks through here, and how it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossgp.common.suggesting import did_you_mean

from ..errors import TrainerError
from .present import EFFICIENTNET_HELP, VGG_HELP, efficientnet_weights, vgg_weights

if TYPE_CHECKING:
    from .feature_maps import FeatureMaps

KINDS = ("auto", "vgg16", "efficientnet", "random")


def choose_maps(asked: str, weights: str | None = None) -> str:
    """The kind of network: "vgg16", "efficientnet" or "random"; `weights` is a file of VGG16's.

    "auto" means VGG16 where its weights are at hand, else EfficientNet-lite0 where it is
    installed, else convolutions with random weights. The answer depends on the machine: keep it
    with the protocol, not "auto".

    Raises `TrainerError` that says what to install or to choose.
    """
    if asked not in KINDS:
        raise TrainerError(
            f"unknown network of a perceptual loss {asked!r}{did_you_mean(asked, KINDS)}; known "
            f"are {', '.join(KINDS)}"
        )
    if weights is not None and asked not in ("auto", "vgg16"):
        raise TrainerError(
            f"perceptual_weights are VGG16's, and the perceptual loss is to look through {asked}; "
            "leave one of them out"
        )
    vgg, efficientnet = vgg_weights(weights) is not None, efficientnet_weights() is not None
    if asked == "auto":
        return "vgg16" if vgg else "efficientnet" if efficientnet else "random"
    if asked == "vgg16" and not vgg:
        raise TrainerError(VGG_HELP)
    if asked == "efficientnet" and not efficientnet:
        raise TrainerError(EFFICIENTNET_HELP)
    return asked


def build_maps(
    kind: str, weights: str | None = None, sha256: str = "", device: str = "cpu"
) -> FeatureMaps:
    """The network of this kind (an answer of `choose_maps`), with its weights, on the device.

    `sha256` is that of VGG16's file as the protocol has it. Raises `TrainerError` as they do.
    """
    kind = choose_maps(kind, weights)
    if kind == "vgg16":
        from .vgg import vgg16

        path = vgg_weights(weights)
        assert path is not None  # `choose_maps` has checked it
        return vgg16(path, sha256, device)
    from .feature_maps import ExtractorMaps, RandomMaps

    maps: FeatureMaps
    if kind == "efficientnet":
        from .efficientnet import efficientnet, folded

        maps = ExtractorMaps(folded(efficientnet(device)))
    else:
        maps = RandomMaps().to(device)
    return maps
