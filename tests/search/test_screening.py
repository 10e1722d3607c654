import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.expressions import LossPair, zoo
from lossgp.expressions.parsing import parse_tree
from lossgp.search import Reason, SearchSettings, screen
from lossgp.search.random_trees import Grammar, full
from lossgp.search.randomness import stream

SETTINGS = SearchSettings()


def reason(formula, **settings):
    return screen(parse_tree(formula)[0], SearchSettings(**settings))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("sin(cos(y_pred))", Reason.VARIABLE),
        ("sin(cos(y_real))", Reason.VARIABLE),
        ("y_pred - y_real", Reason.SIZE),
        ("y_pred*y_real + 1/0", Reason.VALUE),
        ("exp(exp(exp(exp(y_pred + y_real))))", Reason.VALUE),
        ("1000000*(y_pred + y_real)", Reason.VALUE),
        ("sin(99000000*y_pred) + y_real", Reason.PRECISION),
        ("sin(y_real) + y_pred*0", Reason.FLAT),
        ("y_pred*y_real + 3", Reason.FLAT),
        ("y_pred*(1 - y_real) + 3", Reason.FLAT),
    ],
)
def test_each_rung_has_its_reason(formula, expected):
    assert reason(formula) is expected


def test_the_largest_size_is_allowed_and_one_more_is_not():
    formula = "sin(y_pred) + y_real"  # 4 nodes and the sum: 4 + ...
    tree = parse_tree(formula + " + 1")[0]
    assert screen(tree, SearchSettings(max_size=6)) is None
    assert screen(tree, SearchSettings(max_size=5)) is Reason.SIZE


@pytest.mark.parametrize("name", ["bce", "f1", "f2", "ganetic", "ngl", "least_squares_sigmoid"])
def test_known_losses_pass(name):
    tree = LossPair.of(zoo.entry(name).loss).discriminator.expr
    assert screen(tree, SETTINGS) is None


@pytest.mark.parametrize(
    "formula",
    [
        "sin(y_pred)*(y_real + 1)",  # D*: 0 whatever the data are
        "y_pred*(y_real - 2)",  # D*: 1 whatever the data are
    ],
)
def test_the_last_rung_looks_at_calibration_where_it_is_asked_for(formula):
    assert reason(formula) is None
    assert reason(formula, calibration=True) is Reason.CALIBRATION


@pytest.mark.parametrize("name", ["bce", "f1", "f2", "f3", "ganetic", "least_squares_sigmoid"])
def test_known_losses_pass_the_last_rung_too(name):
    tree = LossPair.of(zoo.entry(name).loss).discriminator.expr
    assert screen(tree, SearchSettings(calibration=True)) is None


def test_a_cheaper_reason_comes_before_calibration():
    assert reason("y_pred - y_real", calibration=True) is Reason.SIZE


@given(st.integers(0, 2**63), st.integers(1, 6))
def test_what_passes_is_finite_with_a_finite_gradient_in_torch(seed, high):
    import torch

    from lossgp.expressions import Loss

    grammar = Grammar.of(SearchSettings(operators="extended"))
    tree = full(stream(seed, "t"), grammar, high)
    if screen(tree, SETTINGS) is not None:
        return
    p = torch.linspace(0, 1, 29).repeat(2).requires_grad_()
    y = torch.cat([torch.ones(29), torch.zeros(29)])
    out = Loss(tree).torch(reduction="none")(p, y)
    out.sum().backward()
    assert torch.isfinite(out).all()
    assert torch.isfinite(p.grad).all()
