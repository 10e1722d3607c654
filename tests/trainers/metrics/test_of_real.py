"""Metrics of images within a set are measured of the real images, too."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lossgp.trainers import TrainerError, trainer
from lossgp.trainers.data import digits
from lossgp.trainers.extractors.digits import DigitClassifier, digit_classifier
from lossgp.trainers.metrics import METRICS, NAMES, RealSide, measure, of_real
from lossgp.trainers.seeding import stream


@pytest.fixture(scope="module")
def extractor() -> DigitClassifier:
    return digit_classifier()


@pytest.fixture(scope="module")
def images() -> Tensor:
    """Digits that are large enough for MS-SSIM."""
    return digits()[0][:200].repeat_interleave(2, 2).repeat_interleave(2, 3)


@pytest.fixture(scope="module")
def small(images: Tensor) -> Tensor:
    return images[:, :, ::2, ::2]


def test_those_within_a_set_are_those_that_no_real_image_enters() -> None:
    assert [name for name in NAMES if METRICS[name].within] == [
        *("is", "ms_ssim", "ms_ssim_zeros", "lpips", "perceptual_distance")
    ]


def test_they_are_what_is_measured_of_generated_images_that_are_the_real_ones(
    small: Tensor, extractor: DigitClassifier
) -> None:
    real = RealSide.of(small, extractor)
    asked = ("fid", "is", "perceptual_distance")
    found = of_real(asked, small, real, extractor, 120)
    chosen = torch.randperm(200, generator=stream(0, "real images"))[:120]
    expected = measure(asked[1:], small[chosen], real, extractor, 0)
    assert found == {f"{name}_real": value for name, value in expected.items()}
    assert set(found) == {"is_real", "perceptual_distance_real"}
    assert of_real(asked, small, real, extractor, 60) != found
    assert of_real(("fid", "kid"), small, real, extractor, 120) == {}


def test_bytes_are_as_floats_and_there_may_be_fewer_than_samples(
    small: Tensor, extractor: DigitClassifier
) -> None:
    pixels = small.add(1).mul(127.5).round().to(torch.uint8)
    floats = pixels.float().div(127.5).sub(1)
    real = RealSide.of(floats, extractor)
    found = of_real(["is"], pixels, real, extractor, 1000)
    assert found == pytest.approx(of_real(["is"], floats, real, extractor, 1000))


def test_a_collapsed_generator_is_told_from_real_images(
    images: Tensor, small: Tensor, extractor: DigitClassifier
) -> None:
    real = RealSide.of(small, extractor)
    collapsed = images[:1].repeat(50, 1, 1, 1)
    found = of_real(["ms_ssim"], images, real, extractor, 200)["ms_ssim_real"]
    assert measure(["ms_ssim"], collapsed, real, extractor, 0)["ms_ssim"] == pytest.approx(1)
    assert found < 0.9
    assert of_real(["ms_ssim"], collapsed, real, extractor, 200)["ms_ssim_real"] > found


def test_what_cannot_be_measured_is_refused_as_for_generated_images(
    small: Tensor, extractor: DigitClassifier
) -> None:
    real = RealSide.of(small, extractor)
    with pytest.raises(TrainerError, match="12 pixels"):
        of_real(["ms_ssim"], small, real, extractor, 100)
    with pytest.raises(ValueError, match="different extractors"):
        of_real(["is"], small, RealSide(real.features, real.shape, "x"), extractor, 100)


def test_a_trainer_has_those_of_its_metrics() -> None:
    made = trainer("digits", {"samples": 64, "metrics": ["fid", "is"]})
    reference = made.reference()
    assert {key for key in reference if key.endswith("_real")} == {"is_real"}
    assert reference["is_real"] > 1
    plain = trainer("digits", {"samples": 64, "metrics": ["fid"]}).reference()
    assert plain == {key: value for key, value in reference.items() if key != "is_real"}
