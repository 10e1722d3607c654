"""The package as it is installed and imported."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import lossgp

ROOT = Path(__file__).parents[1]
PACKAGES = ("lossgp/common", "lossgp/expressions", "lossgp/search", "lossgp/runs",
            "lossgp/results", "lossgp/report", "lossgp/studies", "lossgp/cli",
            "analysis", "trainers")  # fmt: skip


def python(code, cwd):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.parametrize("module", ["lossgp", "lossgp.cli", "lossgp.trainers", "lossgp.runs"])
def test_light_imports_stay_light(module, tmp_path):
    heavy = "[m for m in ('torch', 'matplotlib', 'ray', 'sklearn') if m in sys.modules]"
    assert python(f"import sys, {module}; print({heavy})", tmp_path) == "[]"


def test_help_imports_next_to_nothing(tmp_path):
    code = (
        "import sys; sys.argv = ['lossgp', '--help']\n"
        "from lossgp.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([m for m in ('torch', 'sympy', 'numpy', 'pydantic', 'rich') if m in sys.modules])"
    )
    assert python(code, tmp_path).splitlines()[-1] == "[]"


def test_a_users_own_folders_are_not_shadowed(tmp_path):
    for name in ("analysis", "trainers"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"WHOSE = 'the user, {name}'")
    code = "import lossgp.analysis, lossgp.trainers, analysis, trainers; print(analysis.WHOSE)"
    assert python(code, tmp_path) == "the user, analysis"


@pytest.mark.slow
def test_the_wheel_holds_every_package_and_module(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation",
         "-w", tmp_path, ROOT],
        check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    for package in ("lossgp", *PACKAGES):
        for path in (ROOT / package).rglob("*"):
            if path.suffix in (".py", ".mplstyle") or path.name == "py.typed":
                name = path.relative_to(ROOT).as_posix()
                inside = name if name.startswith("lossgp/") else f"lossgp/{name}"
                assert inside in held, inside


def test_every_direct_dependency_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
        if "==" in line
    }
    groups = [entry for group in project["dependency-groups"].values() for entry in group]
    wanted = [*project["project"]["dependencies"], *(e for e in groups if isinstance(e, str))]
    names = {re.match(r"[\w-]+", entry)[0].lower() for entry in wanted}
    assert names <= pinned, names - pinned


def test_every_public_name_is_there():
    assert [name for name in lossgp.__all__ if not hasattr(lossgp, name)] == []
