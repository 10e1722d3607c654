"""`lossgp evolve` for classifiers: nothing of what is shown speaks of GANs' metrics."""

import contextlib
import csv
import json
import math

import pytest

from .conftest import lossgp
from .scored import refused

TINY = [
    "--preset", "plain",
    "--population", "2", "--generations", "1", "--seeds", "2", "--device", "cpu",
]  # fmt: skip


def search(folder, protocol, *options):
    done = lossgp("evolve", "--protocol", protocol, *TINY, *options, "--name", "first", cwd=folder)
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classifier")
    return folder, *search(folder, "breast-cancer", "--set", "trainer_options.epochs=3")


def test_a_search_speaks_of_the_error(searched):
    _, out, err = searched
    assert "Best losses of run first, by mean+std of error" in out
    assert "AUROC" in out
    assert "Scale     error 0.00 % without a mistake, 62.50 % of the worst constant answer" in out
    assert "Best      mean error " in out
    assert "times that of BCE (on logits)" in out
    assert "best error " in err
    for text in (out, err):
        assert "FID" not in text
        assert "D acc" not in text


def test_its_files_do_so_too(searched):
    folder, _, _ = searched
    run = folder / "runs/first"
    with (run / "losses.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        written = row["errors"].split()
        values = [float(value) for value in written if value != "-"]
        assert len(written) == 2
        assert int(row["imputed"]) == 2 - len(values)  # a dash is no measurement
        mean = float(row["error_mean"] or "nan")
        assert mean == pytest.approx(sum(values) / len(values) if values else math.nan, nan_ok=True)
        assert 0 <= float(row["auroc"] or "nan") <= 1 or row["seeds"] != "ok:2"
    data = json.loads((run / "result.json").read_text())
    assert data["reference"] == {"error_floor": 0.0, "error_ceiling": 0.625}
    assert data["yardsticks"][0]["score"]["error_mean"] == float(rows[0]["error_mean"])
    for name in ("losses.csv", "result.json", "best.tex", "best.py"):
        text = (run / name).read_text()
        assert "fid" not in text.lower().replace("confid", "")
        assert "kid" not in text.lower()
    assert "error" in (run / "best.tex").read_text()


def test_the_stored_run_is_shown_the_same(searched):
    folder, _, _ = searched
    shown = lossgp("show", "first", cwd=folder).stdout
    assert shown.splitlines()[0].strip() == "Best losses of run first, by mean+std of error"
    assert "FID" not in shown
    assert ": error " in lossgp("show", "first#1", cwd=folder).stdout
    listed = lossgp("runs", cwd=folder).stdout
    assert "error " in listed
    assert "FID" not in listed
    (row,) = json.loads(lossgp("runs", "--json", cwd=folder).stdout)
    assert row["error_mean"] >= 0


def test_digits_classify_is_searched(tmp_path):
    options = ["--seeds", "1", "--set", "trainer_options.epochs=1"]
    options += ["--set", "trainer_options.width=4"]
    out, _ = search(tmp_path, "digits-classify", *options)
    assert "classifier of digits 8x8" in out
    assert "FID" not in out


def test_a_run_is_listed_after_its_data_have_gone(tmp_path):
    import numpy as np

    images = np.random.default_rng(0).integers(0, 255, (60, 6, 6), dtype=np.uint8)
    np.savez(tmp_path / "images.npz", images=images, labels=np.arange(60) % 2)
    options = ["--seeds", "1", "--set", "trainer_options.data=images.npz"]
    options += ["--set", "trainer_options.width=2"]
    search(tmp_path, "mnist-classify", *options)
    (tmp_path / "images.npz").unlink()
    assert "images.npz" in lossgp("show", "first", cwd=tmp_path).stdout
    assert "mnist-classify" in lossgp("runs", cwd=tmp_path).stdout
    err = lossgp("evolve", "--resume", "first", cwd=tmp_path, code=2).stderr
    assert "images.npz" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["breast-cancer", "--set", "trainer_options.epochs=0"], "option epochs of protocol"),
        (["breast-cancer", "--set", "trainer_options.iterations=5"], "no option 'iterations'"),
        (["mnist-classify", "--set", "trainer_options.train_size=1"], "option train_size of"),
        (["mnist-classify", "--set", "trainer_options.data=nowhere"], "nowhere"),
    ],
)
def test_bad_options(tmp_path, arguments, part):
    with contextlib.chdir(tmp_path):
        assert part in refused("evolve", "--protocol", *arguments)
