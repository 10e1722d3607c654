"""The Python examples of the README run, and print what it says they print."""

import contextlib
import io
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


@dataclass(frozen=True)
class Example:
    """The Python blocks of one section, in order, and the output blocks that follow them."""

    heading: str
    blocks: tuple[tuple[str, str | None], ...]


def examples(markdown):
    """Return the sections with Python blocks from the first that imports lossgp onwards.

    A ```python block may be followed at once by a ```text block: what it prints. Blocks that
    start a search are left out; the search has tests of its own.
    """
    found = []
    for section in re.split(r"^(?=#{2,3} )", markdown, flags=re.MULTILINE):
        pairs = re.findall(r"```python\n(.*?)```\n(?:\n?```text\n(.*?)```)?", section, re.DOTALL)
        runnable, imported = [], False
        for code, output in pairs:
            imported |= "import lossgp" in code or "from lossgp" in code
            if imported and "evolve(" not in code:
                runnable.append((code, output or None))
        if runnable:
            found.append(Example(section.partition("\n")[0].lstrip("# "), tuple(runnable)))
    return found


def checked(code, scope):
    """Run a block; return what it prints, and what `# -> …` says its lines' values are."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), scope)
    claims = re.findall(r"^(\w[^\n]*?)\s+# -> (.+)$", code, re.MULTILINE)
    return printed.getvalue(), [(eval(value, scope), said) for value, said in claims]


EXAMPLES = examples(README.read_text(encoding="utf-8"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.heading)
def test_examples_run_and_print_what_is_said(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scope = {"__name__": "readme"}
    for code, output in example.blocks:
        printed, claims = checked(code, scope)
        if output is not None:
            assert printed == output
        for value, said in claims:
            assert str(value) == said.strip()


def test_examples_are_found_in_sections():
    markdown = (
        "## One\n```python\nimport lossgp\nx = 1\n```\n\n```text\n```\n"
        "```python\nx + 1  # -> 2\n```\n"
        "## Two\n```python\nresult = lossgp.evolve()\n```\n"
        "## Three\n```python\nimport lossgp\nlossgp.evolve({})\n```\n"
    )
    (found,) = examples(markdown)
    assert found.heading == "One"
    assert found.blocks == (("import lossgp\nx = 1\n", None), ("x + 1  # -> 2\n", None))
    scope = {}
    assert checked(found.blocks[0][0], scope) == ("", [])
    assert checked(found.blocks[1][0], scope) == ("", [(2, "2")])
    with pytest.raises(NameError):
        checked("unknown  # -> 3", {})
