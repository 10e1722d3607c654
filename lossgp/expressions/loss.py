"""`Loss`: one loss function as an immutable expression."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self

import sympy
from sympy import Expr

from lossgp.common.echo import quoted

from . import equivalence, printing, rules, tree
from .certificate import Certificate, certify
from .compiling import TensorFunction, numpy_function, torch_function
from .constants import check_constants
from .errors import FormulaError
from .evaluate import FloatArray
from .export import source
from .formula_files import AsText
from .gaps import Gap, widest
from .parsing import Notation, parse_tree
from .storable import ECHO, storable
from .symbols import EPSILON, Y_PRED, Y_REAL

if TYPE_CHECKING:
    from torch import Tensor

    from .module import Criterion

Link = Literal["sigmoid", "identity"]


@dataclass(frozen=True, eq=False)
class Loss(AsText, kind="loss"):
    """A per-sample loss l(y_pred, y_real).

    Attributes:
        expr: the tree, an unevaluated SymPy expression over `Y_PRED` and `Y_REAL`.
        link: what makes `y_pred` of the network's raw output: "sigmoid", or "identity" for
            losses of the raw output itself (hinge, Wasserstein).

    Two losses compare equal when their trees are equal node by node and their links are the
    same; `same_as` compares by meaning.
    """

    expr: Expr
    link: Link = "sigmoid"

    def __post_init__(self) -> None:
        if self.link not in ("sigmoid", "identity"):
            raise FormulaError(
                f"the link is {quoted(self.link, ECHO)}; it must be 'sigmoid' or 'identity'"
            )
        expr = storable(self.expr, self.link)
        if expr is not self.expr:
            object.__setattr__(self, "expr", expr)
        if not tree.holds(expr, Y_PRED):
            raise FormulaError(
                f"y_pred is missing in {quoted(printing.text(expr, self.link), ECHO)}; "
                "a loss must depend on the prediction"
            )

    @classmethod
    def parse(cls, written: str, *, notation: Notation = "auto") -> Self:
        """Return the loss of a formula, such as `y_pred**3 + sqrt(3.985*y_real/y_pred)`.

        Division, root and logarithm are the protected ones. `score` in place of `y_pred`
        means the raw output, and makes a loss with the identity link. `expressions.notation`
        lists what else may be written.

        Args:
            written: the formula.
            notation: "text", "latex", or "auto": LaTeX where there is a backslash, a dollar
                sign, or a brace after ^ or _.

        Raises:
            FormulaError: the formula cannot be read, does not hold `y_pred`, or has a
                constant part that float64 cannot hold.
        """
        expr, link = parse_tree(written, notation=notation)
        check_constants(expr)
        return cls(expr, link)  # type: ignore[arg-type]

    @classmethod
    def from_sympy(cls, expression: sympy.Expr, link: Link = "sigmoid") -> Self:
        """Return the loss of ordinary SymPy over `lossgp.expressions.Y_PRED` and `Y_REAL`.

        Quotients, roots and logarithms become the protected operators.

        Raises:
            FormulaError: the expression holds something that no operator stands for.
        """
        from .from_sympy import tree_of

        return cls(tree_of(expression), link)

    def text(self) -> str:
        """Return the formula as plain text; `Loss.parse` gives an equal loss back."""
        return printing.text(self.expr, self.link)

    def latex(self, *, epsilon: bool = False) -> str:
        """Return the formula as LaTeX; with `epsilon` the protections are written out.

        `Loss.parse` reads both forms back.
        """
        return printing.latex(self.expr, self.link, epsilon=epsilon)

    @cached_property
    def _simplified(self) -> Loss:
        simple = rules.simplify(self.expr, self.link)
        # Where the prediction cancels out, as in 0*y_pred + y_real, what is left is no loss.
        return Loss(simple, self.link) if tree.holds(simple, Y_PRED) else self

    def simplified(self) -> Loss:
        """Return the same loss, smaller: constants folded, the domain's rules applied.

        For the labels 0 and 1 the values are the same up to rounding; for soft labels, such
        as 0.9, they may differ: y_real**2 becomes y_real. What is trained is the loss itself.
        """
        return self._simplified

    def at_label(self, label: int) -> Loss:
        """Return the loss with 0 or 1 for `y_real`, simplified; itself if `y_pred` falls out."""
        folded = rules.at_label(self.expr, label, self.link)
        return Loss(folded, self.link) if tree.holds(folded, Y_PRED) else self

    def by_class(self, *, epsilon: bool = True) -> tuple[Expr, Expr]:
        """Return l₁(p) = l(p, 1) and l₀(p) = l(p, 0) as trees (GANetic paper, equation 3).

        With `epsilon=False` constants are folded in the limit ε → 0.
        """
        one, zero = (
            rules.at_label(self.expr, label, self.link, epsilon=epsilon) for label in (1, 0)
        )
        return one, zero

    def sympy(self, epsilon: float = EPSILON) -> Expr:
        """Return ordinary SymPy, the protections written out with this ε (0 leaves them out)."""
        eps = sympy.Float(epsilon, 17) if epsilon else sympy.Integer(0)
        return tree.expanded(self.expr, eps)

    def diff(self, epsilon: float = EPSILON) -> Expr:
        """Return the derivative with respect to `y_pred`, as ordinary SymPy."""
        return sympy.diff(self.sympy(epsilon), Y_PRED)

    def torch(
        self, *, reduction: str = "mean", from_logits: bool = False, check_range: bool = True
    ) -> Criterion:
        """Return an `nn.Module` called with `(y_pred, y_real)`.

        Args:
            reduction: "mean", "sum" or "none".
            from_logits: the first argument is the network's raw output; the module applies
                the loss's link.
            check_range: refuse predictions outside [0, 1] where the loss is of probabilities.
        """
        from .module import Criterion

        return Criterion(
            self, reduction=reduction, from_logits=from_logits, check_range=check_range
        )

    @cached_property
    def tensor_function(self) -> TensorFunction:
        """`f(y_pred, y_real)`: the per-sample values of tensors, compiled once."""
        return torch_function(self.expr)

    def on_scores(self) -> TensorFunction:
        """Return `f(scores, labels)`: per-sample values from raw outputs, in float32 or 64."""
        function = self.tensor_function
        if self.link == "identity":
            return function

        def through_sigmoid(scores: Tensor, labels: Tensor) -> Tensor:
            wide = scores if scores.itemsize == 8 else scores.float()
            return function(wide.sigmoid(), labels)

        return through_sigmoid

    def numpy(self, *, check_range: bool = True) -> Callable[[Any, Any], FloatArray]:
        """Return `f(y_pred, y_real)` on arrays, float64 unless float32 comes in.

        Both have one shape, or one of them is a number. Predictions outside [0, 1] are refused
        where the loss is of probabilities, unless `check_range` is False.
        """
        return numpy_function(self.expr, probabilities=check_range and self.link == "sigmoid")

    def source(self, target: str = "torch") -> str:
        """Return the text of a stand-alone file for one of `export.targets()`."""
        return source(self, target)

    def key(self) -> str:
        """Return the identity of what is trained: a hash of the exact tree and the link."""
        return hashlib.sha256(f"{self.link}:{self.text()}".encode()).hexdigest()[:32]

    def same_as(self, other: Loss, level: equivalence.Level = "value") -> bool:
        """Tell whether two losses are equal by "structure", "value" or "gradient"."""
        return self.link == other.link and equivalence.equal(
            self.expr, other.expr, level, self.link
        )

    def compare(self, other: Loss) -> tuple[equivalence.Level | None, float | None]:
        """Return the strictest level at which two losses are equal, and the scale between them.

        The scale is the factor c > 0 in this loss's slopes = c · the other's. A loss of
        probabilities and one of raw scores are compared as functions of the raw score.
        Both are None where the losses differ.
        """
        return equivalence.compare(*self._beside(other))

    def gaps(self, other: Loss, *, reach: float | None = None) -> tuple[Gap, Gap]:
        """Return where two losses differ most: in their values, and in their slopes.

        As functions of the score where one of them is of scores, on [-reach, reach] if given.
        """
        return widest(*self._beside(other), reach)

    def _beside(self, other: Loss) -> tuple[Expr, Expr, Link]:
        """Return both trees as functions of one variable, and what links it to the score."""
        if self.link == other.link:
            return self.expr, other.expr, self.link
        probability = tree.make("sigmoid", Y_PRED)
        a, b = (
            x.expr if x.link == "identity" else tree.substitute(x.expr, Y_PRED, probability)
            for x in (self, other)
        )
        return a, b, "identity"

    @property
    def is_protected(self) -> bool:
        """Tell whether an operator stands in the tree that holds an ε."""
        return tree.is_protected(self.expr)

    @property
    def size(self) -> int:
        """Number of nodes of the tree."""
        return tree.size(self.expr)

    @property
    def height(self) -> int:
        """Number of edges from the root to the deepest leaf."""
        return tree.height(self.expr)

    @property
    def complexity(self) -> int:
        """Sum of the operators' complexities and the number of leaves."""
        return tree.complexity(self.expr)

    def certificate(self) -> Certificate:
        """Return a proof that value and slope are finite on the domain, or are not, if any."""
        return certify(self.expr, self.link)

    def by_player(self) -> tuple[Loss]:
        """Return the loss itself: it serves both D and G."""
        return (self,)

    def uses_label(self) -> bool:
        """Tell whether `y_real` stands in the formula."""
        return tree.holds(self.expr, Y_REAL)

    @classmethod
    def restored(cls, text: str) -> Self:
        """Return the loss whose `text()` this is.

        It is read as it is, constants that overflow too: a search may have met them, and what
        was stored must open.

        Raises:
            FormulaError: the text cannot be read.
        """
        expr, link = parse_tree(text, notation="text")
        return cls(expr, link)  # type: ignore[arg-type]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Loss):
            return NotImplemented
        return self.link == other.link and tree.same(self.expr, other.expr)

    def __hash__(self) -> int:
        return hash((self.link, self.text()))

    def __repr__(self) -> str:
        return f"Loss.parse({self.text()!r})"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"
