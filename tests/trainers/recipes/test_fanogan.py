"""f-AnoGAN in tiny networks: its two stages, its options, its files. Nothing here trusts where a
training goes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from lossgp.expressions import LossPair, zoo
from lossgp.trainers import Criterion, OptionError, Status, TrainerError, trainer
from lossgp.trainers.anomaly.model_file import read_scores
from lossgp.trainers.recipes.fanogan import FAnoGanProtocol
from lossgp.trainers.seeding import reproducible

from ..losses import BCE, NOT_A_NUMBER
from .tiny_fanogan import TINY, made, read_once  # noqa: F401


def weights(networks: dict, names: str = "GDE") -> Tensor:
    return torch.cat([p.detach().flatten() for name in names for p in networks[name].parameters()])


def trained(criterion: Criterion = BCE, names: str = "GDE", **changes: object) -> Tensor:
    """The weights after a training."""
    found = made(**changes)
    with reproducible():
        networks = found._networks(0)
        found._training(networks, criterion, 0).run(found.iterations)
    return weights(networks, names)


# Two steps each: in the first, Adam and the order of two batches hide some of the numbers.
TWICE = {"critic_steps": 2, "encoder_iterations": 3}


@pytest.fixture(scope="module")
def usual() -> Tensor:
    return trained(**TWICE)


def test_an_outcome_has_all_that_was_promised_and_repeats_to_the_bit() -> None:
    found = made()
    first, again = found.train(BCE, 1), made().train(BCE, 1)
    assert first.status is Status.OK
    assert set(first.metrics) == set(found.measures)
    assert first.metrics["auroc_gap"] == 1 - first.metrics["auroc"]
    assert first.same_result(again)
    assert first.iterations == found.iterations == 3
    assert not first.same_result(made().train(BCE, 2))


@pytest.mark.parametrize(
    "change",
    [
        {"iterations": 2},
        {"encoder_iterations": 2},
        {"batch": 5},
        {"critic_steps": 1},
        {"penalty": 0.0},
        {"learning_rate": 2e-3},
        {"beta1": 0.5},
        {"beta2": 0.5},
        {"epsilon": 1e-2},
        {"flip": True},
        {"kappa": 0.0},
        {"encoder_optimiser": "adam"},
        {"encoder_learning_rate": 1e-2},
        {"encoder_loss": "criterion"},
        {"encoder_loss": "ganetic"},
        {"split": 1},
        {"train_size": 11},
        {"crop": "none", "normal_class": "1", "data": "digits"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_option_of_the_training_counts(usual: Tensor, change: dict) -> None:
    assert not torch.equal(usual, trained(**TWICE | change))


@pytest.mark.parametrize("change", [{"width": 2}, {"latent": 4}, {"norm": "none"}, {"size": 32},
                                    {"channels": 3}])  # fmt: skip
def test_every_option_of_the_networks_counts(usual: Tensor, change: dict) -> None:
    found = made(**change)
    assert len(weights(found._networks(0))) != len(usual)


def test_the_encoder_moves_alone_in_its_stage() -> None:
    short, long = (trained(names="GD", encoder_iterations=n) for n in (1, 3))
    assert torch.equal(short, long)
    assert not torch.equal(
        trained(names="E", encoder_iterations=1), trained(names="E", encoder_iterations=3)
    )


def test_a_step_of_the_encoder_is_that_of_a_slow_loop() -> None:
    """Plain SGD on the loss of equations 2 to 4, written without the recipe's parts."""
    rate, kappa = 0.1, 0.7
    options = {"encoder_optimiser": "sgd", "encoder_learning_rate": rate, "kappa": kappa}
    found = made(encoder_iterations=1, batch=12, **options)
    with reproducible():
        networks = found._networks(0)
        before = weights(networks, "E")
        found._training(networks, BCE, 0).run(found.iterations)
        after = weights(networks, "E")

        fresh = found._networks(0)["E"]  # E has not moved before its stage
        assert torch.equal(before, weights({"E": fresh}, "E"))
        g, d = (networks[name].eval() for name in "GD")
        images = torch.from_numpy(found.split.train.images).float() / 127.5 - 1  # (12, 1, 16, 16)
        total = torch.zeros(())
        for image in images[:, None]:
            again = g(fresh(image))
            pixels = [(a - b) ** 2 for a, b in zip(image.flatten(), again.flatten(), strict=True)]
            pair = zip(d.embed(image).flatten(), d.embed(again).flatten(), strict=True)
            features = [(a - b) ** 2 for a, b in pair]
            total = total + sum(pixels) / len(pixels) + kappa * sum(features) / len(features)
        slopes = torch.autograd.grad(total / len(images), list(fresh.parameters()))
    expected = before - rate * torch.cat([slope.flatten() for slope in slopes])
    torch.testing.assert_close(after - before, expected - before, rtol=1e-4, atol=1e-7)


