"""Crops of the images that come with scikit-image; stand-ins where it is not installed."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image

from lossgp.trainers.datasets import DatasetError, load, read
from lossgp.trainers.datasets.published.crops import corners


@pytest.fixture
def skimage(tmp_path, monkeypatch):
    """A package of that name with an image of each name: noise, and a grey disc on black."""
    data = tmp_path / "skimage" / "data"
    data.mkdir(parents=True)
    (data.parent / "__init__.py").write_text("raise RuntimeError('it need not be imported')\n")
    noise = np.random.default_rng(0).integers(0, 256, (128, 96, 3), np.uint8)
    Image.fromarray(noise).save(data / "ihc.png")
    y, x = np.mgrid[:256, :256]
    disc = np.where((x - 128) ** 2 + (y - 128) ** 2 < 120**2, 150, 0).astype(np.uint8)
    Image.fromarray(np.stack([disc] * 3, -1)).save(data / "retina.jpg")
    monkeypatch.delitem(sys.modules, "skimage", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    return data


def test_crops_lie_where_they_should(skimage) -> None:
    data = read("histology-crops")
    with Image.open(skimage / "ihc.png") as image:
        pixels = np.asarray(image).transpose(2, 0, 1)
    assert data.images.shape == (6, 3, 64, 64)  # 2 x 3 at every 32 of 96 x 128
    assert np.array_equal(data.images[1], pixels[:, 32:96, :64])
    assert np.array_equal(data.images[3], pixels[:, :64, 32:96])
    assert read("histology-crops,crop=32,stride=32").images.shape == (12, 3, 32, 32)
    assert read("histology-crops,stride=16").images.shape[0] == 15
    assert read("histology-crops", size=16, channels=1).shape == (1, 16, 16)
    assert load("histology-crops").digest() == data.digest()
    assert data.notes[0].startswith("all 6 crops are of one photograph")
    assert corners(96, 128, 64, 32)[:4] == [(0, 0), (0, 32), (0, 64), (32, 0)]


def test_crops_beyond_the_eye_are_left_out(skimage) -> None:
    data = read("fundus-crops,crop=64,stride=32")
    assert 0 < len(data) < 49
    assert (data.images >= 16).mean(axis=(1, 2, 3)).min() >= 0.95
    assert f"{49 - len(data)} crops that reach beyond the eye were left out" in data.notes
    with pytest.raises(DatasetError, match="no crop of 256 pixels lies in the eye"):
        read("fundus-crops,crop=256")


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("histology-crops,crop=4", "crop is '4'; input should be greater than or equal to 8"),
        ("histology-crops,stride=0", "stride is '0'"),
        ("histology-crops,crop=100", "96x128 pixels; crops of 100 do not fit"),
        ("histology-crops,step=4", "no option 'step'"),
        ("histology-crops:.", "comes with scikit-image: it takes no path"),
        ("histology-crops,crop=a", "crop is 'a'; input should be a valid integer"),
    ],
)
def test_bad_input(skimage, source, part) -> None:
    with pytest.raises(DatasetError, match=part):
        read(source)
    (skimage / "ihc.png").unlink()
    with pytest.raises(DatasetError, match="is not here; reinstall scikit-image"):
        read("histology-crops")
    with pytest.raises(DatasetError, match="has no split 'test'"):
        read("histology-crops", split="test")


def test_without_the_package_the_extra_is_named(monkeypatch) -> None:
    monkeypatch.setattr("lossgp.trainers.datasets.published.bundled.find_spec", lambda name: None)
    with pytest.raises(DatasetError, match=r"pip install \"lossgp\[medical\]\""):
        read("fundus-crops")


@pytest.mark.skipif(find_spec("skimage") is None, reason="scikit-image is not installed")
def test_the_real_images_give_the_documented_crops() -> None:
    assert read("histology-crops").images.shape == (225, 3, 64, 64)
    assert read("fundus-crops", size=32).images.shape == (307, 3, 32, 32)
