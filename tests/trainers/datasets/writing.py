"""Write the published data sets' files, small, in their official formats."""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import tarfile
import zlib
from pathlib import Path

import numpy as np

PREFIX = {"train": "train", "test": "t10k"}


def idx(array, *, code=8) -> bytes:
    """The bytes of an IDX file of unsigned bytes."""
    sizes = b"".join(struct.pack(">I", size) for size in array.shape)
    return bytes([0, 0, code, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


def digits_like(n, seed=0, classes=10):
    """Random images (n, 28, 28) and labels (n,)."""
    numbers = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    return numbers.integers(0, 256, (n, 28, 28), np.uint8), labels.astype(np.uint8)


def write_mnist(folder: Path, *, train=20, test=10, zipped=True, seed=0) -> Path:
    """The four files of MNIST."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, n in (("train", train), ("test", test)):
        images, labels = digits_like(n, seed + (split == "test"))
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            path = folder / f"{PREFIX[split]}-{kind}-ubyte{'.gz' if zipped else ''}"
            path.write_bytes(gzip.compress(idx(array)) if zipped else idx(array))
    return folder


def cifar_batch(n=4, seed=0):
    """Random rows (n, 3072), channels first, and labels (n,)."""
    numbers = np.random.default_rng(seed)
    return numbers.integers(0, 256, (n, 3072), np.uint8), [int(i) for i in np.arange(n) % 10]


def binary_batch(rows, labels) -> bytes:
    """A batch of the binary version."""
    return b"".join(bytes([label]) + row.tobytes() for row, label in zip(rows, labels, strict=True))


def _text(value: str) -> bytes:
    return pickle.SHORT_BINSTRING + bytes([len(value)]) + value.encode()


def _number(value: int) -> bytes:
    return pickle.BININT + struct.pack("<i", value)


def _name(module: str, name: str) -> bytes:
    return pickle.GLOBAL + f"{module}\n{name}\n".encode()


def python2_batch(rows, labels) -> bytes:
    """A batch of the Python version, as cPickle of Python 2 wrote it with protocol 2."""
    raw = rows.tobytes()
    dtype = (
        _name("numpy", "dtype") + _text("u1") + _number(0) + _number(1) + pickle.TUPLE3
        + pickle.REDUCE + pickle.MARK + _number(3) + _text("|") + pickle.NONE * 3
        + _number(-1) + _number(-1) + _number(0) + pickle.TUPLE + pickle.BUILD
    )  # fmt: skip
    array = (
        _name("numpy.core.multiarray", "_reconstruct") + _name("numpy", "ndarray")
        + _number(0) + pickle.TUPLE1 + _text("b") + pickle.TUPLE3 + pickle.REDUCE
        + pickle.MARK + _number(1) + _number(rows.shape[0]) + _number(rows.shape[1])
        + pickle.TUPLE2 + dtype + pickle.NEWFALSE
        + pickle.BINSTRING + struct.pack("<i", len(raw)) + raw + pickle.TUPLE + pickle.BUILD
    )  # fmt: skip
    numbers = pickle.EMPTY_LIST + pickle.MARK + b"".join(map(_number, labels)) + pickle.APPENDS
    files = [_text(f"leptodactylus_s_{i:06}.png") for i in range(len(labels))]
    names = pickle.EMPTY_LIST + pickle.MARK + b"".join(files) + pickle.APPENDS
    return (
        pickle.PROTO + b"\x02" + pickle.EMPTY_DICT + pickle.MARK
        + _text("data") + array + _text("labels") + numbers
        + _text("batch_label") + _text("training batch 1 of 5") + _text("filenames") + names
        + pickle.SETITEMS + pickle.STOP
    )  # fmt: skip


def python3_batch(rows, labels, protocol=2) -> bytes:
    """A batch written anew by Python 3 and the numpy that is installed."""
    return pickle.dumps({"data": rows, "labels": labels}, protocol=protocol)


def cifar_files(*, binary, n=4) -> dict[str, bytes]:
    """All files of CIFAR10 by name; the batches differ by their seed (test: 6)."""
    suffix, write = (".bin", binary_batch) if binary else ("", python2_batch)
    stems = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
    return {f"{stem}{suffix}": write(*cifar_batch(n, i)) for i, stem in enumerate(stems, 1)}


def archive(path: Path, files: dict[str, bytes], folder="cifar-10-batches") -> Path:
    """A .tar.gz of the files."""
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def tiff(path: Path, grey, *, tags) -> Path:
    """An uncompressed grey TIFF (h, w) of one strip, little-endian, with these tags besides."""
    height, width = grey.shape
    bits = grey.dtype.itemsize * 8
    entries = {256: width, 257: height, 258: bits, 259: 1, 262: 1, 273: 8, 277: 1, 278: height,
               279: grey.nbytes, **tags}  # fmt: skip
    if 322 in tags:  # tiles in place of strips
        entries = {tag: value for tag, value in entries.items() if tag not in (273, 278, 279)}
    at = 8 + grey.nbytes + grey.nbytes % 2
    lines = b"".join(struct.pack("<HHII", tag, 4, 1, entries[tag]) for tag in sorted(entries))
    content = b"II*\0" + struct.pack("<I", at) + grey.astype(f"<u{bits // 8}").tobytes()
    content = content.ljust(at, b"\0") + struct.pack("<H", len(entries)) + lines + bytes(4)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def png_header(width: int, height: int) -> bytes:
    """A PNG that says its size, and little more."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        sealed = kind + content
        return struct.pack(">I", len(content)) + sealed + struct.pack(">I", zlib.crc32(sealed))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
