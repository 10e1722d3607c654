from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from lossgp.trainers import TrainerError
from lossgp.trainers.datasets import DataSet, DatasetError

IMAGES = np.arange(6 * 1 * 2 * 2, dtype=np.uint8).reshape(6, 1, 2, 2)
LABELS = np.array([0, 1, 0, 1, 0, 1])


def test_equal_data_have_an_equal_digest_whatever_their_memory_layout() -> None:
    made = DataSet("a", IMAGES, LABELS, ("x", "y"))
    other = DataSet("b", np.asfortranarray(IMAGES), LABELS.copy(), ("x", "y"))
    assert made.digest() == other.digest()
    assert len(made.digest()) == 64


def test_every_part_changes_the_digest() -> None:
    pixel, label = IMAGES.copy(), LABELS.copy()
    pixel[5, 0, 1, 1] ^= 1
    label[5] = 0
    digests = {
        DataSet("a", images, labels, ("x", "y") if labels is not None else ()).digest()
        for images, labels in [
            (IMAGES, LABELS),
            (IMAGES, None),
            (IMAGES.reshape(6, 1, 1, 4), LABELS),
            (pixel, LABELS),
            (IMAGES, label),
        ]
    }
    assert len(digests) == 5


def test_first_takes_the_first_images_and_labels() -> None:
    made = DataSet("a", IMAGES, LABELS, ("x", "y")).first(2)
    assert len(made) == 2
    assert made.shape == (1, 2, 2)
    assert made.labels is not None
    assert made.labels.tolist() == [0, 1]
    assert made.first(2).digest() == made.digest()


@pytest.mark.parametrize("n", [0, 7, -1])
def test_first_refuses_what_is_not_there(n: int) -> None:
    with pytest.raises(DatasetError, match=rf"has 6 images; {n} cannot be taken: use 1 to 6"):
        DataSet("a", IMAGES).first(n)


def test_read_only_arrays_become_writable_and_ours_stay_as_they_are() -> None:
    frozen = np.frombuffer(IMAGES.tobytes(), np.uint8).reshape(IMAGES.shape)
    assert DataSet("a", frozen).images.flags.writeable
    assert DataSet("a", IMAGES).images is IMAGES


@pytest.mark.parametrize(
    ("images", "labels", "classes", "part"),
    [
        (IMAGES.astype(np.float32), None, (), "images are float32"),
        (IMAGES[0], None, (), r"\(n, c, h, w\)"),
        (IMAGES[:0], None, (), "at least one image"),
        (IMAGES, LABELS[:5], ("x", "y"), r"shape \(6,\), one for each"),
        (IMAGES, LABELS.astype(np.uint8), ("x", "y"), "labels are uint8"),
        (IMAGES, LABELS, ("x",), "from 0 to 1, but there are 1 classes"),
        (IMAGES, LABELS - 1, ("x", "y"), "from -1 to 0"),
    ],
)
def test_what_does_not_fit_together_is_refused(images, labels, classes, part) -> None:
    with pytest.raises(DatasetError, match=part) as caught:
        DataSet("a", images, labels, classes)
    assert isinstance(caught.value, TrainerError)
    assert "\n" not in str(caught.value)


def test_importing_the_room_imports_no_torch() -> None:
    code = "import sys, lossgp.trainers.datasets; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
