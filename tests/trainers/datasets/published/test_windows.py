from __future__ import annotations

import numpy as np
import pytest

from lossgp.trainers.datasets.published.windows import PRESETS, Window, chosen, stretched


def test_a_window_shows_its_ends_black_and_white() -> None:
    values = np.array([-500, 0, 50, 100, 500])
    assert Window(50, 100).grey(values).tolist() == [0, 0, 128, 255, 255]
    # DICOM's LINEAR (PS3.3, C.11.2.1.2.1): black up to c - 0.5 - (w - 1) / 2.
    linear = Window(50, 100, "LINEAR").grey(np.array([0, 1, 98, 99]))
    assert linear.tolist() == [0, 3, 252, 255]
    assert Window(50, 1, "LINEAR").grey(np.array([49, 50])).tolist() == [0, 255]
    assert Window(50, 100, "SIGMOID").grey(np.array([-1e9, 50, 1e9])).tolist() == [0, 128, 255]
    assert Window(50, 100).grey(np.array([np.nan])).tolist() == [0]


def test_stretching_and_what_a_text_means() -> None:
    assert stretched(np.array([2, 3, 4]), 2, 4).tolist() == [0, 128, 255]
    assert stretched(np.array([7, 7]), 7, 7).tolist() == [0, 0]
    assert chosen("auto") is chosen("full") is None
    assert chosen("-600/1500") == Window(-600, 1500) == chosen("lung")
    assert chosen("soft-tissue", "LINEAR") == Window(*PRESETS["soft-tissue"], "LINEAR")


@pytest.mark.parametrize("text", ["", "40", "40/0", "40/-1", "nan/3", "40/inf", "a/b", "Lung"])
def test_what_is_no_window(text) -> None:
    with pytest.raises(ValueError, match="It must be auto, full, CENTRE/WIDTH as 40/400"):
        chosen(text)
