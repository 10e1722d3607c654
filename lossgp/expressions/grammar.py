"""The grammar that plain text and LaTeX share: precedence climbing over tokens.

No code is ever executed, and length, depth and size are limited.

    sum     := product (("+" | "-") product)*
    product := unary (("*" | "/") unary)*
    unary   := "-" unary | power
    power   := atom (("**" | "^") exponent)?

What an atom and an exponent look like is the notation's own.
"""

from __future__ import annotations

import math
import re
from abc import abstractmethod
from typing import ClassVar

import sympy

from .constants import MAX_EXPONENT, plain_value
from .errors import FormulaError
from .notation import CONSTANTS, EXPANSIONS, FUNCTIONS, VARIABLES, shown
from .reading import TokenReader
from .symbols import Y_REAL, constant
from .tokens import Token
from .tree import holds, make, operator_of, preorder

MAX_DEPTH = 100
MAX_HEIGHT = 200
MAX_NODES = 1_000


class FormulaGrammar(TokenReader):
    """Reads one formula; a notation adds its tokens, its atoms and its powers."""

    product_signs: ClassVar[dict[str, str]]
    bars: ClassVar[tuple[tuple[str, str], ...]] = (("|", "|"),)
    """What opens and what closes an absolute value."""

    def __init__(self, written: str) -> None:
        super().__init__(written)
        self.depth = 0
        self.nodes = 0
        self.samples: set[str] = set()

    def parse(self) -> sympy.Expr:
        """Return the tree of the whole formula."""
        if self.peek.kind == "end":
            raise FormulaError(f"the formula is empty; {self.allowed}")
        tree = self.sum()
        if self.peek.kind != "end":
            raise self.unexpected()
        if _is_higher(tree, MAX_HEIGHT):
            raise FormulaError(f"the formula's tree is higher than {MAX_HEIGHT} levels")
        if len(self.samples) > 1 and not holds(tree, Y_REAL):
            raise FormulaError(
                "D(x) and D(G(z)) are one prediction here, of a real or a generated sample; "
                "write y_real*(what D(x) stands in) + (1 - y_real)*(what D(G(z)) stands in)"
            )
        return tree

    @abstractmethod
    def atom(self) -> sympy.Expr:
        """Read a number, a variable, a call or something in brackets."""

    @abstractmethod
    def power(self) -> sympy.Expr:
        """Read an atom and its constant exponent, if it has one."""

    def node(self, name: str, *operands: sympy.Expr) -> sympy.Expr:
        """Return a node, counting it."""
        self.count(1)
        return make(name, *operands)

    def count(self, nodes: int) -> None:
        """Count more operators."""
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise FormulaError(f"the formula has more than {MAX_NODES} operators")

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
        left = self.term()
        while sign := self.accept("+", "-"):
            left = self.node("add" if sign.written == "+" else "sub", left, self.term())
        self.depth -= 1
        return left

    def term(self) -> sympy.Expr:
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
        literal = self.peek.kind == "number" or self.peek.written in CONSTANTS
        operand = self.unary()
        self.depth -= 1
        if literal and isinstance(operand, sympy.Number):
            return -operand
        return self.node("neg", operand)

    def raised(self, base: sympy.Expr, exponent: sympy.Expr, column: int) -> sympy.Expr:
        """Return a power; the exponent may be any formula of numbers, such as 1/2."""
        value = plain_value(exponent)
        if value is None:
            raise FormulaError(
                f"the exponent at column {column} holds a variable; an exponent must be a number; "
                "write exp(c*log(a)) for a**c"
            )
        if not math.isfinite(value):
            raise FormulaError(f"the exponent at column {column} is no finite number")
        if abs(value) > MAX_EXPONENT:
            raise FormulaError(
                f"the exponent {value:g} at column {column} is too large; "
                f"it must lie between -{MAX_EXPONENT} and {MAX_EXPONENT}"
            )
        return self.node("pow", base, constant(value))

    def literal(self, token: Token) -> float:
        """Return the value of a number's token.

        Raises:
            FormulaError: no float holds it: it is too large, or so small that it would be 0.
        """
        value = float(token.written)
        if not math.isfinite(value):
            raise FormulaError(
                f"the number {shown(token.written)} at column {token.column} is too large for a "
                "float; at most 1.797e308 can be held"
            )
        if value == 0 and re.search("[1-9]", token.written.lower().partition("e")[0]):
            raise FormulaError(
                f"the number {shown(token.written)} at column {token.column} is too small for a "
                "float, which would hold it as 0; write 0, or at least 4.941e-324"
            )
        return value

    def absolute(self) -> sympy.Expr | None:
        """Read |a| where one begins."""
        for left, right in self.bars:
            if self.accept(left):
                self.open_bars += 1
                inner = self.sum()
                self.open_bars -= 1
                self.expect(right)
                return self.node("abs", inner)
        return None

    def enclosed(self, closing: str) -> list[sympy.Expr]:
        """Read sum ("," sum)* and the bracket that closes them; bars begin anew inside."""
        bars, self.open_bars = self.open_bars, 0
        found = [self.sum()]
        while self.accept(","):
            found.append(self.sum())
        self.expect(closing)
        self.open_bars = bars
        return found

    def named(self, token: Token) -> sympy.Expr:
        """Return the variable or constant of a name, or raise for an unknown one."""
        if token.written in CONSTANTS:
            return constant(CONSTANTS[token.written])
        if token.written not in VARIABLES:
            raise self.unknown(token)
        return VARIABLES[token.written]

    def sample(self) -> None:
        """Read what D is called with: (x), or (G(z))."""
        column = self.peek.column
        depth, names = 0, []
        while self.peek.kind in ("name", "sign"):
            if self.peek.written not in ("(", ")") and self.peek.kind == "sign":
                break
            token = self.take()
            depth += (token.written == "(") - (token.written == ")")
            names += [token.written] if token.kind == "name" else []
            if depth == 0:
                break
        ours = [name for name in names if name in VARIABLES and name != "D"]
        if depth or not names or len(names) > 2 or ours:
            raise FormulaError(
                f"what stands in brackets after D at column {column} is no sample; "
                "write D(x), D(G(z)), or y_pred"
            )
        self.samples.add("generated" if len(names) == 2 else "any")

    def apply(self, name: str, operands: list[sympy.Expr], column: int) -> sympy.Expr:
        """Return the call of a function; max and min take two operands or more."""
        arity = FUNCTIONS[name]
        if name in ("max", "min") and len(operands) > 2:
            first, *others = operands
            for operand in others:
                first = self.node(name, first, operand)
            return first
        if len(operands) != arity:
            takes = "one operand" if arity == 1 else f"{arity} operands"
            raise FormulaError(f"{name} at column {column} takes {takes}, not {len(operands)}")
        if name == "pow":
            return self.raised(operands[0], operands[1], column)
        if name not in EXPANSIONS:
            return self.node(name, *operands)
        tree = EXPANSIONS[name][1](*operands)
        # Operands that stand twice in what a function is written out to count twice.
        self.count(_inner_nodes(tree) - sum(map(_inner_nodes, operands)))
        return tree


def _inner_nodes(tree: sympy.Expr) -> int:
    return sum(operator_of(node) is not None for node in preorder(tree))


def _is_higher(tree: sympy.Expr, limit: int) -> bool:
    """Tell whether a tree is higher than this, without recursion."""
    level = [tree]
    for _ in range(limit + 1):
        level = [a for node in level if operator_of(node) for a in node.args]
        if not level:
            return False
    return True
