"""The figure of FID over a training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lossgp.report import comparison_files
from lossgp.report import fid_curves as room
from lossgp.report.comparison_files import write
from lossgp.report.fid_curves import curve, fid_curves
from lossgp.results.comparison import Comparison
from lossgp.trainers import Status, trainer
from lossgp.trainers.gan import checkpoint
from lossgp.trainers.gan.training import Ending
from lossgp.trainers.initial import initialise
from tests.report.comparisons import two

NAN = float("nan")
HISTORY = ((25.0, 0.5, 0.5, 0.7, NAN), (50.0, 0.4, 0.4, 0.8, 90.0), (75.0, 0.4, 0.4, 0.9, 12.0))
CURVES = ("d_real", "d_fake", "g", "fid")


def stored(directory: Path, history: tuple[tuple[float, ...], ...] = HISTORY) -> Comparison:
    """Two losses, each training kept with these curves."""
    comparison = two(checkpoints=directory)
    ending = Ending(Status.OK, history=history, iterations=75, curves=CURVES)
    with torch.device("meta"):
        generator = trainer("digits").protocol.networks()["G"]
    initialise(generator, "cpu", torch.Generator().manual_seed(0))
    for loss in comparison.losses:
        for seed in comparison.seeds:
            hashed, key = comparison.protocol.hash(), loss.pair.key()
            path = checkpoint.checkpoint_path(directory, hashed, key, seed, "cpu")
            checkpoint.write(path, comparison.protocol, "loss", seed, generator, ending)
    return comparison


def test_a_curve_is_of_where_it_was_measured() -> None:
    at, values = curve({"iteration": [25, 50, 75], "fid": [NAN, 90.0, 12.0]})
    assert (at.tolist(), values.tolist()) == ([50, 75], [90, 12])
    assert curve({"iteration": [25], "fid": [NAN]}) is None
    assert curve({"iteration": [25], "g": [1.0]}) is None


@pytest.fixture
def no_other_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("boxes", "images", "curves"):
        monkeypatch.setattr(comparison_files, name, lambda comparison: None)


@pytest.mark.usefixtures("no_other_pictures")
def test_it_is_written_where_fid_was_measured_on_the_way(tmp_path: Path) -> None:
    paths = write(stored(tmp_path / "kept"), tmp_path / "scores")
    assert tmp_path / "scores" / "fid.png" in paths
    assert (tmp_path / "scores" / "fid.png").stat().st_size > 5000


@pytest.mark.usefixtures("no_other_pictures")
def test_it_is_not_where_none_was(tmp_path: Path) -> None:
    without = tuple(row[:4] for row in HISTORY)
    comparison = stored(tmp_path / "kept", without)
    assert fid_curves(comparison) is None
    assert fid_curves(two()) is None
    (tmp_path / "scores").mkdir()
    write(comparison, tmp_path / "scores")
    assert not (tmp_path / "scores" / "fid.png").exists()


def test_the_axis_is_of_images_where_a_protocol_has_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, drawing = [], room._draw_loss

    def spy(axes, loss, own, batch, colour):
        drawn.append((own, batch, axes))
        drawing(axes, loss, own, batch, colour)

    monkeypatch.setattr(room, "_draw_loss", spy)
    draw = fid_curves(stored(tmp_path))
    assert draw is not None
    draw(tmp_path / "fid.png")
    own, batch, axes = drawn[0]
    assert batch == 64
    assert np.allclose(axes.lines[0].get_xdata(), [3.2, 4.8])  # thousand images
    assert np.array_equal(own[0][0], [50, 75])


def test_names_are_no_formulas(tmp_path: Path) -> None:
    comparison = stored(tmp_path)
    odd = tuple(replace(loss, name=f"$x_{n}$") for n, loss in enumerate(comparison.losses))
    draw = fid_curves(replace(comparison, losses=odd))
    assert draw is not None
    assert draw(tmp_path / "fid.png").is_file()
