"""`lossgp score`, end to end on the real digits."""

from __future__ import annotations

import csv
import json
import signal

import pytest

from .conftest import PATIENCE, lossgp, started, wait_until_stopped
from .scored import OPTIONS, QUICK, called, refused

LOSSES = ("bce", "ganetic", "hinge")
FILES = ("scores.json", "table.csv", "trainings.csv", "table.tex", "box.png", "box.pdf",
         "images.png", "curves.png")  # fmt: skip


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """A directory in which three losses were scored over three seeds into `out`."""
    folder = tmp_path_factory.mktemp("scored")
    done = lossgp("score", *LOSSES, "--seeds", 3, *QUICK, "-o", "out", cwd=folder)
    (folder / "out.txt").write_text(done.stdout)
    (folder / "err.txt").write_text(done.stderr)
    return folder


def rows(folder, name):
    with (folder / name).open(newline="") as file:
        return list(csv.DictReader(file))


def test_what_a_user_sees(scored):
    out = (scored / "out.txt").read_text()
    parts = (
        *("FID over 3 seeds", "best", "worst", "STD", "D acc. real", "Written:", "images.png"),
        "against bce: sign-flip permutation test",
        "bce is not in its own best form",
    )
    for part in parts:
        assert part in out
    assert out.count("digits 8x8") == out.count("of a dead generator") == 2
    err = (scored / "err.txt").read_text()
    assert "9 of 9 trainings" in err
    assert "Warning" not in err
    assert sorted(p.name for p in (scored / "out").iterdir()) == sorted(FILES)


def test_the_files_agree(scored):
    data = json.loads((scored / "out/scores.json").read_text())
    table, trainings = rows(scored, "out/table.csv"), rows(scored, "out/trainings.csv")
    assert [loss["name"] for loss in data["losses"]] == [r["name"] for r in table] == list(LOSSES)
    for loss, row in zip(data["losses"], table, strict=True):
        own = [float(t["fid"]) for t in trainings if t["name"] == loss["name"]]
        assert [o["metrics"]["fid"] for o in loss["outcomes"]] == own
        assert [o["seed"] for o in loss["outcomes"]] == [0, 1, 2]
        assert float(row["mean"]) == pytest.approx(sum(own) / 3)
        assert float(row["best"]) == min(own)
        assert row["ci_low"] == row["ci_high"] == ""  # of three seeds there is no interval
    # 25, and after twelve iterations 520 or more.
    assert data["reference"]["fid_floor"] < float(table[0]["best"])


def test_the_figures_are_pictures(scored):
    from PIL import Image

    for name in ("box.png", "images.png", "curves.png"):
        with Image.open(scored / "out" / name) as image:
            assert min(image.size) > 300
            assert len(image.convert("RGB").getcolors(1 << 24)) > 30


def test_asking_again_trains_nothing_and_writes_the_same(scored):
    before = {name: (scored / "out" / name).read_bytes() for name in FILES}
    done = lossgp("score", *LOSSES, "--seeds", 3, *QUICK, "-o", "out", "--json", cwd=scored)
    assert "all trainings are remembered" in done.stderr
    assert json.loads(done.stdout) == json.loads(before["scores.json"])
    assert {name: (scored / "out" / name).read_bytes() for name in FILES} == before


def test_python_finds_what_the_command_line_finds_and_trains_only_what_is_missing(scored):
    import lossgp as package

    told = []
    comparison = package.compare(
        ["bce", "ganetic"], seeds=4, options=OPTIONS, device="cpu", workers=1,
        runs_dir=scored / "runs", on_progress=told.append,
    )  # fmt: skip
    assert [(p.stage, p.done, p.total) for p in told] == [
        *(("preparing", 0, 0), ("training", 0, 2), ("training", 1, 2), ("training", 2, 2)),
    ]
    data = json.loads((scored / "out/scores.json").read_text())
    for loss, known in zip(comparison.losses, data["losses"], strict=False):
        assert [o.to_json() for o in loss.outcomes[:3]] == known["outcomes"]
        assert all(comparison.checkpoint(loss, seed) for seed in range(4))


def test_an_ablation_shares_the_trainings_of_the_comparison(scored):
    import lossgp as package

    told = []
    comparison = package.compare(
        ["ganetic"], ablate=True, seeds=1, options=OPTIONS, device="cpu", workers=1,
        runs_dir=scored / "runs", on_progress=told.append,
    )  # fmt: skip
    assert told[-1].total == 2  # G only and D only; base and both were known
    fids = [loss.outcomes[0].metrics["fid"] for loss in comparison.losses]
    assert len(set(fids)) == 4


