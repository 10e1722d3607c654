"""Networks that are trained once: kept as safetensors, checked, and replaced where damaged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ..errors import TrainerError
from ..whole_files import written_whole

Facts = dict[str, str]  # what is known of a trained network, e.g. its accuracy


def load_or_train(network: nn.Module, path: Path, train: Callable[[], Facts]) -> Facts:
    """Fill `network` from the file, or by `train`, whose result is then written there.

    Several processes may call it at once: one trains, the others wait and load. A file that is
    damaged, or not what it should be, is replaced. Returns the facts that `train` gave.

    Raises `TrainerError` where the directory cannot be written.
    """
    facts = _load(network, path)
    if facts is not None:
        return facts
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            facts = _load(network, path)  # another process may have made it meanwhile
            if facts is None:
                facts = train()
                _save(network, facts, path)
    except OSError as error:
        raise TrainerError(
            f"cannot write the cache {str(path.parent)!r} ({error.strerror or error}); "
            "set LOSSGP_CACHE to a directory that can be written"
        ) from error
    return facts


def digest(recipe: Mapping[str, object]) -> str:
    """SHA-256 (hex) of everything that fixes a network; it names the file."""
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()


def _save(network: nn.Module, facts: Facts, path: Path) -> None:
    weights = {name: value.contiguous() for name, value in network.state_dict().items()}
    with written_whole(path) as new:
        save_file(weights, new, metadata={**facts, "sha256": _content_digest(weights, facts)})


def _load(network: nn.Module, path: Path) -> Facts | None:
    """The facts, if the file holds the network's weights undamaged; then they are loaded."""
    try:
        with safe_open(path, framework="pt") as file:
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            facts: Facts = dict(file.metadata() or {})
    except (OSError, SafetensorError, ValueError):
        return None
    recorded = facts.pop("sha256", None)
    expected = {name: value.shape for name, value in network.state_dict().items()}
    if {name: value.shape for name, value in weights.items()} != expected:
        return None
    if recorded != _content_digest(weights, facts):
        return None
    network.load_state_dict(weights)
    return facts


def _content_digest(weights: Mapping[str, Tensor], facts: Facts) -> str:
    parts = [name.encode() + weights[name].numpy().tobytes() for name in sorted(weights)]
    if facts:
        parts.append(json.dumps(facts, sort_keys=True).encode())
    return hashlib.sha256(b"".join(parts)).hexdigest()
