"""Reading runs where nothing can be written, and stores that were emptied."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lossgp.runs import FILE_NAME, RunsError, Store
from lossgp.trainers import Outcome, Status

from .old_stores import old_store


def filled(runs_dir: Path) -> None:
    with Store.open(runs_dir) as store, store.lock("first"):
        run = store.create_run("first", {"seeds": 2}, "p", "1", "cpu")
        store.memo.record("key", "p", "cpu", "text", Outcome(0, Status.OK, {"fid": 1.0}))
        store.commit_generation(run, 0, [{"a": 1}], [], {})
        (run.directory / "result.json").write_text("{}")


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {
        str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None
        for p in folder.rglob("*")
    }


READ = """
import resource, sys
from pathlib import Path
from lossgp.runs import Store
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
with Store.read_only(Path(sys.argv[1])) as store:
    (run,) = store.runs()
    print(len(store.generations(run)), len(store.memo.trainings("key", "p", "cpu")), end=" ")
    print(store.is_written(run))
"""


def read(runs_dir: Path, *prefix: str, limit: int = -1) -> str:
    """What another process reads; with `limit` 0 it can write no byte to any disk."""
    done = subprocess.run(
        [*prefix, sys.executable, "-c", READ, str(runs_dir), str(limit)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def unprivileged() -> list[str]:
    """The words before a command that take from root the right to write anywhere."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("root may write anywhere")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


def test_reading_leaves_nothing_behind(tmp_path: Path) -> None:
    filled(tmp_path)
    before = snapshot(tmp_path)
    with Store.read_only(tmp_path) as store:
        run = store.run("first")
        assert not store.is_written(run)
        with pytest.raises(RunsError, match="cannot be written"):
            store.set_status(run, "failed")
    assert snapshot(tmp_path) == before
    for missing in (tmp_path / "none", tmp_path / "first"):
        with pytest.raises(RunsError, match=r"does not exist|no runs in"):
            Store.read_only(missing)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("make", [filled, old_store])
def test_a_read_only_archive_is_read(tmp_path: Path, make: object) -> None:
    make(tmp_path)  # type: ignore[operator]
    trainings = 1 if make is filled else 2
    (tmp_path / FILE_NAME).chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        assert read(tmp_path, *unprivileged()) == f"1 {trainings} False\n"
    finally:
        tmp_path.chmod(0o755)


def test_an_archive_with_the_log_of_a_killed_writer_is_read_whole(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; sys.path.insert(0, sys.argv[2]); "
        "from tests.runs.test_archives import filled; from lossgp.runs import Store\n"
        "kept = Store.open(Path(sys.argv[1])); kept.names()\n"
        "filled(Path(sys.argv[1])); os._exit(0)"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code, str(tmp_path), str(root)], check=True)
    assert (tmp_path / f"{FILE_NAME}-wal").stat().st_size > 0
    (tmp_path / f"{FILE_NAME}-shm").unlink()  # as an archiver leaves it out
    tmp_path.chmod(0o555)
    try:
        assert read(tmp_path, *unprivileged()) == "1 1 False\n"
    finally:
        tmp_path.chmod(0o755)


def test_on_a_full_disk_runs_can_be_read(tmp_path: Path) -> None:
    filled(tmp_path)
    assert read(tmp_path, limit=0) == "1 1 False\n"


def test_who_reads_while_a_run_is_written_sees_that_it_is(tmp_path: Path) -> None:
    filled(tmp_path)
    with Store.open(tmp_path) as writer, writer.lock("first"):
        writer.memo.record("key", "p", "cpu", "text", Outcome(1, Status.OK, {"fid": 1.0}))
        assert read(tmp_path) == "1 2 True\n"
    assert read(tmp_path) == "1 2 False\n"


# Stores that were emptied


@pytest.mark.parametrize("content", [b"", b"\0", b"S", None])
@pytest.mark.parametrize("left", [".lock", "result.json"])
def test_a_store_that_was_emptied_is_not_replaced(
    tmp_path: Path, content: bytes | None, left: str
) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / left).write_text("{}")
    if content is not None:
        (tmp_path / FILE_NAME).write_bytes(content)
    before = snapshot(tmp_path)
    for opened in (Store.open, Store.read_only):
        with pytest.raises(RunsError, match=r"(is (empty|missing), but .*first|cut to 1 byte)"):
            opened(tmp_path)
    assert snapshot(tmp_path) == before


def test_an_emptied_file_beside_its_log_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"")
    (tmp_path / f"{FILE_NAME}-wal").write_bytes(b"what SQLite would delete")
    before = snapshot(tmp_path)
    for opened in (Store.open, Store.read_only):
        with pytest.raises(RunsError, match=f"is empty, but .*{FILE_NAME}-wal"):
            opened(tmp_path)
    assert snapshot(tmp_path) == before


def test_reading_makes_no_tables_in_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"")
    with pytest.raises(RunsError, match="is empty: no run was ever stored"):
        Store.read_only(tmp_path)
    assert snapshot(tmp_path) == {FILE_NAME: b""}


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE_NAME)
    for opened in (Store.open, Store.read_only):
        with pytest.raises(RunsError, match="is no regular file"):
            opened(tmp_path)
