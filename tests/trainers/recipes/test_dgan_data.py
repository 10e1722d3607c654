"""DGAN-WP-TL: its two sets of images, its perceptual network, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor

from lossgp.trainers import OptionError, TrainerError, trainer
from lossgp.trainers.extractors import perceptual
from lossgp.trainers.recipes.dgan import DganProtocol
from lossgp.trainers.recipes.dgan_trainer import UNTRAINED, DganTrainer
from tests.trainers.extractors.test_vgg import state

TINY: dict[str, Any] = {
    **{"size": 8, "depth": 2, "width": 2, "latent": 4, "batch": 4, "samples": 12},
    **{"iterations": 2, "pretrain_iterations": 2, "critic_steps": 1},
    **{"perceptual": "random", "features": "classifier", "metrics": ["fid"]},
}


def made(**options: Any) -> DganTrainer:
    return cast("DganTrainer", trainer("dgan-wp-tl", {**TINY, **options}))


def larger_of(trainer: DganTrainer) -> Tensor:
    """The images of the first stage."""
    assert trainer._larger is not None
    return trainer._larger


def pictures(root: Path, kind: str, n: int, first: int = 0) -> Path:
    (root / kind).mkdir(parents=True)
    rng = np.random.default_rng(first)
    for i in range(first, first + n):
        pixels = rng.integers(0, 256, (10, 10), dtype=np.uint8)
        Image.fromarray(pixels).save(root / kind / f"{i}.png")
    return root


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve benign and six malignant pictures."""
    root = tmp_path_factory.mktemp("busi")
    pictures(root, "benign", 12)
    return pictures(root, "malignant", 6, 100)


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty other pictures, and three that are not meant."""
    root = tmp_path_factory.mktemp("others")
    pictures(root, "a", 20, 200)
    return pictures(root, "b", 3, 300)


# Images


def test_without_data_some_digits_come_after_the_others() -> None:
    plain = made()
    assert plain.protocol.classes == tuple("56789")
    assert plain.protocol.pretrain_classes == tuple("01234")
    labels = plain.data_set.labels
    assert labels is not None
    assert torch.equal(plain._images, torch.from_numpy(plain.data_set.images[labels >= 5]))
    assert torch.equal(larger_of(plain), torch.from_numpy(plain.data_set.images[labels < 5]))
    whole = made(pretrain_iterations=0)
    assert whole.protocol.classes == ()
    assert whole._larger is None
    assert len(whole._images) == 1797
    assert made(size=16).data_set.images.shape == (1797, 1, 16, 16)
    assert made(channels=3).data_set.images.shape == (1797, 3, 8, 8)
    assert made(classes=7, pretrain_classes=[1, "2"]).protocol.classes == ("7",)


def test_classes_of_one_set_and_another_set(folder: Path, larger: Path) -> None:
    within = made(data=str(folder), classes="malignant", pretrain_classes="benign")
    assert [len(images) for images in (larger_of(within), within._images)] == [12, 6]
    other = made(data=str(folder), pretrain_data=str(larger))
    assert [len(images) for images in (larger_of(other), other._images)] == [23, 18]
    some = made(data=str(folder), pretrain_data=str(larger), pretrain_include="a/*")
    left = made(data=str(folder), pretrain_data=str(larger), pretrain_exclude=["b/*"])
    for chosen in (some, left):
        assert len(larger_of(chosen)) == 20
    assert some.protocol.hash() == left.protocol.hash() != other.protocol.hash()
    few = made(data=str(folder), classes="malignant", pretrain_classes="benign", train_size=5)
    assert len(few._images) == 5


def test_the_images_are_hashed_and_where_they_lie_is_not(
    folder: Path, larger: Path, tmp_path: Path
) -> None:
    options = {"data": str(folder), "pretrain_data": str(larger)}
    protocol = made(**options).protocol
    copy = pictures(pictures(tmp_path / "copy", "a", 20, 200), "b", 3, 300)
    assert made(**{**options, "pretrain_data": str(copy)}).protocol.hash() == protocol.hash()
    again = made(**{**protocol.model_dump(mode="json"), "pretrain_data": "moved"})
    assert again.protocol.hash() == protocol.hash()  # nothing was read: all is filled in
    pictures(copy, "c", 1, 400)
    changed = made(**{**protocol.model_dump(mode="json"), "pretrain_data": str(copy)})
    with pytest.raises(TrainerError, match=r"the images of '.*copy' have changed"):
        changed.prepare()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes": "benin"}, r"classes: .* has no class 'benin' \(did you mean 'benign'\?\); it"),
        ({"pretrain_classes": "x"}, r"pretrain_classes: .*no class 'x'; it has benign, malignant"),
        ({}, r"larger set to begin with: give pretrain_data, or pretrain_classes"),
        ({"pretrain_classes": "malignant", "batch": 8}, r"6 images to pre-train on .*batch is 8"),
        ({"classes": "malignant", "pretrain_classes": "benign", "batch": 8}, r"batch is 8.* 6"),
        ({"pretrain_data": "nowhere"}, r"nowhere: no such file or folder"),
        ({"classes": "benign", "labels": "none"}, r"classes are given, and .*has no labels"),
    ],
)
def test_images_that_cannot_be_had_are_refused(
    folder: Path, options: dict[str, Any], message: str
) -> None:
    features = {"features": "efficientnet"} if "labels" in options else {}
    with pytest.raises(TrainerError, match=message) as caught:
        made(data=str(folder), **{"pretrain_classes": (), **options}, **features)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 9, "depth": None}, "9 pixels cannot be halved 1 times.*multiple of 4"),
        ({"size": 24, "depth": 4}, "24 pixels cannot be halved 4 times.*multiple of 32"),
        ({"size": 8, "depth": 3}, "8 pixels cannot be halved 3 times to 2 or more"),
        ({"frozen_generator": 4}, "the generator has 3 blocks and the critic 2: no 4 and 0"),
        ({"frozen_critic": 3}, "no 0 and 3 can be frozen"),
        ({"pretrain_iterations": 0, "frozen_critic": 1}, "frozen_critic is given, and pretrain_"),
        ({"pretrain_iterations": 0, "pretrain_data": "x"}, "pretrain_data is given"),
        ({"perceptual_weights": "my.pth"}, "perceptual_weights are VGG16's.*random"),
        ({"perceptual": "vgg19"}, "perceptual"),
        ({"perceptual_weight": -1}, "perceptual_weight"),
        ({"perceptual_matching": "order"}, "perceptual_matching"),
        ({"perceptual_scale": "raw"}, "perceptual_scale"),
        ({"perceptual_sha256": "397923af"}, "perceptual_sha256"),
        ({"penalty_weight": -1}, "penalty_weight"),
        ({"critic_steps": 0}, "critic_steps"),
        ({"pretrain_iterations": -1}, "pretrain_iterations"),
        ({"classes": 1.5}, "classes"),
        ({"depth": 0}, "depth"),
        ({"width": 0}, "width"),
        ({"latent": 0}, "latent"),
        ({"channels": 2}, "channels"),
    ],
    ids=str,
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        made(**options)


def test_the_size_is_halved_to_four_pixels_or_more_where_no_depth_is_given() -> None:
    found = {size: DganProtocol(size=size).halvings for size in (8, 12, 24, 32, 64, 50, 10)}
    assert found == {8: 1, 12: 1, 24: 2, 32: 3, 64: 4, 50: 1, 10: 1}
    assert DganProtocol(size=64, depth=2).halvings == 2
    whole, half = made(size=8, depth=None), made(size=8, depth=1)
    assert [p.shape for p in whole.protocol.networks()["G"].parameters()] == [
        p.shape for p in half.protocol.networks()["G"].parameters()
    ]


def test_the_networks_are_of_the_sizes_that_are_asked_for() -> None:
    def shapes(**options: Any) -> list[torch.Size]:
        networks = DganProtocol(**{"size": 16, "depth": 2, **options}).networks()
        return [p.shape for network in networks.values() for p in network.parameters()]

    first = shapes()
    for change in ({"width": 4}, {"latent": 5}, {"depth": 1}, {"channels": 3}, {"size": 32}):
        assert shapes(**change) != first, change


def test_the_limits_themselves_are_allowed() -> None:
    limits = made(frozen_generator=3, frozen_critic=2, penalty_weight=0, perceptual_weight=0)
    assert limits.protocol.frozen_generator == 3


# The perceptual network


def test_auto_is_filled_in_with_what_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perceptual, "vgg_weights", lambda given=None: None)
    monkeypatch.setattr(perceptual, "efficientnet_weights", lambda: None)
    alone = made(perceptual="auto")
    assert alone.protocol.perceptual == "random"
    assert alone.protocol.hash() == made().protocol.hash()
    assert UNTRAINED in alone.warnings()
    assert UNTRAINED not in made(perceptual_weight=0).warnings()
    monkeypatch.setattr(perceptual, "efficientnet_weights", lambda: Path("here"))
    assert made(perceptual="auto").protocol.perceptual == "efficientnet"
    assert made(perceptual="auto", perceptual_weight=0).protocol.perceptual == "random"
    with pytest.raises(TrainerError, match="VGG16 needs its weights"):
        made(perceptual="vgg16")


def test_vggs_file_is_pinned_by_its_content(tmp_path: Path) -> None:
    path, copy = tmp_path / "w.safetensors", tmp_path / "copy.safetensors"
    save_file(state(), path)
    copy.write_bytes(path.read_bytes())
    first, second = (made(perceptual="auto", perceptual_weights=str(p)) for p in (path, copy))
    assert first.protocol.perceptual == "vgg16"
    assert len(first.protocol.perceptual_sha256) == 64
    assert first.protocol.hash() == second.protocol.hash() != made().protocol.hash()
    digest = first.protocol.perceptual_sha256
    assert first._maps.name == f"vgg16 (sha {digest[:8]})"
    with pytest.raises(TrainerError, match="damaged or another file"):
        made(perceptual="vgg16", perceptual_weights=str(path), perceptual_sha256="0" * 64)
    again = made(**first.protocol.model_dump(mode="json"))  # pinned: only now it is opened
    save_file(state(0.02), path)
    with pytest.raises(TrainerError, match="damaged or another file"):
        _ = again._maps


# Trainers beside each other


def test_settings_that_differ_in_lambda_share_what_is_ready(folder: Path) -> None:
    options = {**TINY, "data": str(folder), "classes": "malignant", "pretrain_classes": "benign"}
    first = made(**options)
    _ = first._images, first._larger, first._perceptual
    other = cast("DganTrainer", first.another({**options, "perceptual_weight": 0.5}))
    assert other._perceptual is first._perceptual
    assert other._larger is first._larger
    means = cast("DganTrainer", first.another({**options, "perceptual_matching": "means"}))
    assert "_perceptual" not in means.__dict__
    without = cast("DganTrainer", first.another({**options, "perceptual_weight": 0}))
    assert without._perceptual == (None, None)


# Told to people


def test_the_protocol_says_what_it_is() -> None:
    told = made(frozen_critic=1).protocol.describe()
    for words in ("networks of ours", "2 + 2 iterations", "perceptual weight 5 (random, pairs)",
                  "gradient penalty 10", "0 blocks of G and 1 of D frozen"):  # fmt: skip
        assert words in told
    plain = made(penalty_weight=0, perceptual_weight=0, pretrain_iterations=0).protocol.describe()
    assert "no penalty, perceptual weight 0;" in plain
    assert "frozen" not in plain


def test_all_options_are_explained() -> None:
    inherited = {
        name for base in DganProtocol.__mro__[1:] for name in getattr(base, "model_fields", ())
    }
    text = DganProtocol.__doc__ or ""
    for name in set(DganProtocol.model_fields) - inherited:
        if name not in ("pretrain_content", "pretrain_include", "pretrain_exclude"):
            assert f"`{name}`" in text, name