def test_a_budget_gives_the_part_that_there_is(scored):
    import lossgp as package

    (part,) = (comparison := package.compare(
        ["bce"], seeds=100, options=OPTIONS, device="cpu", workers=1, budget=1e-3,
        runs_dir=scored / "runs",
    )).losses  # fmt: skip
    # Three are remembered. A worker may begin some more before the first one's end is seen.
    assert 3 < len(part.outcomes) < 100
    assert comparison.missing == 100 - len(part.outcomes)


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_trained_and_says_how_to_go_on(tmp_path):
    words = ["score", "bce", "--seeds", 300, *QUICK, "--workers", 1]
    process = started(*words, cwd=tmp_path, stop_after=1)
    wait_until_stopped(process)
    assert list((tmp_path / "runs/checkpoints").rglob("*.safetensors"))
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGCONT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "new trainings are kept" in err
    assert "lossgp score bce --seeds 300" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "Missing argument 'LOSS...'"),
        (["bse"], "did you mean 'bce'"),
        (["bce", "bce"], "given twice"),
        (["nothing#1"], "does not exist"),
        (["bce", "--protocol", "imagenet"], "unknown protocol 'imagenet'"),
        (["bce", "--seeds", "0"], "0 is not in the range 1<=x<=1000"),
        (["bce", "--epochs", "3"], "--epochs: protocol 'digits-mlp' has no option 'epochs'; it"),
        (["bce", "--train-size", "3"], "has no option 'train_size'"),
        (["bce", "--batch", "1"], "option batch of protocol 'digits-mlp' is 1; it must be greater"),
        (["bce", "--width", "none"], "'none' is not a valid integer"),
        (["bce", "--generator-only"], "--generator-only: protocol 'digits-mlp' has no option"),
        (["bce", "--iterations", "0"], "0 is not in the range x>=1"),
        (["bce", "--width", "8", "--set", "trainer_options.width=9"], "say the same; give one"),
        (["bce", "--set", "width"], "'width': write KEY=VALUE, as samples=500"),
        (["bce", "--set", "search.population=3"], "has no option 'search.population'"),
        (["bce", "--set", "trainer_options.speed=3"], "has no option 'speed'; it has"),
        (["bce", "--device", "tpu"], "unknown device 'tpu'"),
        (["bce", "--workers", "0"], "0 is not in the range"),
        (["bce", "--budget", "soon"], "'soon' is no budget"),
        (["bce", "--time-limit", "0s"], "'0s' is no time span"),
        (["bce", "-o", "file"], "--output file is a file"),
        (["bce", "-o", "own"], "a table.csv that is not of lossgp score"),
        (["bce", "--runs-dir", "file/below"], "file/below"),
        (["bce", "--ablate", "bce", "--ablate"], "given twice"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_before_anything_is_trained(tmp_path, monkeypatch, arguments, part):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    (tmp_path / "own").mkdir()
    (tmp_path / "own/table.csv").write_text("mine")
    assert part in refused("score", *arguments)
    assert not (tmp_path / "runs/checkpoints").exists()
    assert not (tmp_path / "scores").exists()


def test_what_does_not_fit_into_memory_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOSSGP_MEMORY", "1M")
    message = refused("score", "bce", "--protocol", "digits", "--seeds", 1, *QUICK)
    assert "a training of digits needs about" in message
    assert "1.0 MB of memory are free" in message
    assert list(tmp_path.iterdir()) == []


def test_a_column_that_no_training_has_is_refused_before_any(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    message = refused("score", "bce", "--seeds", 1, *QUICK, "--columns", "kid,lpips")
    assert list(tmp_path.iterdir()) == []
    assert "no training has the metric 'lpips'; they have fid, kid, d_acc" in message


def test_bad_input_ends_with_code_2_and_one_line(tmp_path):
    done = lossgp("score", "bce", "--epochs", 3, cwd=tmp_path, code=2)
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_real_images_stand_beside_what_varies_among_generated_ones(tmp_path):
    words = ["score", "bce", *QUICK, "--seeds", "1", "--set", "metrics=fid,is", "--columns", "is"]
    printed = called(*words, "-o", tmp_path / "out", "--runs-dir", tmp_path)
    (row,) = [line for line in printed.splitlines() if "real images " in line and "IS" not in line]
    figure = json.loads((tmp_path / "out/scores.json").read_text())["reference"]["is_real"]
    assert f"{figure:.4g}" in row
    assert "Real images" in printed
