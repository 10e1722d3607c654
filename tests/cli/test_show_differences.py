"""`lossgp same` says where losses that are not equal differ most."""

from .conftest import lossgp


def test_the_cross_entropies_are_nearly_equal(tmp_path):
    out = lossgp("same", "bce", "bce_logits", cwd=tmp_path, code=1).stdout
    assert "values differ most at score = -40, y_real = 1: 18.42068 and 40" in out
    assert "The losses are nearly equal for score in [-8, 8]: the epsilon" in out


def test_both_halves_of_pairs_are_named(tmp_path):
    out = lossgp("same", "hinge", "wasserstein", cwd=tmp_path, code=1).stdout
    assert "D's values differ most at score = 40, y_real = 1: 0 and -40" in out
    assert "G's values do not differ" in out
    assert "nearly" not in out


def test_what_was_looked_at_is_said(tmp_path):
    out = lossgp("same", "(p - y)**2", "p**2 - 2*p*y + y", cwd=tmp_path).stdout
    assert "whole domain" not in out
    assert "equal in value" in out
    assert "points of y_pred in [0, 1]: evenly spread" in out


def test_a_difference_without_epsilon_is_not_laid_to_it(tmp_path):
    hinge = "max(0,1-score*(2*y_real-1))"
    out = lossgp("same", hinge, f"{hinge}+exp(score-30)", cwd=tmp_path, code=1).stdout
    assert "values differ most at score = 40" in out
    assert out.endswith("nearly equal for score in [-8, 8]\n")
