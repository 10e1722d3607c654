"""Fixtures of made-up trainings."""

from .inline import laboratory

__all__ = ["laboratory"]
