"""Formulas from LaTeX, as `Loss.latex` writes it."""

from __future__ import annotations

import re
from typing import ClassVar

import sympy

from .errors import FormulaError
from .operators import OPERATORS
from .parsing import Parser, Token, variable
from .symbols import constant

_EPSILON = sympy.Symbol("varepsilon", real=True)


def _calls() -> dict[str, str]:
    """Return the operators whose LaTeX is a call, by what is written before the bracket."""
    heads = {}
    for row in (row for row in OPERATORS if row.precedence == 5):
        head = row.latex.partition(r"\left(")[0].replace("{{", "{").replace("}}", "}")
        if re.fullmatch(r"\\[a-z]+(\{\w+\})?", head):
            heads[head] = row.name
    return heads


class LatexParser(Parser):
    """The same grammar over the LaTeX that `latex()` prints, ε written out or not."""

    pattern = re.compile(
        r"(?P<space>\s+|\\[,;!: ])"
        r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:\{\\times\}10\^\{[+-]?\d+\})?)"
        r"|(?P<name>y_\{pred\}|y_\{real\}|s|\\varepsilon)"
        r"|(?P<sign>\\(?:left|right)[(|)]|\\operatorname\{\w+\}|\\[a-z]+|e\^|[-+^{}(),])",
        re.ASCII,
    )
    product_signs: ClassVar = {r"\cdot": "mul", r"\times": "mul"}
    functions: ClassVar = {
        **_calls(), r"\operatorname{neg}": "neg", r"\exp": "exp", r"\ln": "log",
    }  # fmt: skip

    def parse(self) -> sympy.Expr:
        """Return the tree of the whole formula."""
        tree = super().parse()
        if tree.has(_EPSILON):
            raise FormulaError(
                r"\varepsilon may stand only in a denominator (+ \varepsilon), or with an "
                r"absolute value under a root or logarithm (|a| + \varepsilon)"
            )
        return tree

    def literal(self, token: Token) -> float:
        """Return the value of a number, written as 2 or as 2{\\times}10^{-3}."""
        mantissa, _, exponent = token.written.partition(r"{\times}10^{")
        return super().literal(
            Token("number", mantissa + ("e" + exponent[:-1] if exponent else ""), token.column)
        )

    def group(self) -> sympy.Expr:
        """Read `{ sum }`."""
        self.expect("{")
        inner = self.sum()
        self.expect("}")
        return inner

    def power(self) -> sympy.Expr:
        """Read an atom and its constant exponent, if it has one."""
        base = self.atom()
        if self.accept("^"):
            self.expect("{")
            base = self.node("pow", base, self.exponent())
            self.expect("}")
        return base

    def atom(self) -> sympy.Expr:
        """Read a number, a variable, a function, a group or something in brackets."""
        token = self.peek
        if token.kind == "number":
            return constant(self.literal(self.take()))
        if token.kind == "name":
            self.take()
            written = token.written.replace("{", "").replace("}", "")
            if written == r"\varepsilon":
                return _EPSILON
            return variable(Token("name", written, token.column))
        if self.accept(r"\left(", "("):
            return self._closed(r"\right)" if token.written != "(" else ")")
        if self.accept(r"\left|"):
            return self.node("abs", self._closed(r"\right|"))
        if self.accept(r"\frac"):
            return self.node("div", self.group(), self._without(self.group(), bare=True))
        if self.accept(r"\sqrt"):
            return self.node("sqrt", self._without(self.group()))
        if self.accept("e^"):
            return self.node("exp", self.group())
        if token.written in self.functions:
            return self._function(self.take())
        raise self.unexpected()

    def _closed(self, sign: str) -> sympy.Expr:
        inner = self.sum()
        self.expect(sign)
        return inner

    def _function(self, token: Token) -> sympy.Expr:
        name = self.functions[token.written]
        closing = r"\right)" if self.peek.written == r"\left(" else ")"
        if not self.accept(r"\left(", "("):
            raise self.unexpected(r"'\left(' was expected")
        operands = [self.sum()]
        while self.accept(","):
            operands.append(self.sum())
        self.expect(closing)
        if name == "log":
            operands[0] = self._without(operands[0])
        return self.apply(name, operands, token.column)

    def _without(self, tree: sympy.Expr, *, bare: bool = False) -> sympy.Expr:
        """Undo the written protection: b + ε in a denominator, |a| + ε elsewhere."""
        if not (isinstance(tree, sympy.Add) and tree.args[1] is _EPSILON):
            return tree
        inner = tree.args[0]
        if bare:
            return inner
        return inner.args[0] if isinstance(inner, sympy.Abs) else tree
