"""Files that never end, or that unpack to far more than they are, and names that act."""

from __future__ import annotations

import gzip
import io
import os
import struct
import tarfile
import zipfile

import numpy as np
import psutil
import pytest
from PIL import Image

from lossgp.trainers.datasets import DatasetError, load, read
from lossgp.trainers.datasets.files import amount, opened

from .writing import archive, cifar_files, write_mnist

READABLE = ("x.npz", "x.npy", "x.tar.gz", "data_batch_1.bin", "x-images-idx3-ubyte", "x.idx3")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in this file system")
@pytest.mark.parametrize("name", [*READABLE, "folder/1.png", "cifar/test_batch"])
def test_pipes_and_devices_are_refused_at_once(tmp_path, name) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    asked = {"folder": path.parent, "cifar": path.parent}.get(path.parent.name, path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for target, kind in ((pipe, "a pipe"), ("/dev/zero", "a device")):
        path.unlink(missing_ok=True)
        path.symlink_to(target)
        with pytest.raises(DatasetError, match=f"is {kind}, not|no split|no images") as caught:
            read(asked, split="test" if path.parent.name == "cifar" else "train")
        if path.parent.name != "cifar":  # a batch that is no file is no batch
            assert str(path) in str(caught.value)


def test_a_folder_and_what_is_not_there_cannot_be_opened(tmp_path) -> None:
    with pytest.raises(DatasetError, match="is a folder, not a regular file"):
        opened(tmp_path)
    with pytest.raises(DatasetError, match="cannot be read"):
        opened(tmp_path / "nothing")
    with pytest.raises(DatasetError, match="cannot be read"):
        read("a\0b.npz")


def bomb_npz(path, shape, dtype="|u1") -> None:
    """An .npz whose array is announced by its header alone."""
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    header = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("images.npy", header + bytes(1000))


def test_arrays_far_larger_than_their_file_are_refused_before_room_is_made(
    tmp_path, monkeypatch
) -> None:
    bomb_npz(tmp_path / "x.npz", (3000, 1000, 1000))
    (tmp_path / "x.idx3").write_bytes(
        gzip.compress(b"\0\0\x08\x03" + struct.pack(">III", 3000, 1000, 1000))
    )
    for name in ("x.npz", "x.idx3"):
        with pytest.raises(DatasetError, match=r"3\.0 GB unpacked, and 1\.1 GB are allowed; .*set "
                                               r"LOSSGP_MAX_BYTES=3000000000"):  # fmt: skip
            read(tmp_path / name)
    # Raised, the file is looked into: it is cut short.
    bomb_npz(tmp_path / "x.npz", (3, 20, 20))
    monkeypatch.setenv("LOSSGP_MAX_BYTES", "1k")
    with pytest.raises(DatasetError, match=r"1\.2 kB unpacked, and 1\.0 kB are allowed"):
        read(tmp_path / "x.npz")
    monkeypatch.setenv("LOSSGP_MAX_BYTES", "1.5 kB")
    with pytest.raises(DatasetError, match="header says 1200 bytes, and 1000 follow"):
        read(tmp_path / "x.npz")
    monkeypatch.setenv("LOSSGP_MAX_BYTES", str(1 << 60))
    bomb_npz(tmp_path / "x.npz", (psutil.virtual_memory().total // 1000, 1, 2000))
    with pytest.raises(DatasetError, match="do not fit into memory"):
        read(tmp_path / "x.npz")


def test_what_a_file_really_holds_may_be_twenty_times_its_size(tmp_path, monkeypatch) -> None:
    from lossgp.trainers.datasets import files

    monkeypatch.setattr(files, "_UNPACKED", 1000)
    for values, fits in ((16, True), (1, False)):
        images = np.random.default_rng(0).integers(0, values, (40, 20, 20), np.uint8)
        np.savez_compressed(tmp_path / "x.npz", images=images)
        if fits:
            assert len(read(tmp_path / "x.npz")) == 40
        else:
            with pytest.raises(DatasetError, match="are allowed"):
                read(tmp_path / "x.npz")


def test_tables_of_archives_are_bounded(tmp_path) -> None:
    # The header of a long name that is said to have gigabytes: tarfile would read it whole.
    long_name = tarfile.TarInfo("././@LongLink")
    long_name.type, long_name.size = tarfile.GNUTYPE_LONGNAME, 3 << 30
    body = long_name.tobuf(tarfile.GNU_FORMAT) + b"a" * 2_000_000
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(body))
    with pytest.raises(DatasetError, match="tables are far too large"):
        read(tmp_path / "x.tar.gz")
    # An .npy header of any length, which numpy would read before it looks at the length.
    with zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as file:
        head = b"\x93NUMPY\x02\x00" + struct.pack("<I", 1_000_000)
        file.writestr("images.npy", head + b" " * 1_000_000)
    with pytest.raises(DatasetError, match="tables are far too large"):
        read(tmp_path / "x.npz")
    # Extras about extras: tarfile reads each within the one before.
    extra = tarfile.TarInfo("x")
    extra.type, extra.size = tarfile.XHDTYPE, 0
    chain = extra.tobuf(tarfile.USTAR_FORMAT) * 1900
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(chain))
    with pytest.raises(DatasetError, match="damaged archive"):
        read(tmp_path / "x.tar.gz")


def test_a_sparse_member_is_no_batch(tmp_path) -> None:
    files = cifar_files(binary=True)
    path = archive(tmp_path / "x.tar", {})
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            if name == "test_batch.bin":
                member.type = tarfile.GNUTYPE_SPARSE
            tar.addfile(member, io.BytesIO(content))
    with pytest.raises(DatasetError, match=r"not CIFAR10|damaged archive"):
        read(path, split="test")


def test_names_are_shown_so_that_they_cannot_act(tmp_path) -> None:
    evil = "a\nError: b\x1b[2J\u202e"
    np.savez(
        tmp_path / "x.npz", **{evil: np.zeros(1), **{"k" * 900 + str(i): 0 for i in range(50)}}
    )
    folder = tmp_path / f"folder{evil}"
    (folder / evil).mkdir(parents=True)
    (folder / f"{evil}.png").write_bytes(b"no image")
    twice = tmp_path / "twice"
    for name in ("1.png", f"{evil}.png"):
        twice.mkdir(exist_ok=True)
        Image.new("L", (4, 4 + len(name))).save(twice / name)
    for asked in (tmp_path / "x.npz", folder, twice, tmp_path / evil, folder / "none.npz"):
        with pytest.raises(DatasetError) as caught:
            read(asked)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 2500
    assert r"a\nError: b\x1b[2J\u202e" in str(caught.value)
    Image.new("L", (4, 4)).save(folder / f"{evil}.png")
    assert read(folder).name.isprintable()


def test_an_object_array_or_records_are_never_read(tmp_path) -> None:
    np.savez(tmp_path / "x.npz", images=np.array([{}]))
    np.savez(tmp_path / "y.npz", images=np.zeros(3, [("a" * 300, "u1")]))
    for name in ("x.npz", "y.npz"):
        with pytest.raises(DatasetError, match="Python objects or records") as caught:
            read(tmp_path / name)
        assert len(str(caught.value)) < 300 + len(str(tmp_path))


@pytest.mark.parametrize("kind", ["dotted.gz", "folders", "dotted folders"])
def test_mnist_as_other_archives_unpack_it(tmp_path, kind) -> None:
    for path in list(write_mnist(tmp_path / "d", zipped=kind == "dotted.gz").iterdir()):
        name = path.name.replace("-idx", ".idx") if "dotted" in kind else path.name
        if "folders" in kind:
            moved = path.rename(tmp_path / "moving")
            path.with_name(name).mkdir()
            moved.rename(path.with_name(name) / path.name)
        else:
            path.rename(path.with_name(name))
    assert len(load("mnist", directory=tmp_path / "d")) == 20
    assert len(read(tmp_path / "d", split="test")) == 10
    (images,) = [p for p in (tmp_path / "d").iterdir() if "train-images" in p.name]
    data = read(images)
    assert len(data) == 20
    assert data.labels is not None


def test_amounts() -> None:
    assert [amount(n) for n in (7, 1200, 3 << 30, 1 << 70)] == [
        "7 bytes", "1.2 kB", "3.2 GB", "over 1,000 TB",
    ]  # fmt: skip
