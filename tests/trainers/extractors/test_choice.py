from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lossgp.trainers import TrainerError
from lossgp.trainers.extractors import build, choice, choose, present
from lossgp.trainers.extractors.inception import InceptionV3, inception


@pytest.fixture(autouse=True)
def nothing_at_hand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.delenv("LOSSGP_INCEPTION", raising=False)
    monkeypatch.setattr(choice, "efficientnet_weights", lambda: None)


def test_auto_takes_the_best_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose("auto", labelled=True) == "classifier"
    with pytest.raises(TrainerError, match=r"without labels.*lossgp\[features\]"):
        choose("auto", labelled=False)
    monkeypatch.setattr(choice, "efficientnet_weights", lambda: Path("weights"))
    assert choose("auto", labelled=False) == "efficientnet"
    assert choose("auto", labelled=True) == "classifier"
    monkeypatch.setattr(choice, "has_inception", lambda: True)
    assert choose("auto", labelled=True) == "inception"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("classifier", "images without labels"),
        ("efficientnet", "pip install"),
        ("inception", "LOSSGP_INCEPTION"),
        ("vgg", "unknown extractor 'vgg'; known are auto, classifier"),
    ],
)
def test_what_is_missing_is_said(asked: str, says: str) -> None:
    with pytest.raises(TrainerError, match=says):
        choose(asked, labelled=False)


def test_choosing_costs_no_torch() -> None:
    code = (
        "import sys; from lossgp.trainers.extractors import choose\n"
        "choose('auto', True); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_build_makes_what_was_chosen(monkeypatch: pytest.MonkeyPatch, cache: str) -> None:
    from lossgp.trainers.extractors import classifier

    class Source:
        name = "stripes"
        images = torch.arange(40, dtype=torch.uint8).repeat_interleave(64).view(40, 1, 8, 8).numpy()
        labels = (torch.arange(40) % 2).numpy()

        def digest(self) -> str:
            return "0"

    monkeypatch.setitem(classifier.RECIPE, "steps", 1)
    made = build("auto", Source())
    assert made.name.startswith("classifier of stripes")
    with pytest.raises(TrainerError, match="LOSSGP_INCEPTION"):
        build("inception", Source())


def test_inceptions_weights_are_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert present.inception_weights() is None
    with pytest.raises(TrainerError, match="in torch hub's cache or where LOSSGP_INCEPTION says"):
        inception()
    hub = tmp_path / "hub" / "checkpoints"
    hub.mkdir(parents=True)
    (hub / present.INCEPTION_FILE).write_bytes(b"x")
    assert present.inception_weights() == hub / present.INCEPTION_FILE
    other = tmp_path / "mine.pth"
    other.write_bytes(b"y")
    monkeypatch.setenv("LOSSGP_INCEPTION", str(other))
    assert present.inception_weights() == other
    with pytest.raises(TrainerError, match=r"mine.pth' does not hold InceptionV3's weights"):
        inception()


def test_a_package_that_cannot_be_imported_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from lossgp.trainers.extractors import inception as room

    weights = tmp_path / "mine.pth"
    weights.write_bytes(b"y")
    monkeypatch.setenv("LOSSGP_INCEPTION", str(weights))
    monkeypatch.setattr(room, "WEIGHTS_SHA256", "")

    def broken(name: str) -> object:
        raise RuntimeError("operator torchvision::nms does not exist\nand more lines")

    monkeypatch.setattr(room, "import_module", broken)
    with pytest.raises(
        TrainerError, match=r"imported \(operator torchvision::nms does not exist\);"
    ):
        inception()


class Recorder(torch.nn.Module):
    """In place of InceptionV3, which needs a download: gives the pixels that it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = torch.nn.Linear(12, 5)

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor]:
        assert pixels.dtype == torch.uint8
        return (pixels.flatten(1).float(),)


def test_inception_is_shown_bytes_in_colour() -> None:
    extractor = InceptionV3(Recorder(), "cpu")
    images = torch.tensor([-1.0, 0.0, 0.5, 1.0]).view(1, 1, 2, 2)
    features = extractor.features(images)
    assert features.tolist() == [[0, 128, 191, 255] * 3]
    assert extractor.logits(images).shape == (1, 5)
