"""Kept f-AnoGANs: they score as they did, and a changed file is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from lossgp.trainers import TrainerError, trainer
from lossgp.trainers.anomaly.detector import AT_ONCE, Detector
from lossgp.trainers.anomaly.model_file import read_scores
from lossgp.trainers.gan import checkpoint
from lossgp.trainers.networks import initialise
from lossgp.trainers.networks.rewritten import AT_ONCE as QUICK_AT_ONCE
from lossgp.trainers.recipes.fanogan import FAnoGanProtocol
from lossgp.trainers.seeding import stream

from ..losses import BCE
from .tiny_fanogan import TINY, made, read_once  # noqa: F401


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "m.safetensors"
    made().train(BCE, 0, path)
    return path


@pytest.mark.parametrize("quick_from", [1, 32])
def test_a_kept_model_gives_the_scores_of_its_training_but_for_rounding(
    model: Path, quick_from: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lossgp.trainers.anomaly.trainer.QUICK_FROM", quick_from)
    kept = checkpoint.read(model)
    found = trainer(kept.trainer, kept.protocol)  # reads no images: the content is known
    assert "split" not in vars(found)
    detector = found.detector(model)
    scores = read_scores(model)
    for part, expected in (
        (found.split.test_normal, scores.normal),
        (found.split.test_abnormal, scores.abnormal),
    ):
        again = detector.residuals(torch.from_numpy(part.images)).score(detector.kappa)
        if quick_from == 32:
            assert again.tolist() == expected.tolist()
        assert again.tolist() == pytest.approx(expected.tolist(), rel=1e-5)
    assert found.generate(model, 2).shape == (2, 1, 16, 16)
    assert {"d_real", "d_fake", "g", "e"} <= set(kept.history)


def test_wide_models_are_scored_the_quick_way_and_narrow_ones_are_not(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = torch.rand(2, 1, 16, 16, generator=stream(0, "images")) * 2 - 1
    plain = made().detector(model).residuals(images)
    assert made().detector(model)._at_once == AT_ONCE
    monkeypatch.setattr("lossgp.trainers.anomaly.trainer.QUICK_FROM", 1)
    quick = made().detector(model)
    assert quick._at_once == QUICK_AT_ONCE
    assert quick.residuals(images).image.tolist() == pytest.approx(plain.image.tolist(), rel=1e-5)
    assert made().detector(model, bfloat16=True)._at_once == AT_ONCE


def test_a_score_depends_on_no_other_image_and_has_fewer_digits_in_bfloat16() -> None:
    protocol = FAnoGanProtocol(**TINY)
    with torch.device("meta"):
        networks = protocol.networks()
    for name, network in networks.items():
        initialise(network, "cpu", stream(0, name))
    detector = Detector(*(networks[name] for name in "GDE"), 2.0)
    images = torch.rand(AT_ONCE + 2, 1, 16, 16, generator=stream(0, "images")) * 2 - 1
    whole, alone = detector.residuals(images), detector.residuals(images[-1:])
    assert whole.score(2.0)[-1] == alone.score(2.0)[0]
    rough = Detector(*(networks[name] for name in "GDE"), 2.0, bfloat16=True).residuals(images)
    assert rough.score(2.0).tolist() != whole.score(2.0).tolist()
    assert rough.score(2.0).tolist() == pytest.approx(whole.score(2.0).tolist(), rel=0.2)
    recreated, maps = detector.maps(images)
    assert recreated.shape == images.shape
    assert maps.shape == (AT_ONCE + 2, 16, 16)
    assert (images - recreated).square().mean((1, 2, 3)).tolist() == pytest.approx(
        whole.image.tolist(), rel=1e-5
    )


def changed(model: Path, path: Path, change) -> Path:
    with safe_open(model, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = file.metadata()
    tensors, metadata = change(tensors, metadata)
    save_file(tensors, path, metadata=metadata)
    return path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t, m: ({**t, "extra.scores.normal": t["extra.scores.normal"] + 1}, m), "changed"),
        (lambda t, m: ({**t, "generator.dense.bias": t["generator.dense.bias"] + 1}, m), "changed"),
        (lambda t, m: (t, {"lossgp": m["lossgp"].replace('"seed": 0', '"seed": 1')}), "changed"),
        (
            lambda t, m: ({k: v for k, v in t.items() if not k.startswith("extra.")}, m),
            "a generator alone",
        ),
        (lambda t, m: (t, {}), "no generator that lossgp has kept"),
    ],
)
def test_a_file_that_was_changed_is_refused(model: Path, tmp_path: Path, change, words) -> None:
    path = changed(model, tmp_path / "other.safetensors", change)
    with pytest.raises(TrainerError, match=words):
        made().detector(path)


def test_networks_of_another_shape_are_refused(model: Path) -> None:
    with pytest.raises(TrainerError, match="another shape"):
        made(width=2).detector(model)
