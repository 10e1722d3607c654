"""What a loss will do, before and after it is trained.

Curves, stationary points, calibration, divergence, gradient health, local stability, the
card, and plots. Everything takes a `Loss` or a `LossPair`. SciPy is not used, and Matplotlib
and SymPy's solvers are loaded only when something is drawn or solved.
"""

from __future__ import annotations

from .calibration import Calibration, calibration, optimal_discriminator, reach, screen
from .card import Card, make_card
from .card_files import card_json, write_card
from .card_html import card_html
from .closed_form import ClosedForm
from .curves import Curve, Curves, curves, write_csv
from .divergence import Divergence, divergence, second_derivative
from .game import Game
from .gradients import GradientHealth, gradient_health, learning_rate
from .plot_kinds import draw
from .plots import shapes
from .sentences import sentences
from .stability import DiracGan, Stability, measured_frequency, stability
from .stationary import Shape, Shapes, minima, stationary_points
from .summary import Analysis, analyse
from .theory_plots import discriminators, divergences, gradient_field, gradient_fields
from .turns import StationaryPoint

__all__ = [
    "Analysis",
    "Calibration",
    "Card",
    "ClosedForm",
    "Curve",
    "Curves",
    "DiracGan",
    "Divergence",
    "Game",
    "GradientHealth",
    "Shape",
    "Shapes",
    "Stability",
    "StationaryPoint",
    "analyse",
    "calibration",
    "card_html",
    "card_json",
    "curves",
    "discriminators",
    "divergence",
    "divergences",
    "draw",
    "gradient_field",
    "gradient_fields",
    "gradient_health",
    "learning_rate",
    "make_card",
    "measured_frequency",
    "minima",
    "optimal_discriminator",
    "reach",
    "screen",
    "second_derivative",
    "sentences",
    "shapes",
    "stability",
    "stationary_points",
    "write_card",
    "write_csv",
]
