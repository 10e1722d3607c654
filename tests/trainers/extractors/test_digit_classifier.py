from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from lossgp.trainers import TrainerError
from lossgp.trainers.cache import cache_directory
from lossgp.trainers.data import digits
from lossgp.trainers.extractors.digits import DigitClassifier, digit_classifier


def weights(network: DigitClassifier) -> bytes:
    return b"".join(value.numpy().tobytes() for value in network.state_dict().values())


@pytest.fixture
def made(cache: str) -> bytes:
    """The weights as the room's cache has them."""
    return weights(digit_classifier(Path(cache)))


def only_file(directory: Path) -> Path:
    (path,) = directory.glob("digit-classifier-*.safetensors")
    return path


def test_the_digits_are_scaled() -> None:
    images, labels = digits()
    assert images.shape == (1797, 1, 8, 8)
    assert (float(images.min()), float(images.max())) == (-1, 1)
    assert labels.bincount().min() > 170


def test_it_knows_the_digits_and_its_features_vary(made: bytes, cache: str) -> None:
    """All of them, and by 50 features, with nine ways of changing the last bit."""
    network = digit_classifier(Path(cache))
    images, labels = digits()
    assert float((network(images).argmax(1) == labels).float().mean()) > 0.99
    features = network.features(images)
    assert features.shape == (1797, 64)
    assert int((features.std(0) > 0).sum()) > 32


def test_its_logits_follow_from_its_features(made: bytes, cache: str) -> None:
    network, (images, _) = digit_classifier(Path(cache)), digits()
    assert torch.allclose(network.logits(images[:300]), network(images[:300]), atol=1e-5)
    assert (network.width, network.classes) == (64, 10)


def test_training_again_gives_the_same_weights(made: bytes, tmp_path: Path) -> None:
    torch.manual_seed(1)  # not a number of it comes from the global stream
    assert weights(digit_classifier(tmp_path)) == made


@pytest.mark.parametrize("damage", ["truncate", "garbage", "flip", "empty", "other"])
def test_a_damaged_file_is_rebuilt(
    made: bytes, cache: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    path = tmp_path / only_file(Path(cache)).name
    good = only_file(Path(cache)).read_bytes()
    middle = len(good) // 2
    path.write_bytes(
        {
            "truncate": good[:middle],
            "garbage": b"\xff" * 1000,
            "flip": good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :],
            "empty": b"",
            "other": b"\x02\0\0\0\0\0\0\0{}",
        }[damage]
    )
    # Noticing is the point: what is then trained is tested above, and takes seconds.
    monkeypatch.setattr("lossgp.trainers.extractors.digits.RECIPE", _few_steps())
    path.rename(tmp_path / _name_of_recipe(tmp_path))
    rebuilt = digit_classifier(tmp_path)
    again = digit_classifier(tmp_path)
    assert weights(again) == weights(rebuilt) != made
    assert not list(tmp_path.glob("*.partial"))


def _few_steps() -> dict[str, object]:
    from lossgp.trainers.extractors.digits import RECIPE

    return {**RECIPE, "steps": 3}


def _name_of_recipe(tmp_path: Path) -> str:
    """The file name of the patched recipe: made once, elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    digit_classifier(elsewhere)
    return only_file(elsewhere).name


def test_several_at_once_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lossgp.trainers.extractors.digits.RECIPE", _few_steps())
    with ThreadPoolExecutor(4) as pool:
        networks = list(pool.map(digit_classifier, [tmp_path] * 4))
    assert len({weights(network) for network in networks}) == 1
    assert only_file(tmp_path)


def test_processes_started_at_once_share_one_cache(tmp_path: Path) -> None:
    code = (
        "import hashlib, sys; from pathlib import Path\n"
        "from lossgp.trainers.extractors import digits as f\n"
        "f.RECIPE = {**f.RECIPE, 'steps': 3}\n"
        "state = f.digit_classifier(Path(sys.argv[1])).state_dict().values()\n"
        "print(hashlib.sha256(b''.join(v.numpy().tobytes() for v in state)).hexdigest())"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    pipe = subprocess.PIPE
    children = [subprocess.Popen(command, stdout=pipe, text=True) for _ in range(2)]
    printed = [child.communicate()[0] for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert len(set(printed)) == 1
    assert only_file(tmp_path)


def test_a_cache_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    blocked = tmp_path / "file" / "cache"
    blocked.parent.write_text("a file, not a directory")
    with pytest.raises(TrainerError, match="set LOSSGP_CACHE to a directory"):
        digit_classifier(blocked)


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOSSGP_CACHE", str(tmp_path))
    assert cache_directory() == tmp_path
    monkeypatch.delenv("LOSSGP_CACHE")
    assert cache_directory().is_absolute()
    assert "lossgp" in cache_directory().parts
