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

_PROTOCOLS = ("pydantic", "sympy", "scipy", "sklearn")

_ALL = (
    Section("machine", "The machine, and what it is capable of", 20, f"{_HERE}.machine:rows"),
    Section("capture", "Captured trainings against eager ones", 50, f"{_HERE}.capture:rows"),
    Section(
        "tests", "The tests that need a card", 120, f"{_HERE}.gpu_tests:rows",
        (*_PROTOCOLS, "pytest", "hypothesis", "pytest_timeout"),
    ),
    Section("speed", "The paper's MNIST training, one at a time", 60, f"{_HERE}.speed:rows"),
    Section("recipes", "Every protocol at its defaults", 150, f"{_HERE}.recipes:rows", _PROTOCOLS),
    Section("beside", "Trainings side by side, a process each", 70, f"{_HERE}.beside:rows"),
    Section("memory", "Memory of the paper's MNIST training", 25, f"{_HERE}.memory:rows"),
    Section(
        "search", "A search of 20 candidates", 70, f"{_HERE}.search:rows",
        (*_PROTOCOLS, "psutil", "filelock", "rich", "safetensors", "PIL", "matplotlib"),
    ),
    Section("filters", "StyleGAN2's filter, in several ways", 40, f"{_HERE}.filters:rows"),
    Section("profile", "Where the time goes", 90, f"{_HERE}.operations:rows", _PROTOCOLS),
)  # fmt: skip

SECTIONS = {section.name: section for section in _ALL}
