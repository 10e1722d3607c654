"""Formulas from text and from LaTeX, by one small grammar and nothing else.

A tokenizer that knows only numbers, names and the operators' signs feeds a
precedence-climbing parser; no code is ever executed, and length, depth and size are limited.

    sum     := product (("+" | "-") product)*
    product := unary (("*" | "/") unary)*
    unary   := "-" unary | power
    power   := atom ("**" ["-"] number)?
    atom    := number | variable | function "(" sum ("," sum)* ")" | "(" sum ")"
"""

from __future__ import annotations

import difflib
import math
import re
from typing import ClassVar, NamedTuple

import sympy

from .errors import FormulaError
from .operators import BY_NAME, SHORTHANDS
from .symbols import Y_PRED, Y_REAL, constant
from .tree import make, operator_of, substitute

MAX_LENGTH = 20_000
MAX_DEPTH = 100
MAX_HEIGHT = 200
MAX_NODES = 1_000
MAX_EXPONENT = 64
MAX_TOKENS = 6_000

SCORE = sympy.Symbol("score", real=True)

VARIABLES = {
    "y_pred": Y_PRED, "p": Y_PRED, "y_real": Y_REAL, "y": Y_REAL, "score": SCORE, "s": SCORE,
}  # fmt: skip
FUNCTIONS = {
    **{row.name: row.arity for row in BY_NAME.values() if row.precedence == 5},
    "neg": 1,
    **dict.fromkeys(SHORTHANDS, 1),
}
_ALIASES = {"ln": "log", "sgm": "sigmoid"}


class Token(NamedTuple):
    """A piece of a formula: its kind, what is written, and the column where it starts."""

    kind: str
    written: str
    column: int


class Parser:
    """Precedence climbing over tokens of the plain text form."""

    pattern = re.compile(
        r"(?P<space>\s+)|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
        r"|(?P<name>[A-Za-z_]\w*)|(?P<sign>\*\*|[-+*/(),])",
        re.ASCII,
    )
    product_signs: ClassVar = {"*": "mul", "/": "div"}

    def __init__(self, written: str) -> None:
        if len(written) > MAX_LENGTH:
            raise FormulaError(
                f"the formula has {len(written)} characters; at most {MAX_LENGTH} are read"
            )
        self.tokens = self._tokenize(written)
        self.place = 0
        self.depth = 0
        self.nodes = 0

    def parse(self) -> sympy.Expr:
        """Return the tree of the whole formula."""
        if self.peek.kind == "end":
            raise FormulaError(f"the formula is empty; {allowed()}")
        tree = self.sum()
        if self.peek.kind != "end":
            raise self.unexpected()
        if _is_higher(tree, MAX_HEIGHT):
            raise FormulaError(f"the formula's tree is higher than {MAX_HEIGHT} levels")
        return tree

    def _tokenize(self, written: str) -> list[Token]:
        tokens, place = [], 0
        while place < len(written):
            match = self.pattern.match(written, place)
            if match is None:
                raise self._forbidden(written, place)
            kind = match.lastgroup or ""
            if kind != "space":
                tokens.append(Token(kind, match.group(), place + 1))
                if len(tokens) > MAX_TOKENS:
                    raise FormulaError(f"the formula has more than {MAX_TOKENS} words and signs")
            place = match.end()
        tokens.append(Token("end", "the end", len(written) + 1))
        return tokens

    def _forbidden(self, written: str, place: int) -> FormulaError:
        sign = written[place]
        hint = "; a power is written **" if sign == "^" else ""
        return FormulaError(f"{sign!r} at column {place + 1} is not allowed{hint}; {allowed()}")

    @property
    def peek(self) -> Token:
        """The token that comes next."""
        return self.tokens[self.place]

    def take(self) -> Token:
        """Return the next token and move past it."""
        token = self.tokens[self.place]
        self.place += token.kind != "end"
        return token

    def accept(self, *written: str) -> Token | None:
        """Take the next token if it is one of these signs."""
        token = self.peek
        return self.take() if token.kind == "sign" and token.written in written else None

    def expect(self, written: str) -> None:
        """Take this sign, or raise."""
        if not self.accept(written):
            raise self.unexpected(f"{written!r} was expected")

    def unexpected(self, hint: str | None = None) -> FormulaError:
        """Return the error for the next token."""
        token = self.peek
        name = token.written if token.kind == "end" else repr(token.written)
        return FormulaError(f"unexpected {name} at column {token.column}; {hint or allowed()}")

    def node(self, name: str, *operands: sympy.Expr) -> sympy.Expr:
        """Return a node, counting it."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise FormulaError(f"the formula has more than {MAX_NODES} operators")
        return make(name, *operands)

    def enter(self) -> None:
        """Count one more level of nesting."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FormulaError(
                f"the formula is nested deeper than {MAX_DEPTH} levels at column {self.peek.column}"
            )

    def sum(self) -> sympy.Expr:
        """Read products joined by + and −."""
        self.enter()
        left = self.product()
        while sign := self.accept("+", "-"):
            left = self.node("add" if sign.written == "+" else "sub", left, self.product())
        self.depth -= 1
        return left

    def product(self) -> sympy.Expr:
        """Read unary terms joined by multiplication and division."""
        left = self.unary()
        while sign := self.accept(*self.product_signs):
            left = self.node(self.product_signs[sign.written], left, self.unary())
        return left

    def unary(self) -> sympy.Expr:
        """Read a term with any signs before it; minus and a number make one constant."""
        if self.accept("+"):
            self.enter()
            operand = self.unary()
            self.depth -= 1
            return operand
        if not self.accept("-"):
            return self.power()
        self.enter()
        literal = self.peek.kind == "number"
        operand = self.unary()
        self.depth -= 1
        if literal and isinstance(operand, sympy.Number):
            return -operand
        return self.node("neg", operand)

    def power(self) -> sympy.Expr:
        """Read an atom and its constant exponent, if it has one."""
        base = self.atom()
        if self.accept("**"):
            base = self.node("pow", base, self.exponent())
        if self.peek.written == "**":
            raise self.unexpected("write a power of a power with brackets: (a**b)**c")
        return base

    def exponent(self) -> sympy.Expr:
        """Read a number, perhaps negative, perhaps in brackets."""
        column = self.peek.column
        bracket = self.accept("(")
        sign = -1.0 if self.accept("-") else 1.0
        if self.peek.kind != "number":
            raise self.unexpected("an exponent must be a number; write exp(c*log(a)) otherwise")
        value = sign * self.literal(self.take())
        if bracket:
            self.expect(")")
        if abs(value) > MAX_EXPONENT:
            raise FormulaError(
                f"the exponent {value:g} at column {column} is too large; "
                f"it must lie between -{MAX_EXPONENT} and {MAX_EXPONENT}"
            )
        return constant(value)

    def literal(self, token: Token) -> float:
        """Return the value of a number's token."""
        value = float(token.written)
        if not math.isfinite(value):
            raise FormulaError(f"the number at column {token.column} is too large for a float")
        return value

    def atom(self) -> sympy.Expr:
        """Read a number, a variable, a call or something in brackets."""
        if self.accept("("):
            inner = self.sum()
            self.expect(")")
            return inner
        if self.peek.kind == "number":
            return constant(self.literal(self.take()))
        if self.peek.kind == "name":
            token = self.take()
            if self.peek.written == "(" or token.written in FUNCTIONS:
                return self.call(token)
            return variable(token)
        raise self.unexpected()

    def call(self, token: Token) -> sympy.Expr:
        """Read the operands of a function."""
        name = _ALIASES.get(token.written, token.written)
        if name not in FUNCTIONS:
            raise unknown(token, "function", list(FUNCTIONS))
        self.expect("(")
        operands = [self.sum()]
        while self.accept(","):
            operands.append(self.sum())
        self.expect(")")
        return self.apply(name, operands, token.column)

    def apply(self, name: str, operands: list[sympy.Expr], column: int) -> sympy.Expr:
        """Return the call; max and min take two operands or more."""
        arity = FUNCTIONS[name]
        if len(operands) == arity:
            return self.node(name, *operands)
        if name in ("max", "min") and len(operands) > 2:
            first, *others = operands
            for operand in others:
                first = self.node(name, first, operand)
            return first
        takes = "one operand" if arity == 1 else f"{arity} operands"
        raise FormulaError(f"{name} at column {column} takes {takes}, not {len(operands)}")


