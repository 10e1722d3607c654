"""Losses as files for the places where people train: frameworks, and published code bases.

Each file holds the PyTorch modules of `torch_file`, and behind them the class or functions that
the place calls. They are written from the places' interfaces; no code of theirs is in them.
"""

from __future__ import annotations

from .codebase import Codebase
from .lightning import LIGHTNING
from .mimicry import MIMICRY
from .monai import MONAI
from .nvlabs import PROJECTED_GAN, STYLEGAN2_ADA, STYLEGAN3
from .studiogan import STUDIOGAN
from .torchgan import TORCHGAN

__all__ = [
    "LIGHTNING",
    "MIMICRY",
    "MONAI",
    "PROJECTED_GAN",
    "STUDIOGAN",
    "STYLEGAN2_ADA",
    "STYLEGAN3",
    "TORCHGAN",
    "Codebase",
]
