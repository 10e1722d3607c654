"""What every file for a code base holds: how it is used, and the PyTorch modules themselves."""

from __future__ import annotations

import ast
import re

import pytest

from lossgp.expressions import zoo
from lossgp.expressions.export import TARGETS, source
from lossgp.expressions.export.codebases import Codebase

from .files import LOSSES

TARGETS_HERE = [name for name, writer in TARGETS.items() if isinstance(writer, Codebase)]


def names_of(text: str) -> set[str]:
    kinds = (ast.ClassDef, ast.FunctionDef)
    return {node.name for node in ast.parse(text).body if isinstance(node, kinds)}


@pytest.mark.parametrize("target", TARGETS_HERE)
def test_the_lines_of_use_name_what_the_file_holds(target):
    text = source(zoo.hinge, target, notes={"Source": "run#1, {generator_only}"})
    use = ast.get_docstring(ast.parse(text))
    assert max(map(len, use.splitlines())) <= 100
    assert "Source: run#1, {generator_only}" in use  # a note is no template
    named = set(re.findall(r"Discovered\w+|[dg]_loss\b(?=,|$)", use, re.MULTILINE))
    assert named
    assert named <= names_of(text)


@pytest.mark.parametrize("target", TARGETS_HERE)
@pytest.mark.parametrize("name", LOSSES)
def test_the_modules_are_those_of_the_torch_file(name, target):
    text, torch_text = (source(LOSSES[name], x) for x in (target, "torch"))
    modules = torch_text.split("from torch import Tensor, nn\n", 1)[1]
    assert modules in text
    assert names_of(torch_text) < names_of(text)
