"""Pickles that would run something must be refused without running it."""

from __future__ import annotations

import contextlib
import os
import pickle

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
