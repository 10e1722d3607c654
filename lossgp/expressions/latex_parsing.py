"""Formulas from LaTeX: as `Loss.latex` writes it, and as papers do.

    term    := unary (("\\cdot" | "\\times" | "/" | nothing) unary)*
    power   := atom ("^" (digit | "{" sum "}"))?
    atom    := number | variable | function "(" sum ("," sum)* ")" | function atom
             | "\\frac" group group | "\\sqrt" group | "e^" group | "(" sum ")" | "|" sum "|"

Two operands side by side are a product, as in y \\log p.
"""

from __future__ import annotations

import re
from typing import ClassVar

import sympy

from .errors import FormulaError
from .grammar import FormulaGrammar
from .notation import ALIASES, CONSTANTS, EXPANSIONS, FUNCTIONS, OPERATORS, VARIABLES, shown
from .operators import BY_NAME
from .symbols import constant
from .tokens import Token, UnreadError
from .tree import operator_of

_EPSILON = sympy.Symbol("varepsilon", real=True)
_WORDS = sorted({*FUNCTIONS, *ALIASES, "score"}, key=len, reverse=True)
_STYLES = r"\\(?:text|mathrm|mathit|textrm|textit|operatorname\*?)"
_LABELS = r"(?:pred|real|true|hat)"
_COMMANDS = {r"\sigma": "sigmoid", r"\ln": "log"}
_CLOSING = {"(": ")", "[": "]", r"\{": r"\}"}


