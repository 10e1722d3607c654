"""No module of the project imports, now or later, what imports it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]

Graph = dict[str, set[str]]


def modules(root: Path) -> dict[str, Path]:
    """Return the path of each module, by the name under which it is imported."""
    found = {}
    for room in ("lossgp", "analysis", "trainers"):
        for path in (root / room).rglob("*.py"):
            parts = path.relative_to(root).with_suffix("").parts
            inside = parts if parts[0] == "lossgp" else ("lossgp", *parts)
            found[".".join(inside).removesuffix(".__init__")] = path
    return found


def statements(node: ast.AST, *, types: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield all imports below a node, in functions too; those for type checkers with `types`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            for inside in (child.body if types else []) + child.orelse:
                yield from statements(ast.Module([inside], []), types=types)
        else:
            yield from statements(child, types=types)


def imported(statement: ast.Import | ast.ImportFrom, package: str) -> Iterator[str]:
    """Yield the names that a statement may import, the longest form of each first."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
        return
    base = statement.module or ""
    if statement.level:
        above = package.split(".")[: len(package.split(".")) - statement.level + 1]
        base = ".".join([*above, *([base] if base else [])])
    yield from (f"{base}.{alias.name}" for alias in statement.names)


def graph(root: Path) -> Graph:
    """Return the modules that each module imports."""
    paths = modules(root)
    found: Graph = {name: set() for name in paths}
    for name, path in paths.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        # What lossgp/__init__.py names for type checkers is what its __getattr__ imports.
        for statement in statements(ast.parse(path.read_text("utf-8")), types=name == "lossgp"):
            for target in imported(statement, package):
                module = target if target in paths else target.rpartition(".")[0]
                if module in paths and module != name:
                    found[name].add(module)
    return found


def circles(found: Graph) -> set[frozenset[str]]:
    """Return the groups of modules that reach each other."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        ahead = [start]
        while ahead:
            new = found[ahead.pop()] - seen
            seen |= new
            ahead += new
        return seen

    reach = {name: reached(name) for name in found}
    groups = {frozenset(b for b in reach[a] if a in reach[b]) for a in reach if a in reach[a]}
    return {group for group in groups if len(group) > 1}


def test_no_modules_import_each_other():
    found = sorted(map(sorted, circles(graph(ROOT))))
    assert not found, f"modules import each other, late imports counted: {found}"


def test_late_imports_and_those_of_a_whole_package_are_seen(tmp_path):
    files = {
        "lossgp/__init__.py": "",
        "lossgp/room/__init__.py": "from . import low\nfrom .high import f",
        "lossgp/room/low.py": "def f():\n    from .high import g",
        "lossgp/room/high.py": "import lossgp.room.low\nfrom lossgp.trainers import gan",
        "trainers/__init__.py": "from .gan import train",
        "trainers/gan.py": "class A:\n    def f(self):\n        from . import train",
        "analysis/one.py": "import typing\nif typing.TYPE_CHECKING:\n    from .two import T",
        "analysis/two.py": "from .one import f",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert circles(graph(tmp_path)) == {
        frozenset({"lossgp.room.low", "lossgp.room.high"}),
        frozenset({"lossgp.trainers", "lossgp.trainers.gan"}),
    }
