"""`lossgp evolve`, end to end on the real digits."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from .conftest import PATIENCE, QUICK, lossgp, started, wait_until_stopped

FILES = ("best.tex", "best.py", "losses.csv", "result.json")


def files(folder, run="first"):
    return {name: (folder / "runs" / run / name).read_bytes() for name in FILES}


def rows_of(folder):
    with (folder / "runs/first/losses.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_what_a_user_sees(finished):
    out = (finished / "out.txt").read_text()
    for part in ("Best losses of run first", "BCE (on logits)", "GANetic", "LaTeX of the best",
                 "Screened", "Scale", "shapes.png", "lossgp evolve --resume first"):  # fmt: skip
        assert part in out
    err = (finished / "err.txt").read_text()
    assert "generation 2 of 2" in err
    assert "Warning" not in err


def test_the_table_holds_every_candidate_and_the_yardsticks(finished):
    rows = rows_of(finished)
    assert [r["name"] for r in rows[:2]] == ["bce_logits", "ganetic"]
    assert [r["rank"] for r in rows[2:]] == [str(i) for i in range(1, 7)]
    fitness = [float(r["fitness"]) for r in rows[2:]]
    assert fitness == sorted(fitness)
    result = json.loads((finished / "runs/first/result.json").read_text())
    assert result["losses"][0]["formula"] == rows[2]["formula"]
    # After twelve iterations known losses are at 520 and more, and the floor is at 25.
    assert result["reference"]["fid_floor"] < min(float(r["fid_mean_all"]) for r in rows)


def test_best_py_stands_alone_and_equals_the_candidate(finished, tmp_path):
    import torch

    import lossgp

    code = (finished / "runs/first/best.py").read_text()
    assert "import lossgp" not in code
    assert "from lossgp" not in code
    (tmp_path / "best.py").write_text(code)
    probe = (
        "import json, sys, torch; sys.modules['lossgp'] = None; import best; "
        "p = torch.linspace(0.05, 0.95, 19).requires_grad_(); y = (torch.arange(19) % 2).float(); "
        "l = best.DiscoveredLoss()(p, y); l.backward(); "
        "print(json.dumps([l.item(), *p.grad.tolist()]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    formula = json.loads((finished / "runs/first/result.json").read_text())["losses"][0]["formula"]
    p = torch.linspace(0.05, 0.95, 19).requires_grad_()
    expected = lossgp.parse(formula).torch()(p, (torch.arange(19) % 2).float())
    expected.backward()
    # Whichever is the best on this processor: the file need not round as we do.
    found = json.loads(ran.stdout)
    assert found == pytest.approx([expected.item(), *p.grad.tolist()], rel=1e-4, abs=1e-5)


def test_the_plot_is_a_picture(finished):
    from PIL import Image

    with Image.open(finished / "runs/first/shapes.png") as image:
        assert min(image.size) > 300
        assert len(image.convert("RGB").getcolors(1 << 24)) > 50


def test_a_finished_run_is_resumed_from_memory_and_can_be_extended(finished, tmp_path):
    import shutil

    shutil.copytree(finished / "runs", tmp_path / "runs")
    before = files(tmp_path)
    lossgp("evolve", "--resume", "first", "--device", "cpu", cwd=tmp_path)
    assert files(tmp_path) == before
    lossgp("evolve", "--resume", "first", "--generations", "3", "--device", "cpu", cwd=tmp_path)
    rows = rows_of(tmp_path)
    assert {r["name"][:2] for r in rows[2:]} == {"g1", "g2", "g3"}


def test_one_worker_finds_what_two_find(finished, tmp_path):
    lossgp("evolve", *QUICK, "--name", "first", "--workers", "1", cwd=tmp_path)
    assert files(tmp_path) == files(finished)


def test_python_finds_what_the_command_line_finds(finished, tmp_path):
    import lossgp
    from lossgp.report.files import write

    generations = []
    result = lossgp.evolve(
        {
            "preset": "plain",
            "search": {"population": 3, "generations": 2},
            "seeds": 2,
            "trainer_options": {"iterations": 12, "samples": 64},
        },
        runs_dir=tmp_path / "runs",
        name="first",
        device="cpu",
        on_generation=generations.append,
    )
    write(result)
    assert files(tmp_path) == files(finished)
    assert [g.generations for g in generations] == [1, 2]
    assert result.best.candidate.loss.uses_label()


def trainings(folder):
    import sqlite3

    path = folder / "runs" / "lossgp.db"
    if not path.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            return db.execute("SELECT count(*) FROM trainings").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


@pytest.mark.slow
def test_a_run_killed_twice_ends_as_if_it_had_never_been_killed(finished, tmp_path):
    for number, how in ((1, [*QUICK, "--name"]), (4, ["--device", "cpu", "--resume"])):
        process = started("evolve", *how, "first", cwd=tmp_path, stop_after=number)
        wait_until_stopped(process)
        process.kill()
        process.communicate()
    assert trainings(tmp_path) == 5
    assert "killed" in lossgp("runs", cwd=tmp_path).stdout
    lossgp("evolve", "--resume", "first", "--device", "cpu", cwd=tmp_path)
    assert files(tmp_path) == files(finished)


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_trained_and_says_how_to_go_on(finished, tmp_path):
    process = started("evolve", *QUICK, "--name", "first", cwd=tmp_path, stop_after=2)
    wait_until_stopped(process)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGCONT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "lossgp evolve --resume first" in err
    assert "Traceback" not in err
    kept = trainings(tmp_path)
    assert f"{kept} trainings are kept" in err
    assert kept in (2, 3, 4)  # of the four of the known losses: those that were running, too
    assert "interrupted" in lossgp("runs", cwd=tmp_path).stdout
    lossgp("evolve", "--resume", "first", "--device", "cpu", cwd=tmp_path)
    assert files(tmp_path) == files(finished)


@pytest.mark.slow
def test_a_budget_ends_a_run_that_can_go_on(finished, tmp_path):
    short = [*QUICK, "--name", "first", "--budget", "0.001s"]  # over before the first training is
    done = lossgp("evolve", *short, cwd=tmp_path)
    assert "Resume it:" in done.stdout
    assert "interrupted" in lossgp("runs", cwd=tmp_path).stdout
    lossgp("evolve", "--resume", "first", "--device", "cpu", cwd=tmp_path)
    assert files(tmp_path) == files(finished)


WAITING = """
import os, time
from pathlib import Path
from typing import Literal
from lossgp.trainers import Protocol, Trainer

