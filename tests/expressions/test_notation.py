"""What people type: each sign and spelling has one meaning, or a message that names the fix."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import torch

from lossgp.expressions import FormulaError, Loss, LossPair, notation, parse
from lossgp.expressions.parsing import MAX_NODES

BCE = "-y_real * log(y_pred) - (1 - y_real) * log(1 - y_pred)"


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("−p·y", "-y_pred * y_real"),
        ("2×y − 3÷y*p", "2 * y_real - 3 / y_real * y_pred"),
        ("p⋅y ∗ 2", "y_pred * y_real * 2"),
        ("p\u00a0+\u2009y", "y_pred + y_real"),
        ("p² + y³", "y_pred**2 + y_real**3"),
        ("p⁻¹*y + p¹⁰", "y_pred**-1 * y_real + y_pred**10"),
        ("√p*y + √(p + y)", "sqrt(y_pred) * y_real + sqrt(y_pred + y_real)"),
        ("|p - y|", "abs(y_pred - y_real)"),
        ("||p| - |y - p||*2", "abs(abs(y_pred) - abs(y_real - y_pred)) * 2"),
        ("|p|² + max(|y|, |p - 1|)", "abs(y_pred)**2 + max(abs(y_real), abs(y_pred - 1))"),
        ("ŷ*y", "y_pred * y_real"),
        ("y\u0302*y + p\u0302", "y_pred * y_real + y_pred"),
        ("σ(s)*y", "sigmoid(score) * y_real"),
        ("π*p*y", "3.141592653589793 * y_pred * y_real"),
        ("-pi*p + e*y", "-3.141592653589793 * y_pred + 2.718281828459045 * y_real"),
        ("e**(-p)*y + e^p", "exp(-y_pred) * y_real + exp(y_pred)"),
        ("e^-p*y", "exp(-y_pred) * y_real"),
        ("e²*p*y", "exp(2) * y_pred * y_real"),
        ("p^2*y", "y_pred**2 * y_real"),
        ("p**(1/2)*y", "y_pred**0.5 * y_real"),
        ("p**(-1/3) + y", "y_pred**-0.3333333333333333 + y_real"),
        ("p**((2))*y", "y_pred**2 * y_real"),
        ("p**-(1/2)*y", "y_pred**-0.5 * y_real"),
        ("pow(p, 3/2)*y", "y_pred**1.5 * y_real"),
        ("½*p*y", "0.5 * y_pred * y_real"),
        ("2×10⁻³*p*y", "0.002 * y_pred * y_real"),
        ("-y_true*log(y_hat) - (1-y_true)*log(1-yhat)", BCE),
        ("-y*log(D) - (1 - y)*log(1 - D)", BCE),
        ("-y*log(D(x)) - (1 - y)*log(1 - D(G(z)))", BCE),
        ("L = -y*log(p) - (1 - y)*log(1 - p)", BCE),
        ("relu(1 - s)*y", "max(1 - score, 0) * y_real"),
        ("clip(s, -1, 1)*y", "min(max(score, -1), 1) * y_real"),
        ("log1p(-p)*y", "log(1 - y_pred) * y_real"),
        ("softplus(-s)*y", "(max(-score, 0) + log(1 + exp(-abs(score)))) * y_real"),
        ("log1p(exp(s))*y", "(max(score, 0) + log(1 + exp(-abs(score)))) * y_real"),
        ("cosh(p)*y", "0.5 * (exp(y_pred) + exp(-y_pred)) * y_real"),
        ("tan(p)*y", "sin(y_pred) / cos(y_pred) * y_real"),
        ("maximum(p, y) + logistic(p)", "max(y_pred, y_real) + sigmoid(y_pred)"),
    ],
)
def test_each_spelling_has_one_meaning(written, means):
    assert Loss.parse(written).text() == means
    assert Loss.parse(means).text() == means


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2p*y", r"at column 2; write \* between '2' and 'p'"),
        ("p y", r"write \* between 'p' and 'y'"),
        ("p(1 - y)", r"'p' at column 1 is no function; write \* between 'p' and '\('"),
        ("(p)(y)", r"write \* between '\)' and '\('"),
        ("2|p - y|", r"write \* between '2' and '\|'"),
        ("(2 p)*y", r"write \* between '2' and 'p'"),
        ("p² y", r"write \* between '²' and 'y'"),
        ("p²³*y + p**2**3", "write a power of a power with brackets"),
        ("√p² + y", r"write √\(a\*\*b\) or \(√a\)\*\*b"),
        ("p**y", "an exponent must be a number"),
        ("p**(1/0)*y", "no finite number"),
        ("sign(p - y)*y", r"'sign' at column 1; write a/abs\(a\); of a label, 2\*y_real - 1$"),
        ("log2(p)*y", r"write log\(a\)/log\(2\)$"),
        ("sinh(p)*y", r"write \(exp\(a\) - exp\(-a\)\)/2$"),
        ("atan(p)*y", "no operators here express it exactly$"),
        ("floor(p)*y", "no slope"),
        ("np.log(p)*y", "write functions without 'np.'"),
        ("mean(p*y)", "the loss of one sample"),
        ("alpha*y*log(p)", "write the number"),
        ("γ*p*y", "write the number"),
        ("log(p + eps)*y", "protected by themselves; leave it out, or write 1e-8"),
        ("logits*y", "written score"),
        ("label*p", "written y_real"),
        ("t*s", r"2\*y_real - 1"),
        ("0,5*p*y", "a decimal point is written ."),
        ("(0,5)*p*y", "a decimal point is written ."),
        ("[p - y]*2", r"write brackets as \( and \)"),
        ("p*y…", "cut where it was copied"),
        ("(p - y))", "closes what was not opened"),
        ("|p - y", r"'\|' was expected"),
        ("sqrt p", r"write sqrt\(…\)"),
        ("D(y)*y", r"write D\(x\), D\(G\(z\)\), or y_pred"),
        ("-log(D(x)) - log(1 - D(G(z)))", r"write y_real\*\(what D\(x\) stands in\)"),
        ("clip(p, 1)*y", "clip at column 1 takes 3 operands, not 2"),
    ],
)
def test_what_has_no_one_meaning_is_told_with_the_way_out(written, said):
    with pytest.raises(FormulaError, match=said):
        Loss.parse(written)


@pytest.mark.parametrize(
    ("written", "near"), [("lgo(p)*y", "log"), ("y_prde + y", "y_pred"), ("sofplus(s)", "softplus")]
)
def test_a_typing_error_is_recognised(written, near):
    with pytest.raises(FormulaError, match=f"did you mean '{near}'"):
        Loss.parse(written)


def test_no_other_function_is_taken_for_a_typing_error():
    """Whoever writes sign, log2 or sinh does not mean sin, log or sin."""
    for name in notation.FOREIGN:
        with pytest.raises(FormulaError) as caught:
            Loss.parse(f"{name}(p)*y")
        assert "did you mean" not in str(caught.value)
    assert not set(notation.FOREIGN) & {*notation.FUNCTIONS, *notation.ALIASES, *notation.VARIABLES}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("D: p - y", "none for G; both parts are needed"),
        ("G: -s", "none for D; both parts are needed"),
        ("D: max(0, p - y), G: -p", "write ';' between D's loss and G's, not ','"),
        ("D: p - y G: -p", "write ';' between"),
        ("G: p; D: p - y", "D's loss stands first"),
        ("p - y; p", "two losses are written 'D: formula; G: formula'"),
        ("D: p - y; G: p; G: y*p", "more than two parts"),
    ],
)
def test_half_a_pair_is_told_what_is_missing(written, said):
    with pytest.raises(FormulaError, match=said):
        LossPair.parse(written)


def test_it_is_said_whose_loss_of_a_pair_cannot_be_read():
    with pytest.raises(FormulaError, match=r"^in G's loss: unknown name 'q' at column 3"):
        LossPair.parse("D: p - y; G: p*q")


def test_a_pair_with_signs_from_other_keyboards():
    assert parse("D： p − y； G： −p").text() == "D: y_pred - y_real; G: -y_pred"


FAR = np.array([-1000.0, -30.0, -1.0, 0.0, 1e-3, 2.0, 30.0, 1000.0])


@pytest.mark.parametrize("written", ["softplus(s)", "log1p(exp(s))", "-logsigmoid(-s)"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_softplus_is_finite_and_right_far_out(written, dtype):
    loss = Loss.parse(f"{written} + 0*y")
    scores = torch.tensor(FAR, dtype=dtype, requires_grad=True)
    values = loss.tensor_function(scores, torch.zeros_like(scores))
    (slopes,) = torch.autograd.grad(values.sum(), scores)
    for s, value, slope in zip(FAR, values.tolist(), slopes.tolist(), strict=True):
        # ε stands in the logarithm: 1e-8.
        assert value == pytest.approx(float(mpmath.log1p(mpmath.exp(s))), rel=1e-6, abs=2e-8)
        assert slope == pytest.approx(float(1 / (1 + mpmath.exp(-s))), rel=1e-6, abs=2e-8)


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        ("log1p(s*s)", lambda s: mpmath.log1p(s * s)),
        ("relu(s)", lambda s: max(s, 0)),
        ("clip(s, -0.5, 1.5)", lambda s: min(max(s, -0.5), 1.5)),
        ("cosh(s)", mpmath.cosh),
        ("tan(s)", mpmath.tan),
        ("logsigmoid(s)", lambda s: -mpmath.log1p(mpmath.exp(-s))),
        ("σ(s)", lambda s: 1 / (1 + mpmath.exp(-s))),
        ("e^(-s²/2)", lambda s: mpmath.exp(-s * s / 2)),
        ("|s|^(1/2)", lambda s: mpmath.sqrt(abs(s))),
    ],
)
def test_what_is_written_out_has_the_functions_values(written, reference):
    s = np.array([-3.0, -1.0, -0.2, 0.4, 1.3, 3.0])
    values = Loss.parse(f"{written} + 0*y").numpy()(s, np.zeros_like(s))
    assert np.allclose(values, [float(reference(x)) for x in s], rtol=1e-6, atol=1e-7)


def test_what_is_written_out_counts_as_it_is_long():
    with pytest.raises(FormulaError, match=f"more than {MAX_NODES} operators"):
        Loss.parse("softplus(" * 30 + "s" + ")" * 30)
