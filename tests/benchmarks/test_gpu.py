"""The script that measures a card: its sections, rehearsed, and what holds them together."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks import gpu
from benchmarks.on_gpu import capture, gpu_tests, recipes, running, search, table
from benchmarks.on_gpu.scale import CARD, REHEARSAL
from benchmarks.on_gpu.sections import SECTIONS, Section
from tests.studies.inline import CONFIG, laboratory  # noqa: F401

TINY = replace(REHEARSAL, seconds=1e-4, beside=(1,), steps=5)
ROOT = Path(__file__).resolve().parents[2]


def section(name: str, work: str, seconds: float = 60.0, needs: tuple[str, ...] = ()) -> Section:
    return Section(name, f"The section {name}", seconds, f"tests.benchmarks.made_up:{work}", needs)


def ran(folder: Path, *sections: Section, seconds: float = 300.0) -> tuple[int, dict[str, dict]]:
    status = running.run(sections, REHEARSAL, seconds, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["gpu.json", "gpu.md"]
    return status, json.loads((folder / "gpu.json").read_text("utf-8"))["sections"]


def test_a_section_that_fails_costs_the_others_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    status, found = ran(
        tmp_path / "new" / "folder",
        section("raises", "failing"),
        section("dies", "dying"),
        section("absent", "good", needs=("json", "no_such_package")),
        section("good", "good"),
    )
    assert status == 1
    kept = [{"what": "before"}]
    assert {k: (v["status"], v["why"], v["rows"]) for k, v in found.items()} == {
        "raises": ("failed", "RuntimeError: CUDA error: an illegal memory access", kept),
        "dies": ("failed", "the process ended with status 3", kept),
        "absent": ("left out", "not installed here: no_such_package", []),
        "good": (
            "done",
            None,
            [{"what": "device", "is": "cpu"}, {"what": "a number", "is": 0.123456, "holds": False}],
        ),
    }
    assert "an illegal memory access" in found["raises"]["output"]
    text = (tmp_path / "new" / "folder" / "gpu.md").read_text("utf-8")
    assert "**left out**: not installed here: no_such_package" in text
    assert "| what | is | holds |\n|---|---|---|\n| device | cpu |  |\n" in text
    assert "| a number | 0.1235 | **no** |" in text


def test_a_section_that_hangs_is_stopped_and_keeps_its_rows(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    real = running._within
    started = []

    def stopped(command, limit):
        """The limit passes once the section has begun to hang."""

        class Process(subprocess.Popen):
            def wait(self, timeout=None):
                if timeout == limit:
                    rows = Path(command[-1])
                    while not (rows.exists() and rows.read_text("utf-8")):
                        assert self.poll() is None
                    started.append(self.pid)
                    raise subprocess.TimeoutExpired(command, timeout)
                return super().wait(timeout)

        monkeypatch.setattr(running.subprocess, "Popen", Process)
        return real(command, limit)

    monkeypatch.setattr(running, "_within", stopped)
    status, found = ran(tmp_path, section("hangs", "hanging", seconds=1e6))
    assert status == 1
    assert found["hangs"]["status"] == "stopped"
    assert found["hangs"]["rows"] == [{"what": "before"}]
    assert len(started) == 1


def test_no_section_begins_when_the_time_is_up(tmp_path):
    status, found = ran(tmp_path, section("late", "good"), seconds=4.0)
    assert (status, found["late"]["status"]) == (0, "left out")
    assert found["late"]["why"] == "no time was left"


def test_a_section_has_the_time_that_is_left_at_most(tmp_path, monkeypatch):
    limits = []

    def within(command, limit):
        limits.append(limit)
        return "", 0

    monkeypatch.setattr(running, "_within", within)
    ran(tmp_path, section("a", "good", 50), section("b", "good", 500), seconds=2000)
    assert limits[0] == 50 * REHEARSAL.patience == 500
    assert 1990 < limits[1] <= 2000


def test_an_interrupted_report_has_what_was_found(tmp_path, monkeypatch):
    def within(command, limit):
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "_within", within)
    assert ran(tmp_path, section("a", "good")) == (130, {})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--only", "speed,sped"], "unknown section 'sped'; sections are machine, capture"),
        (["--minutes", "0"], "'0': give a number above 0, as 8"),
        (["--minutes", "nan"], "'nan': give a number above 0, as 8"),
    ],
)
def test_bad_options(options, message, capsys):
    with pytest.raises(SystemExit) as end:
        gpu.main(options)
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_options_choose_sections_time_and_folder(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(running, "run", lambda *given: asked.append(given) or 0)
    gpu.main(["--cpu", "--only", "speed, capture", "--minutes", "2", "-o", str(tmp_path)])
    gpu.main(["--cpu"])
    assert asked == [
        ([SECTIONS["capture"], SECTIONS["speed"]], REHEARSAL, 120.0, tmp_path),
        (list(SECTIONS.values()), REHEARSAL, 7200.0, Path("gpu")),
    ]
    monkeypatch.setattr(gpu, "_has_card", lambda: True)
    gpu.main([])
    assert asked[-1] == (list(SECTIONS.values()), CARD, 720.0, Path("gpu"))
    assert sum(each.seconds for each in SECTIONS.values()) <= 720


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card here")
def test_without_a_card_it_says_so_in_a_line(capsys):
    assert gpu.main([]) == 2
    assert capsys.readouterr().out.count("\n") == 1


# The sections


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of torch's profiler
@pytest.mark.parametrize("name", [name for name in SECTIONS if name not in ("tests", "search")])
def test_every_section_runs_to_its_end(name, monkeypatch):
    monkeypatch.setattr(recipes, "known", lambda: ["ring", "digits"])  # test_capture has them all
    module, _, function = SECTIONS[name].work.partition(":")
    rows = list(getattr(__import__(module, fromlist=[function]), function)(TINY))
    assert rows
    assert not [row for row in rows if "failed" in row]
    assert not [value for row in rows for value in row.values() if value is False]
    assert json.loads(json.dumps(rows)) == rows
    assert len(table.rows_of(rows)) == 2 + len(rows)


def test_a_protocol_that_fails_leaves_the_others(monkeypatch):
    monkeypatch.setattr(recipes, "known", lambda: ["ring", "grid", "digits"])
    real = recipes.written

    def written(name, *arguments):
        if name == "grid":
            raise RuntimeError("out of memory")
        return real(name, *arguments)

    monkeypatch.setattr(recipes, "written", written)
    monkeypatch.setitem(recipes.SMALL, "dropout", 2.0)  # which digits alone has, and refuses
    refused, failed, good = sorted(recipes.rows(TINY), key=lambda row: row["protocol"])
    assert (refused["protocol"], failed["protocol"], good["protocol"]) == ("digits", "grid", "ring")
    assert "dropout" in refused["failed"]
    assert failed["failed"] == "RuntimeError: out of memory"
    assert good["ms, eager"] > 0 < good["ms, graph"]
    assert "failed" not in good


def test_the_search(laboratory):  # noqa: F811
    (row,) = search.rows(replace(TINY, search=CONFIG))
    assert row["device"] == "cpu"
    assert row["losses trained"] > 0
    assert "y_pred" in row["best"]


def test_the_tests(monkeypatch, tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\nmarkers = ["gpu: a"]\n')
    (tmp_path / "tests" / "test_it.py").write_text(
        "import pytest\n"
        "@pytest.mark.gpu\n"
        "def test_good(): pass\n"
        "@pytest.mark.gpu\n"
        "def test_bad(): assert 1 == 2\n"
        "@pytest.mark.gpu\n"
        "@pytest.mark.skipif(True, reason='no card')\n"
        "def test_left(): pass\n"
        "def test_other(): pass\n"
    )
    (tmp_path / "tests" / "test_none.py").write_text("raise SystemError\n")
    (tmp_path / "tests" / "test_a.py").write_text("import pytest.mark.gpu\n")
    monkeypatch.setattr(gpu_tests, "ROOT", tmp_path)
    broken, *rows = gpu_tests.rows(TINY)
    assert broken["came to"] == "failed"
    assert "pytest.mark" in broken["why"]
    assert rows[-1] == {"test": "all", "passed": 1, "failed": 2, "skipped": 1}
    assert [row["came to"] for row in rows[:-1]] == ["passed", "failed", "skipped"]
    assert "assert 1 == 2" in rows[1]["why"]
    assert rows[2]["why"] == "no card"


def test_tests_of_ours_are_found_by_their_mark(monkeypatch):
    found = gpu_tests.marked()
    assert "tests/trainers/recipes/test_digits.py" in found
    assert all((ROOT / name).is_file() for name in found)


def test_a_captured_training_that_is_another_one_is_seen():
    def make(other: bool) -> Callable:
        def made(capture_):
            recipe = replace(capture.RECIPE, learning_rate=2e-3 if other and capture_ else 1e-3)
            return capture._paper(TINY, capture_, recipe=recipe)

        return made

    row = capture.compared("other", make(True), TINY)
    assert (row["eager repeats"], row["captured is equal"]) == (True, False)
    assert row["largest gap"] > 0
    assert row["in"]
    assert capture.compared("same", make(False), TINY)["captured is equal"]

    def broken(_):
        raise RuntimeError("cannot be captured")

    assert capture.compared("broken", broken, TINY)["failed"] == "RuntimeError: cannot be captured"


def test_gaps():
    nan, inf = float("nan"), float("inf")
    a = torch.tensor([1.0, nan])
    assert capture.gap(a, torch.tensor([1.5, nan])) == 0.5
    assert capture.gap(a, torch.tensor([1.0, nan])) == 0.0
    assert capture.gap(a, torch.tensor([1.0, 2.0])) == inf
    assert capture.gap(a, torch.ones(3)) == inf


def test_networks_are_measured_where_pydantic_is_not():
    """On a machine with torch and little else; protocols alone cannot be made."""
    code = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('pydantic', 'gplearn', 'pooch', 'click'):\n"
        "            raise ModuleNotFoundError(name)\n"
        "import importlib.util\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda n, p=None: None if n == 'pydantic' else find(n, p)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "from dataclasses import replace\n"
        "from benchmarks.on_gpu import stand_in\n"
        "stand_in.install()\n"
        "from benchmarks.on_gpu import capture, memory, paper_gan, speed\n"
        "from benchmarks.on_gpu.scale import REHEARSAL\n"
        "row = next(memory.rows(replace(REHEARSAL, seconds=1e-4)))\n"
        "assert row['GB foreseen'] is None, row\n"
        "print('measured')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "measured\n", done.stderr
