"""The engine of this machine: supervised worker processes, their limits and their ends."""

from __future__ import annotations

from .engine import LocalEngine

__all__ = ["LocalEngine"]
