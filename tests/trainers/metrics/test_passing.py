from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lossgp.trainers.data import digits
from lossgp.trainers.extractors.digits import DigitClassifier, digit_classifier
from lossgp.trainers.metrics import (
    RealSide,
    measure,
    measure_passing,
    measuring,
    passing,
    reference,
)
from lossgp.trainers.metrics.fid import frechet_distance
from lossgp.trainers.metrics.moments import Moments, frechet_distance_of
from lossgp.trainers.metrics.passing import Passing
from lossgp.trainers.seeding import stream

NAMES = ("fid", "fid_256", "kid", "precision", "recall", "density", "coverage", "is")


@pytest.fixture(scope="module")
def extractor() -> DigitClassifier:
    return digit_classifier()


@pytest.fixture(scope="module")
def real(extractor: DigitClassifier) -> RealSide:
    return RealSide.of(digits()[0][:900], extractor)


def moments(features: Tensor, part: int) -> Moments:
    sums = Moments(features.shape[1])
    for rows in torch.split(features, part):
        sums.add(rows)
    return sums


@pytest.mark.parametrize("n", [5, 300])  # fewer than d: the covariance is of lower rank
def test_fid_of_moments_is_fid(n: int) -> None:
    x = torch.randn(n, 12, generator=stream(0, "x"), dtype=torch.float64) + 1000
    y = 2 * torch.randn(50, 12, generator=stream(0, "y"), dtype=torch.float64) + 1001
    expected = frechet_distance(x, y)
    assert frechet_distance_of(moments(x, 7), moments(y, 50)) == pytest.approx(expected, abs=1e-5)


def test_moments_are_those_of_all_features() -> None:
    x = torch.randn(40, 3, generator=stream(0, "x"), dtype=torch.float64) * 1e-3 + 1e4
    sums = moments(x, 9)
    torch.testing.assert_close(sums.mean, x.mean(0))
    torch.testing.assert_close(sums.covariance, x.T.cov(), rtol=1e-6, atol=0)


def test_what_is_not_finite_or_too_few_is_refused() -> None:
    sums = Moments(2)
    with pytest.raises(ValueError, match="finite"):
        sums.add(torch.tensor([[1.0, float("inf")]]))
    sums.add(torch.ones(1, 2))
    with pytest.raises(ValueError, match="two samples on each side, not 1 and 5"):
        frechet_distance_of(sums, moments(torch.eye(5, 2), 5))
    with pytest.raises(ValueError, match="differ in width: 2 and 3"):
        frechet_distance_of(moments(torch.eye(5, 2), 5), moments(torch.eye(5, 3), 5))


def test_images_in_passing_measure_as_all_at_once(
    extractor: DigitClassifier, real: RealSide
) -> None:
    made = digits()[0][900:1500] + 0.1 * torch.randn(600, 1, 8, 8, generator=stream(0, "noise"))
    seen = Passing(extractor)
    for part in torch.split(made, 256):
        seen.add(part)
    assert measure_passing(NAMES, seen, real, extractor, 3) == pytest.approx(
        measure(NAMES, made, real, extractor, 3), rel=1e-6
    )


def test_fid_counts_all_and_what_compares_samples_the_first(
    extractor: DigitClassifier, real: RealSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passing, "MOST", 300)
    monkeypatch.setattr(passing, "SHOWN", 100)
    made = digits()[0][900:1500].flip(0)
    seen = Passing(extractor)
    for part in torch.split(made, 128):
        seen.add(part)
    values = measure_passing(("fid", "kid"), seen, real, extractor, 0)
    whole = measure(("fid", "kid"), made, real, extractor, 0)
    first = measure(("fid", "kid"), made[:300], real, extractor, 0)
    assert values["fid"] == pytest.approx(whole["fid"], rel=1e-6)
    assert values["kid"] == pytest.approx(first["kid"], rel=1e-6)
    assert values["kid"] != pytest.approx(whole["kid"], rel=1e-3)
    assert torch.equal(seen.images, made[:100])
    assert seen.count == 600


def test_nothing_is_measured_where_one_image_is_not_finite(
    extractor: DigitClassifier, real: RealSide
) -> None:
    seen = Passing(extractor)
    for value in (0.0, float("nan"), 0.5):
        seen.add(torch.full((10, 1, 8, 8), value))
    assert measure_passing(("fid",), seen, real, extractor, 0) == {}


def test_the_ends_of_the_scale_draw_no_more_than_fits(
    extractor: DigitClassifier, real: RealSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = reference(real, extractor, 256)
    assert reference(real, extractor, 600) != few
    monkeypatch.setattr(measuring, "WHOLE", 64 * 10)
    assert reference(real, extractor, 600) == few