def test_a_loss_of_the_encoder_may_be_a_name_or_a_formula_and_is_one_protocol() -> None:
    formula = LossPair.of(zoo.entry("ganetic").loss).text()
    by_name, by_text = (FAnoGanProtocol(encoder_loss=each) for each in ("ganetic", formula))
    assert by_name.hash() == by_text.hash() != FAnoGanProtocol().hash()
    pair = LossPair.of(zoo.entry("bce").loss)
    criterion = Criterion(*pair.criterion_functions())
    by_name, as_trained = (trained(criterion, encoder_loss=x) for x in ("bce", "criterion"))
    assert torch.equal(by_name, as_trained)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": 24}, "no power of two"),
        ({"size": 8}, "size"),
        ({"channels": 2}, "channels"),
        ({"kappa": -1}, "kappa"),
        ({"penalty": -1}, "penalty"),
        ({"critic_steps": 0}, "critic_steps"),
        ({"encoder_iterations": 0}, "encoder_iterations"),
        ({"encoder_optimiser": "lamb"}, "encoder_optimiser"),
        ({"encoder_learning_rate": 0}, "encoder_learning_rate"),
        ({"encoder_loss": "y_pred +"}, "neither 'squared', 'criterion', a known loss"),
        ({"norm": "batch"}, "norm"),
        ({"split": -1}, "split"),
        ({"data": "digits"}, "normal_class must say"),
        ({"normal": "a"}, "test_normal and test_abnormal must be given beside normal"),
        ({"normal": "a", "test_normal": "b", "test_abnormal": "c", "data": "d"}, "not both"),
        ({"train_size": 1}, "train_size"),
        ({"kapa": 1}, "did you mean"),
    ],
    ids=str,
)
def test_bad_options_are_refused(options: dict, words: str) -> None:
    with pytest.raises(OptionError, match=words):
        trainer("f-anogan", options)


def test_a_published_split_needs_no_normal_class(tmp_path: Path) -> None:
    found = FAnoGanProtocol(data=f"lag:{tmp_path}")
    assert "split as published" in found.describe_images()
    with pytest.raises(ValueError, match="normal_class must say"):
        FAnoGanProtocol(data=f"busi:{tmp_path}")


def test_a_batch_that_is_larger_than_the_data_is_refused() -> None:
    with pytest.raises(TrainerError, match="batch is 13, and there are 12 normal images"):
        made(batch=13)


def test_where_the_images_lie_is_not_in_the_hash_but_what_they_are_is() -> None:
    first, other = made(), made(split=1)
    assert first.protocol.content
    assert first.protocol.content != other.protocol.content
    named = made(data="digits", normal_class="8")
    assert named.protocol.content == first.protocol.content


def test_a_training_that_diverges_measures_nothing_and_is_kept_without_scores(
    tmp_path: Path,
) -> None:
    path = tmp_path / "m.safetensors"
    found = made().train(NOT_A_NUMBER, 0, path)
    assert found.status is Status.DIVERGED
    assert not found.metrics
    with pytest.raises(TrainerError, match="no scores of test images"):
        read_scores(path)


def test_folders_of_pictures_are_learned_from(tmp_path: Path) -> None:
    from PIL import Image

    numbers = np.random.default_rng(0)
    for name, count in (("a", 9), ("b", 2), ("c", 2)):
        (tmp_path / name).mkdir()
        for i in range(count):
            picture = numbers.integers(0, 256, (20, 16), dtype=np.uint8)
            Image.fromarray(picture).save(tmp_path / name / f"{i}.png")
    paths = {"normal": "a", "test_normal": "b", "test_abnormal": "c"}
    folders = {key: str(tmp_path / name) for key, name in paths.items()}
    options = {k: v for k, v in TINY.items() if not k.endswith("_size")}
    found = trainer("f-anogan", {**options, **folders})
    assert found.describe_data() == (
        "a against c; 9 normal images to learn from, 2 normal and 2 abnormal ones for tests"
    )
    moved = tmp_path / "elsewhere"
    (tmp_path / "a").rename(moved)
    again = trainer("f-anogan", {**options, **folders, "normal": str(moved)})
    assert again.protocol.hash() == found.protocol.hash()
