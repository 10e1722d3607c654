"""lossgp: discover loss functions for GANs by genetic programming.

>>> import lossgp
>>> lossgp.zoo.ganetic
Loss.parse('y_pred**3 + sqrt(3.985 * y_real / y_pred)')
>>> criterion = lossgp.parse("(y_pred - y_real)**2").torch()

Everything is imported when it is first used, so that `import lossgp` is quick.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .config import ConfigError, EvolveConfig
    from .expressions import FormulaError, Loss, LossPair, parse, zoo
    from .expressions.export import source as export
    from .fitting import fit
    from .results.anomaly import AnomalyStudy
    from .results.comparison import Comparison
    from .results.reliability_study import Reliability
    from .results.result import Result
    from .results.sweep import Sweep
    from .runs import RunsError
    from .studies.anomaly import AnomalyInterruptedError, detect
    from .studies.compare import ComparisonInterruptedError, compare
    from .studies.confirm import ConfirmationInterruptedError, confirm
    from .studies.evolve import SearchInterruptedError, evolve
    from .studies.reliability import ReliabilityInterruptedError, reliability
    from .studies.stored import load
    from .studies.study import StudyInterruptedError, study
    from .studies.sweep import SweepInterruptedError, sweep
    from .studies.tune import TuningInterruptedError, tune

# In a checkout the folders analysis/ and trainers/ stand beside this package, and are
# imported as lossgp.analysis and lossgp.trainers; an installed wheel holds them inside.
_root = Path(__file__).resolve().parent.parent
if (_root / "analysis").is_dir() and (_root / "pyproject.toml").is_file():
    __path__.append(str(_root))

# The module of each public name, and what it is called there where that is another name.
_HOMES = {
    "AnomalyInterruptedError": "studies.anomaly",
    "AnomalyStudy": "results.anomaly",
    "Comparison": "results.comparison",
    "ComparisonInterruptedError": "studies.compare",
    "ConfigError": "config",
    "ConfirmationInterruptedError": "studies.confirm",
    "EvolveConfig": "config",
    "FormulaError": "expressions",
    "Loss": "expressions",
    "LossPair": "expressions",
    "Reliability": "results.reliability_study",
    "ReliabilityInterruptedError": "studies.reliability",
    "Result": "results.result",
    "RunsError": "runs",
    "SearchInterruptedError": "studies.evolve",
    "StudyInterruptedError": "studies.study",
    "Sweep": "results.sweep",
    "SweepInterruptedError": "studies.sweep",
    "compare": "studies.compare",
    "confirm": "studies.confirm",
    "detect": "studies.anomaly",
    "evolve": "studies.evolve",
    "export": "expressions.export:source",
    "fit": "fitting",
    "load": "studies.stored",
    "parse": "expressions",
    "study": "studies.study",
    "reliability": "studies.reliability",
    "sweep": "studies.sweep",
    "TuningInterruptedError": "studies.tune",
    "tune": "studies.tune",
    "zoo": "expressions",
}

__all__ = [
    "AnomalyInterruptedError",
    "AnomalyStudy",
    "Comparison",
    "ComparisonInterruptedError",
    "ConfigError",
    "ConfirmationInterruptedError",
    "EvolveConfig",
    "FormulaError",
    "Loss",
    "LossPair",
    "Reliability",
    "ReliabilityInterruptedError",
    "Result",
    "RunsError",
    "SearchInterruptedError",
    "StudyInterruptedError",
    "Sweep",
    "SweepInterruptedError",
    "TuningInterruptedError",
    "__version__",
    "compare",
    "confirm",
    "detect",
    "evolve",
    "export",
    "fit",
    "load",
    "parse",
    "reliability",
    "runs",
    "study",
    "sweep",
    "tune",
    "zoo",
]


def __getattr__(name: str) -> Any:
    if name == "runs":  # a package, which can be called
        return importlib.import_module(".runs", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module 'lossgp' has no attribute {name!r}")
    home, _, named = _HOMES[name].partition(":")
    return getattr(importlib.import_module(f".{home}", __name__), named or name)


def __dir__() -> list[str]:
    return __all__
