import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.analysis import calibration, optimal_discriminator, screen
from lossgp.expressions import Loss, LossPair, zoo


def scaled(loss, a, b):
    return Loss.parse(f"{a!r}*({loss.text()}) + {b!r}*y_real")


@given(st.floats(0.01, 50), st.floats(-5, 5))
def test_scale_and_offset_by_class_change_no_discriminator(a, b):
    loss = zoo.entry("ganetic").loss
    eta = np.array([0.1, 0.5, 0.9])
    moved = optimal_discriminator(scaled(loss, a, b), eta)
    assert moved == pytest.approx(optimal_discriminator(loss, eta), rel=1e-9)


@given(st.floats(0.55, 0.99))
def test_one_sided_label_smoothing_is_seen(alpha):
    smoothed = Loss.parse(f"-{alpha!r}*y_real*log(y_pred) - (1 - {alpha!r}*y_real)*log(1 - y_pred)")
    found = calibration(smoothed)
    assert found.smoothing == pytest.approx(alpha, rel=1e-9)
    assert found.prediction == pytest.approx(alpha * found.eta, rel=1e-9)


def test_a_convex_loss_of_the_scores_jumps_with_the_majority():
    found = calibration(zoo.entry("hinge").loss, np.array([0.2, 0.5, 0.8]))
    assert found.score == pytest.approx([-1, 0, 1], abs=1e-6)
    assert found.kind == "monotone"


@pytest.mark.parametrize("name", ["bce", "bce_logits", "minimax"])
def test_all_forms_of_cross_entropy_are_proper(name):
    assert calibration(zoo.entry(name).loss).is_proper


@pytest.mark.parametrize("name", ["f1", "f2", "f3"])
def test_in_the_papers_first_losses_the_labels_change_places(name):
    loss = zoo.entry(name).loss
    assert calibration(loss).kind == "mirrored"
    assert screen(loss) is None
    assert "falls" in screen(loss, mirrored=False)


def test_the_global_minimum_counts_where_there_are_two():
    # Two wells, at 0.2 and 0.8; the label decides which is the deeper.
    loss = Loss.parse("(y_pred - 0.2)**2*(y_pred - 0.8)**2*100 + 0.5*(y_pred - y_real)**2")
    low, high = optimal_discriminator(loss, np.array([0.1, 0.9]))
    assert low == pytest.approx(0.2, abs=0.05)
    assert high == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("eta", [-0.1, 1.5, np.nan])
def test_eta_is_a_share(eta):
    with pytest.raises(ValueError, match="must lie in"):
        calibration(zoo.entry("bce").loss, np.array([0.5, eta]))


GANS = [
    "bce", "bce_logits", "minimax", "hinge", "wasserstein", "least_squares",
    "least_squares_sigmoid", "ganetic",
]  # fmt: skip


@pytest.mark.parametrize("name", GANS)
def test_the_screen_accepts_the_losses_that_gans_are_trained_with(name):
    assert screen(zoo.entry(name).loss, mirrored=False) is None


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("y_pred**2", "does not depend on the label"),
        ("y_pred**2 + y_real", "whatever the data are"),
        ("D: -y_real*log(y_pred) - (1 - y_real)*log(1 - y_pred); G: y_pred", "pushed away"),
        ("D: (y_pred - y_real)**2; G: y_pred*0 + 1", "flat"),
        (
            "y_real*min(400*(y_pred - 0.2)**2, (y_pred - 0.9)**2 + 0.1)"
            " + (1 - y_real)*min(400*(y_pred - 0.3)**2, (y_pred - 0.9)**2 + 0.1)",
            "neither",
        ),
    ],
)
def test_the_screen_says_why(formula, reason):
    pair = LossPair.parse(formula) if formula.startswith("D") else Loss.parse(formula)
    assert reason in (screen(pair) or "accepted")
