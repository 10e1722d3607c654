"""lossgp data: list, get, check."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
from click.testing import CliRunner

from lossgp.cli.data import command
from lossgp.trainers.datasets import DatasetError

from .conftest import lossgp


def written_mnist(folder, n=12) -> None:
    """Write the two files of MNIST's training split, small."""
    folder.mkdir(parents=True)
    images = np.random.default_rng(0).integers(0, 256, (n, 28, 28), np.uint8)
    for name, array in (("images-idx3", images), ("labels-idx1", np.arange(n) % 10)):
        sizes = np.array(array.shape, ">u4").tobytes()
        content = bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()
        (folder / f"train-{name}-ubyte.gz").write_bytes(gzip.compress(content))


def run(*arguments, cwd, code=0, **env):
    env = {"LOSSGP_CACHE": str(cwd / "cache"), "LOSSGP_DATA": "", "LOSSGP_MIRROR": "", **env}
    done = lossgp("data", *arguments, cwd=cwd, code=code, env=env)
    assert "Traceback" not in done.stderr
    return done


def test_list_and_check_a_known_set(tmp_path) -> None:
    error = run("check", "mnist", cwd=tmp_path, code=2).stderr
    assert "data set 'mnist' (train) is not here: looked for train-images" in error
    assert error.count("\n") == 1
    assert "not here" in run("list", cwd=tmp_path).stdout
    written_mnist(tmp_path / "data" / "MNIST" / "raw")
    rows = {row["name"]: row for row in json.loads(run("list", "--json", cwd=tmp_path).stdout)}
    assert {"digits", "mnist", "fashion-mnist", "cifar10"} <= set(rows)
    assert rows["mnist"]["found"] == "data/MNIST/raw (no test split)"
    assert rows["cifar10"]["found"] is None
    assert rows["digits"]["found"] == "comes with scikit-learn"

    out = run("check", "mnist", cwd=tmp_path).stdout
    assert "12, 28 x 28, grey" in out
    assert "not as published" in out
    elsewhere = run("check", "mnist", "--data", tmp_path / "data", cwd=tmp_path.parent).stdout
    assert out.split("digest")[1].split()[0] in elsewhere


def test_check_a_folder_of_images(tmp_path) -> None:
    from PIL import Image

    for name in ("a/1.png", "a/2.png", "b/3.png"):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (10, 8), (255, 0, 0)).save(tmp_path / "photos" / name)
    found = json.loads(run("check", "photos", "--size", 4, "--json", cwd=tmp_path).stdout)
    assert found["images"] == 3
    assert found["shape"] == [3, 4, 4]
    assert found["per_class"] == {"a": 2, "b": 1}
    assert found["duplicates"] == 2
    assert (
        "warning   all images are the same: 2 images are copies"
        in run("check", "photos", cwd=tmp_path).stdout
    )


def test_what_names_were_taken_for_is_told_and_cannot_act(tmp_path) -> None:
    from PIL import Image

    for name in ("a\n\x1b[2J/1.png", "b/1.png", "b/1_mask.png", "Testing/1.png"):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (10, 8), 255).save(tmp_path / "photos" / name)
    out = run("check", "photos", cwd=tmp_path).stdout
    for part in (
        r"2 classes (a\n\x1b[2J: 1, b: 1)",
        "warning   1 images were taken for masks and left out: b/1_mask.png",
        "warning   taken for test images and left out: Testing",
        "warning   all images are the same",
    ):
        assert part in out
    assert "\x1b" not in out
    one = ["check", "photos", "--include", "b/*", "--exclude", "*mask*", "--labels", "none"]
    found = json.loads(run(*one, "--json", cwd=tmp_path).stdout)
    assert (found["images"], found["per_class"], found["warnings"][:1]) == (
        1, {}, ["1 images are constant: all their pixels are alike"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["list", "bussi"], "'bussi' is no known data set (did you mean 'busi'?)"),
        (["check", "bussi", "."], "compared with what was published (did you mean 'busi'?)"),
        (["check", "mnist", "."], "'mnist' takes no path here; name its directory: --data ."),
        (["check", "digits", "-o", "masks=merge"], "'digits' has no options of its own"),
        (["check", "busi", ".", "-o", "masks"], "option 'masks': write it as key=value"),
        (["check", "busi", ".", "-o", "masks=x"], "masks is 'x'; input should be 'skip'"),
        (
            ["check", "busi", ".", "--labels", "none"],
            "compared with what was published: no --labels",
        ),
        (["check", "busi", ".", "--split", "test"], "'busi' has no option 'split'"),
        (["check", "busi", "."], "no images of BUSI; wanted are"),
        (["check", "busi:.", "."], "'busi:.': its place is given twice"),
        (["check", "busi", ".", "--data", "."], "its place is given twice"),
        (["check", "busi", "text.npz"], "damaged, or no numpy file"),
        (["check", "busi"], "data set 'busi' is not here: looked for Dataset_BUSI_with_GT"),
        (["get", "busi"], "'busi' is to be had from https://scholar.cu.edu.eg"),
        (["check", "mnits"], "no file or folder here (did you mean 'mnist'?); known are"),
        (["check", "x.npz"], "x.npz: no such file or folder"),
        (["check", "text.npz"], "text.npz: damaged, or no numpy file"),
        (["check", "digits", "--split", "test"], "'digits' has no split 'test'"),
        (["check", "digits", "--split", "all"], "'all' is not one of"),
        (["check", "digits", "--size", "8"], "'digits' is a name, and is read as it is: no --size"),
        (["check", ".", "--size", "-1"], "size is -1; it must be 1 to 4096"),
        (["check", ".", "--channels", "2"], "channels is 2"),
        (["check", ".", "--crop", "left"], "crop is 'left'"),
        (["check", ".", "--labels", "all"], "labels is 'all'; it must be one of auto, none"),
        (["check", ".", "--exclude", "*"], "no images that the patterns want"),
        (["check", "text.npz", "--include", "*"], "are for folders of image files"),
        (["check", "."], "no images here nor below"),
        (["get", "digits"], "data set 'digits' comes with scikit-learn"),
        (["get", "imagenet"], "'imagenet' cannot be downloaded; these can: mnist"),
        (["get", "mnist", "--to", "text.npz"], "is a file"),
        (["put"], "No such command"),
    ],
)
def test_bad_input(tmp_path, monkeypatch, arguments, part) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.npz").write_text("text")
    result = CliRunner().invoke(command, arguments)
    if result.exit_code == 2:  # click's own word; else an error that the user sees as one line
        assert part in result.stderr
    else:
        assert isinstance(result.exception, DatasetError)
        assert part in str(result.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["text.npz"]


def test_a_server_without_the_file_is_named_and_nothing_is_left(tmp_path) -> None:
    mirror = "http://127.0.0.1:9"
    done = run("get", "mnist", "--to", "here", cwd=tmp_path, code=2, LOSSGP_MIRROR=mirror)
    assert f"{mirror}/mnist/train-images-idx3-ubyte.gz: ConnectionError" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
