"""VGG16's convolutions, for perceptual losses, with weights from a file that the user has."""

from __future__ import annotations

import hashlib
import pickle
import re
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from lossgp.common.echo import quoted

from ..errors import TrainerError
from .extractor import as_rgb, between, levels
from .feature_maps import FeatureMaps
from .present import VGG_HELP

# Simonyan and Zisserman 2015, table 1, column D, up to conv4_3: channels over the width, and 0 for
# a pooling. What comes after sees 4 x 4 pixels of an image of 64.
LAYERS = (1, 1, 0, 2, 2, 0, 4, 4, 4, 0, 8, 8, 8)
WIDTH = 64
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, which it was trained on
SMALLEST, LARGEST = 32, 224  # pixels: of what the network sees
PUBLISHED = "397923af"  # the SHA-256 of torchvision's file begins so
_IN_NAME = re.compile(r"-([0-9a-f]{8})\.(?:pth|safetensors)$")  # torch hub's way to name a file


class Vgg16(FeatureMaps):
    """Images (n, 1 or 3, h, w) in [-1, 1] to the maps relu1_2, relu2_2, relu3_3 and relu4_3.

    The layers of Johnson et al. 2016 (perceptual losses): 64 to 512 channels at 1/1 to 1/8 of the
    size. Images are scaled (bilinear, antialiased) to sides between 32 and 224 pixels first.
    `layers` has the numbers of torchvision's `features`, and so the names of its weights.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, name: str = "vgg16", width: int = WIDTH) -> None:
        super().__init__(name)
        layers: list[nn.Module] = []
        ends: list[int] = []
        channels = 3
        for multiple in LAYERS:
            if multiple:
                layers += [nn.Conv2d(channels, multiple * width, 3, padding=1), nn.ReLU()]
                channels = multiple * width
            else:
                ends.append(len(layers) - 1)
                layers.append(nn.MaxPool2d(2))
        self.layers, self.ends = nn.Sequential(*layers), (*ends, len(layers) - 1)
        # Buffers, which a CUDA graph finds; on the CPU also where the layers are meta tensors.
        mean, std = (torch.tensor(v, device="cpu").view(3, 1, 1) for v in (MEAN, STD))
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("std", std, persistent=False)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Maps (n, width, h, w), (n, 2 width, h/2, w/2), …/4 and …/8."""
        pixels = between(as_rgb(images), SMALLEST, LARGEST).add(1).div(2)
        return levels(self.layers, (pixels - self.mean) / self.std, self.ends)


def vgg16(path: Path, sha256: str = "", device: str = "cpu") -> Vgg16:
    """The network with the weights of a file: torchvision's .pth, or the same as .safetensors.

    The file holds tensors `features.0.weight`, … under torchvision's names; what else it holds
    (the dense layers) is left alone. `sha256` is the whole file's, where it is known already.
    Nothing in the file is executed.

    Raises `TrainerError` where the file is missing, is another one, or holds other weights.
    """
    found = check_vgg(path, sha256)
    state = _read(path)
    title = "ImageNet, torchvision" if found.startswith(PUBLISHED) else f"sha {found[:8]}"
    with torch.device("meta"):
        network = Vgg16(f"vgg16 ({title})")
    wanted = network.layers.state_dict()
    for name, blank in wanted.items():
        given = state.get(f"features.{name}")
        if not isinstance(given, Tensor) or given.shape != blank.shape:
            shape = tuple(given.shape) if isinstance(given, Tensor) else "missing"
            raise TrainerError(
                f"{quoted(path.name)} does not hold VGG16's weights: features.{name} is {shape}, "
                f"not {tuple(blank.shape)}; {VGG_HELP}"
            )
    weights = {name: state[f"features.{name}"].float() for name in wanted}
    network.layers.load_state_dict(weights, assign=True)
    return network.to(device).eval().requires_grad_(False)


def check_vgg(path: Path, sha256: str = "") -> str:
    """The SHA-256 (hex) of the file of VGG16's weights.

    Raises `TrainerError` where there is none, where it is not `sha256` (if given), or where the
    digits of it in the file's name, as torch hub puts them there, are others.
    """
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TrainerError(
            f"cannot read VGG16's weights {quoted(str(path))} ({error.strerror}); {VGG_HELP}"
        ) from error
    named = _IN_NAME.search(path.name)
    if not found.startswith(sha256 or (named[1] if named else "")):
        expected = sha256[:16] or (named[1] if named else "")
        raise TrainerError(
            f"{quoted(path.name)} is damaged or another file (sha256 {found[:16]}, not "
            f"{expected}); give the former one, or leave out perceptual_sha256"
        )
    return found


def _read(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            state: object = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (OSError, RuntimeError, ValueError, SafetensorError, pickle.UnpicklingError) as error:
        trouble = (str(error) or type(error).__name__).splitlines()[0]
        raise TrainerError(
            f"cannot read {quoted(path.name)} as weights ({quoted(trouble)}); {VGG_HELP}"
        ) from error
    if not isinstance(state, dict):
        raise TrainerError(f"{quoted(path.name)} holds no table of weights; {VGG_HELP}")
    return state
