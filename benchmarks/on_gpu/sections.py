"""The sections, the most telling first: what each needs, and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """A part of the report.

    Attributes:
        name: what it is called on the command line and in the results.
        title: what it tells.
        seconds: after which it is stopped; what it has found by then is kept.
        work: "package.module:function", called with a `Scale`; it yields rows, which are dicts of
            JSON values.
        needs: packages without which it is left out, besides torch.
    """

    name: str
    title: str
    seconds: float
    work: str
    needs: tuple[str, ...] = ()


_HERE = __name__.rpartition(".")[0]

_ALL = (
    Section("machine", "The machine, and what it is capable of", 30, f"{_HERE}.machine:rows"),
    Section("capture", "Captured trainings against eager ones", 60, f"{_HERE}.capture:rows"),
    Section(
        "tests", "The tests that need a card", 75, f"{_HERE}.gpu_tests:rows",
        ("pytest", "pydantic", "hypothesis", "pytest_timeout", "sympy"),
    ),
    Section("speed", "The paper's MNIST training, one at a time", 110, f"{_HERE}.speed:rows"),
    Section("beside", "Trainings side by side, a process each", 80, f"{_HERE}.beside:rows"),
    Section("memory", "Memory of a training", 30, f"{_HERE}.memory:rows"),
    Section("profile", "Where the time goes", 25, f"{_HERE}.operations:rows"),
    Section(
        "search", "A search of 20 candidates", 70, f"{_HERE}.search:rows",
        ("pydantic", "sympy", "scipy", "sklearn", "psutil", "filelock", "rich", "safetensors"),
    ),
)  # fmt: skip

SECTIONS = {section.name: section for section in _ALL}
