"""Downloads from a local server: right, wrong, missing, cut short, and interrupted ones."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lossgp.trainers.datasets import DatasetError, load
from lossgp.trainers.datasets.catalogue import PUBLISHED
from lossgp.trainers.datasets.downloading import get

from .writing import archive, cifar_files, write_mnist


@dataclass
class Server:
    """What lies on the server, by path; a list counts what was asked for."""

    address: str
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    cut: bool = False


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            content = state.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if state.cut else content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        state = Server(f"http://127.0.0.1:{http.server_port}")
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield state
        http.shutdown()
        thread.join()


@pytest.fixture
def small_mnist(tmp_path, monkeypatch, server) -> dict[str, bytes]:
    """A small MNIST, published on the server; its hashes stand in the catalogue."""
    folder = write_mnist(tmp_path / "published")
    contents = {path.name: path.read_bytes() for path in folder.iterdir()}
    entry = PUBLISHED["mnist"]
    files = tuple(
        replace(file, md5=hashlib.md5(contents[file.name]).hexdigest()) for file in entry.files
    )
    monkeypatch.setitem(PUBLISHED, "mnist", replace(entry, files=files, mirrors=()))
    monkeypatch.setenv("LOSSGP_MIRROR", server.address + "/")
    monkeypatch.setenv("LOSSGP_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LOSSGP_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    server.files.update({f"/mnist/{name}": content for name, content in contents.items()})
    return contents


def left(folder) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_what_was_downloaded_is_found(tmp_path, small_mnist, server) -> None:
    files = get("mnist", tmp_path / "to")
    assert [file.name for file in files] == [file.name for file in PUBLISHED["mnist"].files]
    assert left(tmp_path / "to") == sorted(small_mnist)
    assert all(file.read_bytes() == small_mnist[file.name] for file in files)
    assert all(file.stat().st_mode & 0o044 for file in files)  # others may read a shared folder
    assert len(load("mnist", directory=tmp_path / "to")) == 20
    get("mnist")
    assert len(load("mnist", split="test")) == 10


def test_only_what_is_missing_or_damaged_is_fetched(tmp_path, small_mnist, server) -> None:
    files = get("mnist", tmp_path)
    server.asked.clear()
    assert get("mnist", tmp_path) == files
    assert server.asked == []
    files[1].unlink()
    files[2].write_bytes(b"damaged")
    get("mnist", tmp_path)
    assert server.asked == [f"/mnist/{files[1].name}", f"/mnist/{files[2].name}"]
    assert files[2].read_bytes() == small_mnist[files[2].name]


@pytest.mark.parametrize(
    ("fault", "part"),
    [
        ("wrong", "not the published file (its MD5 differs)"),
        ("missing", "404 Not Found"),
        ("cut", "no answer that can be used"),
    ],
)
def test_a_failure_leaves_nothing_half_written(tmp_path, small_mnist, server, fault, part) -> None:
    second = PUBLISHED["mnist"].files[1].name
    if fault == "wrong":
        server.files[f"/mnist/{second}"] = b"something else"
    elif fault == "missing":
        del server.files[f"/mnist/{second}"]
    else:
        server.cut = True
    with pytest.raises(DatasetError) as caught:
        get("mnist", tmp_path / "to")
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)
    arrived = [] if fault == "cut" else [PUBLISHED["mnist"].files[0].name]
    assert left(tmp_path / "to") == arrived
    if fault == "wrong":  # what came before is kept, and the download goes on there
        server.files[f"/mnist/{second}"] = small_mnist[second]
        server.asked.clear()
        get("mnist", tmp_path / "to")
        assert len(server.asked) == 3


def test_a_wrong_file_never_replaces_the_one_that_is_there(tmp_path, small_mnist, server) -> None:
    mine = tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte.gz"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    server.files = dict.fromkeys(server.files, b"something else")
    with pytest.raises(DatasetError, match="its MD5 differs"):
        get("mnist", tmp_path)
    assert mine.read_bytes() == b"mine"


def test_mirrors_are_tried_in_turn(tmp_path, small_mnist, server) -> None:
    broken, right = f"{server.address}/broken/", f"{server.address}/mnist/"
    nobody = "http://127.0.0.1:9/"
    server.files.update({p.replace("mnist", "broken", 1): b"x" for p in tuple(server.files)})
    assert len(get("mnist", tmp_path / "a", mirrors=(nobody, broken, right))) == 4
    with pytest.raises(DatasetError) as caught:
        get("mnist", tmp_path / "b", mirrors=(nobody, broken, "mistyped"))
    for part in (f"{nobody}train", "ConnectionError", "its MD5 differs", "mistyped/train"):
        assert part in str(caught.value)


def test_an_archive_is_kept_as_it_came(tmp_path, monkeypatch, server) -> None:
    path = archive(tmp_path / "c.tar.gz", cifar_files(binary=True))
    entry = PUBLISHED["cifar10"]
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    files = (replace(entry.files[0], md5=md5),)
    monkeypatch.setitem(PUBLISHED, "cifar10", replace(entry, files=files))
    server.files["/cifar-10-binary.tar.gz"] = path.read_bytes()
    (got,) = get("cifar10", tmp_path / "to", mirrors=[server.address])
    assert got == tmp_path / "to" / "cifar-10-binary.tar.gz"
    assert len(load("cifar10", directory=tmp_path / "to")) == 20


def test_progress_is_told_for_each_file(tmp_path, small_mnist, server) -> None:
    bars: dict[str, list[int]] = {}

    class Bar:
        total = 0

        def __init__(self, name: str) -> None:
            bars[name] = self.steps = []

        def update(self, count: int) -> None:
            self.steps.append(count)

        def reset(self) -> None:
            self.steps.clear()

        def close(self) -> None:
            assert self.steps == [self.total]

    get("mnist", tmp_path, progress=Bar)
    assert {name: steps[0] for name, steps in bars.items()} == {
        name: len(content) for name, content in small_mnist.items()
    }


def test_what_cannot_be_downloaded_or_kept(tmp_path, small_mnist, server) -> None:
    with pytest.raises(DatasetError, match="'digits' cannot be downloaded; these can: mnist"):
        get("digits")
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match=r"cannot write to .*; name another directory"):
        get("mnist", tmp_path / "file")