class LatexParser(FormulaGrammar):
    """The grammar over LaTeX, ε of the protected operators written out or not."""

    pattern = re.compile(
        r"(?P<space>\s+|\\[,;!:> ]|~|\\q?quad(?![a-z])|\\(?:display|text)style(?![a-z])"
        r"|\\[bB]igg?[lrm]?(?![a-z])|\\(?:left|right)(?![a-z])(?=\s*(?:[(\[\])|]|\\[{}|]))(?!\s*\|)"
        r"|\$|\\[()\[\]])"
        r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
        r"(?:(?:\{\\times\}|\s*\\times\s*)10\^\{[+-]?[0-9]+\})?)"
        rf"|(?P<name>y_(?:\{{\s*{_STYLES}\{{\s*{_LABELS}\s*\}}\s*\}}|\{{\s*(?:\\rm\s+)?{_LABELS}\s*\}}"
        rf"|{_STYLES}\{{{_LABELS}\}}|{_LABELS})"
        r"|\\(?:wide)?hat\s*(?:\{\s*[yp]\s*\}|[yp](?![a-z]))|ŷ|[yp]\u0302"
        rf"|{_STYLES}\{{\s*\w+\s*\}}|(?:{'|'.join(_WORDS)})(?![A-Za-z])|[A-Za-zα-ωϵ])"
        r"|(?P<sign>\\(?:left|right)\s*\||\\[lr]vert(?![a-z])|\\[{}]|\\[A-Za-z]+"
        r"|\*\*|[-+*/^{}(),|\[\]√])"
    )
    product_signs: ClassVar = {r"\cdot": "mul", r"\times": "mul", r"\ast": "mul", "/": "div"}
    product = r"\cdot"
    allowed = (
        r"LaTeX is read of numbers, y_{pred} (or s, the raw output), y_{real}, + - \cdot \frac{}{} "
        r"\sqrt{} ^{}, and functions such as \log(...), \exp(...), \max(..., ...), \sigma(...), "
        r"\operatorname{relu}(...)"
    )
    bars: ClassVar = (
        (r"\left|", r"\right|"), (r"\lvert", r"\rvert"), (r"\vert", r"\vert"), ("|", "|"),
    )  # fmt: skip

    def __init__(self, written: str) -> None:
        super().__init__(written.replace(r"\left\lvert", r"\lvert     ").replace(
            r"\right\rvert", r"\rvert      "))  # fmt: skip
        self.tokens = [_plain(token) for token in self.tokens]

    def parse(self) -> sympy.Expr:
        """Return the tree of the whole formula."""
        tree = super().parse()
        if tree.has(_EPSILON):
            raise FormulaError(
                r"\varepsilon may stand only in a denominator (+ \varepsilon), or with an "
                r"absolute value under a root or logarithm (|a| + \varepsilon)"
            )
        return tree

    def unread(self, sign: str, error: UnreadError) -> FormulaError:
        """Return the error for a sign that begins no token."""
        hint = {
            "=": "write only what stands to the right of =",
            "%": "give one formula, without comments",
            "&": "give one formula, without alignment",
            "\\": "give one formula, without line breaks",
            "_": r"the variables are y_{pred}, y_{real} and s",
        }.get(sign, self.allowed)
        if any(token.written in (r"\sum", r"\mathbb") for token in error.before):
            hint = "a formula is the loss of one sample; leave out means, sums and expectations"
        return FormulaError(f"{shown(sign)} at column {error.position + 1} is not allowed; {hint}")

    def unexpected(self, hint: str | None = None) -> FormulaError:
        """Return the error for the next token."""
        known = {
            "*": r"a product is written \cdot in LaTeX",
            "**": r"a power is written ^{...} in LaTeX",
            r"\mathbb": "a formula is the loss of one sample; leave out expectations",
            r"\sum": "a formula is the loss of one sample; leave out sums",
        }
        return super().unexpected(known.get(self.peek.written, hint))

    def begins_operand(self, token: Token) -> bool:
        """Tell whether an operand may start with this token."""
        if token.kind == "name":
            return True
        openers = ("(", "[", r"\{", "{", r"\left|", r"\lvert", r"\frac", r"\sqrt", "√")
        if token.kind == "sign" and (token.written in openers or _function(token)):
            return True
        return token.written in ("|", r"\vert") and self.open_bars == 0

    def missing_sign(self) -> str | None:
        """Side by side is a product in LaTeX; only a number may not come second."""
        if self.position and self.peek.kind == "number":
            return r"write \cdot between two factors of which the second is a number"
        return None

    def term(self) -> sympy.Expr:
        """Read factors joined by signs, or by standing side by side."""
        left = self.unary()
        while True:
            if sign := self.accept(*self.product_signs):
                left = self.node(self.product_signs[sign.written], left, self.unary())
            elif self.begins_operand(self.peek):
                left = self.node("mul", left, self.power())
            else:
                return left

    def literal(self, token: Token) -> float:
        """Return the value of a number, written as 2 or as 2{\\times}10^{-3}."""
        figures = re.fullmatch(r"([0-9.]+)(?:.*10\^\{(.*)\})?", token.written)
        assert figures is not None
        written = figures[1] + (f"e{figures[2]}" if figures[2] else "")
        return super().literal(Token("number", written, token.column))

    def group(self) -> sympy.Expr:
        """Read what a command takes: { sum }, or one digit or letter or command."""
        if self.accept("{"):
            inner = self.sum()
            self.expect("}")
            return inner
        if self.peek.kind == "number":
            return self.digit()
        self.enter()
        inner = self.atom()
        self.depth -= 1
        return inner

    def digit(self) -> sympy.Expr:
        """Read the first digit of a number, and leave the rest: \\frac12 is a half."""
        token = self.peek
        if not token.written.isdigit():
            raise self.unexpected("write it in braces: {...}")
        first, rest = token.written[0], token.written[1:]
        if rest:
            self.tokens[self.position] = Token("number", rest, token.column + 1)
        else:
            self.take()
        return constant(float(first))

    def superscript(self) -> tuple[sympy.Expr, int]:
        """Read an exponent in braces, or one digit, and its column."""
        column = self.peek.column
        if self.peek.kind == "number" and len(self.peek.written) > 1:
            raise self.unexpected(f"write ^{{{self.peek.written}}}")
        return self.group(), column

    def power(self) -> sympy.Expr:
        """Read an atom and its constant exponent, if it has one."""
        natural = self.peek.kind == "name" and self.peek.written == "e"
        base = self.atom()
        if self.accept("^"):
            exponent, column = self.superscript()
            base = self.node("exp", exponent) if natural else self.raised(base, exponent, column)
            if self.peek.written == "^":
                raise self.unexpected("write a power of a power with brackets: (a^{b})^{c}")
        return base

    def atom(self) -> sympy.Expr:
        """Read a number, a variable, a function, a group or something in brackets."""
        token = self.peek
        if token.kind == "number":
            return constant(self.literal(self.take()))
        if name := _function(token):
            return self.function(self.take(), name)
        if token.kind == "name":
            return self.variable(self.take())
        for opening, closing in _CLOSING.items():
            if self.accept(opening):
                if len(found := self.enclosed(closing)) > 1:
                    raise self.unexpected("brackets hold a comma, and no function is before them")
                return found[0]
        if token.written == "{":
            return self.group()
        if (inner := self.absolute()) is not None:
            return inner
        if self.accept(r"\frac"):
            return self.node("div", self.group(), _without(self.group(), bare=True))
        if self.accept(r"\sqrt", "√"):
            if self.peek.written == "[":
                raise self.unexpected("write a root of another degree as a power: a^{1/3}")
            return self.node("sqrt", _without(self.group()))
        command = token.written[1:]
        if token.kind == "sign" and command.isalpha() and command not in ("mathbb", "sum"):
            self.take()
            raise self.unknown(Token("name", command, token.column))
        raise self.unexpected()

    def variable(self, token: Token) -> sympy.Expr:
        """Return the variable or constant of a name; D may have its sample behind it."""
        if token.written in ("ε", "ϵ"):
            return _EPSILON
        if token.written == "D" and self.peek.written == "(":
            self.sample()
            return VARIABLES["D"]
        if token.written not in VARIABLES and token.written not in CONSTANTS:
            raise self.unknown(token)
        return self.named(token)

    def function(self, token: Token, name: str) -> sympy.Expr:
        """Read the operands of a function, in brackets or, if there is one, without."""
        exponent = None
        if self.accept("^"):
            exponent, column = self.superscript()
            if isinstance(exponent, sympy.Number) and exponent < 0:
                raise self.unexpected("write the power behind the brackets: (f(x))^{-1}")
        operands = self.operands(token)
        if name == "log":
            operands[0] = _without(operands[0])
        tree = self.apply(name, operands, token.column)
        return tree if exponent is None else self.raised(tree, exponent, column)

    def operands(self, token: Token) -> list[sympy.Expr]:
        """Read ( sum, ... ), or what stands right behind a function's name."""
        opening = self.accept(*_CLOSING)
        if opening is None:
            braced = self.peek.written == "{"
            self.enter()
            inner = self.group() if braced else self.atom()
            self.depth -= 1
            if self.peek.written == "^" or (not braced and self.begins_operand(self.peek)):
                raise self.unexpected(f"put what {shown(token.written)} is of in brackets")
            return [inner]
        return self.enclosed(_CLOSING[opening.written])


