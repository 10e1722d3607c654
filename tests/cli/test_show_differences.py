"""`lossgp same` says where losses that are not equal differ most."""

from .conftest import lossgp


def test_the_cross_entropies_are_nearly_equal(tmp_path):
    out = lossgp("same", "bce", "bce_logits", cwd=tmp_path, code=1).stdout
    assert "values differ most at score = -7.9994, y_real = 1: 7.9997" in out
    assert "The losses are nearly equal for score in [-7.999, 7.999]" in out


def test_both_halves_of_pairs_are_named(tmp_path):
    out = lossgp("same", "hinge", "wasserstein", cwd=tmp_path, code=1).stdout
    assert "D's values differ most at score = 7.9994, y_real = 1: 0 and -7.999398" in out
    assert "G's values do not differ" in out
    assert "nearly" not in out
