"""The list of the template's files: by layer, with each mistake named before Copier meets it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from extensions.errors import CatalogError
from extensions.files import compile_files

SWITCHES = ("base", "python", "celery")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty repository to put files into."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def write(root: Path, name: str, text: str = "text\n") -> None:
    path = root / "template" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_files_are_listed_by_layer(root: Path) -> None:
    write(root, "[[ on.python ]]/[[ on.celery ]]/src/[[ package_name ]]/tasks.py.jinja")
    write(root, "[[ on.base ]]/README.md")
    write(root, "[[ on.base ]]/scripts/run.py", "#!/usr/bin/env python3\n")
    assert compile_files(SWITCHES, root) == [
        {"switches": ["base"], "files": ["README.md"], "programs": ["scripts/run.py"]},
        {"switches": ["python", "celery"], "files": ["src/{package_name}/tasks.py.jinja"], "programs": []},
    ]


def test_what_git_ignores_is_not_listed(root: Path) -> None:
    (root / ".gitignore").write_text("*.pyc\n", "utf-8")
    write(root, "[[ on.base ]]/a.pyc")
    assert compile_files(SWITCHES, root) == []


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("[[ on.cobol ]]/a.md", "", "there is no switch 'cobol'"),
        ("README.md", "", "stands in no layer"),
        ("[[ on.base ]]/docs/[[ on.celery ]]/a.md", "", "a switch stands below another folder"),
        ("[[ on.base ]]/[[ project_name ]].md.jinja", "", "'project_name' is no name of a path"),
        ("[[ on.base ]]/[% if on.celery %]a[% endif %].md", "", "nor plain text"),
        ("[[ on.base ]]/{a}.md", "", "nor plain text"),
        ("[[ on.base ]]/a.py", "x\ny: Callable[[], None]\n", "a.py:2: holds '[['"),
        ("[[ on.base ]]/a.md", "[% raw %]\n", "a.md:1: holds '[%'"),
    ],
)
def test_a_mistake_is_named(root: Path, name: str, text: str, reason: str) -> None:
    write(root, name, text)
    with pytest.raises(CatalogError) as caught:
        compile_files(SWITCHES, root)
    assert reason in str(caught.value)


def test_a_file_with_a_suffix_may_hold_a_delimiter(root: Path) -> None:
    write(root, "[[ on.base ]]/a.py.jinja", "[% raw -%]\nx: Callable[[], None]\n[% endraw %]\n")
    assert compile_files(SWITCHES, root)[0]["files"] == ["a.py.jinja"]
