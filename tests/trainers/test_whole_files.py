"""Files are written whole, and nothing else is replaced by one."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from lossgp.trainers.whole_files import written_whole


def test_what_fails_half_way_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail_half_way() -> None:
        with written_whole(path) as new:
            new.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    with written_whole(path) as new:
        new.write_text("all of it")
    reader.join()
    assert read == [b"all of it"]
    assert path.is_fifo()


def test_the_file_behind_a_link_is_replaced_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there/a.txt", tmp_path / "a.txt"
    target.write_text("old")
    link.symlink_to(target)
    with written_whole(link) as new:
        new.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"
