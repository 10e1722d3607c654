"""The report as Markdown: a table for each section, with a column for each thing that rows tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def markdown(report: Mapping[str, Any]) -> str:
    """The whole report."""
    where = "Rehearsed on a processor" if report["rehearsal"] else f"On {report['device']}"
    lines = [f"# {where}, {report['when']}"]
    for name, section in report["sections"].items():
        lines += ["", f"## {section['title']} (`{name}`)", ""]
        if section["status"] != "done":
            lines += [f"**{section['status']}**: {section['why']}", ""]
        lines += rows_of(section["rows"])
    return "\n".join(lines).rstrip("\n") + "\n"


def rows_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A table of rows; a cell is empty where a row does not tell that."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    if not columns:
        return []
    head = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    return [*head, *(f"| {' | '.join(cell(row.get(c)) for c in columns)} |" for row in rows)]


def line(row: Mapping[str, Any]) -> str:
    """A row as one line, while it is measured."""
    return ", ".join(f"{key} {cell(value)}" for key, value in row.items())


def cell(value: Any) -> str:
    """A value as it stands in a table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "**no**"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(map(cell, value)) or "none"
    return " ".join(str(value).replace("|", "\\|").split())
