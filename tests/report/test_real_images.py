"""Real images above the generated ones of a comparison."""

from __future__ import annotations

import numpy as np
from PIL import Image

from lossgp.analysis.figures import new_figure
from lossgp.report.real_images import draw_real, real_images
from lossgp.trainers import TrainerError, trainer
from lossgp.trainers.datasets.digits import digits


def test_they_are_some_of_the_data_and_always_the_same() -> None:
    made = trainer("digits")
    found = real_images(made, 18)
    assert found is not None
    assert found.shape == (18, 1, 8, 8)
    known = {image.tobytes() for image in digits().images}
    assert sum(image.tobytes() in known for image in found) > 15  # of other rounding, at most
    assert np.array_equal(found, real_images(made, 18))


def test_of_few_images_all_are_shown(tmp_path) -> None:
    for name in range(5):
        folder = tmp_path / "ab"[name % 2]
        folder.mkdir(exist_ok=True)
        pixels = np.full((8, 8), 40 * name, np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    options = {"data": str(tmp_path), "size": 8, "channels": 1, "stages": [1, 2], "batch": 2}
    made = trainer("images", {**options, "samples": 8, "features": "classifier"})
    assert sorted(real_images(made, 18)[:, 0, 0, 0].tolist()) == [0, 40, 80, 120, 160]


def test_there_are_none_where_the_data_are_elsewhere_or_are_no_images() -> None:
    class Gone:
        def real_images(self, n: int) -> None:
            raise TrainerError("no such folder")

    assert real_images(Gone(), 18) is None
    assert real_images(trainer("ring"), 18) is None


def test_they_stand_in_the_first_cell_of_their_row() -> None:
    row = new_figure(4, 2).subplots(1, 2, squeeze=False)[0]
    images = np.arange(3 * 64, dtype=np.uint8).reshape(3, 1, 8, 8)
    draw_real(row, images, 6)
    assert row[0].get_title() == "real images"
    assert row[0].images[0].get_array().shape == (8, 26)
    assert not row[1].images
