"""From curves to formulas: gplearn's programs by their values, and searches that must succeed."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossgp
from lossgp.expressions import EXTENDED, Loss, zoo
from lossgp.expressions.coefficients import coefficients, with_coefficients
from lossgp.expressions.evaluate import Tape
from lossgp.expressions.formula_lists import read as read_formulas
from lossgp.expressions.parsing import parse_tree
from lossgp.fitting import Curve, CurveError
from lossgp.fitting.programs import functions, tree_of
from lossgp.fitting.scaling import (
    WORST,
    error,
    line,
    polished,
    scaled,
    shape_error,
    without_shift,
)

TINY = {"population": 100, "generations": 5, "operators": ("sub", "square"), "seed": 1}
P = np.linspace(0, 1, 30)
SQUARES = Curve.by_class(P, 3 * (P - 1) ** 2 + 2, 3 * P**2 + 2)


@given(st.integers(0, 2**31 - 1))
def test_a_program_of_gplearn_is_the_tree_of_the_same_values(seed):
    from gplearn._program import _Program

    names = functions(EXTENDED)
    arities = {n: [f for f in names if f.arity == n] for n in (1, 2)}
    program = _Program(
        function_set=names, arities=arities, init_depth=(2, 5), init_method="half and half",
        n_features=3, const_range=(-5.0, 5.0), metric=None, p_point_replace=0.1,
        parsimony_coefficient=0.0, random_state=np.random.RandomState(seed),
    )  # fmt: skip
    p, y = np.concatenate([P, P]), np.repeat([1.0, 0.0], 30)
    with np.errstate(all="ignore"):
        expected = program.execute(np.column_stack([p, np.ones(60), y]))
    found = Tape(tree_of(program.program)).on(p, y).value
    assert np.array_equal(found, expected, equal_nan=True)


def test_what_is_no_program_is_refused():
    (add,) = functions(["add"])
    assert tree_of([add, 0, 2.5]) == parse_tree("y_pred + 2.5")[0]
    with pytest.raises(ValueError, match="ends within"):
        tree_of([add, 0])
    with pytest.raises(ValueError, match="goes on for 1 nodes"):
        tree_of([add, 0, 1, 2])


def test_the_shape_is_what_counts_and_scale_and_shift_are_found():
    points = SQUARES.whole
    values = (points.p - points.y) ** 2
    assert line(values, points.loss, points.weights) == pytest.approx((2.0, 3.0))
    assert shape_error(points.loss, values, points.weights) < 1e-12
    assert shape_error(points.loss, values * 0 + 1, points.weights) > 0.1
    assert shape_error(points.loss, values * np.nan, points.weights) == WORST
    assert error(np.full(60, np.inf), points.loss, points.weights) == WORST
    tree = scaled(parse_tree("(p - y)**2")[0], points)
    assert Loss(tree).same_as(Loss.parse("3*(p - y)**2 + 2"))
    assert scaled(parse_tree("y*0 + p*0")[0], points) is None
    assert scaled(parse_tree("exp(exp(exp(p + 9)))")[0], points) is None
    same = scaled(parse_tree("3*(p - y)**2 + 2")[0], points)
    assert Loss(same).text() == "3 * (y_pred - y_real)**2 + 2"


def test_constants_are_polished_and_exponents_stay():
    tree = parse_tree("2.5*(p - 1.1*y)**2 + 1.5")[0]
    assert coefficients(tree) == [2.5, 1.1, 1.5]
    better = polished(tree, SQUARES.whole)
    assert coefficients(better) == pytest.approx([3.0, 1.0, 2.0], abs=1e-5)
    assert with_coefficients(tree, [1.0, 2.0, 3.0]) == parse_tree("1*(p - 2*y)**2 + 3")[0]
    exact = parse_tree("(p - y)**2")[0]
    assert polished(exact, SQUARES.whole) is exact


def test_a_shift_that_means_nothing_goes():
    points = Curve.by_class(P, (P - 1) ** 2, P**2).whole
    assert Loss(without_shift(parse_tree("(p - y)**2 + 0.00001")[0], points)).size == 4
    kept = parse_tree("3*(p - y)**2 + 2")[0]
    assert without_shift(kept, SQUARES.whole) is kept
    assert without_shift(parse_tree("p*y")[0], points) == parse_tree("p*y")[0]


def test_a_simple_loss_comes_back():
    found = lossgp.fit(SQUARES, **TINY)
    assert found.best.same_as(Loss.parse("3*(p - y)**2 + 2"))
    assert found.formulas[0].error < 1e-6
    assert found.formulas[0].largest < 1e-3
    assert found.ended == ""
    assert found.generations <= 5
    again = lossgp.fit({"p": P, "l1": 3 * (P - 1) ** 2 + 2, "l0": 3 * P**2 + 2}, **TINY)
    assert [x.loss for x in again.formulas] == [x.loss for x in found.formulas]
    for one in found.formulas:
        assert one.loss.uses_label()


def test_losses_of_each_class_are_joined():
    # No tree of these operators in both variables is near: the parts are, each in its own.
    curve = Curve.by_class(P, 2 - P, 5 * P**2)
    found = lossgp.fit(curve, **{**TINY, "operators": ("sub", "square")})
    assert found.formulas[0].error < 1e-4
    p, y = curve.p, curve.y
    assert np.allclose(found.best.numpy()(p, y), curve.loss, atol=1e-2)


def test_functions_and_columns_are_curves_too():
    squares = lossgp.fit(lambda p, y: 3 * (p - y) ** 2 + 2, **TINY)
    assert squares.best.same_as(Loss.parse("3*(p - y)**2 + 2"))
    long = {"p": SQUARES.p, "y_real": SQUARES.y, "loss": SQUARES.loss}
    assert lossgp.fit(long, **TINY).best == lossgp.fit(SQUARES, **TINY).best
    with pytest.raises(CurveError, match="the columns are a, b; give p, l1 and l0"):
        lossgp.fit({"a": P, "b": P})
    with pytest.raises(CurveError, match="cannot be evaluated on arrays"):
        lossgp.fit(lambda p, y: p if p > 0.5 else y)


def test_every_setting_does_something():
    rough = {"population": 40, "generations": 2, "best": 3, "operators": "paper"}
    bce = Curve.from_function(zoo.bce.numpy())

    def texts(**settings):
        found = lossgp.fit(bce, **{**rough, **settings})
        return [x.loss.text() for x in found.formulas], found

    base, whole = texts()
    assert len(base) <= 3
    assert texts()[0] == base
    assert whole.generations == 2
    for other in ({"seed": 7}, {"population": 60}, {"generations": 4}, {"operators": "extended"},
                  {"constants": (0.0, 0.1)}):  # fmt: skip
        assert texts(**other)[0] != base, other
    assert len(texts(best=1)[0]) == 1
    large = texts(generations=6, parsimony=0.0, best=20)[1]
    small = texts(generations=6, parsimony=0.5, best=20)[1]
    assert small.best.size < large.best.size
    assert texts(max_size=3, best=20)[0] != texts(best=20)[0]
    late = texts(generations=50, time_limit=1e-9)[1]
    assert (late.generations, late.ended) == (1, "time")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"population": 19}, "population is 19"),
        ({"generations": 0}, "generations is 0"),
        ({"parsimony": -1}, "parsimony is -1"),
        ({"operators": "papr"}, "operators: 'papr': must be one of the sets paper, extended"),
        ({"operators": ("sin",)}, "at least one operator must take two"),
        ({"time_limit": 0}, "time_limit is 0"),
        ({"speed": 3}, "speed"),
        ({"loss": "x"}, "this is no file"),
    ],
)
def test_wrong_settings_are_told_before_anything_is_searched(settings, message):
    with pytest.raises(CurveError, match=message):
        lossgp.fit(SQUARES, **settings)


def test_an_interrupt_keeps_the_best_so_far():
    def stop(progress):
        if progress.number == 2:
            raise KeyboardInterrupt

    bce = Curve.from_function(zoo.bce.numpy())
    found = lossgp.fit(bce, population=40, generations=9, on_generation=stop)
    assert (found.generations, found.ended) == (2, "interrupt")
    assert found.formulas


def test_what_is_written_seeds_a_search(tmp_path):
    from lossgp.config import build

    found = lossgp.fit(SQUARES, **TINY)
    path = tmp_path / "seeds.txt"
    found.write(path)
    assert [loss for _, loss in read_formulas(path)] == found.losses
    seeds = build({"search": {"seed_losses": str(path), "population": 20}}).search.seed_losses
    assert seeds[0].name == "fit_1"
    assert seeds[0].loss == found.best


def test_no_warning_reaches_the_user():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lossgp.fit(Curve.from_function(zoo.ganetic.numpy()), population=60, generations=2)
