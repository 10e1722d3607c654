"""Imported by every Python whose PYTHONPATH names this folder, before anything else."""

import importlib.util
import os
import sys
from importlib.machinery import PathFinder
from pathlib import Path

from last_bit import VARIABLE, install

if VARIABLE in os.environ:
    install(int(os.environ[VARIABLE]))

# Some systems have a sitecustomize of their own, which this one hides.
_here = Path(__file__).resolve().parent
_others = [path for path in sys.path if Path(path).resolve() != _here]
_hidden = PathFinder.find_spec("sitecustomize", _others)
if _hidden is not None and _hidden.loader is not None:
    _hidden.loader.exec_module(importlib.util.module_from_spec(_hidden))
