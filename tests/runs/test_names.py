"""Names that no run may have."""

from __future__ import annotations

from pathlib import Path

import pytest

from lossgp.runs import FILE_NAME, RunsError, Store
from lossgp.runs.names import is_reserved


@pytest.mark.parametrize(
    "name",
    [
        *(FILE_NAME, f"{FILE_NAME}-journal", f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"),
        *("LossGP.DB-Wal", f"{FILE_NAME}-mj1", "checkpoints", "Checkpoints", "scores", "SCORES"),
        *("anomaly", "baselines", "reliability", "studies", "sweeps"),
    ],
)
def test_the_names_of_the_stores_own_files_are_reserved(tmp_path: Path, name: str) -> None:
    with Store.open(tmp_path) as store:
        with pytest.raises(RunsError, match="files of its own under this name"):
            store.lock(name)
        with pytest.raises(RunsError, match="files of its own under this name"):
            store.create_run(name, {}, "p", "1")
        assert not (tmp_path / name).is_dir()
        run = store.create_run("first", {}, "p", "1")
        with pytest.raises(RunsError, match="files of its own under this name"):
            store.rename_run(run, name)
        assert store.names() == ["first"]


def test_everything_that_stands_in_a_runs_directory_is_reserved(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store, store.lock("first"):
        store.create_run("first", {}, "p", "1")
        assert all(p.name == "first" or is_reserved(p.name) for p in tmp_path.iterdir())


def test_names_that_differ_in_case_alone_are_refused_everywhere(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.create_run("First", {}, "p", "1")
        for asked in (lambda: store.lock("first"), lambda: store.create_run("FIRST", {}, "p", "1")):
            with pytest.raises(RunsError, match="capital letters only"):
                asked()
        with store.lock("First"):
            assert store.rename_run(store.run("First"), "first").name == "first"
        assert store.names() == ["first"]


@pytest.mark.parametrize("end", ["-journal", "-wal", "-shm"])
def test_a_folder_in_the_place_of_a_file_of_sqlite_is_named(tmp_path: Path, end: str) -> None:
    with Store.open(tmp_path) as store:
        store.create_run("first", {}, "p", "1")
    (tmp_path / f"{FILE_NAME}{end}").mkdir()
    for opened in (Store.open, Store.read_only):
        with pytest.raises(RunsError, match=f"{FILE_NAME}{end} is a folder .* move it away"):
            opened(tmp_path)
