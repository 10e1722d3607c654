"""`lossgp sample`: images of generators that were trained on the real digits."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from .scored import OPTIONS, QUICK, called, refused


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A directory in whose runs GANetic was trained with seed 1, and the checkpoint."""
    import lossgp
    from lossgp.expressions import LossPair
    from lossgp.studies.sample import Model

    folder = tmp_path_factory.mktemp("kept")
    model = Model(LossPair.of(lossgp.zoo.ganetic), "digits-mlp", OPTIONS, "cpu", folder / "runs")
    outcome = model.train(1)
    assert outcome.metrics
    return folder, model.checkpoint(1), outcome


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_a_grid_is_that_of_the_checkpoint_and_of_its_seed(kept, tmp_path, monkeypatch):
    folder, checkpoint, _ = kept
    monkeypatch.chdir(folder)
    called("sample", "ganetic", *QUICK, "-n", 6, "-o", tmp_path / "a.png", "--scale", 1)
    called("sample", checkpoint, "--device", "cpu", "-n", 6, "-o", tmp_path / "b.png", "--scale", 1)
    called("sample", checkpoint, "--device", "cpu", "-n", 6, "-o", tmp_path / "c.png",
           "--seed", 7, "--scale", 1)  # fmt: skip
    a, b, c = (pixels(tmp_path / f"{name}.png") for name in "abc")
    assert a.shape == (2 * 9 - 1, 3 * 9 - 1)
    assert (a == b).all()
    assert (a != c).any()


def test_separate_images_are_those_of_the_grid(kept, tmp_path):
    _, checkpoint, _ = kept
    called("sample", checkpoint, "--device", "cpu", "-n", 12, "--each", tmp_path / "each",
           "-o", tmp_path / "grid.png", "--scale", 2)  # fmt: skip
    names = sorted(p.name for p in (tmp_path / "each").iterdir())
    assert names == [f"{i:02}.png" for i in range(12)]
    grid = pixels(tmp_path / "grid.png")
    first = pixels(tmp_path / "each/00.png")
    assert first.shape == (8, 8)
    assert (grid[:16:2, :16:2] == first).all()


def test_training_is_recorded_and_is_that_of_compare(kept):
    import lossgp

    folder, _, outcome = kept
    told = []
    comparison = lossgp.compare(
        ["ganetic"], seeds=2, options=OPTIONS, device="cpu", workers=1,
        runs_dir=folder / "runs", on_progress=told.append,
    )  # fmt: skip
    assert told[-1].total == 1
    assert comparison.losses[0].outcomes[1] == outcome


def test_a_loss_without_a_checkpoint_says_how_to_get_one_and_can_be_trained(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    message = refused("sample", "f1", *QUICK, "-o", "x.png")
    assert "add --train" in message
    assert not (tmp_path / "x.png").exists()
    called("sample", "f1", *QUICK, "--train", "--training", 2, "-o", "x.png")
    assert min(pixels("x.png").shape) > 300  # small images are enlarged
    assert "(kept are 2)" in refused("sample", "f1", *QUICK, "--training", 3, "-o", "x.png")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["bce"], "give -o FILE"),
        (["bce", "-o", "x.gif"], "must be one of .png, .jpg, .webp"),
        (["bce", "-o", "no/where.png"], "no directory"),
        (["bce", "--each", "full"], "is not empty"),
        (["bce", "-o", "x.png", "-n", "0"], "0 is not in the range"),
        (["bce", "-o", "x.png", "--scale", "0"], "0 is not in the range"),
        (["bce", "-o", "x.png", "--seed", "-1"], "-1 is not in the range"),
        (["bce", "-o", "x.png", "--training", "one"], "not a valid integer"),
        (["bce", "-o", "x.png", "--protocol", "imagenet"], "unknown protocol 'imagenet'"),
        (["bce", "-o", "x.png", "--epochs", "2"], "has no option 'epochs'"),
        (["bce", "-o", "x.png", "--device", "tpu"], "unknown device 'tpu'"),
        (["bse", "-o", "x.png"], "did you mean 'bce'"),
        (["run#1", "-o", "x.png"], "does not exist"),
        (["no.safetensors", "-o", "x.png"], "there is no file 'no.safetensors'"),
        (["bad.safetensors", "-o", "x.png"], "damaged"),
        (["bad.safetensors", "-o", "x.png", "--train"], "leave out the options of training"),
        (["bad.safetensors", "-o", "x.png", "--width", "8"], "leave out the options of training"),
    ],
)
def test_bad_input(tmp_path, monkeypatch, arguments, part):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.safetensors").write_bytes(b"\x10" * 40)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.png").write_text("")
    assert part in refused("sample", *arguments)
    assert not (tmp_path / "x.png").exists()
    assert not (tmp_path / "runs").exists()
