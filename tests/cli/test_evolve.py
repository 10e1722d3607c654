"""`lossgp evolve`, end to end on the real digits."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from .conftest import QUICK, lossgp, started

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
    assert result["reference"]["fid_floor"] < min(float(r["fid_mean_all"]) for r in rows)


def test_best_py_stands_alone_and_equals_the_candidate(finished, tmp_path):
    import torch

    import lossgp

    code = (finished / "runs/first/best.py").read_text()
    assert "import lossgp" not in code
    assert "from lossgp" not in code
    (tmp_path / "best.py").write_text(code)
    probe = (
        "import sys, torch; sys.modules['lossgp'] = None; import best; "
        "p = torch.linspace(0.05, 0.95, 19).requires_grad_(); y = (torch.arange(19) % 2).float(); "
        "l = best.DiscoveredLoss()(p, y); l.backward(); print(l.item(), p.grad.tolist())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    formula = json.loads((finished / "runs/first/result.json").read_text())["losses"][0]["formula"]
    p = torch.linspace(0.05, 0.95, 19).requires_grad_()
    expected = lossgp.parse(formula).torch()(p, (torch.arange(19) % 2).float())
    expected.backward()
    assert ran.stdout.strip() == f"{expected.item()} {p.grad.tolist()}"


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


def wait_for_trainings(folder, number, process):
    deadline = time.monotonic() + 120
    while trainings(folder) < number:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.slow
def test_a_run_killed_twice_ends_as_if_it_had_never_been_killed(finished, tmp_path):
    for number, how in ((1, [*QUICK, "--name"]), (6, ["--device", "cpu", "--resume"])):
        process = started("evolve", *how, "first", cwd=tmp_path)
        wait_for_trainings(tmp_path, number, process)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    assert "killed" in lossgp("runs", cwd=tmp_path).stdout
    lossgp("evolve", "--resume", "first", "--device", "cpu", cwd=tmp_path)
    assert files(tmp_path) == files(finished)


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_trained_and_says_how_to_go_on(finished, tmp_path):
    process = started("evolve", *QUICK, "--name", "first", cwd=tmp_path)
    wait_for_trainings(tmp_path, 2, process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "lossgp evolve --resume first" in err
    assert "Traceback" not in err
    assert trainings(tmp_path) >= 3  # the ones that were running are kept
    assert "interrupted" in lossgp("runs", cwd=tmp_path).stdout
    lossgp("evolve", "--resume", "first", "--device", "cpu", cwd=tmp_path)
    assert files(tmp_path) == files(finished)


@pytest.mark.slow
def test_a_budget_ends_a_run_that_can_go_on(finished, tmp_path):
    slow = [*QUICK, "--name", "first", "--budget", "1s"]
    done = lossgp("evolve", *slow, cwd=tmp_path)
    assert "Resume it:" in done.stdout
    assert "interrupted" in lossgp("runs", cwd=tmp_path).stdout
    lossgp("evolve", "--resume", "first", "--device", "cpu", cwd=tmp_path)
    assert files(tmp_path) == files(finished)


def wait_until_workers_train(process):
    """By their processor time: to get ready takes a worker two or three seconds of it."""
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline:
        children = psutil.Process(process.pid).children()
        if children and all(child.cpu_times().user > 5 for child in children):
            return
        time.sleep(0.2)
    raise AssertionError("the workers do not train")


@pytest.mark.slow
def test_ctrl_c_twice_stops_at_once(tmp_path):
    endless = ["--set", "trainer_options.iterations=1000000", "--device", "cpu"]
    process = started("evolve", *endless, "--name", "first", cwd=tmp_path)
    for line in process.stderr:
        if "known losses" in line:
            break
    wait_until_workers_train(process)
    process.send_signal(signal.SIGINT)
    for line in process.stderr:
        if "Ctrl-C again stops at once" in line:
            break
    time.sleep(1)  # nobody is quicker after reading it
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "lossgp evolve --resume first" in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_a_search_in_which_every_training_hangs_still_ends(tmp_path):
    hanging = ["--set", "time_limit=0.05", "--set", "trainer_options.iterations=100000"]
    lossgp("evolve", "--population", "2", "--generations", "1", "--seeds", "1", "--device", "cpu",
           *hanging, "--name", "first", cwd=tmp_path)  # fmt: skip
    rows = rows_of(tmp_path)
    assert [r["seeds"] for r in rows] == ["timeout:1"] * 4
    ceiling = json.loads((tmp_path / "runs/first/result.json").read_text())["reference"]
    assert {float(r["fid_mean_all"]) for r in rows} == {ceiling["fid_ceiling"]}
