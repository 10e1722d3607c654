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
    """A row for each test that failed, or was skipped, and one for how many passed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider"]
        options = ["--tb=short", f"--junitxml={report}", "--override-ini=addopts="]
        done = subprocess.run(
            [*command, *options, "--import-mode=importlib", *marked()], cwd=ROOT, check=False
        )
        if not report.exists():
            raise RuntimeError(f"pytest ended with status {done.returncode} and no report")
        yield from _told(report)


def _told(report: Path) -> Iterator[dict[str, Any]]:
    counts = dict.fromkeys(("passed", "failed", "skipped"), 0)
    for case in ET.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        wrong = [part for part in case if part.tag in ("failure", "error", "skipped")]
        if not wrong:
            counts["passed"] += 1
            yield {"test": name, "came to": "passed", "seconds": float(case.get("time", 0))}
            continue
        came_to = "skipped" if wrong[0].tag == "skipped" else "failed"
        counts[came_to] += 1
        why = " ".join((wrong[0].get("message") or wrong[0].text or "").split())
        yield {"test": name, "came to": came_to, "why": why[:400]}
    yield {"test": "all", **counts}
