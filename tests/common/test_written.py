"""What people type for an option, read by the option's type."""

from typing import Annotated, Any, Literal

import pytest

from lossgp.common.written import Whole, parts, typed, untyped


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("0", str, "0"),
        ("007", str, "007"),
        ("1.50", str | None, "1.50"),
        ("true", str, "true"),
        ("1979-05-27", str, "1979-05-27"),
        ('"0"', str, "0"),
        ("plain text", str, "plain text"),
        ("a,b", str, "a,b"),
        ("0", int, 0),
        ("0", int | None, 0),
        ("0", str | int, 0),
        ("1", float, 1),
        ("1e-3", Annotated[float, "above 0"], 1e-3),
        ("true", bool, True),
        ("3", Literal[1, 3], 3),
        ("3", Literal["1", "3"], "3"),
        ("none", Literal["none", "r1"], "none"),
        ("many", int, "many"),
        ("[1]", str, [1]),
        ("1", Any, 1),
        ("{a = 1}", dict[str, Any], {"a": 1}),
        ("2", tuple[str, ...], ["2"]),
        ("1,2", tuple[str, ...], ["1", "2"]),
        ("1, 007", Annotated[tuple[str, ...], "names"] | None, ["1", "007"]),
        ("[1, 007]", tuple[str, ...], ["1", "007"]),
        ("[a, b]", tuple[str, ...], ["a", "b"]),
        ("[]", tuple[str, ...], []),
        ("[1, 2.50,]", tuple[str, ...], ["1", "2.50"]),
        ('["a,b", "c"]', list[str], ["a,b", "c"]),
        ('"a,b"', tuple[str, ...], ["a,b"]),
        ('"a","b"', tuple[str, ...], ["a", "b"]),
        ("", tuple[str, ...], []),
        ("1,2", tuple[int, ...], [1, 2]),
        ("[1, 2]", tuple[int, ...], [1, 2]),
        ("-1,1", tuple[float, float], [-1, 1]),
        ("1,x", tuple[int, ...], [1, "x"]),
        ("color,cutout", tuple[Literal["color", "cutout"], ...], ["color", "cutout"]),
        ("sin,cos", str | tuple[str, ...], "sin,cos"),
        ("a,b", Annotated[tuple[str, ...], Whole()], ["a,b"]),
        ('["a", "b"]', Annotated[tuple[str, ...], Whole()], ["a", "b"]),
    ],
)
def test_a_value_is_of_its_options_type(written, kind, value):
    found = typed(written, kind)
    assert found == value
    assert type(found) is type(value)
    if isinstance(value, list):
        assert [*map(type, found)] == [*map(type, value)]


def test_what_is_annotated_besides_counts():
    assert typed("a,b", tuple[str, ...]) == ["a", "b"]
    assert typed("a,b", tuple[str, ...], (Whole(),)) == ["a,b"]


@pytest.mark.parametrize(
    ("written", "value"), [("1", 1), ("1.5", 1.5), ("true", True), ("[1]", [1]), ("x y", "x y")]
)
def test_without_a_type_it_is_toml_or_text(written, value):
    assert untyped(written) == value
    assert type(untyped(written)) is type(value)


def test_commas_in_quotes_part_nothing():
    assert parts("a, b,'c, d' ,\"e\"") == ["a", "b", "'c, d'", '"e"']
    assert parts("it's, so") == ["it's", "so"]
