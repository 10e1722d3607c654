"""What the text grammar reads, and what it refuses."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.expressions import FormulaError, Loss, LossPair
from lossgp.expressions.parsing import MAX_DEPTH, MAX_LENGTH, MAX_NODES, parse_tree


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("p + y", "y_pred + y_real"),
        ("-2*p + y", "-2 * y_pred + y_real"),
        ("-p**2 + y", "-y_pred**2 + y_real"),
        ("2 - -p*y", "2 - -y_pred * y_real"),
        ("(p)+(((y)))", "y_pred + y_real"),
        ("+p - +y", "y_pred - y_real"),
        ("p - y - 1", "y_pred - y_real - 1"),
        ("p - (y - 1)", "y_pred - (y_real - 1)"),
        ("p/y/2", "y_pred / y_real / 2"),
        ("p/(y/2)", "y_pred / (y_real / 2)"),
        ("ln(p)*sgm(y)", "log(y_pred) * sigmoid(y_real)"),
        ("square(p) + cube(y)", "y_pred**2 + y_real**3"),
        ("p**-1.5 + y", "y_pred**-1.5 + y_real"),
        ("p**(2) + p**((2))*y", "y_pred**2 + y_pred**2 * y_real"),
        ("max(p, y, 0.5)", "max(max(y_pred, y_real), 0.5)"),
        ("1e-3*p + .5*y + 2.", "0.001 * y_pred + 0.5 * y_real + 2"),
        ("s*y", "score * y_real"),
        ("\tp\n+ y ", "y_pred + y_real"),
    ],
)
def test_reads(written, means):
    assert Loss.parse(written).text() == means


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("y_pred + y_reel", r"unknown name 'y_reel' at column 10 \(did you mean 'y_real'\?\)"),
        ("foo(y_pred)", "unknown function 'foo' at column 1"),
        ("__import__('os').system('true')", "not allowed"),
        ("__import__(y_pred)", "unknown function '__import__'"),
        ("y_pred.real + y_real", "'.' at column 7 is not allowed"),
        ("y_pred[0]", "not allowed"),
        ("lambda: y_pred", "not allowed"),
        ("y_pred if y_real else 1", "unexpected 'if'"),
        ("y_pred = 1", "'=' at column 8"),
        ("9**9**9**9", "write a power of a power with brackets"),
        ("y_pred**99999", "the exponent 99999 at column 9 is too large"),
        ("y_pred**y_real", "an exponent must be a number"),
        ("y_pred + ", "unexpected the end"),
        ("y_pred y_real", "unexpected 'y_real' at column 8"),
        ("(y_pred + y_real", r"'\)' was expected"),
        ("log(y_pred, y_real)", "log at column 1 takes one operand, not 2"),
        ("aq(y_pred)", "aq at column 1 takes 2 operands, not 1"),
        ("log", r"'\(' was expected"),
        ("1e999*y_pred", "too large for a float"),
        ("y_pred + score", "not both"),
        ("y_real + 1", "y_pred is missing"),
        ("3", "y_pred is missing"),
        ("y_pred;y_real", "not allowed"),
        ("𝑦_pred", "not allowed"),
        ("y_pred\x00", "not allowed"),
        ("y_pred + ٣", "not allowed"),
        ("(" * 10_000 + "y_pred" + ")" * 10_000, f"at most {MAX_LENGTH}"),
        ("(" * 9_000 + "y_pred" + ")" * 9_000, "more than 6000 words and signs"),
        ("(" * 2_500 + "y_pred" + ")" * 2_500, f"nested deeper than {MAX_DEPTH}"),
        ("-" * 5_000 + "y_pred", f"nested deeper than {MAX_DEPTH}"),
        ("+" * 5_000 + "y_pred", f"nested deeper than {MAX_DEPTH}"),
        ("log(" * 500 + "y_pred" + ")" * 500, f"nested deeper than {MAX_DEPTH}"),
        ("+".join(["y_pred"] * (MAX_NODES + 2)), f"more than {MAX_NODES} operators"),
        ("+".join(["y_pred"] * 300), "higher than 200 levels"),
    ],
)
def test_refuses_and_says_why(written, message):
    with pytest.raises(FormulaError, match=message):
        Loss.parse(written)


def test_a_discriminators_loss_needs_the_label():
    with pytest.raises(FormulaError, match="y_real is missing in 'y_pred'"):
        LossPair.parse("y_pred")
    pair = LossPair.parse(" D: p - y ;G: log(1 - p);")
    assert pair.text() == "D: y_pred - y_real; G: log(1 - y_pred)"
    for wrong in ("D: p - y", "G: p; D: p - y", "p - y; p"):
        with pytest.raises(FormulaError):
            LossPair.parse(wrong)


@pytest.mark.parametrize("nesting", [MAX_DEPTH - 1, MAX_DEPTH])
def test_the_limit_of_nesting_is_exact(nesting):
    written = "(" * nesting + "y_pred + y_real" + ")" * nesting
    if nesting < MAX_DEPTH:
        assert Loss.parse(written).size == 3
    else:
        with pytest.raises(FormulaError, match="nested"):
            Loss.parse(written)


def test_nothing_is_executed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for code in ("open('x','w')", "__import__('os').mkdir('x')", "y_pred.__class__", "exec('1')"):
        with pytest.raises(FormulaError):
            Loss.parse(code)
    assert list(tmp_path.iterdir()) == []


WORDS = [
    *("y_pred", "y_real", "score", "log", "max", "neg", "aq", "(", ")", ",", "**", "*", "-", "/"),
    *("1", "2.5", "1e5", "^", "\\frac{", "}", "\\left(", "\\right)", "e^{", "{", "D:", ";", " "),
    *("²", "√", "|", "−", "×10⁻³", "π", "ŷ", "e", "D(x)", "softplus(", "clip(", "pow(", "L ="),
    *("\\log ", "\\hat{y}", "\\frac12", "\\max\\{", "\\}", "$", "^2", "\\cdot", "\\sin^{2}"),
    *("__import__", "0x1", "1_000", "'", '"', "\\", "\n", "é", "lambda", "[", "]", "."),
]


@given(st.text() | st.lists(st.sampled_from(WORDS)).map("".join))
def test_any_text_gives_a_loss_or_our_error(written):
    for notation in ("text", "latex", "auto"):
        message = ""
        try:
            parse_tree(written, notation=notation)
        except FormulaError as error:
            message = str(error)
        assert "\n" not in message
        assert len(message) < 600


def test_what_is_no_text_is_no_formula():
    for read in (Loss.parse, LossPair.parse):
        for wrong in (None, 3, b"p*y"):
            with pytest.raises(FormulaError, match="a formula is text, not"):
                read(wrong)


def test_a_message_repeats_little_of_a_long_formula():
    long = " + ".join(["y_real"] * 150)
    wrong = (long, "q" * 5_000 + "(p)", "p*" + "q" * 5_000, "p + 1" + "0" * 5_000)
    for written in wrong:
        with pytest.raises(FormulaError) as caught:
            Loss.parse(written)
        assert len(str(caught.value)) < 400
    with pytest.raises(FormulaError) as caught:
        LossPair.of(Loss.parse(long.replace("y_real", "y_pred")))
    assert len(str(caught.value)) < 400


BLANKS = " " * 15_000


@pytest.mark.parametrize(
    "written",
    ["L" + BLANKS + "p", "L(" + ")" * 15_000, BLANKS + r"\\",
     r"L_D = p \\" + "$ " * 9_000 + "x",
     "D:" + BLANKS + "G", "D:" + ";" * 19_000, r"\left" * 3_000, r"y_{" * 5_000, "$" * 19_000,
     r"\begin{aligned}" * 1_000 + r"\\\\", "1" * 19_000 + r"\times", "|" * 6_000, "√" * 6_000,
     "p²" * 6_000, "D(" * 6_000, r"\frac" * 3_000, r"\log" * 4_000, "x" * 1_000_000 + ";",
     "softplus(" * 90 + "s" + ")" * 90],
)  # fmt: skip
def test_long_nonsense_is_refused_at_once(written):
    """A pattern that backtracks would take minutes for some of these."""
    with pytest.raises(FormulaError) as caught:
        LossPair.parse(written)
    assert len(str(caught.value)) < 600


def test_many_random_strings():
    rng = random.Random(5)
    for _ in range(4_000):
        source = WORDS if rng.random() < 0.7 else string.printable
        written = "".join(rng.choice(source) for _ in range(rng.randrange(30)))
        try:
            LossPair.parse(written)
        except FormulaError:
            continue
