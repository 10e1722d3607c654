"""lossgp: discover loss functions for GANs by genetic programming."""

from __future__ import annotations

from pathlib import Path

# In a checkout the folders analysis/ and trainers/ stand beside this package, and are
# imported as lossgp.analysis and lossgp.trainers; an installed wheel holds them inside.
_root = Path(__file__).resolve().parent.parent
if (_root / "analysis").is_dir() and (_root / "pyproject.toml").is_file():
    __path__.append(str(_root))

__version__ = "0.1.0"
