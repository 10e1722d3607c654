from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lossgp.expressions import LEVELS, Loss, Seen, zoo
from lossgp.expressions.equivalence import compare, equal, fingerprint, structure_key
from lossgp.expressions.symbols import constant
from lossgp.expressions.tree import make


@pytest.mark.parametrize(
    ("a", "b", "level", "scale"),
    [
        ("p + y", "y + p", "structure", 1),
        ("p*y*2 + 1", "1 + 2*(y*p)", "structure", 1),
        ("p + (y + 1)", "(p + y) + 1", "structure", 1),
        ("p*y**2", "y*p", "structure", 1),
        ("max(p, y)", "max(y, p)", "structure", 1),
        ("(p - y)**2", "p**2 - 2*p*y + y", "value", 1),
        ("exp(p + y)", "exp(p)*exp(y)", "value", 1),
        ("sin(p)**2 + cos(p)**2 + p*y", "1 + p*y", "value", 1),
        ("3*p*y + y", "p*y", "gradient", 3),
        ("log(p)*y + p", "0.5*(p + y*log(p)) - 7*y", "gradient", 2),
        ("p*y", "-p*y", None, None),
        ("p*y", "p*y + 1e-4*p**2", None, None),
        ("p - y", "y - p", None, None),
        ("p**2*y", "p**3*y", None, None),
    ],
)
def test_levels(a, b, level, scale):
    found = compare(Loss.parse(a).expr, Loss.parse(b).expr)
    assert found[0] == level
    assert found[1] == (scale if scale is None else pytest.approx(scale))
    for k, name in enumerate(LEVELS):
        expected = level is not None and LEVELS.index(level) <= k
        assert equal(Loss.parse(a).expr, Loss.parse(b).expr, name) == expected


def test_a_pole_hides_no_difference():
    """1/p is 27,000 at the first point; what stands beside it still counts."""
    a, b = Loss.parse("1/p + p*y"), Loss.parse("1/p + p*y + 0.001*p**2")
    assert compare(a.expr, b.expr) == (None, None)


def test_f1_and_its_logarithm():
    assert compare(zoo.f1.expr, Loss.parse("-log(abs(y - p))").expr) == (
        "gradient",
        pytest.approx(1),
    )


def test_a_loss_without_gradient_equals_only_such():
    flat, other = Loss.parse("p - p + y"), Loss.parse("0*p + 3*y + 1")
    assert (fingerprint(flat.expr, level="gradient") == 0).all()
    assert compare(flat.expr, other.expr)[0] == "gradient"
    assert compare(flat.expr, Loss.parse("p*y").expr)[0] is None


@given(st.from_type(Loss))
def test_the_key_is_of_the_simplified_loss(loss):
    assert structure_key(loss.expr, loss.link) == structure_key(loss.expr, loss.link)
    swapped = make("add", constant(1.5), loss.expr)
    assert structure_key(swapped, loss.link) == structure_key(
        make("add", loss.expr, constant(1.5)), loss.link
    )


@given(st.from_type(Loss), st.floats(0.01, 100), st.floats(-5, 5))
def test_scaled_and_shifted_losses_are_found(loss, scale, shift):
    scaled = make("add", make("mul", constant(scale), loss.expr), constant(shift))
    # Where rounding is all that the slopes are made of, they are equal to nothing.
    assume(equal(loss.expr, scaled, "gradient", loss.link))
    seen = Seen("gradient", loss.link)
    seen.add(loss.expr, "first")
    assert seen.find(scaled) == "first"


def test_seen_at_each_level():
    formulas = {"a": "(p - y)**2", "b": "p**2 - 2*p*y + y", "c": "3*(p - y)**2 + y"}
    found = {}
    for level in LEVELS:
        seen = Seen(level)
        seen.add(Loss.parse(formulas["a"]).expr, "a")
        found[level] = [seen.find(Loss.parse(f).expr) for f in formulas.values()]
    assert found == {
        "structure": ["a", None, None],
        "value": ["a", "a", None],
        "gradient": ["a", "a", "a"],
    }
    with pytest.raises(ValueError, match="level of equivalence"):
        Seen("meaning")


def test_kinks_between_two_points_are_told_apart():
    # All slopes on the grid are equal; only the way that the values go shows the difference.
    a, b = (Loss.parse(f"abs(p - {kink}) + y*0.1*p") for kink in (0.5, 0.503))
    assert np.array_equal(
        fingerprint(a.expr, level="gradient", check=True),
        fingerprint(b.expr, level="gradient", check=True),
    )
    assert a.compare(b) == (None, None)
    seen = Seen("gradient")
    seen.add(a.expr, "a")
    assert seen.find(b.expr) is None
    assert seen.find(Loss.parse("3*(abs(p - 0.5) + y*0.1*p) + 100*y").expr) == "a"