class WaitingProtocol(Protocol):
    name: Literal["waiting"] = "waiting"

    def describe(self):
        return "waiting for ever"

class WaitingTrainer(Trainer):
    protocol_type = WaitingProtocol

    def prepare(self):
        pass

    def reference(self):
        return {"fid_floor": 0.0, "fid_ceiling": 1.0}

    def train(self, criterion, seed, keep=None):
        Path(f"trains-{os.getpid()}").touch()
        time.sleep(10_000)
"""


@pytest.fixture
def waiting(tmp_path):
    """A package with a protocol whose trainings never end; each writes a file when it begins."""
    (tmp_path / "waiting.py").write_text(WAITING)
    about = tmp_path / "waiting-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: waiting\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[lossgp.trainers]\nwaiting = waiting:WaitingTrainer\n")
    return {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}


@pytest.mark.slow
def test_ctrl_c_twice_stops_at_once(waiting, tmp_path):
    words = ["--protocol", "waiting", "--device", "cpu", "--workers", "2", "--name", "first"]
    process = started("evolve", *words, cwd=tmp_path, env=waiting)
    while len(list(tmp_path.glob("trains-*"))) < 2:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    for line in process.stderr:
        if "Ctrl-C again stops at once" in line:
            break
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "lossgp evolve --resume first" in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_a_search_in_which_every_training_hangs_still_ends(tmp_path):
    hanging = ["--set", "time_limit=0.05", "--set", "trainer_options.iterations=100000"]
    lossgp("evolve", "--population", "2", "--generations", "1", "--seeds", "1", "--device", "cpu",
           *hanging, "--confirm", "0", "--name", "first", cwd=tmp_path)  # fmt: skip
    rows = rows_of(tmp_path)
    assert [r["seeds"] for r in rows] == ["timeout:1"] * 4
    ceiling = json.loads((tmp_path / "runs/first/result.json").read_text())["reference"]
    assert {float(r["fid_mean_all"]) for r in rows} == {ceiling["fid_ceiling"]}
