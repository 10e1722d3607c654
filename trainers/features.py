"""The feature network of the digits: a small classifier, trained once and kept in a cache."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

import torch
from filelock import FileLock
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from .data import digits
from .errors import TrainerError
from .networks import initialise
from .seeding import reproducible, stream

FEATURES = 64
# Everything that fixes the network; its hash names the file, so a new recipe is a new file.
RECIPE = {
    "version": 1,
    "data": "scikit-learn digits",
    "layers": "conv 1-32 3x3, relu, conv 32-64 3x3 /2, relu, dense 64, relu, dense 10",
    "optimiser": "Adam 2e-3",
    "steps": 300,
    "batch": 128,
    "seed": 0,
}


class DigitClassifier(nn.Module):
    """Images (n, 1, 8, 8) to 10 logits, through 64 features (after the ReLU)."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(64 * 4 * 4, FEATURES),
            nn.ReLU(),
        )
        self.head = nn.Linear(FEATURES, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, 10)."""
        logits: Tensor = self.head(self.trunk(images))
        return logits

    @torch.inference_mode()
    def features(self, images: Tensor) -> Tensor:
        """Features (n, 64), float32: what FID and KID are measured on."""
        # Of a fixed batch size: what a sample's features are must not depend on the others.
        return torch.cat([self.trunk(part) for part in torch.split(images, 256)])


def cache_directory() -> Path:
    """Where prepared files lie: `$LOSSGP_CACHE`, else the platform's cache directory."""
    if chosen := os.environ.get("LOSSGP_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "lossgp"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "lossgp" / "Cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lossgp"


def digit_classifier(directory: Path | None = None) -> DigitClassifier:
    """The feature network, on the CPU, in evaluation: from the cache, or trained (seconds).

    Several processes may call it at once: one trains, the others wait and load. A file that is
    damaged, or not what it should be, is replaced. Raises `TrainerError` where the directory
    cannot be written.
    """
    directory = directory or cache_directory()
    path = directory / f"digit-classifier-{_digest(json.dumps(RECIPE, sort_keys=True))[:16]}"
    path = path.with_suffix(".safetensors")
    network = _blank()
    if _load(network, path):
        return network
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            if not _load(network, path):  # another process may have made it meanwhile
                _train(network)
                _save(network, path)
    except OSError as error:
        raise TrainerError(
            f"cannot write the cache {str(directory)!r} ({error.strerror or error}); "
            "set LOSSGP_CACHE to a directory that can be written"
        ) from error
    return network


def _blank() -> DigitClassifier:
    with torch.device("meta"):
        network = DigitClassifier()
    initialise(network, "cpu", stream(int(str(RECIPE["seed"])), "digit classifier: init"))
    return network.eval().requires_grad_(False)


def _train(network: DigitClassifier) -> None:
    """Fit all 1,797 digits, always to the same weights on one machine."""
    steps, batch = int(str(RECIPE["steps"])), int(str(RECIPE["batch"]))
    order = stream(int(str(RECIPE["seed"])), "digit classifier: order")
    images, labels = digits()
    with reproducible():
        network.requires_grad_(True)
        optimiser = torch.optim.Adam(network.parameters(), lr=2e-3, fused=True)
        for _ in range(steps):
            rows = torch.randint(len(images), (batch,), generator=order)
            optimiser.zero_grad()
            torch.autograd.backward(F.cross_entropy(network(images[rows]), labels[rows]))
            optimiser.step()
    network.requires_grad_(False)


def _save(network: DigitClassifier, path: Path) -> None:
    """Write beside, then rename: no reader ever sees half a file."""
    weights = {name: value.contiguous() for name, value in network.state_dict().items()}
    handle, beside = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    os.close(handle)
    try:
        save_file(weights, beside, metadata={"sha256": _weights_digest(weights)})
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _load(network: DigitClassifier, path: Path) -> bool:
    """Whether the file holds the network's weights, undamaged; then they are loaded."""
    try:
        with safe_open(path, framework="pt") as file:
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            recorded = (file.metadata() or {}).get("sha256")
    except (OSError, SafetensorError, ValueError):
        return False
    expected = {name: value.shape for name, value in network.state_dict().items()}
    if {name: value.shape for name, value in weights.items()} != expected:
        return False
    if recorded != _weights_digest(weights):
        return False
    network.load_state_dict(weights)
    return True


def _weights_digest(weights: dict[str, Tensor]) -> str:
    parts = [name.encode() + weights[name].numpy().tobytes() for name in sorted(weights)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