def test_poles_near_an_end_are_seen():
    # 1e-8/(1e-8 - 0.48 p²) has its pole at p = 1.4e-4, and is close to 0 elsewhere.
    pole = "min(-sigmoid(p), exp(log(y))/(p**2*(-0.48 + y)))"
    plain = Loss.parse("y - sigmoid(p)")
    assert Loss.parse(pole).compare(plain) == (None, None)


def test_protection_near_an_end_makes_no_difference():
    # Scaled inside the root, where ε weighs differently; over 1 % apart at p = 1 - 1e-6.
    a, b = (Loss.parse(f) for f in ("sqrt(log(p)/y)", "sqrt(log(p)*(2.9469/y))"))
    assert a.compare(b)[0] == "gradient"


def test_losses_without_slopes_are_equal_in_gradient():
    assert Loss.parse("p - p + y").compare(Loss.parse("0*p + 3*y + 1"))[0] == "gradient"
    assert Loss.parse("p*1e-30 + y").compare(Loss.parse("p**2*1e-31 + 3*y"))[0] == "gradient"


def test_seen_tells_the_zoo_apart():
    seen = Seen("gradient")
    for name in zoo.names():
        loss = zoo.entry(name).loss
        if isinstance(loss, Loss) and loss.link == "sigmoid":
            # Cut 1e-7 from the ends, where losses are compared loosely, paper_bce is bce; of
            # probabilities the tangent loss is four times the square.
            if name in (twins := {"paper_bce": "bce", "tangent": "least_squares_sigmoid"}):
                assert seen.find(loss.expr) == twins[name]
                continue
            assert seen.find(loss.expr) is None
            seen.add(loss.expr, name)
            assert seen.find(loss.expr) == name


HINGE = "max(0, 1 - score*(2*y - 1))"


@pytest.mark.parametrize(
    ("loss", "other"),
    [
        (HINGE, f"{HINGE} + max(0, score - 9)"),
        (HINGE, f"{HINGE} + max(0, -score - 39)"),
        (HINGE, f"{HINGE} + exp(score - 30)"),
        ("(p - y)**2", "(p - y)**2 + max(0, 0.001 - abs(p - 0.5037))"),
        ("(p - y)**2", "(p - y)**2 + 0.01*y*exp(-(4000*(p - 0.3111))**2)"),
        ("(p - y)**2", "(p - y)**2 + 0.001*y*tanh(1e6*max(p - 0.7, 0))*max(0.7001 - p, 0)/0.0001"),
        ("(p - y)**2", "(p - y)**2 + max(0, p - 0.99999)"),
        ("p*y", "p*y + 1e-7/(p - 0.43210123)"),
    ],
)
@pytest.mark.parametrize("scale", ["", "3.5*"])
def test_what_differs_beyond_or_between_the_grid_is_different(loss, other, scale):
    a, b = Loss.parse(loss), Loss.parse(f"{scale}({other})")
    assert a.compare(b) == b.compare(a) == (None, None)
    assert a.compare(Loss.parse(f"{scale}({loss})"))[0] == ("gradient" if scale else "structure")


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("abs(3*p - 1)*y + p", "3*abs(p - 0.3333333333333333)*y + p", "value"),
        ("max(p, 0.3) + y*p", "max(p - 0.3, 0) + y*p", "gradient"),
        ("sqrt(log(p)/y)", "sqrt(log(p)*(2.9469/y))", "gradient"),
        ("cos(1e6*p)*y + p", "sin(1e6*p + 1.5707963267948966)*y + p", "value"),
        ("exp(score) + y", "exp(score/2)**2 + y", "value"),
    ],
)
def test_what_rounding_and_epsilon_explain_is_no_difference(a, b, level):
    assert Loss.parse(a).compare(Loss.parse(b))[0] == level


def test_a_search_merges_what_it_merged():
    """The search's own look stays as coarse as it was: seeded runs go the same way."""
    seen = Seen("gradient")
    seen.add(Loss.parse("(p - y)**2").expr, "first")
    assert seen.find(Loss.parse("(p - y)**2 + max(0, 0.001 - abs(p - 0.5037))").expr) == "first"