def variable(token: Token) -> sympy.Symbol:
    """Return the variable of a name, or raise for an unknown one."""
    if token.written not in VARIABLES:
        raise unknown(token, "name", [*VARIABLES, *FUNCTIONS])
    return VARIABLES[token.written]


def unknown(token: Token, kind: str, known: list[str]) -> FormulaError:
    """Return the error for a name that means nothing here."""
    near = difflib.get_close_matches(token.written, known, 1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return FormulaError(
        f"unknown {kind} {token.written!r} at column {token.column}{hint}; {allowed()}"
    )


def allowed() -> str:
    """Return what a formula may hold, for error messages."""
    return (
        "a formula is made of numbers, y_pred (or score, the raw output), y_real, "
        f"+ - * / ** and {', '.join(sorted(FUNCTIONS))}"
    )


def parse_tree(written: str, *, notation: str = "text") -> tuple[sympy.Expr, str]:
    """Return the tree of a formula and its link.

    Args:
        written: the formula.
        notation: "text" or "latex".

    Returns:
        The tree over `Y_PRED` and `Y_REAL`, and "identity" where the formula speaks of the
        raw output (`score`), else "sigmoid".

    Raises:
        FormulaError: the formula cannot be read; the message says what and where.
    """
    from .latex_parsing import LatexParser

    tree = (LatexParser if notation == "latex" else Parser)(written).parse()
    symbols = tree.free_symbols
    if SCORE not in symbols:
        return tree, "sigmoid"
    if Y_PRED in symbols:
        raise FormulaError(
            "a formula may hold y_pred (after a sigmoid) or score (the raw output), not both; "
            "write sigmoid(score) for y_pred"
        )
    return substitute(tree, SCORE, Y_PRED), "identity"


def _is_higher(tree: sympy.Expr, limit: int) -> bool:
    """Tell whether a tree is higher than this, without recursion."""
    level = [tree]
    for _ in range(limit + 1):
        level = [a for node in level if operator_of(node) for a in node.args]
        if not level:
            return False
    return True
