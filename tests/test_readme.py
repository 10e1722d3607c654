"""The documents keep their word: Python examples run and print what they say, links lead on."""

import contextlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[1]
MANUAL = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
BLOCK = re.compile(
    r"^( *)```python\n(.*?)^\1```\n(?:\n?\1```text\n(.*?)^\1```)?", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Example:
    """The Python blocks of one section, in order, and the output blocks that follow them."""

    heading: str
    blocks: tuple[tuple[str, str | None], ...]


def examples(markdown):
    """Return the sections with Python blocks from the first that imports lossgp onwards.

    A ```python block may be followed at once by a ```text block: what it prints. Blocks that
    train are left out; searches and comparisons have tests of their own.
    """
    found = []
    for section in re.split(r"^(?=#{1,3} )", markdown, flags=re.MULTILINE):
        runnable, imported = [], False
        for _, code, output in BLOCK.findall(section):
            code = dedent(code)
            imported |= "import lossgp" in code or "from lossgp" in code
            if imported and not re.search(r"lossgp\.(evolve|compare|confirm)\(", code):
                runnable.append((code, dedent(output) or None))
        if runnable:
            found.append(Example(section.partition("\n")[0].lstrip("# "), tuple(runnable)))
    return found


def checked(code, scope, name="README.md"):
    """Run a block; return what it prints, and what `# -> …` says its lines' values are."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, name, "exec"), scope)
    claims = re.findall(r"^(\w[^\n]*?)\s+# -> (.+)$", code, re.MULTILINE)
    return printed.getvalue(), [(eval(value, scope), said) for value, said in claims]


EXAMPLES = [
    pytest.param(path.name, example, id=f"{path.name}-{example.heading}")
    for path in MANUAL
    for example in examples(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_examples_run_and_print_what_is_said(name, example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scope = {"__name__": "manual"}
    for code, output in example.blocks:
        printed, claims = checked(code, scope, name)
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


def test_examples_are_found_in_lists():
    (found,) = examples(
        "# Do\n1. So:\n\n   ```python\n   import lossgp\n   if 1:\n       print(2)\n   ```\n\n"
        "   ```text\n   2\n   ```\n"
    )
    assert found.blocks == (("import lossgp\nif 1:\n    print(2)\n", "2\n"),)


def anchors(markdown):
    """Return the anchors of a document's headings, as GitHub names them."""
    headings = re.findall(r"^#{1,6} (.+)$", without_code(markdown), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in headings}


def without_code(markdown):
    return re.sub(r"```.*?```|`[^`\n]*`", "", markdown, flags=re.DOTALL)


def broken_links(path):
    """Return the relative links and pictures of a document that lead nowhere."""
    text, found = path.read_text(encoding="utf-8"), []
    for target in re.findall(r"\]\(\s*([^)\s]+)\s*\)", without_code(text)):
        if re.match(r"[a-z][a-z+.-]*:", target):
            continue
        file, _, anchor = target.partition("#")
        there = path.parent / file if file else path
        if not there.exists() or (anchor and anchor not in anchors(there.read_text("utf-8"))):
            found.append(target)
    return found


@pytest.mark.parametrize("path", [*MANUAL, ROOT / "CONTRIBUTING.md"], ids=lambda path: path.name)
def test_relative_links_lead_on(path):
    assert broken_links(path) == []


def test_broken_links_are_found(tmp_path):
    (tmp_path / "b.md").write_text("## A heading, said so\n", "utf-8")
    a = tmp_path / "a.md"
    a.write_text(
        "# Top\n[x](b.md) [x](b.md#a-heading-said-so) [x](#top) ![x](https://x.org) `[x](c.md)`\n"
        "[to\nit](c.md) [x](b.md#no) [x](#no)",
        "utf-8",
    )
    assert broken_links(a) == ["c.md", "b.md#no", "#no"]
