"""Formulas from plain text and LaTeX to trees.

power := atom (("**" | "^") ["-"] atom | raised digits)?
atom  := number | variable | function "(" sum ("," sum)* ")" | "(" sum ")" | "|" sum "|"
       | "√" atom
"""

from __future__ import annotations

import re
from typing import ClassVar, Literal

import sympy

from lossgp.common.echo import quoted

from .errors import FormulaError
from .grammar import MAX_DEPTH, MAX_HEIGHT, MAX_NODES, FormulaGrammar
from .notation import (
    ALIASES,
    CONSTANTS,
    FRACTIONS,
    FUNCTIONS,
    HINTS,
    SCORE,
    SIGNS,
    SUPERSCRIPTS,
    VARIABLES,
    shown,
)
from .symbols import Y_PRED, constant
from .tokens import MAX_LENGTH, Token, UnreadError
from .tree import substitute

__all__ = ["MAX_DEPTH", "MAX_HEIGHT", "MAX_LENGTH", "MAX_NODES", "Notation", "parse_tree"]

Notation = Literal["auto", "text", "latex"]

# L = ..., ℓ(y_pred, y_real) = ...: the name of what is defined says nothing.
_LEFT_SIDE = re.compile(
    r"(?:[\s$]|\\[(\[])*(?:[LlJℒℓ]|loss|Loss|\\ell|\\mathcal\s*(?:\{\s*L\s*\}|L))"
    r"(?:_(?:\{[^{}=]*\}|\w+))?(?:\s*(?:\\left)?\([^=]*\))?\s*(?:&\s*)?:?=(?!=)\s*"
    # The mean over N samples: a formula is the loss of one.
    r"(?:\\frac\s*\{\s*1\s*\}\s*\{\s*[Nnm]\s*\}\s*\\sum(?:_\{[^{}]*\})?(?:\^\{[^{}]*\}|\^\w)?)?"
)
_LATEX = re.compile(r"[\\$]|[\^_]\{")


