from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import Tensor

from lossgp.trainers import TrainerError
from lossgp.trainers.data import digits
from lossgp.trainers.extractors.digits import DigitClassifier, digit_classifier
from lossgp.trainers.metrics import METRICS, NAMES, RealSide, check, measure, reference
from lossgp.trainers.metrics.fid import frechet_distance
from lossgp.trainers.metrics.fid_256 import frechet_distance_256
from lossgp.trainers.metrics.kid import kernel_distance


@pytest.fixture(scope="module")
def extractor() -> DigitClassifier:
    return digit_classifier()


@pytest.fixture(scope="module")
def images() -> Tensor:
    return digits()[0]


@pytest.fixture(scope="module")
def real(extractor: DigitClassifier, images: Tensor) -> RealSide:
    return RealSide.of(images[:1200], extractor)


OF_FEATURES = ("fid", "fid_256", "kid", "precision", "recall", "density", "coverage")


def test_real_digits_measure_better_than_noise(
    extractor: DigitClassifier, images: Tensor, real: RealSide
) -> None:
    good = measure(OF_FEATURES, images[1200:], real, extractor, seed=0)
    noise = torch.rand(597, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    bad = measure(OF_FEATURES, noise, real, extractor, seed=0)
    assert set(good) == set(bad) == set(OF_FEATURES)
    for name in OF_FEATURES:
        sign = 1 if METRICS[name].better == "higher" else -1
        assert sign * good[name] > sign * bad[name], name


def test_a_collapsed_generator_has_precision_but_covers_nothing(
    extractor: DigitClassifier, images: Tensor, real: RealSide
) -> None:
    one = images[:1].expand(300, -1, -1, -1)
    found = measure(OF_FEATURES, one, real, extractor, seed=0)
    assert found["precision"] == 1
    assert found["coverage"] < 0.05
    assert found["recall"] < 0.05


def test_the_same_seed_gives_the_same_numbers_to_the_bit(
    extractor: DigitClassifier, images: Tensor, real: RealSide
) -> None:
    first = measure(OF_FEATURES, images[1200:], real, extractor, seed=3)
    torch.manual_seed(9)
    fresh = RealSide.of(images[:1200], extractor)
    assert measure(reversed(OF_FEATURES), images[1200:], fresh, extractor, seed=3) == first
    other = measure(OF_FEATURES, images[1200:], real, extractor, seed=4)
    assert other["fid_256"] != first["fid_256"]
    assert other["fid"] == first["fid"]


def test_images_that_are_not_finite_have_no_metrics(
    extractor: DigitClassifier, images: Tensor, real: RealSide
) -> None:
    broken = images[1200:].clone()
    broken[5] = float("nan")
    assert measure(OF_FEATURES, broken, real, extractor, seed=0) == {}


def test_the_scale_is_that_of_halves_and_of_what_is_no_digit(
    extractor: DigitClassifier, images: Tensor
) -> None:
    real = RealSide.of(images, extractor)
    ends = reference(real, extractor, 1000)
    assert set(ends) == {
        f"{m}_{end}" for m in ("fid", "kid", "fid_256") for end in ("floor", "ceiling")
    }
    for metric in ("fid", "kid", "fid_256"):
        assert ends[f"{metric}_floor"] < ends[f"{metric}_ceiling"] / 20
    assert ends["fid_256_floor"] > ends["fid_floor"]  # FID is biased upwards where n is small
    black = extractor.features(torch.full((1000, 1, 8, 8), -1.0))
    assert ends["fid_ceiling"] >= frechet_distance(black, real.features) - 1e-3
    assert ends == reference(real, extractor, 1000)
    assert "fid_256_floor" not in reference(real, extractor, 100)


def test_fid_256_is_the_distance_of_256_and_256(real: RealSide) -> None:
    made, features = real.features[:300] + 1, real.features
    assert frechet_distance_256(made, features, 0) == frechet_distance_256(made[:256], features, 0)
    exactly = frechet_distance_256(made[:256], features[:256], 0)
    assert exactly == pytest.approx(frechet_distance(made[:256], features[:256]), rel=1e-6)
    with pytest.raises(ValueError, match="256"):
        frechet_distance_256(made[:255], features, 0)


def test_kid_in_blocks_and_with_a_known_side_is_the_same(
    real: RealSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lossgp.trainers.metrics import kid

    x, y = real.features[:300], real.features[300:]
    plain = kernel_distance(x, y)
    assert kernel_distance(x, y, kid.mean_kernel_within(y, y.double().mean(0))) == plain
    monkeypatch.setattr(kid, "ROWS", 7)
    assert kernel_distance(x, y) == pytest.approx(plain, rel=1e-9)


def test_only_so_many_real_images_have_neighbourhoods(
    real: RealSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lossgp.trainers.metrics import sides

    monkeypatch.setattr(sides, "MOST", 100)
    again = RealSide(real.features, real.shape, real.extractor)
    assert again.some.shape == (100, 64)
    assert again.radii.shape == (100,)
    assert torch.equal(again.some, RealSide(real.features, real.shape, "").some)


def test_features_of_two_extractors_are_never_compared(
    extractor: DigitClassifier, images: Tensor, real: RealSide
) -> None:
    foreign = RealSide(real.features, real.shape, "another network")
    with pytest.raises(ValueError, match=r"different extractors.*'another network'"):
        measure(["fid"], images[:9], foreign, extractor, 0)
    with pytest.raises(ValueError, match="different extractors"):
        reference(foreign, extractor, 100)


@pytest.mark.parametrize(
    ("name", "samples", "side", "says"),
    [
        ("fid_256", 255, 28, "fid_256 needs 256 generated and real images, not 255 and 1000"),
        ("recall", 5, 28, "recall needs 6"),
        ("ms_ssim", 1000, 11, "ms_ssim needs images of 12 pixels a side, not 11"),
        (
            "fie",
            1000,
            28,
            r"unknown metric 'fie' .did you mean 'fid'\?.; known are fid, fid_256, kid",
        ),
    ],
)
def test_what_cannot_be_measured_is_said_before(
    name: str, samples: int, side: int, says: str
) -> None:
    with pytest.raises(TrainerError, match=says):
        check([name], samples, 1000, side)
    check(["fid", "fid_256", "recall", "ms_ssim"], 256, 256, 12)


def test_lpips_never_downloads(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(TrainerError, match=r"LPIPS needs (torchvision|AlexNet's weights)"):
        check(["lpips"], 10, 10, 64)


def test_the_table_of_metrics_costs_no_torch() -> None:
    code = (
        "import sys; from lossgp.trainers.metrics import NAMES, RealSide, measure\n"
        "print(len(NAMES), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(len(NAMES)), "False"]
