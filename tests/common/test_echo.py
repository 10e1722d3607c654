import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.common.echo import printable, quoted, shortened


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain, ñ, 損失, ŷ", "plain, ñ, 損失, ŷ"),
        ("a\nError: b", r"a\nError: b"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\x00", r"\x00"),
        ("half \ud800", r"half \ud800"),
        ("\u2028", r"\u2028"),
        ("\u0085", r"\u0085"),
    ],
)
def test_what_a_terminal_would_obey_is_written_out(written, shown):
    assert printable(written) == shown


@given(st.text(st.characters()))
def test_anything_can_be_printed_on_one_line(text):
    shown = printable(text, None)
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")


def test_a_long_text_keeps_its_ends_and_says_what_is_missing():
    shown = shortened("head" + "x" * 10_000 + "tail", 100)
    assert shown.startswith("head")
    assert shown.endswith("tail")
    assert "9,908 characters" in shown
    assert len(shown) < 140


def test_a_huge_value_is_quoted_short():
    assert len(quoted("y" * 1_000_000)) < 260
    assert quoted("y" * 1_000_000).endswith("(1,000,000 in all)")
    assert quoted("a\x07") == r"'a\x07'"
    assert quoted(3.5) == "3.5"