class TextParser(FormulaGrammar):
    """Formulas as people type them."""

    pattern = re.compile(
        r"(?P<space>\s+)"
        r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+|\*10[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)?|[½¼¾])"
        r"|(?P<name>ŷ|[yp]\u0302|[A-Za-z_][A-Za-z0-9_]*|[α-ωϵ])"
        r"|(?P<power>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
        r"|(?P<sign>\*\*|[-+*/^(),|√])"
    )
    product_signs: ClassVar = {"*": "mul", "/": "div"}
    product = "*"
    allowed = (
        "a formula is made of numbers, y_pred (or score, the raw output), y_real, "
        f"+ - * / ** and {', '.join(sorted(FUNCTIONS))}"
    )

    def unread(self, sign: str, error: UnreadError) -> FormulaError:
        """Return the error for a sign that begins no token."""
        hint = HINTS.get(sign)
        if sign == "." and error.before and error.before[-1].kind == "name":
            hint = f"write functions without {shown(error.before[-1].written + '.')}"
        return FormulaError(
            f"{shown(sign)} at column {error.position + 1} is not allowed; {hint or self.allowed}"
        )

    def power(self) -> sympy.Expr:
        """Read an atom and its constant exponent, if it has one; of e, any exponent."""
        natural = self.peek.kind == "name" and self.peek.written == "e"
        base = self.atom()
        if self.peek.kind == "power":
            column = self.peek.column
            exponent = self.digits()
            base = self.node("exp", exponent) if natural else self.raised(base, exponent, column)
        elif self.accept("**", "^"):
            column = self.peek.column
            exponent = self.exponent()
            base = self.node("exp", exponent) if natural else self.raised(base, exponent, column)
        if self.peek.written in ("**", "^") or self.peek.kind == "power":
            raise self.unexpected("write a power of a power with brackets: (a**b)**c")
        return base

    def digits(self) -> sympy.Expr:
        """Read raised digits, as in p²."""
        return constant(float(self.take().written.translate(SUPERSCRIPTS)))

    def exponent(self) -> sympy.Expr:
        """Read what stands after ** : a number or something in brackets, perhaps negative."""
        if self.accept("+"):
            return self.atom()
        if not self.accept("-"):
            return self.atom()
        operand = self.atom()
        return -operand if isinstance(operand, sympy.Number) else self.node("neg", operand)

    def literal(self, token: Token) -> float:
        """Return the value of a number, which may be ½ or 2·10⁻³."""
        if token.written in FRACTIONS:
            return FRACTIONS[token.written]
        mantissa, ten, power = token.written.partition("*10")
        if ten:
            token = Token("number", f"{mantissa}e{power.translate(SUPERSCRIPTS)}", token.column)
        return super().literal(token)

    def atom(self) -> sympy.Expr:
        """Read a number, a variable, a call, a root, or something in brackets or bars."""
        if self.accept("("):
            found = self.enclosed(")")
            if len(found) > 1:
                raise FormulaError(
                    f"the brackets before column {self.peek.column} hold a comma and are no call; "
                    "a decimal point is written ."
                )
            return found[0]
        if (inner := self.absolute()) is not None:
            return inner
        if self.accept("√"):
            return self.root()
        if self.peek.kind == "number":
            return constant(self.literal(self.take()))
        if self.peek.kind != "name":
            raise self.unexpected()
        token = self.take()
        if token.written == "D" and self.peek.written == "(":
            self.sample()
            return VARIABLES["D"]
        name = ALIASES.get(token.written, token.written)
        if name in FUNCTIONS:
            return self.call(token, name)
        if self.peek.written != "(":
            return self.named(token)
        if token.written in VARIABLES or token.written in CONSTANTS:
            raise FormulaError(
                f"{shown(token.written)} at column {token.column} is no function; "
                f"write {self.product} between {shown(token.written)} and '('"
            )
        raise self.unknown(token)

    def root(self) -> sympy.Expr:
        """Read what stands under √: an atom."""
        self.enter()
        inner = self.atom()
        self.depth -= 1
        if self.peek.written in ("**", "^") or self.peek.kind == "power":
            raise self.unexpected("write √(a**b) or (√a)**b")
        return self.node("sqrt", inner)

    def call(self, token: Token, name: str) -> sympy.Expr:
        """Read the operands of a function."""
        if not self.accept("("):
            raise self.unexpected(f"'(' was expected: write {token.written}(…)")
        return self.apply(name, self.enclosed(")"), token.column)


def parse_tree(written: str, *, notation: Notation = "auto") -> tuple[sympy.Expr, str]:
    """Return the tree of a formula and its link.

    Args:
        written: the formula.
        notation: "text", "latex", or "auto", which takes what holds a backslash, a dollar
            sign, or a brace after ^ or _ for LaTeX, and all else for text.

    Returns:
        The tree over `Y_PRED` and `Y_REAL`, and "identity" where the formula speaks of the
        raw output (`score`), else "sigmoid".

    Raises:
        FormulaError: the formula cannot be read; the message says what and where.
    """
    from .latex_parsing import LatexParser

    if not isinstance(written, str):
        raise FormulaError(f"a formula is text, not {quoted(written, 60)}")
    if notation not in ("auto", "text", "latex"):
        raise FormulaError(
            f"the notation is {quoted(notation)}; it must be 'auto', 'text' or 'latex'"
        )
    if notation == "auto":
        notation = "latex" if _LATEX.search(written) else "text"
    written = written.translate(SIGNS)
    if len(written) <= MAX_LENGTH and (left := _LEFT_SIDE.match(written)):
        written = " " * left.end() + written[left.end() :]
    try:
        tree = (LatexParser if notation == "latex" else TextParser)(written).parse()
    except RecursionError:  # where whoever calls has used up the stack
        raise FormulaError("the formula is nested too deeply for the stack that is left") from None
    symbols = tree.free_symbols
    if SCORE not in symbols:
        return tree, "sigmoid"
    if Y_PRED in symbols:
        raise FormulaError(
            "a formula may hold y_pred (after a sigmoid) or score (the raw output), not both; "
            "write sigmoid(score) for y_pred"
        )
    return substitute(tree, SCORE, Y_PRED), "identity"
