from pathlib import Path

import pytest

from lossgp.common.toml import LONGEST_LINE, MOST_BYTES, TomlError, parse, read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_001, "characters"),
        ("x = " + "[" * 4_000, "nested too deeply"),
        ("x = [\n" + "[" * 3_000 + "\n", "nested too deeply"),
        (".".join("a" * 4_000) + " = 1", "line of"),
        ("x = 1\nx = 2", "is not TOML"),
    ],
)
def test_what_would_take_for_ever_is_refused(text, said):
    with pytest.raises(TomlError, match=said):
        parse(text)


def test_what_is_just_within_the_limits_is_read():
    assert parse("x = '" + "y" * (LONGEST_LINE - 6) + "'")["x"][0] == "y"
    assert len(parse("x = 1\n" + "#\n" * ((MOST_BYTES - 6) // 2))) == 1


def test_an_endless_file_is_not_read_to_its_end():
    with pytest.raises(TomlError, match="characters"):
        read(Path("/dev/zero"))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "x.toml").write_bytes(b"x = '\xff'")
    with pytest.raises(TomlError, match="UTF-8"):
        read(tmp_path / "x.toml")
