"""Pickles that would run something must be refused without running it."""

from __future__ import annotations

import contextlib
import os
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.trainers.datasets.inert_pickle import RefusedPickleError, load_batch

from .writing import cifar_batch, python2_batch, python3_batch

ROWS, LABELS = cifar_batch(5)


def test_what_python_2_wrote_is_read() -> None:
    batch = load_batch(python2_batch(ROWS, LABELS))
    assert np.array_equal(batch["data"], ROWS)
    assert batch["labels"] == LABELS
    assert batch["batch_label"] == b"training batch 1 of 5"
    # The file that the test wrote is the real thing: numpy itself reads it alike.
    real = pickle.loads(python2_batch(ROWS, LABELS), encoding="bytes")
    assert np.array_equal(real[b"data"], ROWS)


@pytest.mark.parametrize("protocol", range(5))
@pytest.mark.parametrize("spelling", [b"numpy._core", b"numpy.core"])
def test_what_python_3_wrote_is_read(protocol: int, spelling: bytes) -> None:
    content = python3_batch(ROWS, LABELS, protocol)
    if protocol < 4:  # later ones count the name's length
        content = content.replace(b"numpy._core", spelling)
    batch = load_batch(content)
    assert np.array_equal(batch["data"], ROWS)
    assert batch["labels"] == LABELS


def test_fortran_order_is_kept() -> None:
    batch = load_batch(python3_batch(np.asfortranarray(ROWS), LABELS))
    assert np.array_equal(batch["data"], ROWS)


class Evil:
    def __init__(self, call, *arguments):
        self.how = call, arguments

    def __reduce__(self):
        return self.how


def evil_pickles(marker) -> list[bytes]:
    touch = f"touch {marker}"
    named = [
        pickle.dumps({"data": Evil(call, *arguments)}, protocol=protocol)
        for protocol in range(5)
        for call, arguments in [
            (os.system, (touch,)),
            (eval, (f"open({str(marker)!r}, 'w')",)),
            (open, (str(marker), "w")),
            (np.save, (str(marker), 1)),
            (getattr, ("text", "upper")),
        ]
    ]
    text = pickle.SHORT_BINSTRING + bytes([len(touch)]) + touch.encode()
    system = b"cos\nsystem\n"
    return [
        *named,
        b"(" + text + b"ios\nsystem\n.",  # INST
        b"(" + system + text + b"o.",  # OBJ
        system + b"(" + text + b"t\x81.",  # NEWOBJ
        b"\x80\x04\x8c\x02os\x8c\x06system\x93" + text + b"\x85R.",  # STACK_GLOBAL
        b"P" + touch.encode() + b"\n.",  # PERSID
        text + b"Q.",  # BINPERSID
        b"\x82\x01.",  # EXT1
        b"\x80\x05\x97.",  # NEXT_BUFFER
        b"cnumpy\nload\n.",
        b"cnumpy.core.multiarray\n_reconstruct.__globals__\n.",
    ]


def test_nothing_that_a_pickle_names_is_run(tmp_path) -> None:
    marker = tmp_path / "ran"
    for content in evil_pickles(marker):
        with pytest.raises(RefusedPickleError):
            load_batch(content)
        assert not marker.exists(), content


def test_the_refusal_says_what_was_named(tmp_path) -> None:
    content = pickle.dumps({"data": Evil(os.system, "true")}, protocol=2)
    with pytest.raises(RefusedPickleError, match=r"it names '\w+\.system', which no batch"):
        load_batch(content)


def test_a_pickle_cannot_change_the_stand_ins() -> None:
    # BUILD with (None, {name: value}) would set attributes of the class numpy.dtype stands for.
    changing = b"}(U\x01acnumpy\ndtype\n(N}(U\x04codeU\x01xutbu."
    with pytest.raises(RefusedPickleError, match="sets the state of something"):
        load_batch(changing)
    assert np.array_equal(load_batch(python2_batch(ROWS, LABELS))["data"], ROWS)


def test_a_large_memo_index_costs_nothing() -> None:
    with pytest.raises(RefusedPickleError):
        load_batch(b"Nr\xfe\xff\xff\x7f.")


# A tuple that holds the one before it twice, sixty times: hashing it takes 2^60 steps.
NESTED = b")" + b"".join(b"q\0h\0\x86" for _ in range(60))
OLD_NESTED = b"(" * 61 + b"t" + b"p0\ng0\nt" * 60


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x02}" + NESTED + b"K\x01s.",  # SETITEM
        b"\x80\x02}(" + NESTED + b"K\x01u.",  # SETITEMS
        b"\x80\x02(" + NESTED + b"K\x01d.",  # DICT
        b"}" + OLD_NESTED + b"I1\ns.",
        b"}K\x01K\x02s.",
        b"}cnumpy\ndtype\nK\x01s.",
    ],
)
def test_keys_are_texts(content: bytes) -> None:
    with pytest.raises(RefusedPickleError, match=r"a key is a \w+, not a text"):
        load_batch(content)


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x04\x8f(" + NESTED + b"\x90.",  # a set
        b"\x80\x04(" + NESTED + b"\x91.",  # a frozen set
        b"N0" * 100,
        b"N2" * 100,
        b"(1" * 100,
        b"F1.5\n.",
    ],
)
def test_opcodes_that_no_batch_needs_are_not_known(content: bytes) -> None:
    with pytest.raises(RefusedPickleError, match="it holds the opcode"):
        load_batch(content)


def test_steps_and_bytes_are_bounded() -> None:
    with pytest.raises(RefusedPickleError, match="more than 500000 steps"):
        load_batch(b"]" * 500_001 + b".")
    # Twice as many images as CIFAR10 has are far fewer steps.
    assert len(load_batch(python2_batch(ROWS[[0] * 20_000, :0], [3] * 20_000))) == 4
    text, latin1 = (
        b"X" + struct.pack("<I", len(each)) + each + b"q" + bytes([place])
        for place, each in ((1, b"a" * 1000), (2, b"latin1"))
    )
    again = b"(h\0h\1h\2\x86R" * 9  # one text, made into bytes nine times
    with pytest.raises(RefusedPickleError, match="it makes more bytes than it has"):
        load_batch(b"c_codecs\nencode\nq\0" + text + latin1 + again)


def test_arrays_under_other_names_are_not_made() -> None:
    content = pickle.dumps({"data": ROWS, "labels": LABELS, "more": ROWS}, protocol=2)
    batch = load_batch(content)
    assert isinstance(batch["data"], np.ndarray)
    assert not isinstance(batch["more"], np.ndarray)


@given(st.binary(max_size=60))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(RefusedPickleError):
        load_batch(noise + b"\xff")


@given(st.integers(0, 2_000), st.integers(0, 255))
def test_a_damaged_batch_is_read_or_refused(position: int, value: int) -> None:
    content = bytearray(python2_batch(*cifar_batch(1)))
    content[position % len(content)] = value
    with contextlib.suppress(RefusedPickleError):  # nothing else may come out
        assert isinstance(load_batch(bytes(content)), dict)