def _plain(token: Token) -> Token:
    """Return the token with spellings of one thing made one."""
    written = token.written
    if token.kind == "sign":
        written = re.sub(r"\s", "", written)
        written = {r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\cfrac": r"\frac",
                   r"\lbrace": r"\{", r"\rbrace": r"\}", r"\lbrack": "[", r"\rbrack": "]",
                   }.get(written, written)  # fmt: skip
        if written in (r"\varepsilon", r"\epsilon"):
            return Token("name", "ε", token.column)
        if written == r"\pi":
            return Token("name", "pi", token.column)
        return Token("sign", written, token.column)
    if token.kind != "name":
        return token
    if "hat" in written and written.startswith("\\"):
        return Token("name", "y_hat", token.column)
    if written.startswith("y_"):
        which = re.search(r"(pred|real|true|hat)\W*$", written)
        assert which is not None
        return Token("name", f"y_{which[1]}", token.column)
    if styled := re.fullmatch(rf"{_STYLES}\{{\s*(\w+)\s*\}}", written):
        return Token("name", styled[1], token.column)
    return token


def _function(token: Token) -> str | None:
    """Return the function that a token names."""
    if token.written in _COMMANDS:
        return _COMMANDS[token.written]
    word = token.written
    if token.kind == "sign":
        if not word.startswith("\\"):
            return None
        word = word[1:]
        # \exp and \max, and those that a paper defines by itself; never \abs or \neg.
        if word not in ("exp", "log", "sin", "cos", "tan", "tanh", "cosh", "max", "min"):
            return None
    elif token.kind != "name":
        return None
    name = ALIASES.get(word, word)
    return name if name in OPERATORS or name in EXPANSIONS else None


def _without(tree: sympy.Expr, *, bare: bool = False) -> sympy.Expr:
    """Undo the written protection: b + ε in a denominator, |a| + ε elsewhere."""
    if operator_of(tree) is not BY_NAME["add"] or tree.args[1] is not _EPSILON:
        return tree
    inner = tree.args[0]
    if bare:
        return inner
    return inner.args[0] if isinstance(inner, sympy.Abs) else tree
