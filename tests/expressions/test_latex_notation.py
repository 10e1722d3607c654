"""LaTeX as papers write it."""

from __future__ import annotations

import pytest

from lossgp.expressions import FormulaError, Loss, LossPair, parse, zoo
from lossgp.expressions.export import source

BCE = "-y_real * log(y_pred) - (1 - y_real) * log(1 - y_pred)"


@pytest.mark.parametrize(
    ("written", "means"),
    [
        (r"$-y \log \hat{y} - (1-y)\log(1-\hat{y})$", BCE),
        (r"-y\log\hat y-(1-y)\,\log\left(1-\hat y\right)", BCE),
        (r"\mathcal{L} = -y\log D(x) - (1-y)\log(1-D(G(z)))", BCE),
        (
            r"\ell(y_{pred}, y_{real}) &= -y_{real}\log(y_{pred}) - (1-y_{real}) \log(1-y_{pred})",
            BCE,
        ),
        (r"y_{\text{pred}} \cdot y_{\mathrm{real}}", "y_pred * y_real"),
        (r"y_{true}\times\hat{p}", "y_real * y_pred"),
        (r"p^2 y", "y_pred**2 * y_real"),
        (r"\frac12 y p + \frac{1}{2}p", "1 / 2 * y_real * y_pred + 1 / 2 * y_pred"),
        (r"\dfrac{y}{p} + \tfrac y p", "y_real / y_pred + y_real / y_pred"),
        (r"\lvert p - y\rvert", "abs(y_pred - y_real)"),
        (r"\left\lvert p - y\right\rvert^2", "abs(y_pred - y_real)**2"),
        (r"|p-y|^{1/2} + 2|p|y", "abs(y_pred - y_real)**0.5 + 2 * abs(y_pred) * y_real"),
        (r"\left[1-y\right]\log p", "(1 - y_real) * log(y_pred)"),
        (r"\big(1-p\big) y", "(1 - y_pred) * y_real"),
        (r"\max\{0, 1-(2y-1)s\}", "max(0, 1 - (2 * y_real - 1) * score)"),
        (r"\max\left\{0, 1-(2y-1)s\right\}", "max(0, 1 - (2 * y_real - 1) * score)"),
        (r"\max(0, p, y)", "max(max(0, y_pred), y_real)"),
        (r"\sin^{2}(p)\quad + \sin^2 p + y", "sin(y_pred)**2 + sin(y_pred)**2 + y_real"),
        (r"p^{1/2}y + p^{\frac12} + p^{-1}", "y_pred**0.5 * y_real + y_pred**0.5 + y_pred**-1"),
        (r"\sqrt2 p y", "sqrt(2) * y_pred * y_real"),
        (r"\sigma(s) y", "sigmoid(score) * y_real"),
        (r"e^{-s}y + e^s + \mathrm{e}^{s}", "exp(-score) * y_real + exp(score) + exp(score)"),
        (r"\exp(-s)\cdot y", "exp(-score) * y_real"),
        (r"2\times10^{-3} p y", "0.002 * y_pred * y_real"),
        (
            r"\operatorname{softplus}(s) y",
            "(max(score, 0) + log(1 + exp(-abs(score)))) * y_real",
        ),
        (r"\pi \text{score} y", "3.141592653589793 * score * y_real"),
        (r"\frac{y}{p + \varepsilon} + \log(|p|+\epsilon)", "y_real / y_pred + log(y_pred)"),
        (r"\[ y \, p / 2 \]", "y_real * y_pred / 2"),
    ],
)
def test_each_spelling_has_one_meaning(written, means):
    assert Loss.parse(written, notation="latex").text() == means
    assert Loss.parse(f"${written}$").text() == means


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (r"y*p\cdot 2", r"a product is written \\cdot in LaTeX"),
        (r"\left(p\right)**2 y", r"a power is written \^\{...\} in LaTeX"),
        (r"\log p y", r"put what '\\log' is of in brackets"),
        (r"\log p^2 y", r"put what '\\log' is of in brackets"),
        (r"\sin 2p\cdot y", r"put what '\\sin' is of in brackets"),
        (r"\sin^{-1}(p) y", "write the power behind the brackets"),
        (r"p^12 y^{2}", r"write \^\{12\}"),
        (r"\sqrt[3]{p} y", r"a\^\{1/3\}"),
        (r"p 2 y^{2}", r"write \\cdot between"),
        (r"\mathbb{E}[\log D(x)]", "one sample; leave out expectations"),
        (r"\alpha y\log p", "write the number"),
        (r"x^{2} y", "written score"),
        (r"y_{foo}\cdot p", r"the variables are y_\{pred\}, y_\{real\} and s"),
        (r"\foo{p} y", r"unknown name 'foo' at column 1"),
        (r"p^{y}", "an exponent must be a number"),
    ],
)
def test_what_has_no_one_meaning_is_told_with_the_way_out(written, said):
    with pytest.raises(FormulaError, match=said):
        Loss.parse(written)


@pytest.mark.parametrize("name", ["ganetic", "bce_logits", "f3"])
def test_the_line_that_is_exported_is_read_back(name):
    (line,) = (x for x in source(zoo.entry(name).loss, "latex").splitlines() if r"\sum" in x)
    assert Loss.parse(line.strip().removesuffix(r"\\")) == zoo.entry(name).loss


def test_the_notation_may_be_said():
    assert parse("p y", notation="latex").text() == "y_pred * y_real"
    assert parse("p^2*y", notation="text").text() == "y_pred**2 * y_real"
    with pytest.raises(FormulaError, match="not allowed"):
        parse(r"p \cdot y", notation="text")
    with pytest.raises(FormulaError, match="'tex'; it must be 'auto', 'text' or 'latex'"):
        parse("p*y", notation="tex")


def test_pairs():
    pair = LossPair.parse(r"D: -y\log p\;-(1-y)\log(1-p); G: -\log p")
    assert pair.text() == f"D: {BCE}; G: -log(y_pred)"
    aligned = (
        r"\begin{aligned} \mathcal{L}_D &= -y\log p - (1-y)\log(1-p) \\ "
        r"\mathcal{L}_{G} &= -\log p \\ \end{aligned}"
    )
    assert LossPair.parse(aligned) == pair
    assert LossPair.parse(aligned.replace("aligned", "align*")) == pair


@pytest.mark.parametrize(
    "written",
    [r"\frac{1}{N}\sum_{i=1}^{N}[ y_{pred}^3 ]", r"\mathbb{E}_{x}[\log D(x)]", r"\sum y_{pred}"],
)
def test_a_mean_over_samples_is_told_to_be_left_out(written):
    with pytest.raises(FormulaError, match="a formula is the loss of one sample; leave out"):
        Loss.parse(written)
