"""The tests that are marked `gpu`, by pytest."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .scale import Scale

ROOT = Path(__file__).resolve().parents[2]
MARK = "pytest.mark.gpu"


def marked() -> list[str]:
    """The files of tests that hold one with the mark: no others are collected."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(f.relative_to(ROOT)) for f in files if MARK in f.read_text("utf-8")]


def rows(scale: Scale) -> Iterator[dict[str, Any]]:
    """A row for each test, file by file, so that a stop loses one file's; and their numbers."""
    counts = dict.fromkeys(("passed", "failed", "skipped"), 0)
    for file in marked():
        for row in _of_file(file):
            counts[row["came to"]] += 1
            yield row
    yield {"test": "all", **counts}


def _of_file(file: str) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        # Neither a cache nor the benchmarks' plugin, which warns: a warning is an error here.
        without = [f for name in ("cacheprovider", "benchmark") for f in ("-p", f"no:{name}")]
        command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", *without]
        options = ["--tb=short", f"--junitxml={report}", "--override-ini=addopts="]
        done = subprocess.run(
            [*command, *options, "--import-mode=importlib", file], cwd=ROOT, check=False
        )
        if not report.exists():
            why = f"pytest ended with status {done.returncode} and no report"
            yield {"test": file, "came to": "failed", "why": why}
            return
        for case in ET.parse(report).getroot().iter("testcase"):
            yield _told(case)


def _told(case: ET.Element) -> dict[str, Any]:
    row: dict[str, Any] = {"test": f"{case.get('classname')}::{case.get('name')}"}
    wrong = [part for part in case if part.tag in ("failure", "error", "skipped")]
    if not wrong:
        return {**row, "came to": "passed", "seconds": float(case.get("time", 0))}
    came_to = "skipped" if wrong[0].tag == "skipped" else "failed"
    message, text = wrong[0].get("message") or "", wrong[0].text or ""
    # Of an error while a file is read the message says only that there was one.
    why = " ".join((text if wrong[0].tag == "error" else message or text).split())
    return {**row, "came to": came_to, "why": why[-400:]}
